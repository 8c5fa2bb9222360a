"""Into which cell does each value fall?

Cells are numbered over the whole layout, as in `Summary.counts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detectors.summaries.features import CategoricalFeature, NumericFeature, hash_words

SLOTS = 4096
STEPS = 2
OUTER = (1, 5, 15)  # percents of the edges on either side that slots may leave out
BLOCK = 1 << 16  # values that are looked up at one time

Cells = NDArray[np.intp]
Found = NDArray[np.int32]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class NumberCells:
    """Finds the cells of numbers many times faster than a binary search for each.

    A number x of a feature is mapped to the slot u(x) = (x - lowest) * scale, cut to [0, SLOTS].
    Rounding keeps u monotone, so all x of a slot that holds no edge lie between the same two
    edges. Only the values of the few other slots are looked at closely: compared with the next
    STEPS edges, and searched for where that is not enough. So the result is exact; only the speed
    depends on how the edges lie.

    `start` is where the cells of each feature begin, int64[p + 1]. `watched` are cells whose values
    somebody asks for, bool[start[-1]]; they are looked at closely too.
    """

    features: tuple[NumericFeature, ...]
    start: NDArray[np.int64]
    watched: Bools

    def find(self, values: Floats, finite: Bools, columns: slice) -> Cells:
        """Give the cells of the values of some features, float64[c, n] -> intp[c, n]."""
        cells = np.empty(values.shape, dtype=np.int32)
        whole = bool(finite.all())
        room = Room.of(values.size)
        self.look(values if whole else np.where(finite, values, 0.0), columns, cells, room)
        if not whole:
            self.set_apart(values, finite, columns, cells)
        return cells.astype(np.intp)

    def look(self, values: Floats, columns: slice, cells: Found, room: "Room") -> Cells:
        """Fill in the cells of finite values, int32[c, n]; say which lie in watched cells.

        Those are given by their places in the values laid flat, rising within each feature.
        """
        width = values.shape[1]
        step = BLOCK if len(values) == 1 else max(width, 1)
        watched = [np.zeros(0, dtype=np.intp)]
        for first in range(0, width, step):
            block = slice(first, first + step)
            watched.append(self._look(values[:, block], columns, cells[:, block], room) + first)
        return np.concatenate(watched)

    def set_apart(self, values: Floats, finite: Bools, columns: slice, cells: Found) -> None:
        """Put the values that are not finite into the cells where those are counted."""
        strange = np.flatnonzero(~finite)
        column = strange // values.shape[1] + columns.start
        missing = np.isnan(values.reshape(-1)[strange])
        cells.reshape(-1)[strange] = self.start[column + 1] - 2 + missing

    def tally(self, values: Floats, column: int, room: "Room") -> tuple[Counts, Cells, Cells]:
        """Count many finite values of one feature, float64[n], without a cell for each of them.

        Give how many fall into each of its cells, and the places and the cells of those values that
        were looked at closely, all that lie in watched cells among them.
        """
        table, start = self._map[2][column], self.start[column]
        close = table < 0
        held = np.zeros(SLOTS + 1, dtype=np.int64)
        places, cells = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
        for first in range(0, len(values), BLOCK):
            block = values[None, first : first + BLOCK]
            slots = self._slots(block, slice(column, column + 1), room)[0]
            held += np.bincount(slots, minlength=SLOTS + 1)
            chosen = np.flatnonzero(close.take(slots, mode="clip"))
            places.append(chosen + first)
            cells.append(np.invert(table.take(slots.take(chosen))))
        place, own = np.concatenate(places), np.concatenate(cells)
        self._settle(values.take(place), own)
        width, sure = int(self.start[column + 1] - start), ~close
        counts = np.bincount(table[sure] - start, weights=held[sure], minlength=width)
        return counts.astype(np.int64) + np.bincount(own - start, minlength=width), place, own

    def _look(self, values: Floats, columns: slice, cells: Found, room: "Room") -> Cells:
        place = self._slots(values, columns, room)
        if len(values) > 1:
            place += np.arange(len(values))[:, None] * (SLOTS + 1)
        self._map[2][columns].take(place, mode="clip", out=cells)
        close = np.flatnonzero(cells < 0)
        flat = cells.reshape(-1)
        own = np.invert(flat.take(close)).astype(np.intp)
        self._settle(values.reshape(-1).take(close), own)
        flat[close] = own
        return close[self.watched.take(own)]

    def _slots(self, values: Floats, columns: slice, room: "Room") -> Cells:
        """Give the slot of each value of some features, intp[c, n]."""
        slots, place = room.shaped(values.shape)
        lowest, scale, _ = self._map
        with np.errstate(over="ignore", invalid="ignore"):
            np.subtract(values, lowest[columns, None], out=slots)
            np.multiply(slots, scale[columns, None], out=slots)
        np.clip(slots, 0.0, SLOTS, out=slots)
        np.copyto(place, slots, casting="unsafe")
        return place

    def _settle(self, values: Floats, cells: Cells) -> None:
        """Move values up, from the first cells of their slots to their own."""
        above = self._next.take(cells)
        for _ in range(STEPS):
            cells += values >= above
            above = self._next.take(cells)
        rest = np.flatnonzero(values >= above)
        if len(rest):
            feature = np.searchsorted(self.start, cells[rest], side="right") - 1
            cells[rest] = self._search(values[rest], feature)

    def _search(self, values: Floats, feature: Cells) -> Cells:
        """Halve the edges of each value's feature until its cell is left."""
        found, last = self.start[feature], self.start[feature + 1] - 3
        step = 1 << int(np.diff(self.start).max()).bit_length()
        while step := step >> 1:
            found += step * (self._next[np.minimum(found + step - 1, last)] <= values)
        return found

    @cached_property
    def _next(self) -> Floats:
        """The edge at the upper end of each cell; NaN where there is none."""
        edges = [np.append(f.edges, [np.nan] * 3) for f in self.features]
        return np.concatenate([np.zeros(0), *edges])

    @cached_property
    def _map(self) -> tuple[Floats, Floats, NDArray[np.int32]]:
        """Each feature's lowest and scale, and the first cell of each slot.

        A slot whose values are to be looked at closely has ~cell, which is negative, instead.
        """
        lowest, scale = np.zeros(len(self.features)), np.zeros(len(self.features))
        table = np.empty((len(self.features), SLOTS + 1), dtype=np.int32)
        for j, feature in enumerate(self.features):
            outer = {len(feature.edges) * part // 100 for part in OUTER} | {1}
            best = min((_Slots.within(feature.edges, o) for o in outer), key=lambda s: s.searched)
            lowest[j], scale[j] = best.lowest, best.scale
            first = np.cumsum(best.held) - best.held + self.start[j]
            asked = (best.held > 0) | self.watched[first]
            table[j] = np.where(asked, ~first, first)
        return lowest, scale, table


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """Arrays for all blocks of a call: to ask for fresh ones costs more than to fill them."""

    slots: Floats
    place: Cells

    @classmethod
    def of(cls, size: int) -> "Room":
        """Make room for so many values."""
        return cls(np.empty(size), np.empty(size, np.intp))

    def shaped(self, shape: tuple[int, ...]) -> tuple[Floats, Cells]:
        """Give room of a shape."""
        size = shape[0] * shape[1]
        return self.slots[:size].reshape(shape), self.place[:size].reshape(shape)


@dataclass(frozen=True, slots=True, eq=False)
class _Slots:
    """How the edges of a feature fall into slots that span all but the outer ones of them."""

    lowest: float
    scale: float
    held: NDArray[np.intp]

    @classmethod
    def within(cls, edges: Floats, outer: int) -> "_Slots":
        lowest, scale = 0.0, 0.0
        with np.errstate(all="ignore"):
            if len(edges) > 2 * outer + 1:
                spread = SLOTS / (edges[-1 - outer] - edges[outer])
                if 0 < spread < np.inf:
                    lowest, scale = float(edges[outer]), float(spread)
            slots = np.clip((edges - lowest) * scale, 0, SLOTS).astype(np.intp)
        return cls(lowest, scale, np.bincount(slots, minlength=SLOTS + 1))

    @property
    def crowded(self) -> Bools:
        """Which slots must be searched."""
        crowded: Bools = self.held > STEPS
        return crowded

    @property
    def searched(self) -> int:
        """The number of edges, so about the share of the values, in slots that are searched."""
        return int(self.held[self.crowded].sum())


@dataclass(frozen=True, eq=False)
class WordCells:
    """Finds the cells of categories; only words that are not kept categories are hashed."""

    feature: CategoricalFeature
    start: int

    def find(self, words: Sequence[str], codes: NDArray[np.int32]) -> Cells:
        """Give the cell of each code, an index into `words` or -1, intp[n]."""
        return self.table(words)[codes]

    def table(self, words: Sequence[str]) -> Cells:
        """Give the cell of each word, and at the end that of none."""
        kept, missing = self._kept, self.start + len(self.feature.categories) + 2
        table = np.array([kept.get(word, -1) for word in words] + [missing], dtype=np.intp)
        strange = np.flatnonzero(table == -1)
        if len(strange):
            hashes = hash_words([words[int(i)] for i in strange])
            table[strange] = missing - 1 - self._is_seen(hashes)
        return table

    def _is_seen(self, hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Tell words that the reference held, though it keeps no count of them, from unseen."""
        seen = self.feature.seen
        if not len(seen):
            return np.zeros(len(hashes), dtype=bool)
        place = np.minimum(np.searchsorted(seen, hashes), len(seen) - 1)
        same: NDArray[np.bool_] = seen[place] == hashes
        return same

    @cached_property
    def _kept(self) -> dict[str, int]:
        return {word: self.start + at for at, word in enumerate(self.feature.categories)}
