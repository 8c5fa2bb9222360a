"""How far must the values be moved, on average, to look like the reference?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors.comparison.compared import Compared, Pair, Undefined, numeric, pair
from detectors.comparison.curves import Curves
from detectors.summaries import Summary

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Wasserstein:
    r"""Wasserstein-1 distance over the standard deviation of the reference.

    Measures how far the values must be moved on average, in units of the reference's spread:

    .. math:: W / s = \frac{1}{s} \int |F_n(x) - G_m(x)| dx

    In the eight outermost cells of each side the sums S of the values are known, and there

    .. math:: \int_a^b D\,dx = b D(b) - a D(a) - (S_n / n - S_m / m), \qquad D = F_n - G_m

    whatever the values. Between the other edges D is taken as a straight line, and what then lacks
    to the exact sum of all areas, the difference of the means, is shared out by the cells' width
    and mass. Areas add up without their sign, which is exact but where D changes it within a cell.

    Misleads where the reference has heavy tails: its standard deviation is then made by a few
    values, and the ratio is small whatever happens to the rest. On few rows undrifted data are
    away from 0 by about sqrt(1/n + 1/m) / 2: the interval then begins at 0. Blind to nothing, but
    slow to see a change in a rare far value.

    Shapes: the ratio and its interval a feature, float64[d], 0 to infinity, without unit;
    categorical features have none, nor has a constant reference, which has no spread. The interval
    is that of `wasserstein_units` over s.

    References: Ramdas, Garcia, Cuturi, On Wasserstein Two-Sample Testing (2017), section 3.

    >>> from detectors.summaries import Layout, numeric_feature, tabulate
    >>> layout = Layout((numeric_feature("x", [1.0, 2, 3, 4]),))
    >>> def counted(values):
    ...     n = len(values)
    ...     columns = np.array([values]), np.zeros((0, n), dtype=np.int32), []
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> Wasserstein().compare(counted([1.0, 2, 3, 4]), counted([2.0, 3, 4, 5])).statistic.round(4)
    array([0.8944])
    """

    kind: Literal["wasserstein"] = "wasserstein"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all numeric features."""
        sides, distance, (low, high) = _measure(reference, current)
        spread = np.full(len(distance), np.nan)
        spread[: len(reference.low)] = reference.deviation
        defined = sides.undefined == Undefined.DEFINED
        sides.undefined[defined & (spread == 0)] = Undefined.CONSTANT_REFERENCE
        sides.undefined[defined & ~np.isfinite(spread)] = Undefined.TOO_LARGE
        spread[sides.undefined != Undefined.DEFINED] = 1.0
        return sides.says(distance / spread, interval=(low / spread, high / spread))


@dataclass(frozen=True, slots=True)
class WassersteinUnits:
    r"""Wasserstein-1 distance in the feature's own units.

    Measures how far the values must be moved on average, in the unit that the feature has, such as
    euros or years; see `wasserstein` for the formula. It is what to tell people.

    Misleads as a limit for many features at once, for each has its own unit. On few rows undrifted
    data are away from 0: the interval then begins at 0.

    Shapes: the distance and its interval a feature, float64[d], 0 to infinity; categorical
    features have none. The variance of the distance is at most s^2 = sd_n^2 / n + sd_m^2 / m
    (Efron and Stein, for moving one value by t moves it by at most t / n), and its mean is above
    the true distance by at most the mean noise, the integral of
    sqrt(2 / pi) sqrt(F (1 - F) / n + G (1 - G) / m). The interval is
    [W - noise - 1.96 s, W + 1.96 s], cut at 0: at least 95% where W is nearly normal.

    References: Ramdas, Garcia, Cuturi, On Wasserstein Two-Sample Testing (2017), section 3.

    >>> from detectors.summaries import Layout, numeric_feature, tabulate
    >>> layout = Layout((numeric_feature("x", [1.0, 2, 3, 4]),))
    >>> def counted(values):
    ...     n = len(values)
    ...     columns = np.array([values]), np.zeros((0, n), dtype=np.int32), []
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> WassersteinUnits().compare(counted([1.0, 2, 3, 4]), counted([2.0, 3, 4, 5])).statistic
    array([1.])
    """

    kind: Literal["wasserstein_units"] = "wasserstein_units"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all numeric features."""
        sides, distance, interval = _measure(reference, current)
        return sides.says(distance, interval=interval)


def _measure(reference: Summary, current: Summary) -> tuple[Pair, Floats, tuple[Floats, Floats]]:
    """Give both sides, the distance in units, and its interval."""
    sides = pair(reference, current, applies=numeric(reference.layout))
    distance, noise = np.full((2, len(sides.n)), np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        for curves in Curves.blocks(reference, current):
            areas = _areas(curves, reference, current)
            distance[curves.features] = curves.fold(np.add, areas)
            chance = _noise(curves, reference, current)
            noise[curves.features] = curves.fold(np.add, chance)
        reach = np.zeros(len(distance))
        variance = _mean_variance(reference) + _mean_variance(current)
        reach[: len(variance)] = 1.96 * np.sqrt(variance)
        low, high = distance - noise - reach, distance + reach
    too_large = (sides.undefined == Undefined.DEFINED) & ~np.isfinite(high)
    sides.undefined[too_large] = Undefined.TOO_LARGE
    return sides, distance, (np.maximum(low, 0.0), high)


def _areas(curves: Curves, reference: Summary, current: Summary) -> Floats:
    """Give the area between both functions over each cell."""
    layout, cells = curves.layout, curves.cells
    left, right = (ends[cells] for ends in layout.ends)
    lengths, in_tail = layout.lengths[cells], layout.in_tail[cells]
    after = curves.current - curves.reference
    before = _shifted(after)
    sums = _tails(current, curves) - _tails(reference, curves)
    straight = (before + after) / 2 * lengths
    signed = np.where(in_tail, right * after - left * before - sums, straight)
    both = curves.current + curves.reference
    doubt = np.where(in_tail, 0.0, lengths * (both - _shifted(both)))
    means = reference.moments[curves.features, 0] - current.moments[curves.features, 0]
    signed += doubt * _correction(curves, signed, doubt, means)
    height = np.abs(before) + np.abs(after)
    smaller = np.where(before * after < 0, np.minimum(np.abs(before), np.abs(after)), 0.0)
    hidden = np.divide(smaller**2, height, out=np.zeros_like(height), where=height > 0)
    areas: Floats = np.abs(signed) + hidden * lengths
    return areas


def _correction(curves: Curves, signed: Floats, doubt: Floats, exact: Floats) -> Floats:
    """Give what to add for each unit of doubt, so that signed areas sum to the means' difference.

    A straight line over a wide cell may be far off: one far value in the reference stretches the
    cell next to all the others. The difference of the means is the signed area of all cells.
    """
    lacking = exact - curves.fold(np.add, signed)
    total = curves.fold(np.add, doubt)
    rate = np.divide(lacking, total, out=np.zeros_like(total), where=total > 0)
    return curves.spread(rate)


def _shifted(values: Floats) -> Floats:
    """Give each cell its left end's value, which the cell before it has; first cells have none."""
    return np.concatenate([[0.0], values[:-1]])


def _noise(curves: Curves, reference: Summary, current: Summary) -> Floats:
    """Give the mean area that chance alone makes over each cell between two edges."""
    finite = (side.finite[curves.features] for side in (current, reference))
    n, m = (curves.spread(np.maximum(rows, 1)) for rows in finite)
    f, g = curves.current, curves.reference
    apart: Floats = np.sqrt(2 / np.pi * (f * (1 - f) / n + g * (1 - g) / m))
    areas: Floats = (_shifted(apart) + apart) / 2 * curves.layout.lengths[curves.cells]
    return areas


def _tails(summary: Summary, curves: Curves) -> Floats:
    """Give the sum of each outer cell's values over the number of all values, by cell."""
    sums = np.zeros(len(curves.current))
    cells = summary.layout.tail_cells[curves.features]
    rows = np.maximum(summary.finite[curves.features], 1)
    held = cells >= 0
    means = summary.tails[curves.features] / rows[:, None, None]
    sums[cells[held] - curves.cells.start] = means[held]
    return sums


def _mean_variance(summary: Summary) -> Floats:
    """Give the squared standard error of the mean, float64[p]."""
    variance: Floats = summary.deviation**2 / np.maximum(summary.finite, 1)
    return variance
