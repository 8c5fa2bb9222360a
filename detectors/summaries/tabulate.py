"""How do rows become counts, for many groups of rows at once?

The hot path: the rows are put in the order of their groups once; then each column is looked up
(`cells`), and counted over (group, cell) together, so that the cost does not grow with the number
of groups. Counts stay sparse where a group has fewer rows than cells.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.summaries.cells import Cells
from detectors.summaries.grouped import Grouped
from detectors.summaries.layout import TAIL, Layout
from detectors.summaries.summary import Counts, Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """The rows in the order of their groups.

    `group` is the group of each row, `present` the groups that have rows, `first` where each of
    those begins; `order` is None where the rows came in order.
    """

    order: NDArray[np.intp] | None
    group: NDArray[np.intp]
    present: NDArray[np.intp]
    first: NDArray[np.intp]
    rows: Counts

    @property
    def groups(self) -> int:
        return len(self.rows)


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
    rows = _by_group(group, groups)
    p = len(layout.numeric)
    tails, moments = np.zeros((groups, p, 2, TAIL)), np.zeros((groups, p, 2))
    low, high = np.full((groups, p), np.inf), np.full((groups, p), -np.inf)

    def columns() -> Iterator[Cells]:
        for j, find in enumerate(layout.number_cells):
            values = numbers[j] if rows.order is None else numbers[j][rows.order]
            cells = find(values)
            yield cells
            _measure(values, rows, moments[:, j], low[:, j], high[:, j])
            _sum_tails(values, cells, len(layout.numeric[j].edges) + 1, rows, tails[:, j])
        for j, look_up in enumerate(layout.word_cells):
            coded = codes[j] if rows.order is None else codes[j][rows.order]
            yield look_up(words[j], coded)

    index, counts = _count(layout, columns(), rows)
    return Grouped(layout, index, counts, rows.rows, tails, moments, low, high)


def _by_group(group: NDArray[np.int64], groups: int) -> _Rows:
    rows = np.bincount(group, minlength=groups)
    present = np.flatnonzero(rows)
    first = np.concatenate([[0], np.cumsum(rows[present])[:-1]])[: len(present)]
    order = None
    if np.any(group[1:] < group[:-1]):
        order = np.argsort(group, kind="stable")
        group = group[order]
    return _Rows(order, group, present, first, rows)


def _count(layout: Layout, columns: Iterator[Cells], rows: _Rows) -> tuple[Counts, Counts]:
    """Count (group, cell) pairs of all columns: give those that occur, in order, and how often."""
    if len(rows.group) * 4 >= rows.groups * int(np.diff(layout.start).max(initial=0)):
        return _count_densely(layout, columns, rows)
    return _count_sparsely(layout, columns, rows)


def _count_densely(layout: Layout, columns: Iterator[Cells], rows: _Rows) -> tuple[Counts, Counts]:
    dense = np.zeros((rows.groups, layout.width), dtype=np.int64)
    for start, end, cells in zip(layout.start[:-1], layout.start[1:], columns, strict=True):
        width = int(end - start)
        pairs = rows.group * width + cells if rows.groups > 1 else cells
        counted = np.bincount(pairs, minlength=rows.groups * width)
        dense[:, start:end] = counted.reshape(rows.groups, width)
    flat = dense.reshape(-1)
    index = np.flatnonzero(flat)
    return index, flat[index]


def _count_sparsely(layout: Layout, columns: Iterator[Cells], rows: _Rows) -> tuple[Counts, Counts]:
    """Sort the pairs of each column, count runs, and lay all columns of a group side by side."""
    base = rows.group * layout.width
    runs = [
        _run_lengths(base + start + cells)
        for start, cells in zip(layout.start[:-1], columns, strict=True)
    ]
    index = np.concatenate([run[0] for run in runs])
    counts = np.concatenate([run[1] for run in runs])
    order = np.argsort(index, kind="stable")
    return index[order], counts[order]


def _run_lengths(pairs: Counts) -> tuple[Counts, Counts]:
    pairs.sort()
    first = np.flatnonzero(np.diff(pairs, prepend=-1))
    return pairs[first], np.diff(first, append=len(pairs))


def _measure(values: Floats, rows: _Rows, moments: Floats, low: Floats, high: Floats) -> None:
    """Fill in mean, squared deviations, lowest and highest of each group's finite values."""
    finite = np.isfinite(values)
    group, present, first = rows.group, rows.present, rows.first
    if not finite.all():
        values, group = values[finite], group[finite]
        held = np.bincount(group, minlength=rows.groups)
        present = np.flatnonzero(held)
        first = np.concatenate([[0], np.cumsum(held[present])[:-1]])[: len(present)]
    if not len(values):
        return
    n = np.diff(first, append=len(values))
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.add.reduceat(values, first) / n
        apart = values - np.repeat(mean, n)
        moments[present, 0] = mean
        moments[present, 1] = np.add.reduceat(apart * apart, first)
    low[present] = np.minimum.reduceat(values, first)
    high[present] = np.maximum.reduceat(values, first)


def _sum_tails(values: Floats, cells: Cells, width: int, rows: _Rows, tails: Floats) -> None:
    """Fill in the sums of the outer value cells, of which there are `width` in all."""
    upper = cells - (width - TAIL)
    inside = (cells < width, (upper >= 0) & (cells < width))
    for side, (place, chosen) in enumerate(zip((cells, upper), inside, strict=True)):
        outer = np.flatnonzero(chosen & (place < TAIL))
        pairs = rows.group[outer] * TAIL + place[outer]
        sums = np.bincount(pairs, weights=values[outer], minlength=rows.groups * TAIL)
        tails[:, side] = sums.reshape(rows.groups, TAIL)
