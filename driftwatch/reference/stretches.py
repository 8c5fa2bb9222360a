"""How is the reference counted by stretches of time, in bounded memory?

Blocks are an hour long, or a fiftieth of all time where that is less, and lie within hours, so that
days and slots are made up of them. Of a long reference only some of the blocks are kept, spread
evenly; then days and slots are counted beside them. All is counted by cell, and turned into counts
by set at the end, when it is known which sets there are. Those of segments stay as they are, for
cells add up where segments are joined, and sets do not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, gcd

import numpy as np
from numpy.typing import NDArray

from detectors.sequential.sets import Sets
from detectors.summaries import Layout
from driftwatch.nouns.deflated import deflate
from driftwatch.nouns.profiles import Blocks, SetCounts
from driftwatch.nouns.records import Batch
from driftwatch.nouns.segments import SegmentBlocks
from driftwatch.reference.values import MISSING_TIME

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
WEEK = 7 * DAY
_MONDAY = 4 * DAY  # of the first week of 1970
_LENGTHS = (3600, 1800, 1200, 900, 600, 300, 120, 60, 30, 20, 10, 5, 2, 1)
_PARTS = 50  # of all time, where that is less than 50 hours
MOST = 400  # stretches that are kept of a kind
CELLS = 12_000_000  # of all stretches, of 4 bytes each
FEWEST = 20  # stretches that are worth keeping of segments
BODIES = 2_600  # stretches of all segments together: about a kilobyte each for 20 features
SLOT_ROWS = 20_000
_STRETCHES = 32  # that are turned into counts by set at a time

Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grid:
    """`count` stretches of `length`, every `stride`-th from `first` on; times wrap at `round`."""

    first: int
    length: int
    count: int
    stride: int = 1
    round: int = 0

    def find(self, times: Times) -> NDArray[np.int64]:
        """Give the place of each time, -1 where it lies in no stretch that is kept."""
        since = times - self.first
        if self.round:
            since %= self.round
        place, rest = np.divmod(since // self.length, self.stride)
        kept = (times != MISSING_TIME) & (rest == 0) & (place >= 0) & (place < self.count)
        return np.where(kept, place, -1)

    @property
    def starts(self) -> Times:
        """When each stretch begins."""
        return self.first * (not self.round) + np.arange(self.count) * self.length * self.stride


@dataclass(slots=True, eq=False)
class _Table:
    """Rows, and counts by cell, of the stretches of a grid, or of each segment within them."""

    grid: Grid
    width: int
    segments: int = 1
    rows: NDArray[np.int64] = field(init=False)
    cells: NDArray[np.uint32] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = np.zeros(self.grid.count * self.segments, np.int64)
        self.cells = np.zeros(len(self.rows) * self.width, np.uint32)

    def counted(self, sets: Sets, least: int) -> SetCounts:
        """Count by set the stretches of at least so many rows."""
        kept = np.flatnonzero(self.rows >= least)
        cells = self.cells.reshape(-1, self.width)
        k = np.zeros((len(kept), len(sets)), np.int64)
        n = np.zeros_like(k)
        for at in range(0, len(kept), _STRETCHES):
            some = kept[at : at + _STRETCHES]
            k[at : at + _STRETCHES], n[at : at + _STRETCHES] = sets.count(
                cells[some].astype(np.int64)
            )
        return SetCounts.of(self.grid.starts[kept], self.rows[kept], k, n)

    def parted(self, length: int) -> SegmentBlocks:
        """Give the cells of each segment in the stretches with rows."""
        kept = np.flatnonzero(self.rows.reshape(-1, self.segments).any(axis=1))
        cells = self.cells.reshape(-1, self.segments, self.width)
        bodies = (deflate(cells[kept, place].T) for place in range(self.segments))
        return SegmentBlocks(length, self.grid.starts[kept], self.width, tuple(bodies))


class Stretches:
    """Counts the rows of each stretch; `halved` are the features counted on half of the rows.

    `segments` says of each column how many segments it has, the rest too.
    """

    def __init__(
        self,
        layout: Layout,
        halved: NDArray[np.bool_],
        grids: Mapping[str, Grid],
        segments: Sequence[int] = (),
    ) -> None:
        self._layout, self._halved = layout, halved
        self._length = grids["blocks"].length
        whole = {name: grid for name, grid in grids.items() if name != "segments"}
        self._tables = {name: _Table(grid, layout.width) for name, grid in whole.items()}
        own = grids.get("segments")
        self._parted = [_Table(own, layout.width, number) for number in segments] if own else []

    def add(
        self,
        times: Times,
        whole: Batch,
        counted: NDArray[np.bool_],
        segments: Sequence[NDArray[np.int64]] = (),
    ) -> None:
        """Count rows; `whole` has the columns of the layout, `counted` those that did not choose.

        `segments` has the place of each row's segment, by column.
        """
        tables = [(table, table.grid.find(times)) for table in self._tables.values()]
        for table, segment in zip(self._parted, segments[: len(self._parted)], strict=True):
            place = table.grid.find(times)
            tables.append((table, np.where(place >= 0, place * table.segments + segment, -1)))
        for table, place in tables:
            table.rows += np.bincount(place[place >= 0], minlength=len(table.rows))
        for j, cells in _cells(self._layout, whole):
            for table, place in tables:
                kept = place >= 0
                if self._halved[j]:
                    kept &= counted
                np.add.at(table.cells, place[kept] * table.width + cells[kept], np.uint32(1))

    def blocks(self, sets: Sets) -> Blocks:
        """Give what was counted, by set."""
        nothing = np.zeros((2, 0, len(sets)), np.int64)
        none = SetCounts.of(np.zeros(0, np.int64), np.zeros(0, np.int64), *nothing)
        slots = {
            name: self._tables[name].counted(sets, SLOT_ROWS) if name in self._tables else none
            for name in ("hours_of_day", "hours_of_week")
        }
        return Blocks(
            sets=sets.digest,
            length=self._length,
            blocks=self._tables["blocks"].counted(sets, 1),
            days=self._tables["days"].counted(sets, 1),
            **slots,
        )

    def parted(self, column: int) -> SegmentBlocks | None:
        """Give what was counted of a column's segments; None where there was no room for it."""
        return self._parted[column].parted(self._length) if self._parted else None


def _cells(layout: Layout, whole: Batch) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Give the cell of each row, a feature at a time."""
    for j in range(len(layout.numeric)):
        values = whole.numbers[j : j + 1]
        yield j, layout.number_cells.find(values, np.isfinite(values), slice(j, j + 1))[0]
    for q, found in enumerate(layout.word_cells):
        yield len(layout.numeric) + q, found.find(whole.words[q], whole.codes[q])


def grids(times: NDArray[np.float64], rows: int, width: int, segments: int = 0) -> dict[str, Grid]:
    """Say which stretches are counted, from a sample of event times; none without times.

    `segments` are those of all columns.

    Where a few times lie far off from all others, as wrong ones do, they are left out.
    """
    known = np.sort(times[np.isfinite(times)])
    if len(known) < 2:
        return {}
    low, high = _range(known)
    length = next((s * SECOND for s in _LENGTHS if s * SECOND * _PARTS <= high - low), 0)
    if not length:
        return {}
    room = max(1, CELLS // max(1, width))
    apart = min(room, BODIES) // max(segments, 1)
    found = {
        "blocks": _spread(low, high, length, min(MOST, max(_PARTS + 2, room // 2)), 168),
        "days": _spread(low, high, DAY, min(MOST, max(2, room // 4)), 7),
    }
    for name, slots, origin in (("hours_of_day", 24, 0), ("hours_of_week", 168, _MONDAY)):
        if rows >= SLOT_ROWS * slots // 4 and slots <= room // 4:
            found[name] = Grid(origin, HOUR, slots, round=slots * HOUR)
    if segments and apart >= FEWEST:
        found["segments"] = _spread(low, high, length, min(MOST, apart), 168)
    return found


def _range(known: NDArray[np.float64]) -> tuple[int, int]:
    inner = np.quantile(known, (0.001, 0.999))
    reach = float(inner[1] - inner[0]) / 2
    low = known[0] if known[0] >= inner[0] - reach else inner[0]
    high = known[-1] if known[-1] <= inner[1] + reach else inner[1]
    return int(low), int(high)


def _spread(low: int, high: int, length: int, most: int, around: int) -> Grid:
    """Keep as many stretches as there is room for, without always taking the same hour or day."""
    first, last = low // length, high // length
    stride = ceil((last - first + 1) / most)
    while stride > 1 and gcd(stride, around) > 1:
        stride += 1
    return Grid(first * length, length, ceil((last - first + 1) / stride), stride)
