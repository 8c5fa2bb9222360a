"""How do rows become counts, for many groups of rows at once?

The hot path. The rows are put in the order of their groups; a few columns at a time, the cell of
each value is found, and the values are added up by group. Then the pairs of (group, cell) are
counted, those of a few groups together. What is at work at one time stays in the processor's cache,
and the cost does not grow with the number of groups. Counts stay sparse where a group has fewer
rows than cells.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detectors.summaries.cells import Bools, Cells, Found, Room
from detectors.summaries.grouped import Grouped
from detectors.summaries.layout import Layout
from detectors.summaries.rows import Rows, Run
from detectors.summaries.summary import Counts, Floats

BLOCK = 1 << 16  # values that are looked up, or counted, at one time
GATHERED = 1 << 20  # values of many groups that are looked up before they are counted
SPARSE = 6  # so many cells a value, and sorting is quicker than counting them all


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """The rows that are counted, and what they are counted with.

    numbers, codes : as `tabulate` is given them
    tables : int32[words + 1] of each column of codes, the cell of each word
    values, cells, room : what all blocks share, for fresh memory costs more than to fill it
    """

    numbers: Floats
    codes: NDArray[np.int32]
    tables: list[Found]
    rows: Rows
    values: Floats
    cells: Found
    room: Room

    @classmethod
    def of(cls, numbers: Floats, codes: NDArray[np.int32], tables: list[Found], rows: Rows) -> Self:
        """Make room for the largest block of these rows."""
        n, d = rows.run.size, max(len(numbers) + len(codes), 1)
        longest = max(int(rows.held.max(initial=0)), min(n, GATHERED // d))
        size = max(min(BLOCK, n * d), longest)
        cells = np.empty(max(min(GATHERED, n * d), size), dtype=np.int32)
        return cls(numbers, codes, tables, rows, np.empty(size), cells, Room.of(size))


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
    found = zip(layout.word_cells, words, strict=True)
    tables = [cells.table(own).astype(np.int32) for cells, own in found]
    batch = _Batch.of(numbers, codes, tables, Rows.by(group, groups))
    grouped = Grouped.empty(layout, batch.rows.held)
    counted = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    with np.errstate(over="ignore", invalid="ignore"):
        for run in batch.rows.run.cut(GATHERED // max(len(layout.names), 1)):
            counted += _counted(batch, run, grouped)
    index, counts = zip(*counted, strict=True)
    return grouped.filled(np.concatenate(index), np.concatenate(counts))


def _counted(batch: _Batch, run: Run, grouped: Grouped) -> Iterator[tuple[Counts, Counts]]:
    """Count the rows of a run; give (group, cell) in order, and how often they occur."""
    layout, d = grouped.layout, len(grouped.layout.names)
    if len(run.groups) == 1:
        many = len(layout.numeric) if run.size >= BLOCK else 0
        yield from (_tally(batch, run, column, grouped) for column in range(many))
        for columns in _blocks(run, d, many):
            cells = batch.cells[: (columns.stop - columns.start) * run.size].reshape(-1, run.size)
            _find(batch, run, columns, cells, grouped)
            yield _count(layout, run, columns, cells, batch.room)
        return
    cells = batch.cells[: d * run.size].reshape(d, run.size)
    for columns in _blocks(run, d):
        _find(batch, run, columns, cells[columns], grouped)
    for part in run.cut(BLOCK // max(d, 1)):
        rows = slice(part.first - run.first, part.first - run.first + part.size)
        for columns in _blocks(part, d) if len(part.groups) == 1 else [slice(0, d)]:
            yield _count(layout, part, columns, cells[columns, rows], batch.room)


def _blocks(run: Run, columns: int, first: int = 0) -> Iterator[slice]:
    """Take so many columns at a time that their values stay in the processor's cache."""
    step = max(BLOCK // run.size, 1)
    return (slice(at, min(at + step, columns)) for at in range(first, columns, step))


def _find(batch: _Batch, run: Run, columns: slice, cells: Found, grouped: Grouped) -> None:
    """Fill in the cells of some columns, int32[c, n], and what is kept of their values."""
    p = len(batch.numbers)
    numeric = slice(columns.start, min(columns.stop, p))
    if numeric.start < p:
        values = batch.rows.take(batch.numbers[numeric], run, batch.values)
        _find_numbers(values, run, numeric, cells[: len(values)], grouped, batch.room)
    for q in range(max(columns.start - p, 0), columns.stop - p):
        own = cells[q + p - columns.start]
        codes = batch.rows.take(batch.codes[q : q + 1], run, own)
        own[:] = batch.tables[q][codes[0]]


def _tally(batch: _Batch, run: Run, column: int, grouped: Grouped) -> tuple[Counts, Counts]:
    """Count a numeric column of one group of many rows; give (group, cell), and how often."""
    layout = grouped.layout
    values = batch.rows.take(batch.numbers[column : column + 1], run, batch.values)
    finite = np.isfinite(values)
    known = values[finite] if not finite.all() else values[0]
    whole = len(known) == run.size
    counts, close, own = layout.number_cells.tally(known, column, batch.room)
    held = layout.in_tail[own]
    _sum_tails(known, close[held], own[held], run, grouped)
    if not whole:
        counts[-1] = np.count_nonzero(np.isnan(values))
        counts[-2] = run.size - len(known) - counts[-1]
        values = np.where(finite, values, 0.0)
    number = slice(column, column + 1)
    _measure(values, None if whole else finite, run, number, grouped, batch.room)
    found = np.flatnonzero(counts)
    return found + (run.groups[0] * layout.width + layout.start[column]), counts[found]


def _find_numbers(  # noqa: PLR0917 - what is given, then what is filled in
    values: Floats, run: Run, columns: slice, cells: Found, grouped: Grouped, room: Room
) -> None:
    """Fill in the cells of some numeric columns, and the sums of their finite values by group."""
    finite = np.isfinite(values)
    whole = bool(finite.all())
    filled = values if whole else np.where(finite, values, 0.0)
    finder = grouped.layout.number_cells
    tails = finder.look(filled, columns, cells, room)
    if not whole:
        tails = tails[finite.reshape(-1)[tails]]
    _sum_tails(filled, tails, cells.reshape(-1)[tails], run, grouped)
    _measure(filled, None if whole else finite, run, columns, grouped, room)
    if not whole:
        finder.set_apart(values, finite, columns, cells)


def _measure(  # noqa: PLR0917
    values: Floats,
    finite: Bools | None,
    run: Run,
    columns: slice,
    grouped: Grouped,
    room: Room,
) -> None:
    """Fill in mean, squared deviations, lowest and highest of each group's finite values."""
    held, lowest, highest = run.held, values, values
    if finite is not None:
        held = np.maximum(np.add.reduceat(finite, run.begins, axis=1, dtype=np.int64), 1)
        lowest, highest = np.where(finite, values, np.inf), np.where(finite, values, -np.inf)
    mean = np.add.reduceat(values, run.begins, axis=1) / held
    apart, _ = room.shaped(values.shape)
    np.subtract(values, mean if len(run.held) == 1 else mean.repeat(run.held, axis=1), out=apart)
    if finite is not None:
        apart[~finite] = 0.0
    np.multiply(apart, apart, out=apart)
    grouped.moments[run.groups, columns, 0] = mean.T
    grouped.moments[run.groups, columns, 1] = np.add.reduceat(apart, run.begins, axis=1).T
    grouped.low[run.groups, columns] = np.minimum.reduceat(lowest, run.begins, axis=1).T
    grouped.high[run.groups, columns] = np.maximum.reduceat(highest, run.begins, axis=1).T


def _sum_tails(
    values: Floats, chosen: Cells, own: NDArray[np.signedinteger], run: Run, grouped: Grouped
) -> None:
    """Add up the chosen values, which are those in tail cells; `own` are these cells."""
    layout, values = grouped.layout, values.reshape(-1).take(chosen)
    begins = run.groups * layout.tail_cells.size
    begin = begins if len(begins) == 1 else begins[run.group[chosen % run.size]]
    sums = grouped.tails.reshape(-1)
    first, second = layout.tail_places
    np.add.at(sums, begin + first[own], values)
    if layout.tails_meet:
        both = np.flatnonzero(second[own] >= 0)
        begin = begin if len(begin) == 1 else begin[both]
        np.add.at(sums, begin + second[own[both]], values[both])


def _count(
    layout: Layout, run: Run, columns: slice, cells: Found, room: Room
) -> tuple[Counts, Counts]:
    """Count the pairs of (group, cell): give those that occur, and how often.

    Pairs are in order, and written as group * layout.width + cell.
    """
    first, last = layout.start[[columns.start, columns.stop]].tolist()
    width, groups = last - first, len(run.groups)
    begins = np.arange(groups) * width
    moved = begins[run.group] - first if groups > 1 else np.array([-first])
    if cells.size * SPARSE < groups * width:
        pairs = cells + moved.astype(np.int32 if groups * width < 1 << 31 else np.int64)
        found, counts = _run_lengths(pairs.reshape(-1))
    else:
        _, pairs = room.shaped(cells.shape)
        np.add(cells, moved, out=pairs)
        dense = np.bincount(pairs.reshape(-1), minlength=groups * width)
        found = np.flatnonzero(dense > 0)
        counts = dense[found]
    back = run.groups * layout.width + first - begins
    if groups > 1:
        back = back.repeat(np.diff(np.searchsorted(found, begins), append=len(found)))
    return found + back, counts


def _run_lengths(pairs: NDArray[np.signedinteger]) -> tuple[Counts, Counts]:
    pairs.sort()
    begins = np.ones(len(pairs), dtype=bool)
    np.not_equal(pairs[1:], pairs[:-1], out=begins[1:])
    first = np.flatnonzero(begins)
    return pairs[first].astype(np.int64), np.diff(first, append=len(pairs))
