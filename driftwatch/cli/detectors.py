"""Which detectors are there, and what for?"""

import argparse
from typing import Any

from driftwatch.cli.beside import show, shown
from driftwatch.nouns.errors import ConfigurationError


def add(commands: Any) -> None:
    """Add `detectors list`."""
    group = commands.add_parser("detectors", help="list the detectors")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    listed = actions.add_parser(
        "list", help="every kind: what it says, when it misleads, its units and settings"
    )
    listed.add_argument("kinds", nargs="*", metavar="KIND", help="only these")
    shown(listed)
    listed.set_defaults(run=_list)


def _list(arguments: argparse.Namespace) -> int:
    from driftwatch.report.detectors import KINDS, detectors  # noqa: PLC0415 - only needed here

    for kind in arguments.kinds:
        if kind not in KINDS:
            message = f"{kind!r:.80} is not a kind of detector; known: {', '.join(KINDS)}"
            raise ConfigurationError(message)
    show(detectors(arguments.kinds, whole=arguments.format == "json"), arguments)
    return 0
