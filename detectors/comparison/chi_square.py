"""Can the categories of the current window and of the reference be of one distribution?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors.comparison.compared import Compared, numeric, pair
from detectors.comparison.shares import BinCounts, chi_square_sf
from detectors.summaries import Bins, Summary

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChiSquare:
    r"""Pearson's chi-square test of two samples of categories.

    Measures how far the counts k of both sides lie from those expected, E, if all rows were of one
    distribution, against what chance allows:

    .. math:: X^2 = \sum_{sides} \sum_b (k_b - E_b)^2 / E_b

    over the kept categories, the other ones and the unseen ones. Categories of which either side
    should hold fewer than `pooled_below` rows are pooled into one, and that one, where it still
    is too small, with the next smallest: the distribution of X2 is not chi-square otherwise.

    Misleads on many rows: the p-value of a shift that matters to nobody goes to 0. It says that
    there is a difference, never how large. Blind to what is pooled: on a few rows, to rare
    categories.

    Shapes: X2 and its p-value a feature, float64[d]; numeric features have none. One category, or
    too few rows for two, has X2 = 0 and p = 1.

    Reference: Pearson (1900); Cochran, Some Methods for Strengthening the Common Chi-Square Tests
    (1954). Without pooling (`pooled_below=0`) it is `scipy.stats.chi2_contingency` without
    correction.

    >>> from detectors.summaries import Layout, Summary, categorical_feature, tabulate
    >>> layout = Layout((), (categorical_feature("kind", {"a": 1, "b": 1}),))
    >>> def counted(codes):
    ...     n = len(codes)
    ...     columns = np.zeros((0, n)), np.array([codes], dtype=np.int32), [["a", "b"]]
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> said = ChiSquare().compare(counted([0] * 20 + [1] * 20), counted([0] * 30 + [1] * 10))
    >>> said.statistic.round(4), said.p_value.round(4)
    (array([5.3333]), array([0.0209]))
    """

    kind: Literal["chi_square"] = "chi_square"
    pooled_below: float = 5.0

    def __post_init__(self) -> None:
        if self.pooled_below < 0:
            message = f"chi_square pools below 0 or more expected rows, not {self.pooled_below}"
            raise ValueError(message)

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all categorical features."""
        sides = pair(reference, current, applies=~numeric(reference.layout))
        counts = BinCounts.of(reference.layout.deciles, reference, current)
        bins, k, both = counts.bins, counts.current, counts.reference + counts.current
        rows = np.maximum(sides.n + sides.m, 1)
        share = sides.n / rows
        pooled = _pooled(bins, both * np.minimum(share, 1 - share)[bins.feature], self.pooled_below)
        alone = np.where(pooled, 0.0, _terms(k, both, share[bins.feature]))
        k_pooled, both_pooled = bins.total(k * pooled), bins.total(both * pooled)
        statistic = bins.total(alone) + _terms(k_pooled, both_pooled, share)
        cells = bins.total(np.where(pooled, 0.0, counts.used)) + (both_pooled > 0)
        return sides.says(statistic, p_value=chi_square_sf(statistic, np.maximum(cells - 1, 0)))


def _terms(k: Floats, both: Floats, share: Floats) -> Floats:
    """Give (k - E)^2 / E of both sides; both miss their expected numbers by as much."""
    expected = both * share
    opposite = both - expected
    possible = np.minimum(expected, opposite) > 0
    inverse = np.divide(both, expected * opposite, out=np.zeros_like(both), where=possible)
    terms: Floats = (k - expected) ** 2 * inverse
    return terms


def _pooled(bins: Bins, expected: Floats, limit: float) -> NDArray[np.bool_]:
    """Say which bins are too small, with the next smallest of the feature where they all are."""
    small = expected < limit
    held = bins.total(np.where(small, expected, 0.0))
    lacking = ((held > 0) & (held < limit))[bins.feature] & ~small
    least = bins.least(np.where(lacking, expected, np.inf))[bins.feature]
    place = np.where(lacking & (expected == least), np.arange(bins.size), bins.size)
    first = bins.least(place.astype(np.float64))[bins.feature]
    chosen: NDArray[np.bool_] = small | lacking & (place == first)
    return chosen
