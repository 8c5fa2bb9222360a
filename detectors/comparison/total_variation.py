"""Which share of the rows would have to change category to look like the reference?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors.comparison.compared import Compared, numeric, pair
from detectors.comparison.shares import BinCounts
from detectors.summaries import Summary

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TotalVariation:
    r"""Total variation distance of categories.

    Measures the share of rows that would have to change their category for the two to be alike:

    .. math:: T = \tfrac12 \sum_b |p_b - q_b|

    over the kept categories, the other ones and the unseen ones.

    Misleads on few rows and many categories: the sum of absolute noise is never 0. The interval
    takes that into account: its lower end is 0 until the distance is more than noise.

    Shapes: one distance in [0, 1] and its interval a feature, float64[d]; numeric features have
    none. The interval covers the true distance with at least 95%: by McDiarmid's inequality T lies
    within t of its mean, t^2 = (1/n + 1/m) ln(2 / .05) / 2, and the mean is above the true distance
    by at most the mean noise, 1/2 sum sqrt(p_b (1 - p_b) / n + q_b (1 - q_b) / m).

    References: Levin, Peres, Markov Chains and Mixing Times, section 4.1; McDiarmid, On the Method
    of Bounded Differences (1989).

    >>> from detectors.summaries import Layout, Summary, categorical_feature, tabulate
    >>> layout = Layout((), (categorical_feature("kind", {"a": 1, "b": 1}),))
    >>> def counted(codes):
    ...     n = len(codes)
    ...     columns = np.zeros((0, n)), np.array([codes], dtype=np.int32), [["a", "b"]]
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> TotalVariation().compare(counted([0, 0, 1, 1]), counted([0, 0, 0, 1])).statistic
    array([0.25])
    """

    kind: Literal["total_variation"] = "total_variation"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all categorical features."""
        sides = pair(reference, current, applies=~numeric(reference.layout))
        counts = BinCounts.of(reference.layout.deciles, reference, current)
        q, p = counts.shares()
        distance = np.minimum(counts.bins.total(np.abs(p - q)) / 2, 1.0)
        n, m = np.maximum(sides.n, 1), np.maximum(sides.m, 1)
        feature = counts.bins.feature
        noise = counts.bins.total(np.sqrt(p * (1 - p) / n[feature] + q * (1 - q) / m[feature])) / 2
        reach = np.sqrt((1 / n + 1 / m) * np.log(2 / 0.05) / 2)
        low, high = distance - noise - reach, distance + reach
        return sides.says(distance, interval=(np.maximum(low, 0.0), np.minimum(high, 1.0)))
