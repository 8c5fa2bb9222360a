"""What are the two distribution functions at the edges of every feature?"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detectors.summaries import Layout, Summary

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """P(x < right end) of each numeric cell, for both sides, float64[layout.start[p]].

    It is 1 at the last value cell of a feature, at the cells that hold no values, and throughout a
    feature of which either side has no values.
    """

    layout: Layout
    reference: Floats
    current: Floats

    @classmethod
    def of(cls, reference: Summary, current: Summary) -> Self:
        """Add up the counts of both sides."""
        layout = reference.layout
        curves = [_cumulated(reference), _cumulated(current)]
        absent = (reference.finite == 0) | (current.finite == 0)
        for curve in curves:
            curve[layout.not_finite_cells] = curve[layout.not_finite_cells + 1] = 1.0
            if absent.any():
                curve[np.repeat(absent, _widths(layout))] = 1.0
        return cls(layout, *curves)

    def fold(self, ufunc: np.ufunc, values: Floats) -> Floats:
        """Fold the numeric cells of each feature; give NaN for categorical ones, float64[d]."""
        folded = np.full(len(self.layout.names), np.nan)
        p = len(self.layout.numeric)
        if p:
            folded[:p] = ufunc.reduceat(values, self.layout.start[:p])
        return folded


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """What happens to both functions in each numeric cell, float64[layout.start[p]].

    rows, share : of both sides together in the cell, and over all rows of both
    before, after : current less reference at the left and at the right end
    middle : share of the rows of both sides below the middle of the cell's rows
    """

    curves: Curves
    rows: Floats
    share: Floats
    before: Floats
    after: Floats
    middle: Floats

    @classmethod
    def of(cls, reference: Summary, current: Summary) -> Self:
        """Add up the counts of both sides and take them apart again."""
        curves = Curves.of(reference, current)
        layout = curves.layout
        rows = (reference.counts + current.counts)[: len(curves.current)].astype(np.float64)
        rows[layout.not_finite_cells] = rows[layout.not_finite_cells + 1] = 0.0
        n, m = (np.repeat(side.finite, _widths(layout)) for side in (current, reference))
        both = np.maximum(n + m, 1)
        share = rows / both
        below = curves.current * (n / both) + curves.reference * (m / both)
        after = curves.current - curves.reference
        before = np.concatenate([np.zeros(min(len(after), 1)), after[:-1]])
        return cls(curves, rows, share, before, after, below - share / 2)


def typical_values(summary: Summary) -> Floats:
    """Give a value for each numeric cell: its values' mean in outer cells, else its middle.

    Of the other cells without two ends it says nothing that can be used, nor of empty outer ones.
    """
    layout = summary.layout
    left, right = layout.ends
    held = layout.tail_cells >= 0
    cells = layout.tail_cells[held]
    values = left / 2 + right / 2
    values[cells] = summary.tails[held] / np.maximum(summary.counts[cells], 1)
    return values


def _cumulated(summary: Summary) -> Floats:
    layout = summary.layout
    first, widths = layout.start[: len(layout.numeric)], _widths(layout)
    before = np.concatenate([[0], np.cumsum(summary.counts[: widths.sum()])])
    counts = before[1:] - np.repeat(before[first], widths)
    cumulated: Floats = counts / np.repeat(np.maximum(summary.finite, 1), widths)
    return cumulated


def _widths(layout: Layout) -> NDArray[np.int64]:
    return np.diff(layout.start[: len(layout.numeric) + 1])
