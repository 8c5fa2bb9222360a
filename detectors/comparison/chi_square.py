"""Can the categories of the current window and of the reference be of one distribution?"""

from dataclasses import dataclass
from typing import Literal

from detectors.comparison.compared import Compared, numeric, pair
from detectors.comparison.pearson import FEW, pearson
from detectors.comparison.shares import BinCounts
from detectors.summaries import Summary


@dataclass(frozen=True, slots=True)
class ChiSquare:
    r"""Pearson's chi-square test of two samples of categories.

    Measures how far the counts k of both sides lie from those expected, E, if all rows were of one
    distribution, against what chance allows:

    .. math:: X^2 = \sum_{sides} \sum_b (k_b - E_b)^2 / E_b

    over the kept categories, the other ones and the unseen ones. Categories of which the side with
    fewer rows should hold less than `pooled_below`, by the other's shares, are pooled into one, and
    that one, where it is still too small, with the next smallest: X2 is not chi-square otherwise.

    Misleads on many rows: the p-value of a shift that matters to nobody goes to 0. It says that
    there is a difference, never how large. Blind to what is pooled: on a few rows, to rare
    categories.

    Shapes: X2 and its p-value a feature, float64[d]; numeric features have none. One category, or
    too few rows for two, has X2 = 0 and p = 1.

    Reference: Pearson (1900); Cochran, Some Methods for Strengthening the Common Chi-Square Tests
    (1954). Without pooling (`pooled_below=0`) it is `scipy.stats.chi2_contingency` without
    correction.

    >>> import numpy as np
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
    pooled_below: float = FEW

    def __post_init__(self) -> None:
        if self.pooled_below < 0:
            message = f"chi_square pools below 0 or more expected rows, not {self.pooled_below}"
            raise ValueError(message)

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all categorical features."""
        sides = pair(reference, current, applies=~numeric(reference.layout))
        counts = BinCounts.of(reference.layout.deciles, reference, current)
        statistic, p_value = pearson(counts, sides, self.pooled_below)
        return sides.says(statistic, p_value=p_value)
