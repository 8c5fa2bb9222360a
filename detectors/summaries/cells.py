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
BLOCK = 16384

Cells = NDArray[np.intp]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class NumberCells:
    """Finds the cells of numbers several times faster than a binary search for each.

    A number x of a feature is mapped to the slot u(x) = (x - lowest) * scale, cut to [0, SLOTS].
    Rounding keeps u monotone, so all x of a slot that holds no edge lie between the same two
    edges, and a slot with one or two edges needs one or two comparisons. Slots with more edges
    are searched. So the result is exact; only the speed depends on how the edges lie.

    `start` is where the cells of each feature begin, int64[p + 1].
    """

    features: tuple[NumericFeature, ...]
    start: NDArray[np.int64]

    def find(self, values: Floats, finite: Bools, columns: slice) -> Cells:
        """Give the cells of the values of some features, float64[c, n] -> intp[c, n]."""
        cells = np.empty(values.shape, dtype=np.intp)
        rows = max(BLOCK // max(len(values), 1), 1)
        for first in range(0, values.shape[1], rows):
            block = slice(first, first + rows)
            cells[:, block] = self._find(values[:, block], columns)
        if not finite.all():
            strange = np.flatnonzero(~finite)
            column = strange // values.shape[1] + columns.start
            missing = np.isnan(values.reshape(-1)[strange])
            cells.reshape(-1)[strange] = self.start[column + 1] - 2 + missing
        return cells

    def _find(self, values: Floats, columns: slice) -> Cells:
        lowest, scale, table = self._map
        with np.errstate(over="ignore", invalid="ignore"):
            slots = values - lowest[columns, None]
            slots *= scale[columns, None]
        np.fmax(slots, 0.0, out=slots)
        np.fmin(slots, SLOTS, out=slots)
        place = slots.astype(np.intp)
        place += np.arange(columns.start, columns.stop)[:, None] * (SLOTS + 1)
        cells = table.take(place, mode="clip").astype(np.intp)
        for _ in range(STEPS):
            cells += values >= self._next.take(cells, mode="clip")
        rest = np.flatnonzero(cells == self.start[-1])
        if len(rest):
            feature = rest // values.shape[1] + columns.start
            cells.reshape(-1)[rest] = self._search(values.reshape(-1)[rest], feature)
        return cells

    def _search(self, values: Floats, feature: Cells) -> Cells:
        """Halve the edges of each value's feature until its cell is left."""
        found, last = self.start[feature], self.start[feature + 1] - 3
        step = 1 << int(np.diff(self.start).max()).bit_length()
        while step := step >> 1:
            found += step * (self._next[np.minimum(found + step - 1, last)] <= values)
        return found

    @cached_property
    def _next(self) -> Floats:
        """The edge at the upper end of each cell; NaN where there is none, and at the very end."""
        edges = [np.append(f.edges, [np.nan] * 3) for f in self.features]
        return np.concatenate([*edges, [np.nan]])

    @cached_property
    def _map(self) -> tuple[Floats, Floats, NDArray[np.int32]]:
        """Each feature's lowest and scale, and the first cell of each slot.

        A slot that must be searched has the number after the last cell instead.
        """
        lowest, scale = np.zeros(len(self.features)), np.zeros(len(self.features))
        table = np.empty((len(self.features), SLOTS + 1), dtype=np.int32)
        for j, feature in enumerate(self.features):
            outer = {len(feature.edges) * part // 100 for part in OUTER} | {1}
            best = min((_Slots.within(feature.edges, o) for o in outer), key=lambda s: s.searched)
            lowest[j], scale[j] = best.lowest, best.scale
            first = np.cumsum(best.held) - best.held + self.start[j]
            table[j] = np.where(best.crowded, self.start[-1], first)
        return lowest, scale, table


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
        kept, missing = self._kept, self.start + len(self.feature.categories) + 2
        table = np.array([kept.get(word, -1) for word in words] + [missing], dtype=np.intp)
        strange = np.flatnonzero(table == -1)
        if len(strange):
            hashes = hash_words([words[int(i)] for i in strange])
            table[strange] = missing - 1 - self._is_seen(hashes)
        return table[codes]

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
