"""What were the quantiles of each number before, and what are they now?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detectors.comparison.compared import pair
from detectors.comparison.curves import typical_values
from detectors.comparison.proportions import Z
from detectors.summaries import Summary

Floats = NDArray[np.float64]

LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True, eq=False)
class QuantileTable:
    """Quantiles of the p numeric features at L levels; NaN where a side has no values.

    levels : float64[L]
    reference, current : float64[p, L]
    low, high : float64[p, L], a 95% interval of each current quantile for itself
    n, m : int64[p], rows of current and reference
    """

    features: tuple[str, ...]
    levels: Floats
    reference: Floats
    current: Floats
    low: Floats
    high: Floats
    n: NDArray[np.int64]
    m: NDArray[np.int64]


def quantile_table(
    reference: Summary, current: Summary, levels: ArrayLike = LEVELS
) -> QuantileTable:
    """Give the quantiles of both sides, in the features' own units.

    A quantile lies in the cell in which the distribution function passes its level, so it is off by
    less than the cell is wide, where that ends at the smallest and the largest value. Within the
    cell the function is a straight line, in the eight outer cells of either side a power that has
    the mean of their values; in a cell of one value, such as a frequent one has, it is that value.
    The interval's ends are the quantiles at level +- 1.96 sqrt(level (1 - level) / n).

    >>> from detectors.summaries import Layout, numeric_feature, tabulate
    >>> layout = Layout((numeric_feature("x", np.arange(101.0)),))
    >>> def counted(values):
    ...     n = len(values)
    ...     columns = np.array([values]), np.zeros((0, n), dtype=np.int32), []
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> table = quantile_table(counted(np.arange(101.0)), counted(np.arange(50.0)), [0.5])
    >>> table.reference.round(), table.current.round()
    (array([[50.]]), array([[25.]]))
    """
    wanted = np.atleast_1d(np.asarray(levels, dtype=np.float64))
    if not ((wanted >= 0) & (wanted <= 1)).all():
        message = f"the levels of quantiles lie in [0, 1], not {wanted.tolist()}"
        raise ValueError(message)
    sides = pair(reference, current)
    names = tuple(feature.name for feature in reference.layout.numeric)
    p = len(names)
    reach = Z * np.sqrt(wanted * (1 - wanted) / np.maximum(sides.n[:p, None], 1))
    at = np.broadcast_to(wanted, (p, len(wanted)))
    return QuantileTable(
        features=names,
        levels=wanted,
        reference=_quantiles(reference, at),
        current=_quantiles(current, at),
        low=_quantiles(current, np.maximum(at - reach, 0.0)),
        high=_quantiles(current, np.minimum(at + reach, 1.0)),
        n=sides.n[:p],
        m=sides.m[:p],
    )


def _quantiles(summary: Summary, levels: Floats) -> Floats:
    """Give the quantiles at each feature's levels, float64[p, L]."""
    found = np.full(levels.shape, np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        typical = typical_values(summary)
    for j, feature in enumerate(summary.layout.numeric):
        if summary.finite[j]:
            first = summary.layout.start[j]
            cells = slice(first, first + len(feature.edges) + 1)
            left, right = _ends(feature.edges, summary.low[j], summary.high[j])
            middle = np.clip(np.nan_to_num(typical[cells]), left, right)
            found[j] = _invert(summary.counts[cells], (left, middle, right), levels[j])
    return found


def _ends(edges: Floats, low: float, high: float) -> tuple[Floats, Floats]:
    """Give the least and the largest value that each cell may hold.

    A cell is open on its right: one that ends at the next larger number holds a single value.
    """
    with np.errstate(over="ignore"):
        last = np.nextafter(edges, -np.inf)
    left, right = np.append(low, edges), np.append(last, high)
    return np.clip(left, low, high), np.clip(right, low, high)


def _invert(
    counts: NDArray[np.int64], cells: tuple[Floats, Floats, Floats], levels: Floats
) -> Floats:
    """Give where the distribution function of one feature passes the levels."""
    held = np.flatnonzero(counts)
    upto = np.cumsum(counts[held]) / counts.sum()
    before = np.append(0.0, upto[:-1])
    at = np.minimum(np.searchsorted(upto, levels, side="left"), len(held) - 1)
    part = np.clip((levels - before[at]) / (upto[at] - before[at]), 0.0, 1.0)
    left, middle, right = (side[held][at] for side in cells)
    # A power of the part goes through both ends and has the mean that the cell has.
    lower, upper = middle / 2 - left / 2, right / 2 - middle / 2
    near, far = np.minimum(lower, upper), np.maximum(lower, upper)
    power = np.divide(far, np.maximum(near, far * 1e-6), out=np.ones_like(far), where=far > 0)
    part = np.where(lower <= upper, part**power, 1 - (1 - part) ** power)
    passed: Floats = left * (1 - part) + right * part
    return passed
