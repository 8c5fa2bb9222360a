"""The command `replay`: when would it have called, and what would that cost?"""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from driftwatch.cli.beside import configured, now, put, shown, written
from driftwatch.cli.progress import Progress
from driftwatch.nouns.errors import ConfigurationError

if TYPE_CHECKING:
    from numpy.random import Generator

    from driftwatch.config import Config, Watched
    from driftwatch.nouns.profiles import Known, Profile
    from driftwatch.replay.files import Whose
    from driftwatch.replay.quiet import Quiet

DRIFT, FAILURE = 1, 3


def add(commands: Any) -> None:
    """Add the command `replay`."""
    replay = commands.add_parser(
        "replay",
        help="run a configuration over historical files: when would it have called?",
        description="Run the configuration over files, by event time, through the daemon's own "
        "code; nothing is sent. Exit status: 0 it would not have called, 1 it would, 2 wrong "
        "usage, 3 failure, or nothing could be judged.",
    )
    replay.set_defaults(run=run)
    configured(replay)
    replay.add_argument(
        "data",
        nargs="+",
        metavar="DATA",
        help="in order of time: records as the daemon reads them, one a line (.ndjson, .jsonl), or "
        "rows (.csv, .tsv, .parquet); all but the last also .gz",
    )
    whose = replay.add_argument_group("whose rows these are, where they do not say")
    whose.add_argument("--model", default="", help="the only configured one if not given")
    whose.add_argument("--version", default="", help="the newest profile's if not given")
    replay.add_argument(
        "--step", metavar="DURATION", help="judge so often, instead of window.step; 1h is quick"
    )
    replay.add_argument(
        "--months",
        type=_months,
        default=12,
        metavar="N",
        help="draw N months from the reference to try; default %(default)s, 0 none",
    )
    replay.add_argument("--seed", type=int, default=0, help="of what is drawn")
    shown(replay)
    replay.add_argument("-o", "--output", metavar="FILE", help="write the report to a file")


def run(arguments: argparse.Namespace) -> int:
    """Replay, and write the report."""
    from numpy.random import default_rng  # noqa: PLC0415 - heavy, as all below

    from driftwatch.config import load  # noqa: PLC0415
    from driftwatch.nouns.judgements import State  # noqa: PLC0415
    from driftwatch.replay import replay  # noqa: PLC0415
    from driftwatch.replay.files import Log  # noqa: PLC0415
    from driftwatch.replay.told import document  # noqa: PLC0415

    config = load(arguments.config, os.environ)
    watched = _watched(config, arguments)
    known = _known(config, watched, arguments.config)
    whose = _whose(known, watched.name, arguments.version)
    with Progress("replaying", "the data", terminal=sys.stderr.isatty()) as progress:
        records = config.sources[0].format.build()
        log = Log(arguments.data, records, whose, now(), progress)
        found = replay(config, watched, known, log)
    rng = default_rng(arguments.seed)
    costs = {
        version: _cost(profile, watched, arguments.months, rng)
        for (_, version), profile in sorted(known.profiles.items())
        if arguments.months and (whose.version == version or _is_seen(found.transitions, version))
    }
    told = document(found, costs, tuple(log.odd.told()))
    colour = not arguments.output and sys.stdout.isatty()
    put(written(told, arguments.format, colour=colour), arguments.output)
    if found.first is None:
        return FAILURE
    return DRIFT if any(t.after is State.FIRING for t in found.transitions) else 0


def _cost(profile: "Profile", watched: "Watched", months: int, rng: "Generator") -> "Quiet":
    """Try some months; of a version with many segments that takes minutes."""
    from driftwatch.replay.quiet import quiet  # noqa: PLC0415

    what = f"{months} months drawn from the reference of version {profile.version}"
    with Progress("drawing", what, terminal=sys.stderr.isatty(), done="tried") as progress:
        return quiet(profile, watched.alerts, watched.window, months, rng, progress=progress)


def _is_seen(transitions: Any, version: str) -> bool:
    return any(told.key.version == version for told in transitions)


def _watched(config: "Config", arguments: argparse.Namespace) -> "Watched":
    from dataclasses import replace  # noqa: PLC0415

    models = {watched.name: watched for watched in config.watched}
    name = arguments.model or (next(iter(models)) if len(models) == 1 else "")
    if name not in models:
        message = f"replay: say --model, one of {', '.join(models)}"
        raise ConfigurationError(message)
    watched = models[name]
    if arguments.step is None:
        return watched
    try:
        window = type(watched.window).model_validate(
            {**watched.window.model_dump(), "step": arguments.step}
        )
    except ValueError as error:
        message = f"replay: --step {arguments.step}: {error}"
        raise ConfigurationError(message) from error
    return replace(watched, window=window)


def _known(config: "Config", watched: "Watched", path: Path) -> "Known":
    from driftwatch.reference.registry import Registry  # noqa: PLC0415

    name = watched.name
    registry = Registry(
        {name: watched.reference}, path.absolute().parent, segments={name: watched.segments}
    )
    problems = registry.refresh()
    if not registry.known.profiles:
        why = "; ".join(problems) or f"no profile is found at {watched.reference.path or 'a path'}"
        message = f"replay: {why}"
        raise ConfigurationError(message)
    for problem in problems:
        print(problem, file=sys.stderr)
    return registry.known


def _whose(known: "Known", model: str, version: str) -> "Whose":
    from driftwatch.replay.files import Whose  # noqa: PLC0415

    profiles = {of: profile for (name, of), profile in known.profiles.items() if name == model}
    chosen = version or next(iter(profiles))  # the registry has the newest file first
    roles = profiles[chosen].lineage.get("roles", {}) if chosen in profiles else {}
    return Whose(model, chosen, str(roles.get("time", "time")))


def _months(text: str) -> int:
    if not text.isdigit() or int(text) > 1200:
        message = f"{text!r} is not a whole number of months, from 0 to 1200"
        raise argparse.ArgumentTypeError(message)
    return int(text)
