"""How many times as wide do the values spread?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors import special
from detectors.comparison.compared import Compared, Undefined, numeric, pair
from detectors.comparison.curves import typical_values
from detectors.comparison.means import Means, padded
from detectors.summaries import Summary

Floats = NDArray[np.float64]
NORMAL = 3.0


@dataclass(frozen=True, slots=True)
class DeviationRatio:
    r"""Ratio of the standard deviations.

    Measures how many times as wide the current values spread as the reference's, s_n / s_m: 1 is
    no change, 2 twice as wide.

    Misleads where few far values make a standard deviation: with tails so heavy that the fourth
    moment is made by a few rows, the interval is too narrow. Blind to all that leaves the spread as
    it was, such as a shift of every value.

    Shapes: the ratio, its 95% interval and the p-value of a change a feature, float64[d], 0 to
    infinity; categorical features have none, nor has a constant reference. Of values with kurtosis
    K the squared ratio is about F-distributed with 2 n / (K - (n - 3) / (n - 1)) and the like of m
    degrees of freedom, which is the F test (n - 1 and m - 1) where K = 3. K is that of both sides
    together, each about its own mean and in its own standard deviations, taken from the cells:
    outer cells by the mean of their values, others by their middle. With one row on a side there is
    no spread to go by: the interval has no ends and p = 1.

    References: Shoemaker, Fixing the F Test for Equal Variances (2003), F1; Bonett, Robust
    Confidence Interval for a Ratio of Standard Deviations (2006).

    >>> from detectors.summaries import Layout, numeric_feature, tabulate
    >>> layout = Layout((numeric_feature("x", [1.0, 2, 3, 4]),))
    >>> def counted(values):
    ...     n = len(values)
    ...     columns = np.array([values]), np.zeros((0, n), dtype=np.int32), []
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> DeviationRatio().compare(counted([1.0, 2, 3, 4]), counted([2.0, 4, 6, 8])).statistic
    array([2.])
    """

    kind: Literal["deviation_ratio"] = "deviation_ratio"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all numeric features."""
        sides = pair(reference, current, applies=numeric(reference.layout))
        means = Means.of(reference, current, sides)
        before, now = means.reference_variance, means.variance
        flat = (before <= 0) & (sides.undefined == Undefined.DEFINED)
        sides.undefined[flat] = Undefined.CONSTANT_REFERENCE
        with np.errstate(over="ignore"):
            ratio = np.sqrt(now) / np.sqrt(np.where(before > 0, before, 1.0))
            squared = np.minimum(ratio, 1e150) ** 2
        kurtosis = _kurtosis(reference, current)
        n, m = np.maximum(sides.n, 2), np.maximum(sides.m, 2)
        dn, dm = (2 * k / (kurtosis - (k - 3) / (k - 1)) for k in (n, m))
        enough = np.minimum(sides.n, sides.m) > 1
        p_value = 2 * np.minimum(special.fdtr(dn, dm, squared), special.fdtrc(dn, dm, squared))
        p_value = np.where(enough, np.minimum(p_value, 1.0), 1.0)
        least, most = special.fdtri(dn, dm, 0.025), special.fdtri(dn, dm, 0.975)
        high = np.divide(ratio, np.sqrt(least), out=np.full(len(ratio), np.inf), where=least > 0)
        high = np.where(enough, high, np.inf)
        low = np.where(enough, np.minimum(ratio / np.sqrt(np.maximum(most, 1e-300)), ratio), 0.0)
        return sides.says(ratio, p_value=p_value, interval=(low, high))


def _kurtosis(reference: Summary, current: Summary) -> Floats:
    """Give the kurtosis of both sides together, float64[d]; that of a normal one if unknown."""
    fourth, second = np.zeros((2, len(reference.low)))
    for side in (reference, current):
        standard, counts = _standardised(side)
        first = side.layout.start[: len(side.low)]
        if len(first):
            second += np.add.reduceat(counts * standard**2, first)
            fourth += np.add.reduceat(counts * standard**4, first)
    rows = reference.finite + current.finite
    kurtosis = np.divide(rows * fourth, second**2, out=np.full(len(rows), NORMAL), where=second > 0)
    return padded(reference.layout, np.maximum(kurtosis - 1, 0.0)) + 1


def _standardised(summary: Summary) -> tuple[Floats, Floats]:
    """Give the value of each numeric cell in standard deviations from the mean, and its rows."""
    layout = summary.layout
    with np.errstate(over="ignore", invalid="ignore"):
        widths = np.diff(layout.start[: len(summary.low) + 1])
        deviation = np.where(summary.deviation > 0, summary.deviation, np.inf)
        apart = typical_values(summary) - np.repeat(summary.moments[:, 0], widths)
        standard = apart / np.repeat(deviation, widths)
    counts = summary.counts[: len(standard)].astype(np.float64)
    counts[layout.not_finite_cells] = counts[layout.not_finite_cells + 1] = 0.0
    return np.where((counts > 0) & (np.abs(standard) < 1e75), standard, 0.0), counts
