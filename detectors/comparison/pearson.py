"""Could the bins of both sides be of one distribution?"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from detectors import special
from detectors.comparison.compared import Pair
from detectors.comparison.shares import BinCounts
from detectors.summaries import Bins

Floats = NDArray[np.float64]
Terms = Callable[[Floats, Floats, Floats], Floats]

FEW = 5.0  # Cochran's rule: expected rows from which on a bin stands alone


def pearson(counts: BinCounts, sides: Pair, few: float = FEW) -> tuple[Floats, Floats]:
    """Give Pearson's chi-square of the two samples and its p-value, feature by feature."""
    return _pooled_test(counts, sides, few, _squares)


def likelihood_ratio(counts: BinCounts, sides: Pair, few: float) -> tuple[Floats, Floats]:
    """Give the likelihood ratio statistic G of the two samples and its p-value."""
    return _pooled_test(counts, sides, few, _logarithms)


def _pooled_test(counts: BinCounts, sides: Pair, few: float, terms: Terms) -> tuple[Floats, Floats]:
    """Add up the terms of bins with enough rows; give the tail of chi-square at the sum.

    Bins of which the side with fewer rows should hold less than `few`, going by the shares of the
    other side, are pooled into one, which is joined with the next smallest where it is still too
    small. Of one bin the statistic is 0, and p = 1. The side whose chance is judged has no say in
    what is pooled: with it, deciles of 50 rows, where 5 are expected, reject 18% instead of 5%. Of
    sides with equally many rows both have the same say, or it would matter which is which.
    """
    bins, k, both = counts.bins, counts.current, counts.reference + counts.current
    share = sides.n / np.maximum(sides.n + sides.m, 1)
    larger = np.where((sides.n > sides.m)[bins.feature], k, counts.reference)
    larger = np.where((sides.n == sides.m)[bins.feature], both / 2, larger)
    scale = np.minimum(sides.n, sides.m) / np.maximum(np.maximum(sides.n, sides.m), 1)
    pooled = _pooled(bins, larger * scale[bins.feature], both, few)
    alone = np.where(pooled, 0.0, terms(k, both, share[bins.feature]))
    k_pooled, both_pooled = bins.total(k * pooled), bins.total(both * pooled)
    statistic = bins.total(alone) + terms(k_pooled, both_pooled, share)
    degrees = bins.total(np.where(pooled, 0.0, both > 0)) + (both_pooled > 0) - 1
    tail: Floats = special.chdtrc(np.maximum(degrees, 1), statistic)
    return statistic, np.where(degrees > 0, tail, 1.0)


def _squares(k: Floats, both: Floats, share: Floats) -> Floats:
    """Give (k - E)^2 / E of both sides; both miss their expected numbers by as much."""
    expected = both * share
    opposite = both - expected
    possible = np.minimum(expected, opposite) > 0
    inverse = np.divide(both, expected * opposite, out=np.zeros_like(both), where=possible)
    terms: Floats = (k - expected) ** 2 * inverse
    return terms


def _logarithms(k: Floats, both: Floats, share: Floats) -> Floats:
    """Give 2 k log(k / E) of both sides, which is 0 where a side holds none."""
    expected = both * share
    terms: Floats = 2 * (
        special.rel_entr(k, expected) + special.rel_entr(both - k, both - expected)
    )
    return terms


def _pooled(bins: Bins, expected: Floats, both: Floats, few: float) -> NDArray[np.bool_]:
    """Say which bins are too small, with the next smallest of the feature where they all are."""
    small = expected < few
    held, rows = (bins.total(np.where(small, part, 0.0)) for part in (expected, both))
    lacking = ((rows > 0) & (held < few))[bins.feature] & ~small
    least = bins.least(np.where(lacking, expected, np.inf))[bins.feature]
    place = np.where(lacking & (expected == least), np.arange(bins.size), bins.size)
    first = bins.least(place.astype(np.float64))[bins.feature]
    chosen: NDArray[np.bool_] = small | lacking & (place == first)
    return chosen
