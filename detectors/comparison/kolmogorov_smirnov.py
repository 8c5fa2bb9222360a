"""Where do the two distribution functions lie farthest apart, and could that be chance?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors import special
from detectors.comparison.compared import Compared, numeric, pair
from detectors.comparison.curves import Curves
from detectors.summaries import Summary

Floats = NDArray[np.float64]

FEW = 20  # below so many rows the tail probability is bounded by both one-sided ones
FAR = 2.0  # sqrt(n) D beyond which the tail's own expansion is the better one


@dataclass(frozen=True, slots=True)
class KolmogorovSmirnov:
    r"""Two-sample Kolmogorov-Smirnov test.

    Measures the largest distance between the two distribution functions,

    .. math:: D = \max_i |F_n(e_i) - G_m(e_i)|

    over the edges e of the layout. D is at most the one on raw data, and smaller by no more than
    the mass of the largest bin (1/256 of the rows with the default edges; atoms have edges of their
    own).

    Misleads on many rows, where any difference has a p-value near 0: judge by D. Blind to the
    tails, where both functions are near 0 or 1; and on discrete data its p-value is too large.

    Shapes: D in [0, 1], its p-value and its interval a feature, float64[d]; categorical features
    have none. p = P(D_N >= D) of the exact two-sided statistic at N = round(m n / (m + n)). The
    interval is that of Dvoretzky, Kiefer and Wolfowitz with Massart's constant: it covers the true
    distance with at least 95%, whatever the distributions.

    References: Simard, L'Ecuyer, Computing the Two-Sided Kolmogorov-Smirnov Distribution (2011);
    Massart, The Tight Constant in the Dvoretzky-Kiefer-Wolfowitz Inequality (1990).

    >>> from detectors.summaries import Layout, numeric_feature, tabulate
    >>> layout = Layout((numeric_feature("x", [1.0, 2, 3, 4]),))
    >>> def counted(values):
    ...     n = len(values)
    ...     columns = np.array([values]), np.zeros((0, n), dtype=np.int32), []
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> KolmogorovSmirnov().compare(counted([1.0, 2, 3, 4]), counted([2.0, 3, 4, 4])).statistic
    array([0.25])
    """

    kind: Literal["kolmogorov_smirnov"] = "kolmogorov_smirnov"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all numeric features."""
        sides = pair(reference, current, applies=numeric(reference.layout))
        distance = np.full(len(sides.n), np.nan)
        for curves in Curves.blocks(reference, current):
            apart = np.abs(curves.current - curves.reference)
            distance[curves.features] = curves.fold(np.maximum, apart)
        n, m = np.maximum(sides.n, 1), np.maximum(sides.m, 1)
        rows = np.maximum(np.round(m * (n / (m + n))), 1)
        reach = np.sqrt(np.log(4 / 0.05) / 2) * (np.sqrt(1 / n) + np.sqrt(1 / m))
        interval = np.maximum(distance - reach, 0.0), np.minimum(distance + reach, 1.0)
        return sides.says(distance, p_value=two_sided_sf(distance, rows), interval=interval)


def two_sided_sf(distance: Floats, rows: Floats) -> Floats:
    """Give P(D_N >= distance) of N = `rows` values against their own distribution function.

    As `scipy.stats.kstwo.sf` to 2e-4 from 20 rows and to 3e-8 from 1,000, and to 5% of p where p
    is small (far out on few rows it errs upward); below 20 rows it is never too small, and within
    .02 where p < .3.
    """
    p_value = np.full(len(distance), np.nan)
    scaled = np.sqrt(rows) * distance
    few, far = rows < FEW, scaled >= FAR
    for chosen, formula in (
        (few, _both_sides),
        (~few & far, _tail),
        (~few & ~far & (distance >= 0), _pelz_good),
    ):
        if chosen.any():
            p_value[chosen] = formula(distance[chosen], rows[chosen])
    clipped: Floats = np.clip(p_value, 0.0, 1.0)
    return clipped


def _both_sides(distance: Floats, rows: Floats) -> Floats:
    """Add both one-sided probabilities; exact where not both sides can be so far away."""
    p_value: Floats = 2 * special.smirnov(rows.astype(np.int64), distance)
    return p_value


def _tail(distance: Floats, rows: Floats) -> Floats:
    """Twice the one-sided tail, with its next terms in 1 / sqrt(N) and in the distance."""
    square = (6 * rows * distance + 1) ** 2 / (18 * rows)
    p_value: Floats = 2 * np.exp(-square - 4 / 9 * rows * distance**4)
    return p_value


def _pelz_good(distance: Floats, rows: Floats) -> Floats:
    """Pelz and Good's expansion of the whole distribution in 1 / sqrt(N), to the third power."""
    z = np.maximum(np.sqrt(rows) * distance, 0.2)  # at .2 the probability is 1 to 1e-12
    z2 = z * z
    half = (np.pi * (np.arange(12)[:, None] + 0.5)) ** 2
    whole = (np.pi * np.arange(1, 12)[:, None]) ** 2
    at_half, at_whole = np.exp(-half / (2 * z2)), np.exp(-whole / (2 * z2))
    k0 = at_half.sum(axis=0) / z
    k1 = ((half - z2) * at_half).sum(axis=0) / (6 * z2**2)
    k2 = 6 * z2**3 + 2 * z2**2 + (2 * z2**2 - 5 * z2) * half + (1 - 2 * z2) * half**2
    k2 = (k2 * at_half).sum(axis=0) / (72 * z**7)
    k2 -= (whole * at_whole).sum(axis=0) / (36 * z**3)
    k3 = (5 - 30 * z2) * half**3 + (212 * z2**2 - 60 * z2) * half**2
    k3 += (135 * z2**2 - 96 * z2**3) * half - 30 * z2**3 - 90 * z2**4
    k3 = (k3 * at_half).sum(axis=0) / (6480 * z2**5)
    k3 += ((3 * z2 * whole - whole**2) * at_whole).sum(axis=0) / (216 * z2**3)
    root = np.sqrt(rows)
    series: Floats = k0 + k1 / root + k2 / rows + k3 / root**3
    p_value: Floats = 1 - np.sqrt(2 * np.pi) * series
    return p_value
