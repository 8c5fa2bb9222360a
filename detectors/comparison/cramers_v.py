"""How strongly does the category depend on whether a row is of now or of the reference?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from detectors.comparison.compared import Compared, numeric, pair
from detectors.comparison.pearson import pearson
from detectors.comparison.shares import BinCounts
from detectors.summaries import Summary


@dataclass(frozen=True, slots=True)
class CramersV:
    r"""Cramer's V of the category and the side that a row is of.

    Measures, on a scale that does not grow with the rows, what `chi_square` tests:

    .. math:: V = \sqrt{X^2 / (n + m)}

    over the kept categories, the other ones and the unseen ones, without pooling: 0 where they are
    alike, 1 where they have nothing in common. `weights` "rows" counts every row once; with "equal"
    both sides weigh the same, whatever their rows:
    :math:`V^2 = \tfrac12 \sum_b (p_b - q_b)^2 / (p_b + q_b)`.

    Misleads where one side is much smaller: with "rows", V of the same shift falls like the root of
    the smaller side's part of all rows; with "equal" it does not. On few rows and many categories
    it is never near 0: the p-value says so. Blind to which category moved.

    Shapes: V in [0, 1] and the p-value of Pearson's chi-square with small categories pooled, a
    feature, float64[d]; numeric features have none.

    References: Cramer, Mathematical Methods of Statistics (1946), section 21.9;
    `scipy.stats.contingency.association(method="cramer")`.

    >>> from detectors.summaries import Layout, Summary, categorical_feature, tabulate
    >>> layout = Layout((), (categorical_feature("kind", {"a": 1, "b": 1}),))
    >>> def counted(codes):
    ...     n = len(codes)
    ...     columns = np.zeros((0, n)), np.array([codes], dtype=np.int32), [["a", "b"]]
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> said = CramersV().compare(counted([0] * 20 + [1] * 20), counted([0] * 30 + [1] * 10))
    >>> said.statistic.round(4), said.p_value.round(4)
    (array([0.2582]), array([0.0209]))
    """

    kind: Literal["cramers_v"] = "cramers_v"
    weights: Literal["rows", "equal"] = "rows"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all categorical features."""
        sides = pair(reference, current, applies=~numeric(reference.layout))
        counts = BinCounts.of(reference.layout.deciles, reference, current)
        _, p_value = pearson(counts, sides)
        if self.weights == "rows":
            squared = pearson(counts, sides, 0.0)[0] / np.maximum(sides.n + sides.m, 1)
        else:
            q, p = counts.shares()
            both = p + q
            inverse = np.divide(1, both, out=np.zeros_like(both), where=both > 0)
            squared = counts.bins.total((p - q) ** 2 * inverse) / 2
        return sides.says(np.sqrt(np.minimum(squared, 1.0)), p_value=p_value)
