"""How well could one tell from a value whether it is of the reference or of now?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from detectors import special
from detectors.comparison.compared import Compared, pair
from detectors.comparison.pearson import pearson
from detectors.comparison.shares import BinCounts, Binning, bins_of
from detectors.summaries import Summary


@dataclass(frozen=True, slots=True)
class JensenShannon:
    r"""Jensen-Shannon distance on the reference's Doane histogram.

    Measures how well the two distributions can be told apart, as the square root of

    .. math:: \tfrac12 \sum_b p_b \log (p_b / m_b) + \tfrac12 \sum_b q_b \log (q_b / m_b),
              \qquad m_b = (p_b + q_b) / 2

    over the bins of the reference's Doane histogram, with one bin for all that lies outside of it
    (for categories: the kept ones, the other ones, the unseen ones). `base` 2 gives 0 (alike) to 1
    (nothing in common); base "e" gives 0 to sqrt(ln 2) = .8326. `bins` "deciles" takes the
    reference's deciles instead of its histogram. Without `leftover` what lies outside of the
    histogram is left out of the shares, as by tools that know no such bin: where all of it does,
    nothing is in common.

    Misleads on few rows and many categories, where undrifted data lie far from 0: the square root
    makes the distance large, about .15 on 100 rows and 10 bins. The p-value says so. Blind to how
    far mass moved: next door counts as much as to the other end.

    Shapes: one distance and one p-value a feature, float64[d]. On undrifted data 8 n m / (n + m)
    times the divergence in nats is about chi-square with B - 1 degrees of freedom. The outer bins
    of a histogram hold too few rows for that, so the p-value is that of Pearson's chi-square on the
    same bins with small ones pooled.

    References: Lin, Divergence Measures Based on the Shannon Entropy (1991); Doane, Aesthetic
    Frequency Classifications (1976); the leftover bin is NannyML's.

    >>> from detectors.summaries import Layout, Summary, categorical_feature, tabulate
    >>> layout = Layout((), (categorical_feature("kind", {"a": 1, "b": 1}),))
    >>> def counted(codes):
    ...     n = len(codes)
    ...     columns = np.zeros((0, n)), np.array([codes], dtype=np.int32), [["a", "b"]]
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> JensenShannon().compare(counted([0, 0]), counted([1, 1])).statistic
    array([1.])
    """

    kind: Literal["jensen_shannon"] = "jensen_shannon"
    base: Literal[2, "e"] = 2
    bins: Binning = "doane"
    leftover: bool = True

    def __post_init__(self) -> None:
        if self.bins == "deciles" and not self.leftover:
            message = (
                "jensen_shannon leaves out what is left over by doane bins only: not by deciles"
            )
            raise ValueError(message)

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all features."""
        sides = pair(reference, current)
        counts = BinCounts.of(bins_of(reference.layout, self.bins), reference, current)
        within = counts if self.leftover else counts.without_leftover(len(reference.low))
        q, p = within.shares()
        middle = (p + q) / 2
        nats = counts.bins.total(special.rel_entr(p, middle) + special.rel_entr(q, middle)) / 2
        if not self.leftover:
            empty = np.minimum(counts.bins.total(p), counts.bins.total(q)) == 0
            nats = np.where(empty, np.log(2), nats)
        nats = np.clip(nats, 0.0, np.log(2))
        distance = np.sqrt(nats if self.base == "e" else nats / np.log(2))
        _, p_value = pearson(counts, sides)
        return sides.says(distance, p_value=p_value)
