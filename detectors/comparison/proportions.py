"""How sure is a share of rows, or the change of one?"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors import special
from detectors.comparison.compared import Compared, Pair
from detectors.comparison.shares import BinCounts

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Measure = Literal["share", "difference"]

Z = 1.959963984540054
ENOUGH = 5


def compare_shares(
    sides: Pair, kr: Counts, k: Counts, measure: Measure, *, chose: int = 0
) -> Compared:
    """Compare k of n current rows with kr of m reference rows, feature by feature.

    `chose` is the number of reference rows that drew the line between the two kinds, and so stand
    on the right side of it by choice: the p-value counts them to the wrong one, and is of an
    increase only.
    """
    n, m = np.maximum(sides.n, 1), np.maximum(sides.m, 1)
    wrong = np.minimum(kr + chose, m)
    p_value = p_of_change(k, n, wrong, m)
    if chose:
        p_value = np.where(k / n > wrong / m, p_value, 1.0)
    if measure == "share":
        return sides.says(k / n, p_value=p_value, interval=wilson(k, n))
    return sides.says(k / n - kr / m, p_value=p_value, interval=newcombe(k, n, kr, m))


def wilson(k: Counts, n: Counts) -> tuple[Floats, Floats]:
    """Give Wilson's 95% interval of a share."""
    share, part = k / n, Z * Z / n
    centre = (share + part / 2) / (1 + part)
    reach = Z / (1 + part) * np.sqrt(share * (1 - share) / n + part / (4 * n))
    low = np.where(k == 0, 0.0, centre - reach)
    return np.maximum(low, 0.0), np.where(k == n, 1.0, np.minimum(centre + reach, 1.0))


def newcombe(k: Counts, n: Counts, kr: Counts, m: Counts) -> tuple[Floats, Floats]:
    """Give Newcombe's 95% interval of k / n - kr / m: each side's distance to its Wilson limit."""
    now, before = wilson(k, n), wilson(kr, m)
    p, q = k / n, kr / m
    low = (p - q) - np.hypot(p - now[0], before[1] - q)
    high = (p - q) + np.hypot(now[1] - p, q - before[0])
    return low, high


def p_of_change(k: Counts, n: Counts, kr: Counts, m: Counts) -> Floats:
    """Give the two-sided p-value of k of n and kr of m being of one share.

    Pearson's chi-square where each of the four cells should hold at least 5 rows. Elsewhere, given
    how many rows are of the rarer kind on both sides together, each of them falls to the current
    side with chance n / (n + m): twice the smaller binomial tail, which errs upward.
    """
    both, rows = k + kr, n + m
    share = n / rows
    rarer = np.minimum(both, rows - both)
    expected = both * share
    spread = expected * (1 - share) * (1 - both / rows)
    square = np.divide((k - expected) ** 2, spread, out=np.zeros(len(k)), where=spread > 0)
    few = rarer * np.minimum(share, 1 - share) < ENOUGH
    ours = np.where(both <= rows - both, k, n - k)
    above = np.where(ours > 0, special.bdtrc(np.maximum(ours - 1, 0), rarer, share), 1.0)
    exact = 2 * np.minimum(special.bdtr(ours, rarer, share), above)
    p_value: Floats = np.where(few, np.minimum(exact, 1.0), special.chdtrc(1.0, square))
    return p_value


def p_of_any(counts: BinCounts, sides: Pair) -> Floats:
    """Give the p-value of all bins of a feature being as they were, float64[d].

    The least p-value of a change of one bin times the number of bins that hold a row (Bonferroni).
    """
    bins, feature = counts.bins, counts.bins.feature
    n, m = np.maximum(sides.n, 1)[feature], np.maximum(sides.m, 1)[feature]
    k, kr = counts.current.astype(np.int64), counts.reference.astype(np.int64)
    least = bins.least(np.where(counts.used, p_of_change(k, n, kr, m), 1.0))
    p_value: Floats = np.minimum(least * bins.total(counts.used.astype(np.float64)), 1.0)
    return p_value
