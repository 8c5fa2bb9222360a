"""How much likelier are two distributions of categories than one?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from detectors.comparison.compared import Compared, numeric, pair
from detectors.comparison.pearson import likelihood_ratio
from detectors.comparison.shares import BinCounts
from detectors.summaries import Summary

ENOUGH = 10.0  # G is too large by more than X2 where few rows are expected


@dataclass(frozen=True, slots=True)
class GTest:
    r"""Likelihood ratio test of two samples of categories.

    Measures how much likelier the counts k of both sides are with shares of their own than with
    the shares that all rows have together, which would make E of them:

    .. math:: G = 2 \sum_{sides} \sum_b k_b \ln (k_b / E_b)

    over the kept categories, the other ones and the unseen ones; those that the side with fewer
    rows should hold less than `pooled_below` of are pooled, as by `chi_square`, but from 10 rows
    down, for G strays from chi-square sooner.

    Misleads on many rows: the p-value of a shift that matters to nobody goes to 0. It says that
    there is a difference, never how large. Blind to what is pooled: on a few rows, to rare
    categories.

    Shapes: G and its p-value a feature, float64[d]; numeric features have none. One category, or
    too few rows for two, has G = 0 and p = 1.

    References: Wilks (1938); Sokal, Rohlf, Biometry, chapter 17. Without pooling
    (`pooled_below=0`) it is `scipy.stats.chi2_contingency` with `lambda_="log-likelihood"` and
    without correction.

    >>> from detectors.summaries import Layout, Summary, categorical_feature, tabulate
    >>> layout = Layout((), (categorical_feature("kind", {"a": 1, "b": 1}),))
    >>> def counted(codes):
    ...     n = len(codes)
    ...     columns = np.zeros((0, n)), np.array([codes], dtype=np.int32), [["a", "b"]]
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> said = GTest().compare(counted([0] * 20 + [1] * 20), counted([0] * 30 + [1] * 10))
    >>> said.statistic.round(4), said.p_value.round(4)
    (array([5.4115]), array([0.02]))
    """

    kind: Literal["g_test"] = "g_test"
    pooled_below: float = ENOUGH

    def __post_init__(self) -> None:
        if self.pooled_below < 0:
            message = f"g_test pools below 0 or more expected rows, not {self.pooled_below}"
            raise ValueError(message)

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all categorical features."""
        sides = pair(reference, current, applies=~numeric(reference.layout))
        counts = BinCounts.of(reference.layout.deciles, reference, current)
        statistic, p_value = likelihood_ratio(counts, sides, self.pooled_below)
        return sides.says(np.maximum(statistic, 0.0), p_value=p_value)
