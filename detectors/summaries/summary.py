"""What is kept of the rows of one population and stretch of time?"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from detectors.summaries.bins import Bins
from detectors.summaries.layout import TAIL, Layout
from detectors.summaries.newcomers import Newcomers, add

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
T = TypeVar("T", np.int64, np.float64)

_ALL = np.zeros(1, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Summary:
    """Counts of all d features (p of them numeric) over `rows` rows; `+` merges two.

    counts : int64[layout.width]; each row falls into one cell of each feature, but of a reference
        what was chosen on half of the rows is counted on the other half only
    tails : float64[p, 2, TAIL], sums of the values in the TAIL lowest and TAIL highest value cells
        (cell 0, "below", is the first of the lowest; the last "at or above" is the last highest)
    moments : float64[p, 2], mean and sum of squared deviations of the finite values
    low, high : float64[p], the smallest and largest finite value; +inf and -inf where there is none
    newcomers : which values that the reference never held came, as far as is known; of no part in
        any statistic
    """

    layout: Layout
    rows: int
    counts: Counts
    tails: Floats
    moments: Floats
    low: Floats
    high: Floats
    newcomers: Newcomers = field(default_factory=dict)

    @classmethod
    def empty(cls, layout: Layout) -> "Summary":
        """Make the summary of no rows."""
        p = len(layout.numeric)
        return cls(
            layout=layout,
            rows=0,
            counts=np.zeros(layout.width, dtype=np.int64),
            tails=np.zeros((p, 2, TAIL)),
            moments=np.zeros((p, 2)),
            low=np.full(p, np.inf),
            high=np.full(p, -np.inf),
        )

    def __add__(self, other: "Summary") -> "Summary":
        if self.layout is not other.layout and self.layout.digest != other.layout.digest:
            message = f"a summary of layout {other.layout.digest} cannot be added to one of layout "
            raise ValueError(message + self.layout.digest)
        finite = np.stack([self.finite, other.finite])
        moments = np.stack([self.moments, other.moments])
        with np.errstate(over="ignore", invalid="ignore"):
            tails = self.tails + other.tails
        return Summary(
            layout=self.layout,
            rows=self.rows + other.rows,
            counts=self.counts + other.counts,
            tails=tails,
            moments=merge_moments(finite, moments, _ALL)[0],
            low=np.minimum(self.low, other.low),
            high=np.maximum(self.high, other.high),
            newcomers=add(self.newcomers, other.newcomers),
        )

    @cached_property
    def counted(self) -> Counts:
        """Rows that each feature was counted on, int64[d]."""
        return _kept(np.add.reduceat(self.counts, self.layout.start[:-1]))

    def binned(self, bins: Bins) -> Floats:
        """Count by bin, float64[bins.size]; but once by the deciles and the histogram it has."""
        if bins is self.layout.deciles:
            return self._by_decile
        return self._by_doane if bins is self.layout.doane else bins.count(self.counts)

    @cached_property
    def _by_decile(self) -> Floats:
        return _kept(self.layout.deciles.count(self.counts))

    @cached_property
    def _by_doane(self) -> Floats:
        return _kept(self.layout.doane.count(self.counts))

    @property
    def missing(self) -> Counts:
        """Rows without a value, int64[d]."""
        return self.counts[self.layout.missing_cells]

    @property
    def not_finite(self) -> Counts:
        """Rows that hold an infinity, int64[p]."""
        return self.counts[self.layout.not_finite_cells]

    @cached_property
    def present(self) -> Counts:
        """Rows that a distribution rests on, int64[d]: with a value, a finite one if a number."""
        present = self.counted - self.missing
        present[: len(self.layout.numeric)] -= self.not_finite
        return _kept(present)

    @property
    def finite(self) -> Counts:
        """Rows that hold a finite number, int64[p]."""
        return self.present[: len(self.layout.numeric)]

    @property
    def deviation(self) -> Floats:
        """Standard deviation of the finite values, float64[p]; 0 where there are none."""
        return np.sqrt(self.moments[:, 1] / np.maximum(self.finite, 1))

    @property
    def below(self) -> Counts:
        """Rows with a number under the lowest edge, int64[p]."""
        return self.counts[self.layout.start[: len(self.layout.numeric)]]

    @property
    def above(self) -> Counts:
        """Rows with a finite number at or over the highest edge, int64[p]."""
        return self.counts[self.layout.not_finite_cells - 1]

    @property
    def unseen(self) -> Counts:
        """Rows with a category that the reference never held, int64[q]."""
        return self.counts[self.layout.unseen_cells]


def _kept(values: NDArray[T]) -> NDArray[T]:
    values.flags.writeable = False
    return values


def merge_moments(finite: Counts, moments: Floats, first: Counts) -> Floats:
    """Merge means and sums of squared deviations of runs of summaries, as Chan et al. (1983) do.

    Parameters
    ----------
    finite : int64[b, p]
    moments : float64[b, p, 2]
    first : int64[r], where each run begins; the first begins at 0

    Returns
    -------
    float64[r, p, 2]
    """
    runs = np.diff(first, append=len(finite))
    n = np.add.reduceat(finite, first, axis=0)
    share = finite / np.maximum(np.repeat(n, runs, axis=0), 1)
    with np.errstate(over="ignore", invalid="ignore"):
        anchor = moments[first, :, 0]
        moved = share * (moments[:, :, 0] - np.repeat(anchor, runs, axis=0))
        mean = anchor + np.add.reduceat(moved, first, axis=0)
        apart = moments[:, :, 0] - np.repeat(mean, runs, axis=0)
        squared = np.add.reduceat(moments[:, :, 1] + finite * apart * apart, first, axis=0)
    return np.where(n[:, :, None] > 0, np.stack([mean, squared], axis=2), 0.0)
