"""How do the current shares of bins stand beside those of the reference?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors.summaries import Bins, Layout, Summary

Floats = NDArray[np.float64]
Binning = Literal["deciles", "doane"]


def bins_of(layout: Layout, binning: Binning) -> Bins:
    """Give the bins of a name: the reference's deciles, or its Doane histogram."""
    return layout.deciles if binning == "deciles" else layout.doane


@dataclass(frozen=True, slots=True, eq=False)
class BinCounts:
    """Counts by bin of both sides, over all d features side by side.

    reference, current : float64[size]
    used : bool[size], the bins that hold a row of either side; the others say nothing
    """

    bins: Bins
    reference: Floats
    current: Floats
    used: NDArray[np.bool_]

    @classmethod
    def of(cls, bins: Bins, reference: Summary, current: Summary) -> "BinCounts":
        """Count both sides by bin."""
        m, n = reference.binned(bins), current.binned(bins)
        return cls(bins, m, n, m + n > 0)

    def without_leftover(self, numbers: int) -> "BinCounts":
        """Leave out the rows that lie outside of the Doane histograms of the first features."""
        reference, current = self.reference.copy(), self.current.copy()
        first = self.bins.start[:numbers]
        reference[first] = current[first] = 0.0
        return BinCounts(self.bins, reference, current, reference + current > 0)

    def shares(self, smoothing: float = 0.0) -> tuple[Floats, Floats]:
        """Give each used bin's share (k + smoothing) / (n + smoothing B); B is the used bins.

        Zero for bins that are not used, and wherever a side has no rows.
        """
        return self._shares(self.reference, smoothing), self._shares(self.current, smoothing)

    def _shares(self, counts: Floats, smoothing: float) -> Floats:
        smoothed = counts + smoothing * self.used
        totals = self.bins.total(smoothed)[self.bins.feature]
        return np.divide(smoothed, totals, out=np.zeros_like(smoothed), where=totals > 0)
