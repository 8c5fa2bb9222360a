"""What is one line of the comparison, and which of many alike is the one to show?"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

EXACT = 1e-9  # what sums in another order may differ by, relative to what is above 1


@dataclass(frozen=True, slots=True)
class Row:
    """One statistic of one column or chunk, theirs and ours.

    `reason` says why they may differ at all, and so where the tolerance comes from; `of` is the
    number of comparisons that a line stands for, of which it is the worst. Lines that are not
    `comparable` say why the numbers cannot be the same; nothing is claimed of them.
    """

    statistic: str
    peer: str
    data: str
    theirs: float | None
    ours: float | None
    difference: float | None
    tolerance: float
    holds: bool
    reason: str
    of: int = 1
    comparable: bool = True

    @property
    def group(self) -> tuple[str, str, str]:
        return self.peer, self.statistic, self.data.partition(",")[0]

    @property
    def strain(self) -> float:
        """How much of its tolerance the difference takes up; by which the worst line is found."""
        if self.difference is None or math.isnan(self.difference):
            return math.inf if self.comparable else 0.0
        if not self.comparable:
            return abs(self.difference)
        return abs(self.difference) / self.tolerance if self.holds else math.inf


def row(
    statistic: str,
    peer: str,
    data: str,
    *,
    theirs: float,
    ours: float,
    tolerance: float = 0.0,
    exact: float = EXACT,
    reason: str = "",
    comparable: bool = True,
) -> Row:
    """Compare two numbers; beside the tolerance they may differ by `exact`."""
    allowed = tolerance + exact * max(1.0, abs(theirs))
    difference = 0.0 if ours == theirs else ours - theirs
    return Row(
        statistic=statistic,
        peer=peer,
        data=data,
        theirs=theirs,
        ours=ours,
        difference=difference,
        tolerance=allowed,
        holds=bool(abs(difference) <= allowed),
        reason=reason,
        comparable=comparable,
    )


def worst(rows: Iterable[Row]) -> list[Row]:
    """Keep of each statistic, peer and data set the line that strains its tolerance most."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for each in rows:
        groups.setdefault(each.group, []).append(each)
    return [
        replace(
            max(some, key=lambda each: each.strain),
            of=sum(each.of for each in some),
            holds=all(each.holds for each in some),
        )
        for some in groups.values()
    ]


def without_nan(row: Row) -> Row:
    """Put nothing where there is no number, as JSON has it."""
    return replace(
        row,
        theirs=_number(row.theirs),
        ours=_number(row.ours),
        difference=_number(row.difference),
    )


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value
