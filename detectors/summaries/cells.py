"""Into which of its feature's cells does each value fall?"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detectors.summaries.features import CategoricalFeature, NumericFeature, hash_words

SLOTS = 2048
BLOCK = 8192
STEPS = 2

Cells = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class NumberCells:
    """Finds the cells of numbers several times faster than a binary search for each.

    A number x is mapped to the slot u(x) = (x - lowest) * scale, cut to [0, SLOTS]. Rounding keeps
    u monotone, so all x of a slot that holds no edge lie between the same two edges, and a slot
    with one or two edges needs one or two comparisons. Slots with more edges, and both ends, are
    searched. So the result is exact, and only the speed depends on how the edges lie.
    """

    feature: NumericFeature

    def __call__(self, values: NDArray[np.float64]) -> Cells:
        """Give each value's cell, intp[n]."""
        cells = np.empty(len(values), dtype=np.intp)
        for first in range(0, len(values), BLOCK):
            block = slice(first, first + BLOCK)
            self._fill(values[block], cells[block])
        return cells

    def _fill(self, values: NDArray[np.float64], cells: Cells) -> None:
        lowest, scale = self._map
        with np.errstate(over="ignore", invalid="ignore"):
            slots = values - lowest
            slots *= scale
        np.fmax(slots, 0.0, out=slots)
        np.fmin(slots, SLOTS, out=slots)
        np.take(self._table, slots.astype(np.intp), out=cells, mode="clip")
        for _ in range(STEPS):
            cells += values >= self._next[cells]
        rest = np.flatnonzero(cells == len(self._next) - 1)
        if len(rest):
            cells[rest] = self._search(values[rest])

    def _search(self, values: NDArray[np.float64]) -> Cells:
        cells = np.searchsorted(self.feature.edges, values, side="right")
        unusual = np.flatnonzero(~np.isfinite(values))
        missing = np.isnan(values[unusual])
        cells[unusual] = len(self.feature.edges) + 1 + missing
        return cells

    @cached_property
    def _map(self) -> tuple[float, float]:
        """The slots' lower end and scale, from the central 98% of the edges."""
        edges = self.feature.edges
        if len(edges) < 2:
            return 0.0, 0.0
        lowest, highest = edges[len(edges) // 100], edges[-1 - len(edges) // 100]
        with np.errstate(over="ignore", divide="ignore"):
            scale = SLOTS / (highest - lowest)
        return (float(lowest), float(scale)) if 0 < scale < np.inf else (0.0, 0.0)

    @cached_property
    def _table(self) -> Cells:
        """Each slot's first cell; of those that must be searched, the last place of `_next`."""
        lowest, scale = self._map
        with np.errstate(over="ignore"):
            slots = np.clip((self.feature.edges - lowest) * scale, 0, SLOTS).astype(np.intp)
        held = np.bincount(slots, minlength=SLOTS + 1)
        table = np.concatenate([[0], np.cumsum(held)[:-1]])
        table[held > STEPS] = len(self._next) - 1
        table[[0, SLOTS]] = len(self._next) - 1
        return table.astype(np.intp)

    @cached_property
    def _next(self) -> NDArray[np.float64]:
        """The edge above each cell; NaN above which there is none."""
        return np.concatenate([self.feature.edges, [np.nan, np.nan]])


@dataclass(frozen=True, eq=False)
class WordCells:
    """Finds the cells of categories; only words that are not kept categories are hashed."""

    feature: CategoricalFeature

    def __call__(self, words: Sequence[str], codes: NDArray[np.int32]) -> Cells:
        """Give the cell of each code, an index into `words` or -1, intp[n]."""
        kept = self._kept
        table = np.array([kept.get(word, -1) for word in words] + [self._missing], dtype=np.intp)
        strange = np.flatnonzero(table == -1)
        if len(strange):
            table[strange] = self._place(hash_words([words[int(i)] for i in strange]))
        return table[codes]

    def _place(self, hashes: NDArray[np.uint64]) -> Cells:
        """Tell those that the reference held, though it keeps no count of them, from unseen."""
        seen = self.feature.seen
        place = np.searchsorted(seen, hashes)
        known = np.zeros(len(hashes), dtype=bool)
        within = place < len(seen)
        known[within] = seen[place[within]] == hashes[within]
        return self._missing - 1 - known

    @cached_property
    def _kept(self) -> dict[str, int]:
        return {word: cell for cell, word in enumerate(self.feature.categories)}

    @property
    def _missing(self) -> int:
        return len(self.feature.categories) + 2
