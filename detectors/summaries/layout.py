"""How do the counts of all features lie side by side in one array?"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detectors.summaries.bins import Bins, decile_bins, doane_bins, word_bins
from detectors.summaries.cells import NumberCells, WordCells
from detectors.summaries.features import CategoricalFeature, NumericFeature

TAIL = 8
TOGETHER = 1 << 13  # cells that are compared at one time: arrays of 64 KB, which stay in the cache


@dataclass(frozen=True, eq=False)
class Layout:
    """All features side by side, numeric ones first: feature j owns counts[start[j]:start[j+1]]."""

    numeric: tuple[NumericFeature, ...]
    categorical: tuple[CategoricalFeature, ...] = field(default=())

    @cached_property
    def start(self) -> NDArray[np.int64]:
        """Where each feature's cells begin, int64[d + 1]."""
        widths = [len(f.edges) + 3 for f in self.numeric]
        widths += [len(f.categories) + 3 for f in self.categorical]
        return np.concatenate([[0], np.cumsum(widths, dtype=np.int64)]).astype(np.int64)

    @property
    def width(self) -> int:
        """The number of cells of all features."""
        return int(self.start[-1])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all d features, in order."""
        return tuple(f.name for f in self.numeric) + tuple(f.name for f in self.categorical)

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that differ where cells or their meaning differ."""
        hashed = hashlib.blake2b(digest_size=8)
        for kind, parts in self._meaning():
            hashed.update(kind)
            for part in parts:
                hashed.update(len(part).to_bytes(8, "little"))
                hashed.update(part)
        return hashed.hexdigest()

    def _meaning(self) -> Iterable[tuple[bytes, list[bytes]]]:
        for number in self.numeric:
            yield b"n", [_utf8(number.name), number.edges.astype("<f8").tobytes()]
        for word in self.categorical:
            seen = word.seen.astype("<u8").tobytes()
            kept = [_utf8(category) for category in word.categories]
            yield b"c", [_utf8(word.name), len(kept).to_bytes(8, "little"), *kept, seen]

    @cached_property
    def number_cells(self) -> NumberCells:
        """What finds the cells of the numeric features."""
        start = self.start[: len(self.numeric) + 1]
        return NumberCells(self.numeric, start, self.in_tail[: start[-1]])

    @cached_property
    def word_cells(self) -> tuple[WordCells, ...]:
        """What finds the cells of each categorical feature."""
        starts = self.start[len(self.numeric) : -1].tolist()
        return tuple(WordCells(f, at) for f, at in zip(self.categorical, starts, strict=True))

    @cached_property
    def blocks(self) -> tuple[slice, ...]:
        """The numeric features, a few at a time: TOGETHER cells, or one feature of more."""
        start, blocks, first = self.start[: len(self.numeric) + 1], [], 0
        while first < len(self.numeric):
            last = int(np.searchsorted(start, start[first] + TOGETHER, side="right")) - 1
            blocks.append(slice(first, max(last, first + 1)))
            first = blocks[-1].stop
        return tuple(blocks)

    @cached_property
    def missing_cells(self) -> NDArray[np.int64]:
        """Where each feature counts its missing values, int64[d]."""
        return self.start[1:] - 1

    @cached_property
    def not_finite_cells(self) -> NDArray[np.int64]:
        """Where each numeric feature counts its infinities, int64[p]."""
        return self.start[1 : len(self.numeric) + 1] - 2

    @cached_property
    def unseen_cells(self) -> NDArray[np.int64]:
        """Where each categorical feature counts values that the reference never held, int64[q]."""
        return self.start[len(self.numeric) + 1 :] - 2

    @cached_property
    def tail_cells(self) -> NDArray[np.int64]:
        """The outer value cells of each numeric feature, int64[p, 2, TAIL]; -1 where it has fewer.

        Place i of the lower side is the i-th value cell, place TAIL - 1 of the upper side the last.
        """
        p = len(self.numeric)
        first = self.start[:p, None]
        values = np.diff(self.start)[:p, None] - 2
        lower = np.arange(TAIL)
        upper = values - TAIL + lower
        sides = [
            np.where(lower < values, first + lower, -1),
            np.where(upper >= 0, first + upper, -1),
        ]
        return np.stack(sides, axis=1).astype(np.int64)

    @cached_property
    def tail_places(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where each cell lies in `tail_cells` laid flat; -1 where it is of no tail, int64[width].

        The second array is for cells that are of both tails, as those of features with few are.
        """
        flat = np.arange(self.tail_cells.size).reshape(self.tail_cells.shape)
        lower, upper = np.full((2, self.width), -1)
        for side, places in enumerate((lower, upper)):
            cells = self.tail_cells[:, side]
            places[cells[cells >= 0]] = flat[:, side][cells >= 0]
        return np.where(lower >= 0, lower, upper), np.where(lower >= 0, upper, -1)

    @cached_property
    def tails_meet(self) -> bool:
        """Whether a cell is of both tails."""
        return bool(np.any(self.tail_places[1] >= 0))

    @cached_property
    def in_tail(self) -> NDArray[np.bool_]:
        """Which cells are tail cells of a numeric feature, bool[width]."""
        in_tail: NDArray[np.bool_] = self.tail_places[0] >= 0
        return in_tail

    @cached_property
    def ends(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The left and the right end of each numeric cell, float64[start[p]].

        Both are 0 for cells that hold no values; so is the end of a cell that has none.
        """
        left, right = [np.zeros(0)], [np.zeros(0)]
        for number in self.numeric:
            left.append(np.concatenate([[0.0], number.edges, [0.0, 0.0]]))
            right.append(np.concatenate([number.edges, [0.0, 0.0, 0.0]]))
        return np.concatenate(left), np.concatenate(right)

    @cached_property
    def lengths(self) -> NDArray[np.float64]:
        """The length of each numeric cell between two edges, 0 of others, float64[start[p]]."""
        left, right = self.ends
        with np.errstate(over="ignore"):
            lengths = right - left
        for cells in (self.start[: len(self.numeric)], self.not_finite_cells - 1):
            lengths[cells] = 0.0
        return lengths

    @cached_property
    def deciles(self) -> Bins:
        """The bins between the reference's deciles; of categories, the categories."""
        words = [word_bins(f) for f in self.categorical]
        return Bins.join([decile_bins(f) for f in self.numeric] + words)

    @cached_property
    def doane(self) -> Bins:
        """The bins of the reference's Doane histogram; of categories, the categories."""
        words = [word_bins(f) for f in self.categorical]
        return Bins.join([doane_bins(f) for f in self.numeric] + words)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
