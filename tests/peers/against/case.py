"""How is one of a peer's statistics put beside ours?"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from detectors.comparison import Compared
from tests.peers.data import Columns
from tests.peers.ours import Comparison, Feature, Reference, Values
from tests.peers.rows import Row, row
from tests.peers.theirs.exchange import chunks

Cut = Callable[[Reference, Values], Feature]
Read = Callable[[Compared, Reference, Values], float]
Allowed = Callable[[Reference, Values], float]
Fits = Callable[[Reference, Values], bool]

Found = Mapping[str, Sequence[float | str]]

SAME = "the same convention: rounding"


@dataclass(frozen=True, slots=True)
class Case:
    """One of a peer's statistics, and what ours is to be set to for the same number.

    key : the name under which the peer's script answers
    cut : the cells of our side; those of a profile if not given
    read : what is taken of our result, the statistic if not given
    tolerance : what they may differ by beside rounding
    reason : why they may differ
    fits : for which sides the case is, all if not given
    allowed_by : the key of the peer's own bound of what they may differ by; not shown where that
        is infinite
    comparable : whether they are to be the same number at all
    """

    key: str
    statistic: str
    detector: Comparison
    cut: Cut | None = None
    read: Read | None = None
    tolerance: Allowed | None = None
    reason: str = SAME
    fits: Fits | None = None
    allowed_by: str = ""
    comparable: bool = True

    def ours(self, reference: Reference, current: Values) -> float:
        if self.cut is None:
            said = reference.compared(self.detector, current)
        else:
            feature = self.cut(reference, current)
            said = reference.compared_between(self.detector, feature, current)
        return self.read(said, reference, current) if self.read else float(said.statistic[0])


def p_value(said: Compared, _reference: Reference, _current: Values) -> float:
    """Take the p-value of our result."""
    return float(said.p_value[0])


def rows(
    peer: str, cases: Sequence[Case], data: Mapping[str, Columns], found: Found
) -> Iterator[Row]:
    """Compare each chunk of each column of which the peer has answered a case's key."""
    for name, columns in data.items():
        for column in (key[10:] for key in columns if key.startswith("reference/")):
            reference = Reference(columns[f"reference/{column}"])
            currents = chunks(columns[f"current/{column}"])
            for case in cases:
                at = f"{name}/{column}"
                theirs = found.get(f"{at}/{case.key}", ())
                bounds = found.get(f"{at}/{case.allowed_by}", [0.0] * len(theirs))
                for i, value in enumerate(theirs):
                    place = f"{name}, {column}, chunk {i}"
                    said = _number(value), _number(bounds[i])
                    yield from _compared(case, peer, place, said, (reference, currents[i]))


def _compared(
    case: Case,
    peer: str,
    place: str,
    said: tuple[float, float],
    sides: tuple[Reference, Values],
) -> Iterator[Row]:
    theirs, bound = said
    if math.isinf(bound) or (case.fits and not case.fits(*sides)):
        return
    yield row(
        case.statistic,
        peer,
        place,
        theirs=theirs,
        ours=case.ours(*sides),
        tolerance=bound + (case.tolerance(*sides) if case.tolerance else 0.0),
        reason=case.reason,
        comparable=case.comparable,
    )


def _number(said: float | str) -> float:
    """Give a number; NaN where a peer ended with an error."""
    return math.nan if isinstance(said, str) else float(said)
