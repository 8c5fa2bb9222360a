"""How much is lost by taking the one distribution for the other?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors import special
from detectors.comparison.compared import Compared, pair
from detectors.comparison.pearson import pearson
from detectors.comparison.shares import BinCounts, Binning, bins_of
from detectors.summaries import Summary

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KullbackLeibler:
    r"""Kullback-Leibler divergence on the reference's deciles.

    Measures how much the reference's shares q surprise those who see the current ones p
    (`of` "current"), or the other way round ("reference"), in nats (`base` "e") or bits (2):

    .. math:: \sum_b p_b \ln (p_b / q_b)

    over the reference's deciles (`bins` "deciles"), or over its Doane histogram with one bin for
    all that lies outside of it ("doane"); for categories over the kept ones, the other ones and the
    unseen ones. Bins that are empty on both sides are left out.

    Zeros: a bin that only the first side holds would make it infinite. `smoothing` (0.5) is added
    to every count, as with `psi`. `floor` raises shares to at least that, as some tools do; the
    shares are then divided by their sum, so that the divergence is never negative. With both 0 it
    is infinite where a bin of the second side is empty, and empty bins of the first side count 0.

    Misleads on few rows: undrifted data give (B - 1)(1/n + 1/m) / 2 on average, .09 on 50 rows and
    10 bins. The p-value says so. It is no distance: the two directions differ, and one near-empty
    bin of the second side makes it large. Blind to how far mass moved, and within a bin.

    Shapes: one divergence and one p-value a feature, float64[d], 0 to infinity; the p-value is that
    of Pearson's chi-square on the same bins with small ones pooled.

    Reference: Kullback, Leibler, On Information and Sufficiency (1951).

    >>> from detectors.summaries import Layout, Summary, categorical_feature, tabulate
    >>> layout = Layout((), (categorical_feature("kind", {"a": 1, "b": 1}),))
    >>> def counted(codes):
    ...     n = len(codes)
    ...     columns = np.zeros((0, n)), np.array([codes], dtype=np.int32), [["a", "b"]]
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> sides = counted([0, 1]), counted([1, 1])
    >>> KullbackLeibler(smoothing=0.0, base=2).compare(*sides).statistic
    array([1.])
    """

    kind: Literal["kullback_leibler"] = "kullback_leibler"
    of: Literal["current", "reference"] = "current"
    bins: Binning = "deciles"
    smoothing: float = 0.5
    floor: float = 0.0
    base: Literal[2, "e"] = "e"

    def __post_init__(self) -> None:
        if self.smoothing < 0 or not 0 <= self.floor < 1:
            message = "kullback_leibler takes a smoothing of 0 or more and a floor in [0, 1), not "
            raise ValueError(message + f"{self.smoothing} and {self.floor}")

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all features."""
        sides = pair(reference, current)
        counts = BinCounts.of(bins_of(reference.layout, self.bins), reference, current)
        q, p = (self._raised(counts, shares) for shares in counts.shares(self.smoothing))
        one, other = (p, q) if self.of == "current" else (q, p)
        nats = np.maximum(counts.bins.total(special.rel_entr(one, other)), 0.0)
        _, p_value = pearson(counts, sides)
        return sides.says(nats if self.base == "e" else nats / np.log(2), p_value=p_value)

    def _raised(self, counts: BinCounts, shares: Floats) -> Floats:
        raised = np.where(counts.used, np.maximum(shares, self.floor), 0.0)
        total = counts.bins.total(raised)[counts.bins.feature]
        return np.divide(raised, total, out=np.zeros_like(raised), where=total > 0)
