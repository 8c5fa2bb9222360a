"""By how many percentage points did the share that changed most change?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from detectors.comparison.compared import Compared, pair
from detectors.comparison.proportions import p_of_any
from detectors.comparison.shares import BinCounts, Binning, bins_of
from detectors.summaries import Summary


@dataclass(frozen=True, slots=True)
class LInfinity:
    r"""Largest change of one category's or bin's share.

    Measures by how much the share of the category that changed most has changed:

    .. math:: L = \max_b |p_b - q_b|

    over the kept categories, the other ones and the unseen ones; of numbers over the reference's
    deciles (`bins` "deciles") or its Doane histogram with one bin for what lies outside ("doane").
    0.1 is ten percentage points. `category_changes` says which category it is.

    Misleads on few rows, where the largest of many noisy differences is never near 0: the interval
    then begins at 0. Blind to a change that is spread over many categories, each by a little, and
    to one of a rare category, however many times over: see `cohens_h`.

    Shapes: one distance in [0, 1], its interval and its p-value a feature, float64[d]. The interval
    covers the true distance with at least 95%: by McDiarmid's inequality L lies within t of its
    mean, t^2 = (1/n + 1/m) ln(2 / .05) / 2, and the mean is above the true distance by at most
    sqrt(sum p_b (1 - p_b) / n + q_b (1 - q_b) / m). The p-value is of any bin having changed, see
    `proportions.p_of_any`.

    Reference: McDiarmid, On the Method of Bounded Differences (1989).

    >>> from detectors.summaries import Layout, Summary, categorical_feature, tabulate
    >>> layout = Layout((), (categorical_feature("kind", {"a": 1, "b": 1}),))
    >>> def counted(codes):
    ...     n = len(codes)
    ...     columns = np.zeros((0, n)), np.array([codes], dtype=np.int32), [["a", "b"]]
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> LInfinity().compare(counted([0, 0, 1, 1]), counted([0, 0, 0, 1])).statistic
    array([0.25])
    """

    kind: Literal["l_infinity"] = "l_infinity"
    bins: Binning = "deciles"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all features."""
        sides = pair(reference, current)
        counts = BinCounts.of(bins_of(reference.layout, self.bins), reference, current)
        q, p = counts.shares()
        distance = -counts.bins.least(-np.abs(p - q))
        n, m = np.maximum(sides.n, 1), np.maximum(sides.m, 1)
        total, both = counts.bins.total, 1 / n + 1 / m
        noise = np.sqrt(total(p * (1 - p)) / n + total(q * (1 - q)) / m)
        reach = np.sqrt(both * np.log(2 / 0.05) / 2)
        low, high = distance - noise - reach, distance + reach
        interval = np.maximum(low, 0.0), np.minimum(high, 1.0)
        return sides.says(distance, p_value=p_of_any(counts, sides), interval=interval)
