"""Which detectors are there, and what for?"""

import argparse
import typing
from itertools import compress
from typing import Any


def add(commands: Any) -> None:
    """Add `detectors list`."""
    group = commands.add_parser("detectors", help="list the detectors")
    actions = group.add_subparsers(metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="every kind, what it is for, and what it measures")
    listed.set_defaults(run=_list)


def _list(_: argparse.Namespace) -> int:
    from detectors.comparison import DEFAULTS, AnyComparison  # noqa: PLC0415 - only needed here

    usual = {detector.kind for detector in DEFAULTS}
    rows = [("KIND", "FOR", "BY DEFAULT", "MEASURES")]
    for detector in typing.get_args(AnyComparison):
        made = detector()
        first = (detector.__doc__ or "").strip().splitlines()[0]
        rows.append((made.kind, _types(made), "yes" if made.kind in usual else "no", first))
    for kind, types, default, first in rows:
        print(f"{kind:18}  {types:20}  {default:10}  {first}")
    return 0


def _types(detector: Any) -> str:
    """Name the types of features that a detector says something of."""
    from detectors.comparison import Undefined  # noqa: PLC0415
    from detectors.summaries import (  # noqa: PLC0415
        Layout,
        Summary,
        categorical_feature,
        numeric_feature,
    )

    layout = Layout(
        (numeric_feature("number", [0.0, 1.0]),), (categorical_feature("word", {"a": 1}),)
    )
    nothing = Summary.empty(layout)
    applies = detector.compare(nothing, nothing).undefined != Undefined.NOT_APPLICABLE
    return ", ".join(compress(("numeric", "categorical"), applies))
