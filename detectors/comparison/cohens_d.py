"""By how many standard deviations did the mean move?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from detectors.comparison.compared import Compared, Undefined, numeric, pair
from detectors.comparison.means import Means
from detectors.comparison.proportions import Z
from detectors.summaries import Summary


@dataclass(frozen=True, slots=True)
class CohensD:
    r"""Difference of the means over the standard deviation.

    Measures by how many standard deviations the mean has moved:

    .. math:: d = (\bar x_n - \bar x_m) / s, \qquad
              s^2 = ((n - 1) s_n^2 + (m - 1) s_m^2) / (n + m - 2)

    with s of both sides pooled (`scale` "pooled", Cohen's), or of the reference alone ("reference",
    Glass's). By custom .2 is small, .5 medium, .8 large.

    Misleads where few far values make the standard deviation: d is then small whatever happens to
    the rest. Blind to all that leaves the mean where it was, such as a wider spread.

    Shapes: d, its 95% interval and Welch's p-value of the difference a feature, float64[d], any
    sign; categorical features have none, nor have features without spread. The interval is
    d +- 1.96 e, with e^2 = 1/n + 1/m + d^2 / (2 (n + m)), or for Glass's
    (s_n / s)^2 / n + 1/m + d^2 / (2 m): for nearly normal values, from about 10 rows on.

    References: Cohen, Statistical Power Analysis (1988), chapter 2; Hedges, Olkin, Statistical
    Methods for Meta-Analysis (1985), section 5.E.

    >>> from detectors.summaries import Layout, numeric_feature, tabulate
    >>> layout = Layout((numeric_feature("x", [1.0, 2, 3, 4, 5]),))
    >>> def counted(values):
    ...     n = len(values)
    ...     columns = np.array([values]), np.zeros((0, n), dtype=np.int32), []
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> CohensD().compare(counted([1.0, 2, 3, 4, 5]), counted([3.0, 4, 5, 6, 7])).statistic.round(4)
    array([1.2649])
    """

    kind: Literal["cohens_d"] = "cohens_d"
    scale: Literal["pooled", "reference"] = "pooled"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all numeric features."""
        sides = pair(reference, current, applies=numeric(reference.layout))
        means = Means.of(reference, current, sides)
        n, m = np.maximum(sides.n, 1), np.maximum(sides.m, 1)
        now, scale = means.variance, means.reference_variance
        share = (n - 1) / np.maximum(n + m - 2, 1)
        if self.scale == "pooled":
            now = scale = share * now + (1 - share) * scale
        flat = scale <= 0
        sides.undefined[(sides.undefined == Undefined.DEFINED) & flat] = (
            Undefined.CONSTANT_REFERENCE
        )
        scale = np.where(flat, 1.0, scale)
        d = means.difference / np.sqrt(scale)
        rows = n + m if self.scale == "pooled" else m
        reach = Z * np.sqrt(np.where(flat, 0.0, now) / scale / n + 1 / m + d**2 / (2 * rows))
        return sides.says(d, p_value=means.p_value(), interval=(d - reach, d + reach))
