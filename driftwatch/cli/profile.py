"""The command `profile`: what is a model trusted on?"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from driftwatch.cli.progress import Progress
from driftwatch.nouns.errors import ConfigurationError

if TYPE_CHECKING:
    from driftwatch.nouns.profiles import Profile
    from driftwatch.reference.choices import Choices

_T = TypeVar("_T", bound=str)


def add(commands: Any) -> None:
    """Add the command `profile`."""
    profile = commands.add_parser(
        "profile",
        help="build the reference of a model from held-out rows",
        description="Read rows twice, in bounded memory, and write the profile that production is "
        "compared with. Take held-out or early production rows, in time order; never the training "
        "rows.",
    )
    profile.set_defaults(run=run)
    profile.add_argument(
        "data", nargs="+", metavar="DATA", help="CSV, NDJSON (each also .gz) or Parquet"
    )
    profile.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="PROFILE",
        help="the file to write, as fraud-3.json",
    )
    profile.add_argument("--model", default="", help="default: as the data or PROFILE say")
    profile.add_argument("--version", default="", help="default: as the data or PROFILE say")
    _add_columns(profile)
    _add_counts(profile)
    profile.add_argument(
        "--rows",
        default="undeclared",
        choices=("heldout", "production", "training"),
        help="what the rows are",
    )


def _add_columns(profile: argparse.ArgumentParser) -> None:
    columns = profile.add_argument_group("columns, by name")
    columns.add_argument("--time", metavar="COLUMN", help="short for --role COLUMN=time")
    columns.add_argument(
        "--type",
        action="append",
        default=[],
        metavar="COLUMN=TYPE",
        help="numeric, integer, categorical, boolean, timestamp, text or vector",
    )
    columns.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="COLUMN=ROLE",
        help="feature, prediction, score, label, time, id, model or version; a column of such a "
        "name has that role",
    )
    columns.add_argument(
        "--drop", action="append", default=[], metavar="COLUMN", help="leave it out"
    )
    columns.add_argument(
        "--require",
        action="append",
        default=[],
        metavar="COLUMN",
        help="in production, reject a record without it",
    )


def _add_counts(profile: argparse.ArgumentParser) -> None:
    counts = profile.add_argument_group("what is counted")
    counts.add_argument("--bins", type=int, default=256, help="of a numeric column; default 256")
    counts.add_argument("--keep", type=int, default=100, help="categories; default 100")
    counts.add_argument(
        "--threshold", type=float, default=0.5, help="of the score, for a decision; default 0.5"
    )
    counts.add_argument(
        "--sample", type=int, metavar="ROWS", help="edges are chosen from; default up to 100,000"
    )
    counts.add_argument(
        "--positive", default="", metavar="LABEL", help="the one of two labels that the score is of"
    )
    counts.add_argument(
        "--multivariate",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="features of several columns at once; default where there are two numbers or more",
    )
    counts.add_argument(
        "--mmd", action="store_true", help="those of the maximum mean discrepancy too"
    )
    counts.add_argument(
        "--segment",
        action="append",
        default=[],
        metavar="COLUMN",
        help="watch the rows of each of its most frequent values apart",
    )
    counts.add_argument(
        "--segments", type=int, default=10, metavar="N", help="of each such column; default 10"
    )
    counts.add_argument("--seed", type=int, default=0, help="of sample and halves; default 0")


def run(arguments: argparse.Namespace) -> int:
    """Build, save and show a profile."""
    from driftwatch.reference.build import build  # noqa: PLC0415 - heavy
    from driftwatch.reference.document import save  # noqa: PLC0415

    output = Path(arguments.output)
    if not output.parent.is_dir():
        message = f"{output}: there is no folder {output.parent} to write the profile to"
        raise ConfigurationError(message)
    choices = _choices(arguments, output)
    reading = Progress("reading twice", "both passes", terminal=sys.stderr.isatty())
    with reading as progress:
        profile = build(arguments.data, choices, progress=progress)
    save(profile, output)
    _show(profile, output)
    return 0


def _choices(arguments: argparse.Namespace, output: Path) -> "Choices":
    from driftwatch.reference.choices import ROLES, TYPES, Choices  # noqa: PLC0415

    roles = pairs("--role", arguments.role, ROLES)
    if arguments.time:
        roles[arguments.time] = "time"
    model, _, version = output.name.removesuffix(".json").rpartition("-")
    return Choices(
        model=arguments.model,
        version=arguments.version,
        fallback=(model, version if model else ""),
        types=pairs("--type", arguments.type, TYPES),
        roles=roles,
        dropped=frozenset(arguments.drop),
        required=frozenset(arguments.require),
        bins=arguments.bins,
        keep=arguments.keep,
        seed=arguments.seed,
        sample=arguments.sample,
        threshold=arguments.threshold,
        positive=arguments.positive,
        multivariate=arguments.multivariate,
        mmd=arguments.mmd,
        segments=tuple(dict.fromkeys(arguments.segment)),
        most=arguments.segments,
        rows=arguments.rows,
        commit=_commit(),
        built=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def pairs(option: str, given: Sequence[str], allowed: Sequence[_T]) -> dict[str, _T]:
    """Read COLUMN=ONE_OF, as an option takes it."""
    pairs = {}
    for text in given:
        column, _, value = text.rpartition("=")
        known = next((item for item in allowed if item == value), None)
        if not column or known is None:
            message = f"{option} {text}: COLUMN=ONE_OF is wanted, one of {', '.join(allowed)}"
            raise ConfigurationError(message)
        pairs[column] = known
    return pairs


def _commit() -> str:
    """Give the git commit of the present folder, empty where there is none."""
    git = shutil.which("git")
    if git is None:
        return ""
    told = subprocess.run(  # noqa: S603 - nothing of a user's is in it
        [git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip() if told.returncode == 0 else ""


def _show(profile: "Profile", output: Path) -> None:
    from driftwatch.cli.sizing import sizing  # noqa: PLC0415
    from driftwatch.report.profile import describe  # noqa: PLC0415
    from driftwatch.report.terminal import draw  # noqa: PLC0415

    lineage, sized = profile.lineage, sizing(profile)
    document = describe(profile, sized.rows, [sized.warning] if sized.warning else [])
    width = shutil.get_terminal_size((100, 24)).columns
    print(draw(document, width, colour=sys.stdout.isatty()))
    print(
        f"{output}: {profile.model} {profile.version}, {lineage['rows']:,} rows from "
        f"{lineage['time']['first'] or '?'} to {lineage['time']['last'] or '?'}, "
        f"{profile.fingerprint}"
    )
