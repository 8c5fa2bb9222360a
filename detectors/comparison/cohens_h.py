"""Which change of a category's share is the largest, seen from how rare it is?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors import special
from detectors.comparison.compared import Compared, Pair, numeric, pair
from detectors.comparison.proportions import p_of_any
from detectors.comparison.shares import BinCounts
from detectors.summaries import Summary

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CohensH:
    r"""Largest change of one category's share, as Cohen's h.

    Measures the change of shares p from q on a scale on which rare and common ones are alike:

    .. math:: h = \max_b |2 \arcsin \sqrt{p_b} - 2 \arcsin \sqrt{q_b}|

    over the kept categories, the other ones and the unseen ones. From .1% to 1% is .14, as is from
    50% to 57%. By custom .2 is small, .5 medium, .8 large. `category_changes` says which category
    it is.

    Misleads on few rows, where a category that happens to be missing looks like a change of
    2 asin sqrt(q): the interval then begins at 0. Blind to a change that is spread over many
    categories, each by a little.

    Shapes: h in [0, pi], its interval and its p-value a feature, float64[d]; numeric features have
    none. The interval covers the true h with at least 95%: the shares of all B categories on both
    sides are within their Clopper-Pearson limits at 1 - .05 / (2 B), and the ends are the largest
    of the least and of the most that each h can be within them. The p-value is of any category
    having changed, see `proportions.p_of_any`.

    References: Cohen, Statistical Power Analysis (1988), chapter 6; Clopper, Pearson (1934).

    >>> from detectors.summaries import Layout, Summary, categorical_feature, tabulate
    >>> layout = Layout((), (categorical_feature("kind", {"a": 1, "b": 1}),))
    >>> def counted(codes):
    ...     n = len(codes)
    ...     columns = np.zeros((0, n)), np.array([codes], dtype=np.int32), [["a", "b"]]
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> CohensH().compare(counted([0, 0, 1, 1]), counted([0, 0, 0, 1])).statistic.round(4)
    array([0.5236])
    """

    kind: Literal["cohens_h"] = "cohens_h"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all categorical features."""
        sides = pair(reference, current, applies=~numeric(reference.layout))
        counts = BinCounts.of(reference.layout.deciles, reference, current)
        q, p = (_angle(share) for share in counts.shares())
        largest = -counts.bins.least(-np.abs(p - q))
        interval = _interval(counts, sides, largest)
        return sides.says(largest, p_value=p_of_any(counts, sides), interval=interval)


def _angle(share: Floats) -> Floats:
    angle: Floats = 2 * np.arcsin(np.sqrt(np.clip(share, 0.0, 1.0)))
    return angle


def _interval(counts: BinCounts, sides: Pair, largest: Floats) -> tuple[Floats, Floats]:
    """Give the largest of the least and of the most that each category may have changed."""
    bins = counts.bins
    number = np.maximum(bins.total(counts.used.astype(np.float64)), 1)
    alpha = (0.05 / (2 * number))[bins.feature]
    now = _limits(counts.current, np.maximum(sides.n, 1)[bins.feature], alpha)
    before = _limits(counts.reference, np.maximum(sides.m, 1)[bins.feature], alpha)
    least = np.maximum(now[0] - before[1], before[0] - now[1])
    most = np.where(counts.used, np.maximum(now[1] - before[0], before[1] - now[0]), 0.0)
    low, high = (-bins.least(-ends) for ends in (np.maximum(least, 0.0), most))
    return np.minimum(low, largest), np.maximum(high, largest)


def _limits(k: Floats, n: NDArray[np.int64], alpha: Floats) -> tuple[Floats, Floats]:
    """Give Clopper and Pearson's limits of k of n at 1 - alpha, on the scale of h."""
    rest = n - k
    low = np.where(k > 0, special.betaincinv(np.maximum(k, 1), rest + 1, alpha / 2), 0.0)
    high = np.where(rest > 0, special.betaincinv(k + 1, np.maximum(rest, 1), 1 - alpha / 2), 1.0)
    return _angle(low), _angle(high)
