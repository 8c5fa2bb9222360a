"""How are the summaries of many groups kept while most of their cells are empty?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detectors.summaries.body import pack
from detectors.summaries.layout import TAIL, Layout
from detectors.summaries.summary import Counts, Floats, Summary, merge_moments

CELLS = 1 << 20  # that are added up together


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """The summaries of g groups, sparse.

    index : int64[k], sorted and unique, group * layout.width + cell
    counts : int64[k]
    rows : int64[g]; tails : float64[g, p, 2, TAIL]; moments : float64[g, p, 2];
    low, high : float64[g, p]
    """

    layout: Layout
    index: Counts
    counts: Counts
    rows: Counts
    tails: Floats
    moments: Floats
    low: Floats
    high: Floats

    @classmethod
    def empty(cls, layout: Layout, rows: Counts) -> Self:
        """Make what holds no values of any row."""
        g, p = len(rows), len(layout.numeric)
        return cls(
            layout=layout,
            index=np.zeros(0, dtype=np.int64),
            counts=np.zeros(0, dtype=np.int64),
            rows=rows,
            tails=np.zeros((g, p, 2, TAIL)),
            moments=np.zeros((g, p, 2)),
            low=np.full((g, p), np.inf),
            high=np.full((g, p), -np.inf),
        )

    def filled(self, index: Counts, counts: Counts) -> Self:
        """Give the same with counts."""
        return replace(self, index=index, counts=counts)

    def summary(self, group: int) -> Summary:
        """Give the dense summary of one group."""
        index, held = self._cells(group)
        counts = np.zeros(self.layout.width, dtype=np.int64)
        counts[index] = held
        floats = (part[group].copy() for part in (self.tails, self.moments, self.low, self.high))
        return Summary(self.layout, int(self.rows[group]), counts, *floats)

    def encode(self, group: int) -> bytes:
        """Write one group as `summaries.encode` would."""
        index, counts = self._cells(group)
        floats = (self.tails[group], self.moments[group], self.low[group], self.high[group])
        return pack(self.layout, int(self.rows[group]), index, counts, floats)

    def _cells(self, group: int) -> tuple[Counts, Counts]:
        start = group * self.layout.width
        first, last = np.searchsorted(self.index, (start, start + self.layout.width)).tolist()
        return self.index[first:last] - start, self.counts[first:last]

    @property
    def size(self) -> int:
        """How many cells of 16 bytes, an index and a count, take as much room as this does."""
        floats = (self.tails, self.moments, self.low, self.high)
        return len(self.index) + sum(part.nbytes for part in floats) // 16

    @property
    def finite(self) -> Counts:
        """Rows of each group that hold a finite number, int64[g, p]."""
        p = len(self.layout.numeric)
        feature = np.full(self.layout.width, -1)
        feature[self.layout.missing_cells[:p]] = feature[self.layout.not_finite_cells] = np.arange(
            p
        )
        group, cell = np.divmod(self.index, self.layout.width)
        absent = np.flatnonzero(feature[cell] >= 0)
        finite = np.repeat(self.rows[:, None], p, axis=1)
        np.subtract.at(finite, (group[absent], feature[cell[absent]]), self.counts[absent])
        return finite


def combine(pieces: Sequence[Grouped], group: Sequence[NDArray[np.int64]], groups: int) -> Grouped:
    """Merge pieces of one layout; group[i][j] is the new group of group j of piece i."""
    layout = pieces[0].layout
    if len(pieces) == 1 and np.array_equal(group[0], np.arange(groups)):
        return pieces[0]
    moved = np.concatenate(group)
    order = np.argsort(moved, kind="stable")
    present, first = np.unique(moved[order], return_index=True)
    empty = Grouped.empty(layout, np.zeros(groups, dtype=np.int64))
    combined = empty.filled(*_combine_counts(pieces, group, groups))
    if not len(present):
        return combined
    finite = np.concatenate([piece.finite for piece in pieces])[order]
    moments = np.concatenate([piece.moments for piece in pieces])[order]
    combined.moments[present] = merge_moments(finite, moments, first)
    with np.errstate(over="ignore", invalid="ignore"):
        for fold, name in _FOLDS:
            stacked = np.concatenate([getattr(piece, name) for piece in pieces])[order]
            getattr(combined, name)[present] = fold.reduceat(stacked, first, axis=0)
    return combined


_FOLDS = ((np.add, "rows"), (np.add, "tails"), (np.minimum, "low"), (np.maximum, "high"))


def _combine_counts(
    pieces: Sequence[Grouped], group: Sequence[NDArray[np.int64]], groups: int
) -> tuple[Counts, Counts]:
    """Move the cells to their new groups and add up those that meet, some groups at a time.

    All cells of these groups are laid out, for that is far quicker than to sort those that occur.
    """
    width = max(pieces[0].layout.width, 1)
    moved = [_moved(piece, to, width) for piece, to in zip(pieces, group, strict=True)]
    step = max(CELLS // width, 1)
    index, counts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for first in range(0, groups, step):
        start, end = first * width, min(first + step, groups) * width
        dense = np.zeros(end - start, dtype=np.int64)
        for found, held in moved:
            here = slice(*np.searchsorted(found, (start, end)).tolist())
            np.add.at(dense, found[here] - start, held[here])
        present = np.flatnonzero(dense > 0)
        index.append(present + start)
        counts.append(dense[present])
    return np.concatenate(index), np.concatenate(counts)


def _moved(piece: Grouped, to: NDArray[np.int64], width: int) -> tuple[Counts, Counts]:
    """Give a piece's cells in their new groups, sorted."""
    held = np.diff(np.searchsorted(piece.index, np.arange(len(to) + 1) * width))
    index = piece.index + np.repeat((to - np.arange(len(to))) * width, held)
    if np.all(to[1:] > to[:-1]):
        return index, piece.counts
    order = np.argsort(index, kind="stable")
    return index[order], piece.counts[order]
