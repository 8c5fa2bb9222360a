"""What does docs/peers.md say, given the worst line of each statistic?"""

from collections.abc import Sequence

from tests.peers.environments import PEERS
from tests.peers.rows import Row

TOP = """\
# Beside other tools

Every statistic that another tool computes too, on the same data with the conventions set equal,
theirs and ours. `make peers` installs each tool, in the version named, in an environment of its
own, lets it compute, compares, and writes this page and `build/peers.json`. Nothing of it is needed
to run or to test driftwatch, and while it runs every address but this machine's own is refused.

Data: `drawn` are 50,000 reference rows and ten chunks of 5,000 of a score (beta), an amount
(lognormal) and a category, of which the last five chunks have drifted; `car_loan` are NannyML's
packaged synthetic car loans, 50,000 and ten chunks of 5,000, whose last five have drifted;
`prior_2` and `prior_3` are 4,000 labelled and 2,000 other rows of two and of three classes.

Each line is the worst of so many comparisons: the one that takes up most of its tolerance.
Tolerances follow from the conventions, before anything is measured: 1e-9 (relative above 1) where
both sides have the same one, 1e-12 for the shares of classes; else the bound that is named. *Every
value an edge* says that our summary was given a cell for each value, so that only the formulas are
compared; *256 edges* is what a profile keeps.
"""
HEAD = """\
| statistic | worst of | at | theirs | ours | difference | tolerance | why they may differ |
|---|---|---|---|---|---|---|---|
"""
APART = """\
## Numbers that cannot be the same

Here the other tool's number is of something else, or wrong, and nothing is claimed of ours but what
the lines above show.

| tool | statistic | at | theirs | ours | why |
|---|---|---|---|---|---|
"""
BOTTOM = """\
## What is compared nowhere

Fixed thresholds, for they are rules, not statistics ([statistics](statistics.md)). Evidently's
p-value of the total variation distance (1,000 permutations of all rows) beside our interval.
whylogs' Hellinger distance, of shares that its sketches only estimate. frouros' Kuiper test, whose
statistic is that of Kolmogorov and Smirnov. river's detectors of change in one stream of errors.

NannyML reads its setting `calculation_method` beside the names of the methods, not within them as
it is documented (`computation_params` in drift/univariate/methods.py): where *every value an edge*
is said above, it was set so that it is read.
"""


def page(rows: Sequence[Row]) -> str:
    """Write the page of lines that are already the worst of theirs."""
    parts = [TOP]
    for peer, packages in PEERS.items():
        lines = [_line(row) for row in rows if row.peer == peer and row.comparable]
        parts.append(f"## {packages[0].replace('==', ' ')}\n\n{HEAD}" + "".join(lines))
    parts.append(APART + "".join(_apart(row) for row in rows if not row.comparable))
    parts.append(BOTTOM)
    return "\n".join(parts)


def _line(row: Row) -> str:
    cells = (
        row.statistic,
        f"{row.of}" if row.holds else f"{row.of}, **does not hold**",
        row.data,
        _number(row.theirs),
        _number(row.ours),
        f"{row.difference:.1g}",
        f"{row.tolerance:.1g}",
        row.reason,
    )
    return f"| {' | '.join(cells)} |\n"


def _apart(row: Row) -> str:
    cells = (
        row.peer,
        row.statistic,
        row.data,
        _number(row.theirs),
        _number(row.ours),
        row.reason,
    )
    return f"| {' | '.join(cells)} |\n"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.6g}"
