"""Does one value come far more often than it should, as from a stuck sensor?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors.comparison.compared import Compared, Pair, pair
from detectors.comparison.proportions import Measure, p_of_change
from detectors.summaries import Summary

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ModalShare:
    r"""Share of the most frequent value.

    Measures, of the rows of the current window that have a value, the share that lies in the cell
    with the most of them (`measure` "share"), or that less the share of the reference's own fullest
    cell ("difference", in [-1, 1]). Values that were frequent in the reference have cells of their
    own; other cells hold about 1/256 of the reference's rows, so that a value that sticks fills
    one, whatever else lies in it. The other and the unseen categories, each many, are none.

    Misleads where a frequent value is right, such as 0 for most customers: "share" is then high
    whatever happens; ask for a small p-value too, or for the difference. A narrow distribution in
    a wide cell, such as beyond the reference's range, looks like one value. Blind to a frequent
    value that gives way to another: see `chi_square` and `kolmogorov_smirnov`.

    Shapes: the share or difference, its interval and its p-value a feature, float64[d]. The
    interval covers with at least 95%: by McDiarmid's inequality a largest share lies within t of
    its mean, t^2 = ln(2 / .05) / (2 n), for the difference with 1/n + 1/m, and the mean is above
    the true one by at most sqrt(sum p_b (1 - p_b) / n). The p-value is of an increase of the
    fullest cell's share, times the number of cells that hold a row (Bonferroni).

    Reference: McDiarmid, On the Method of Bounded Differences (1989).

    >>> from detectors.summaries import Layout, numeric_feature, tabulate
    >>> layout = Layout((numeric_feature("x", [1.0, 2, 3, 4]),))
    >>> def counted(values):
    ...     n = len(values)
    ...     columns = np.array([values]), np.zeros((0, n), dtype=np.int32), []
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> ModalShare().compare(counted([1.0, 2, 3, 4]), counted([1.0, 3, 3, 3])).statistic
    array([0.75])
    """

    kind: Literal["modal_share"] = "modal_share"
    measure: Measure = "share"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all features."""
        sides = pair(reference, current)
        n, m = np.maximum(sides.n, 1), np.maximum(sides.m, 1)
        before, now = _single(reference), _single(current)
        first = reference.layout.start[:-1]
        most, usual = _fullest(now, first), _fullest(before, first)
        share, noise = most / n, _noise(now, n, first)
        p_value = _p_value(now, before, most, sides, first)
        if self.measure == "share":
            reach = np.sqrt(np.log(2 / 0.05) / 2 / n)
            interval = np.maximum(share - noise - reach, 0.0), np.minimum(share + reach, 1.0)
            return sides.says(share, p_value=p_value, interval=interval)
        reach = np.sqrt(np.log(2 / 0.05) / 2 * (1 / n + 1 / m))
        difference = share - usual / m
        low, high = difference - noise - reach, difference + _noise(before, m, first) + reach
        interval = np.maximum(low, -1.0), np.minimum(high, 1.0)
        return sides.says(difference, p_value=p_value, interval=interval)


def _single(summary: Summary) -> Counts:
    """Give the counts by cell, 0 of the cells that stand for no value or for many."""
    layout = summary.layout
    counts = summary.counts.copy()
    for cells in (
        layout.missing_cells,
        layout.not_finite_cells,
        layout.unseen_cells,
        layout.unseen_cells - 1,
    ):
        counts[cells] = 0
    return counts


def _fullest(counts: Counts, first: Counts) -> Counts:
    return np.maximum.reduceat(counts, first) if len(first) else np.zeros(0, dtype=np.int64)


def _noise(counts: Counts, rows: Counts, first: Counts) -> Floats:
    """Bound how far above the true one the largest share is on average."""
    if not len(first):
        return np.zeros(0)
    widths = np.diff(first, append=len(counts))
    share = counts / np.repeat(rows, widths)
    noise: Floats = np.sqrt(np.add.reduceat(share * (1 - share), first) / rows)
    return noise


def _p_value(now: Counts, before: Counts, most: Counts, sides: Pair, first: Counts) -> Floats:
    """Give the p-value of an increase in the fullest cell, of all that hold a row.

    Where several cells are the fullest, the one of them that rose most.
    """
    if not len(first):
        return np.zeros(0)
    widths = np.diff(first, append=len(now))
    full = now == np.repeat(most, widths)
    reference = np.minimum.reduceat(np.where(full, before, np.iinfo(np.int64).max), first)
    number = np.add.reduceat((now + before > 0).astype(np.int64), first)
    n, m = np.maximum(sides.n, 1), np.maximum(sides.m, 1)
    p_value = p_of_change(most, n, np.minimum(reference, m), m)
    rose = most / n > reference / m
    return np.where(rose, np.minimum(p_value * np.maximum(number, 1), 1.0), 1.0)
