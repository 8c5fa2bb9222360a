"""What are the two distribution functions at the edges of every feature?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from detectors.summaries import Layout, Summary

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """P(x < right end) of each cell of some numeric features, for both sides, float64[k].

    It is 1 at the last value cell of a feature, at the cells that hold no values, and throughout a
    feature of which either side has no values. `features` are those features, and `cells` their
    cells of all those of the layout.
    """

    layout: Layout
    features: slice
    cells: slice
    reference: Floats
    current: Floats

    @classmethod
    def blocks(cls, reference: Summary, current: Summary) -> Iterator[Self]:
        """Give all numeric features, a few at a time: what is worked out of them is as large."""
        return (cls._of(reference, current, features) for features in reference.layout.blocks)

    @classmethod
    def _of(cls, reference: Summary, current: Summary, features: slice) -> Self:
        """Add up the counts of both sides."""
        layout = reference.layout
        start = layout.start[features.start : features.stop + 1]
        cells = slice(*start[[0, -1]].tolist())
        curves = [_cumulated(side, features, cells) for side in (reference, current)]
        absent = (reference.finite[features] == 0) | (current.finite[features] == 0)
        ends = start[1:] - start[0]
        for curve in curves:
            curve[ends - 2] = curve[ends - 1] = 1.0
            if absent.any():
                curve[np.repeat(absent, np.diff(start))] = 1.0
        return cls(layout, features, cells, *curves)

    def fold(self, ufunc: np.ufunc, values: Floats) -> Floats:
        """Fold the cells of each feature into one value."""
        folded: Floats = ufunc.reduceat(values, self.layout.start[self.features] - self.cells.start)
        return folded

    def spread(self, values: NDArray[Any]) -> NDArray[Any]:
        """Give each cell what its feature has."""
        start = self.layout.start[self.features.start : self.features.stop + 1]
        return np.repeat(values, np.diff(start))


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """What happens to both functions in each cell of some numeric features, float64[k].

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
    def blocks(cls, reference: Summary, current: Summary) -> Iterator[Self]:
        """Give all numeric features, a few at a time."""
        blocks = Curves.blocks(reference, current)
        return (cls._of(reference, current, curves) for curves in blocks)

    @classmethod
    def _of(cls, reference: Summary, current: Summary, curves: Curves) -> Self:
        """Add up the counts of both sides and take them apart again."""
        counts = reference.counts[curves.cells] + current.counts[curves.cells]
        rows = counts.astype(np.float64)
        ends = curves.layout.not_finite_cells[curves.features] - curves.cells.start
        rows[ends] = rows[ends + 1] = 0.0
        n, m = (curves.spread(side.finite[curves.features]) for side in (current, reference))
        both = np.maximum(n + m, 1)
        share = rows / both
        below = curves.current * (n / both) + curves.reference * (m / both)
        after = curves.current - curves.reference
        before = np.concatenate([[0.0], after[:-1]])
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


def _cumulated(summary: Summary, features: slice, cells: slice) -> Floats:
    start = summary.layout.start[features.start : features.stop + 1]
    widths = np.diff(start)
    before = np.concatenate([[0], np.cumsum(summary.counts[cells])])
    counts = before[1:] - np.repeat(before[start[:-1] - cells.start], widths)
    rows = np.maximum(summary.finite[features], 1)
    cumulated: Floats = counts / np.repeat(rows, widths)
    return cumulated
