"""How far do the shares of the reference's deciles, or of its categories, lie apart?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from detectors.comparison.compared import Compared, pair
from detectors.comparison.pearson import pearson
from detectors.comparison.shares import BinCounts
from detectors.summaries import Summary


@dataclass(frozen=True, slots=True)
class PopulationStability:
    r"""Population stability index on the reference's deciles.

    Measures how far mass moved between the deciles of the reference (for categories: between the
    kept categories, the other ones and the unseen ones). It is the sum of both Kullback-Leibler
    divergences:

    .. math:: \sum_b (p_b - q_b) \ln (p_b / q_b)

    with :math:`p_b = (k_b + s) / (n + s B)` of the current and q of the reference, s = `smoothing`.
    Bins that are empty on both sides are left out. Without smoothing a bin that one side lacks
    makes it infinite, unless shares are raised to at least `floor`, as some tools do.

    Misleads on few rows: undrifted data give (B - 1)(1/n + 1/m) on average, so .18 on 50 rows and
    10 bins. The p-value says so. It is blind to what happens within a decile, such as in the tail.

    Shapes: one statistic and one p-value a feature, float64[d]; without unit, 0 to infinity. On
    undrifted data n m / (n + m) PSI is about chi-square with B - 1 degrees of freedom. Where bins
    hold few rows that is far off, so the p-value is that of Pearson's chi-square, which PSI comes
    near, on the same bins with small ones pooled.

    References: Lewis, An Introduction to Credit Scoring (1994); Yurdakul, Statistical Properties of
    Population Stability Index (2018).

    >>> from detectors.summaries import Layout, Summary, categorical_feature, tabulate
    >>> layout = Layout((), (categorical_feature("kind", {"a": 1, "b": 1}),))
    >>> def counted(codes):
    ...     n = len(codes)
    ...     columns = np.zeros((0, n)), np.array([codes], dtype=np.int32), [["a", "b"]]
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> PopulationStability().compare(counted([0, 1] * 50), counted([0] * 75 + [1] * 25)).statistic
    array([0.26867678])
    """

    kind: Literal["psi"] = "psi"
    smoothing: float = 0.5
    floor: float = 0.0

    def __post_init__(self) -> None:
        if self.smoothing < 0 or not 0 <= self.floor < 1:
            message = "psi takes a smoothing of 0 or more and a floor in [0, 1), not "
            raise ValueError(message + f"{self.smoothing} and {self.floor}")

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all features."""
        sides = pair(reference, current)
        counts = BinCounts.of(reference.layout.deciles, reference, current)
        q, p = (np.maximum(side, self.floor) for side in counts.shares(self.smoothing))
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(counts.used & (p != q), (p - q) * np.log(p / q), 0.0)
        _, p_value = pearson(counts, sides)
        return sides.says(counts.bins.total(terms), p_value=p_value)
