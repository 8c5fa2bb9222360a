"""What does the pager hold the rows against?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.sequential.dispersion import Dispersion
from detectors.sequential.sets import Sets
from detectors.summaries import Summary

SLOT_ROWS = 20_000

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """The reference's set counts by hour of the day or of the week.

    k, n : int64[s, S]; rows : int64[s]; hour : int64[s], the hour since midnight, or since
    Monday's midnight, in UTC; period : 24 or 168
    """

    period: int
    hour: Counts
    rows: Counts
    k: Counts
    n: Counts

    def places(self) -> Mapping[int, int]:
        """Give the place of each hour that holds enough rows to be a reference of its own."""
        full = np.flatnonzero(self.rows >= SLOT_ROWS)
        return {int(self.hour[i]) % self.period: int(i) for i in full}

    def of(self, hour: int) -> int:
        """Give the slot of a budget hour; 1970 began on a Thursday."""
        return (hour + 72) % self.period if self.period > 24 else hour % self.period


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The finite reference of the sets.

    dispersion : of hours' counts; `daily` of days', None where that is not known: then there is no
    daily clock
    held : int64[S] k and n, where fewer rows than the summary's are to stand for the reference
    """

    sets: Sets
    summary: Summary
    dispersion: Dispersion
    daily: Dispersion | None = None
    slots: Slots | None = None
    held: tuple[Counts, Counts] | None = None
    places: Mapping[int, int] = field(init=False)

    def __post_init__(self) -> None:
        places = self.slots.places() if self.slots is not None else {}
        object.__setattr__(self, "places", places)

    @property
    def counts(self) -> tuple[Counts, Counts]:
        """How many rows of the reference lie in each set, and how many could, int64[S]."""
        return self.held or self.sets.count(self.summary.counts)
