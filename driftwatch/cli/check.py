"""The command `check`: has one set of data drifted from another? A gate for pipelines."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from driftwatch.cli.beside import FORMATS, put, written
from driftwatch.cli.profile import pairs
from driftwatch.cli.progress import Progress
from driftwatch.nouns.errors import ConfigurationError

if TYPE_CHECKING:
    from driftwatch.nouns.checks import Checked
    from driftwatch.nouns.profiles import Profile
    from driftwatch.reference.choices import Choices

DRIFT, FAILURE = 1, 3


def add(commands: Any) -> None:
    """Add the command `check`."""
    check = commands.add_parser(
        "check",
        help="compare two sets of data: has one drifted from the other?",
        description="Compare rows, or a profile of rows, with those that a model is trusted on. "
        "Exit status: 0 no drift, 1 drift, 2 wrong usage, 3 failure, or nothing could be judged.",
    )
    check.set_defaults(run=run)
    _add_data(check)
    _add_decision(check)
    check.add_argument(
        "--format",
        choices=(*FORMATS, "schema"),
        default="table",
        help="of the report; schema: the JSON Schema of json, without a comparison",
    )
    check.add_argument("-o", "--output", metavar="FILE", help="write the report to a file")


def _add_data(check: argparse.ArgumentParser) -> None:
    data = check.add_argument_group("data: a profile, or files of CSV, NDJSON (also .gz), Parquet")
    data.add_argument("--reference", nargs="+", metavar="R", help="what the model is trusted on")
    data.add_argument("--current", nargs="+", metavar="C", help="what is to be judged")
    data.add_argument("--model", default="", help="take the rows of this model only")
    data.add_argument("--version", default="", help="take the rows of this version only")
    data.add_argument("--time", metavar="COLUMN", help="short for --role COLUMN=time")
    data.add_argument(
        "--type",
        action="append",
        default=[],
        metavar="COLUMN=TYPE",
        help="where R is rows: of a column, instead of what is inferred",
    )
    data.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="COLUMN=ROLE",
        help="where R is rows: feature, prediction, score, label, time, id, model or version",
    )


def _add_decision(check: argparse.ArgumentParser) -> None:
    decision = check.add_argument_group("decision")
    decision.add_argument(
        "--alpha",
        type=float,
        default=0.05,
        help="the share of chance among what is called drift; default 0.05",
    )
    decision.add_argument(
        "--tolerance",
        type=float,
        default=0.05,
        metavar="H",
        help="a change of a share that does no harm, as Cohen's h; default 0.05, which is from "
        "50%% to 52.5%%",
    )
    chosen = decision.add_mutually_exclusive_group()
    chosen.add_argument(
        "--features", nargs="+", default=[], metavar="NAME", help="judge just these"
    )
    chosen.add_argument(
        "--ignore", nargs="+", default=[], metavar="NAME", help="judge all but these"
    )


def run(arguments: argparse.Namespace) -> int:
    """Compare, write the report, and say by the exit status whether there is drift."""
    if arguments.format == "schema":
        from driftwatch.report.check import schema  # noqa: PLC0415

        return put(json.dumps(schema(), indent=2), arguments.output)
    checked = _checked(arguments)
    from driftwatch.report.check import document  # noqa: PLC0415 - heavy

    shown = document(checked)
    colour = not arguments.output and sys.stdout.isatty()
    put(written(shown, arguments.format, colour=colour), arguments.output)
    if arguments.output:
        print(f"{shown.lead[0]} See {arguments.output}.")
    return {"drifted": DRIFT, "undecided": FAILURE, "not drifted": 0}[checked.verdict]


def _checked(arguments: argparse.Namespace) -> "Checked":
    from detectors.gate import Gate  # noqa: PLC0415 - heavy
    from driftwatch.evaluate.check import check  # noqa: PLC0415
    from driftwatch.reference.sides import sides  # noqa: PLC0415

    if not arguments.reference or not arguments.current:
        message = "check: --reference R and --current C are both wanted"
        raise ConfigurationError(message)
    try:
        gate = Gate(alpha=arguments.alpha, tolerance=arguments.tolerance)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    with Progress("reading", "the data", terminal=sys.stderr.isatty()) as progress:
        found = sides(
            arguments.reference, arguments.current, _choices(arguments), progress=progress
        )
    return check(
        (found.reference, found.current),
        found.profile,
        gate,
        ignored=_ignored(arguments, found.profile),
        notes=found.notes,
    )


def _choices(arguments: argparse.Namespace) -> "Choices":
    from driftwatch.reference.choices import ROLES, TYPES, Choices  # noqa: PLC0415

    roles = pairs("--role", arguments.role, ROLES)
    if arguments.time:
        roles[arguments.time] = "time"
    return Choices(
        model=arguments.model,
        version=arguments.version,
        types=pairs("--type", arguments.type, TYPES),
        roles=roles,
    )


def _ignored(arguments: argparse.Namespace, profile: "Profile") -> set[str]:
    """Give the features that are not to be judged."""
    names = [name for name, _ in profile.columns]
    known = {*names, *profile.lineage.get("left_out", {})}
    for name in (*arguments.features, *arguments.ignore):
        if name not in known:
            message = f"there is no feature {name!r:.80}; there are {', '.join(names)}"
            raise ConfigurationError(message)
    if arguments.features:
        return {*names} - {*arguments.features}
    return {*arguments.ignore}
