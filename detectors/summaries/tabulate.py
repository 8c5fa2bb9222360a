"""How do rows become counts, for many groups of rows at once?

The hot path. The rows are put in the order of their groups once; then, some columns at a time, each
value's cell is looked up, and all pairs of (group, cell) are counted together, so that the cost
does not grow with the number of groups. Counts stay sparse where a group has fewer rows than cells.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.summaries.cells import BLOCK, Cells
from detectors.summaries.grouped import Grouped
from detectors.summaries.layout import Layout
from detectors.summaries.summary import Counts, Floats

SPARSE = 6  # so many cells a value, and sorting is quicker than counting them all


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The rows in the order of their groups.

    `group` is the group of each row, `present` the groups that have rows, `first` where each of
    those begins, `held` how many rows each group has; `order` is None where rows came in order.
    """

    order: NDArray[np.intp] | None
    group: NDArray[np.int64]
    present: NDArray[np.intp]
    first: NDArray[np.intp]
    held: Counts

    @classmethod
    def by(cls, group: NDArray[np.int64], groups: int) -> "_Rows":
        held = np.bincount(group, minlength=groups)
        present = np.flatnonzero(held)
        first = np.cumsum(held[present]) - held[present]
        order = None
        if np.any(group[1:] < group[:-1]):
            narrow = group.astype(np.uint16) if groups <= 1 << 16 else group
            order = np.argsort(narrow, kind="stable")  # by radix where it is narrow
            group = group[order]
        return cls(order, group, present, first, held)

    def spread(self, values: Floats) -> Floats:
        """Give each row what its group has, [c, present] -> [c, n]."""
        return values if len(self.first) == 1 else values.repeat(self.held[self.present], axis=1)


def tabulate(  # noqa: PLR0917 - the parts of a batch, in its order
    layout: Layout,
    numbers: NDArray[np.float64],
    codes: NDArray[np.int32],
    words: Sequence[Sequence[str]],
    group: NDArray[np.int64],
    groups: int,
) -> Grouped:
    """Count n rows into `groups` groups.

    Parameters
    ----------
    numbers : float64[p, n], NaN where missing; infinities are counted as not finite
    codes : int32[q, n], indices into words[column], -1 where missing
    group : int64[n], in [0, groups)
    """
    rows = _Rows.by(group, groups)
    grouped = Grouped.empty(layout, rows.held)
    if not len(group):
        return grouped
    counted = []
    for columns in _blocks(len(layout.numeric), len(group)):
        values = numbers[columns]
        if rows.order is not None:
            values = values.take(rows.order, axis=1)
        finite = np.isfinite(values)
        cells = layout.number_cells.find(values, finite, columns)
        _measure(values, finite, rows, grouped, columns)
        _sum_tails(values, cells, rows, grouped)
        counted.append(_count(layout, cells, rows, columns))
    for j, word_cells in enumerate(layout.word_cells, start=len(layout.numeric)):
        q = j - len(layout.numeric)
        coded = codes[q] if rows.order is None else codes[q][rows.order]
        cells = word_cells.find(words[q], coded)[None, :]
        counted.append(_count(layout, cells, rows, slice(j, j + 1)))
    return grouped.filled(*_interleave(counted, groups, layout.width))


def _blocks(columns: int, rows: int) -> Iterator[slice]:
    """Take so many columns at a time that their values stay in the processor's cache."""
    step = max(BLOCK // max(rows, 1), 1)
    return (slice(at, min(at + step, columns)) for at in range(0, columns, step))


def _measure(
    values: Floats, finite: NDArray[np.bool_], rows: _Rows, grouped: Grouped, columns: slice
) -> None:
    """Fill in mean, squared deviations, lowest and highest of each group's finite values."""
    whole = bool(finite.all())
    held = rows.held[rows.present]
    lowest = highest = values
    if not whole:
        held = np.maximum(np.add.reduceat(finite, rows.first, axis=1, dtype=np.int64), 1)
        lowest, highest = np.where(finite, values, np.inf), np.where(finite, values, -np.inf)
        values = np.where(finite, values, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.add.reduceat(values, rows.first, axis=1) / held
        apart = values - rows.spread(mean)
        if not whole:
            apart[~finite] = 0.0
        apart *= apart
        squared = np.add.reduceat(apart, rows.first, axis=1)
    grouped.moments[rows.present, columns] = np.stack([mean.T, squared.T], axis=2)
    grouped.low[rows.present, columns] = np.minimum.reduceat(lowest, rows.first, axis=1).T
    grouped.high[rows.present, columns] = np.maximum.reduceat(highest, rows.first, axis=1).T


def _sum_tails(values: Floats, cells: Cells, rows: _Rows, grouped: Grouped) -> None:
    """Add up the values in the tail cells."""
    layout = grouped.layout
    chosen = np.flatnonzero(layout.in_tail[cells])
    group, values = rows.group[chosen % values.shape[1]], values.reshape(-1)[chosen]
    flat, width = grouped.tails.reshape(-1), layout.tail_cells.size
    with np.errstate(over="ignore", invalid="ignore"):
        for places in layout.tail_places:
            place = places[cells.reshape(-1)[chosen]]
            held = place >= 0
            np.add.at(flat, (group * width + place)[held], values[held])


def _count(
    layout: Layout, cells: Cells, rows: _Rows, columns: slice
) -> tuple[Counts, Counts, Counts]:
    """Count the pairs of (group, cell): give those that occur, how often, and how many a group.

    Pairs are in order, and written as group * layout.width + cell.
    """
    first, last = layout.start[[columns.start, columns.stop]].tolist()
    width, groups = last - first, len(rows.held)
    pairs = ((rows.group * width - first) + cells).reshape(-1)
    if len(pairs) * SPARSE < groups * width:
        found, counts = _run_lengths(pairs.astype(np.int32 if groups * width < 1 << 31 else int))
    else:
        dense = np.bincount(pairs, minlength=groups * width)
        found = np.flatnonzero(dense > 0)
        counts = dense[found]
    held = np.diff(np.searchsorted(found, np.arange(groups + 1) * width))
    moved = np.arange(groups) * (layout.width - width) + first
    return found + moved.repeat(held), counts, held


def _run_lengths(pairs: NDArray[np.signedinteger]) -> tuple[Counts, Counts]:
    pairs.sort()
    begins = np.ones(len(pairs), dtype=bool)
    np.not_equal(pairs[1:], pairs[:-1], out=begins[1:])
    first = np.flatnonzero(begins)
    return pairs[first].astype(np.int64), np.diff(first, append=len(pairs))


def _interleave(
    counted: Sequence[tuple[Counts, Counts, Counts]], groups: int, width: int
) -> tuple[Counts, Counts]:
    """Lay what was counted of some columns side by side within each group."""
    if groups == 1 or len(counted) < 2:
        none = np.zeros(0, dtype=np.int64)
        return (
            np.concatenate([none, *(part[0] for part in counted)]),
            np.concatenate([none, *(part[1] for part in counted)]),
        )
    held = np.stack([part[2] for part in counted], axis=1)
    begins = (np.cumsum(held) - held.reshape(-1)).reshape(held.shape)
    index, counts = np.empty((2, held.sum()), dtype=np.int64)
    for b, (found, counted_here, own) in enumerate(counted):
        shift = begins[:, b] - (np.cumsum(own) - own)
        place = np.arange(len(found)) + np.repeat(shift, own)
        index[place] = found
        counts[place] = counted_here
    return index, counts
