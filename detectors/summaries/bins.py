"""How do the cells of a layout make up coarser bins?"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detectors.summaries.features import CategoricalFeature, NumericFeature

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bins:
    """The bins of all d features side by side; each feature has at least one.

    `of` is the bin of each cell, `size` for those that hold no value (missing, not finite);
    `start` is the first bin of each feature, intp[d]; `size` the number of all bins.
    """

    of: NDArray[np.intp]
    start: NDArray[np.intp]
    size: int

    @classmethod
    def join(cls, bins: Sequence[NDArray[np.intp]]) -> Self:
        """Lay features side by side, given each one's bins from 0, -1 for cells without value."""
        widths = np.array([own.max() + 1 for own in bins], dtype=np.intp)
        end = np.cumsum(widths)
        start = end - widths
        size = int(end[-1]) if len(bins) else 0
        moved = [np.where(own < 0, size, own + at) for own, at in zip(bins, start, strict=True)]
        return cls(np.concatenate([np.zeros(0, np.intp), *moved]), start, size)

    def count(self, counts: NDArray[np.int64]) -> Floats:
        """Count by bin what is counted by cell, float64[size]."""
        counted = np.bincount(self.of, weights=counts, minlength=self.size + 1)
        return counted[: self.size].astype(np.float64, copy=False)

    def total(self, values: NDArray[np.float64]) -> Floats:
        """Add up the values of each feature's bins, float64[d]."""
        return np.add.reduceat(values, self.start) if len(self.start) else values

    def least(self, values: NDArray[np.float64]) -> Floats:
        """Give the least value among each feature's bins, float64[d]."""
        return np.minimum.reduceat(values, self.start) if len(self.start) else values

    @cached_property
    def feature(self) -> NDArray[np.intp]:
        """The feature of each bin, intp[size]."""
        widths = np.diff(self.start, append=self.size)
        return np.repeat(np.arange(len(self.start)), widths)


def decile_bins(feature: NumericFeature) -> NDArray[np.intp]:
    """Give the bin of each cell between the decile cuts, the outer two without end."""
    return _number_bins(feature, feature.deciles)


def doane_bins(feature: NumericFeature) -> NDArray[np.intp]:
    """Give the bin of each cell between Doane edges; all that lies outside of them is one bin."""
    bins = _number_bins(feature, feature.doane)
    bins[bins == len(feature.doane)] = 0
    return bins


def word_bins(feature: CategoricalFeature) -> NDArray[np.intp]:
    """Give a bin to each category, to the other ones, and to the unseen ones."""
    return np.append(np.arange(len(feature.categories) + 2), -1)


def _number_bins(feature: NumericFeature, cuts: NDArray[np.int64]) -> NDArray[np.intp]:
    cells = np.arange(len(feature.edges) + 1)
    return np.append(np.searchsorted(cuts, cells, side="left"), [-1, -1])
