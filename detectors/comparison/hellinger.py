"""How far apart are the square roots of the shares?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from detectors.comparison.compared import Compared, pair
from detectors.comparison.pearson import pearson
from detectors.comparison.shares import BinCounts, Binning, bins_of
from detectors.summaries import Summary


@dataclass(frozen=True, slots=True)
class Hellinger:
    r"""Hellinger distance on the reference's deciles.

    Measures how little the two distributions overlap:

    .. math:: H = \sqrt{\tfrac12 \sum_b (\sqrt{p_b} - \sqrt{q_b})^2}

    over the reference's deciles (`bins` "deciles"), or over its Doane histogram with one bin for
    all that lies outside of it ("doane"); for categories over the kept ones, the other ones and the
    unseen ones. It is 0 where they are alike and 1 where they have nothing in common; H squared is
    at most the total variation distance, which is at most sqrt(2) H.

    Misleads on few rows and many bins: it is a square root, so undrifted data lie at about
    sqrt((B - 1)(1/n + 1/m) / 8), .15 on 50 rows and 10 bins. The p-value says so. Blind to how far
    mass moved, and to what happens within a bin.

    Shapes: one distance and one p-value a feature, float64[d]. On undrifted data
    8 n m / (n + m) H^2 is about chi-square with B - 1 degrees of freedom where every bin holds many
    rows; the p-value is that of Pearson's chi-square on the same bins with small ones pooled.

    Reference: Levin, Peres, Markov Chains and Mixing Times, section 20.4. With "doane" it is
    NannyML's.

    >>> from detectors.summaries import Layout, Summary, categorical_feature, tabulate
    >>> layout = Layout((), (categorical_feature("kind", {"a": 1, "b": 1}),))
    >>> def counted(codes):
    ...     n = len(codes)
    ...     columns = np.zeros((0, n)), np.array([codes], dtype=np.int32), [["a", "b"]]
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> Hellinger().compare(counted([0, 1]), counted([1, 1])).statistic.round(4)
    array([0.5412])
    """

    kind: Literal["hellinger"] = "hellinger"
    bins: Binning = "deciles"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all features."""
        sides = pair(reference, current)
        counts = BinCounts.of(bins_of(reference.layout, self.bins), reference, current)
        q, p = counts.shares()
        squared = counts.bins.total((np.sqrt(p) - np.sqrt(q)) ** 2) / 2
        _, p_value = pearson(counts, sides)
        return sides.says(np.sqrt(np.minimum(squared, 1.0)), p_value=p_value)
