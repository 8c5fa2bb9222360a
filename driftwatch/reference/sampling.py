"""Which rows choose, and which are counted?

Both go by a hash of the row's number and the seed: the same rows in every run, whatever the size of
the chunks that they come in.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_HALF, _SAMPLE = 1, 2


def choosing_half(rows: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """Say which rows choose the vocabulary; the others are counted."""
    top: NDArray[np.uint64] = scramble(rows.astype(np.uint64), seed, _HALF) >> np.uint64(63)
    return top.astype(np.bool_)


def scramble(numbers: NDArray[np.uint64], seed: int, stream: int) -> NDArray[np.uint64]:
    """Hash each number to 64 bits (the finaliser of SplitMix64)."""
    mixed = numbers + np.array([seed * 0x9E3779B97F4A7C15 + stream & (1 << 64) - 1], np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.array([factor], np.uint64)
    return mixed ^ (mixed >> np.uint64(31))


class Sample:
    """A uniform sample of at most `size` rows: those with the smallest hashes."""

    def __init__(self, columns: int, size: int, seed: int) -> None:
        self._size = size
        self._seed = seed
        self._limit = int(np.iinfo(np.uint64).max)
        self._rows = [np.zeros(0, np.int64)]
        self._values = [np.zeros((columns, 0))]
        self._held = 0

    @property
    def values(self) -> NDArray[np.float64]:
        """The sampled rows, float64[columns, k], in the order in which they came."""
        self._prune()
        return self._values[0]

    @property
    def rows(self) -> NDArray[np.int64]:
        """The numbers of the sampled rows, int64[k]."""
        self._prune()
        return self._rows[0]

    def wanted(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the places of the rows that may belong to the sample."""
        return np.flatnonzero(self._hash(rows) < self._limit)

    def add(self, rows: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Add rows that `wanted` gave, float64[columns, k]."""
        self._rows.append(rows)
        self._values.append(values)
        self._held += len(rows)
        if self._held > self._size + self._size // 4:
            self._prune()

    def _prune(self) -> None:
        if len(self._rows) == 1:
            return
        rows, values = np.concatenate(self._rows), np.concatenate(self._values, axis=1)
        if len(rows) > self._size:
            hashes = self._hash(rows)
            limit = np.partition(hashes, self._size)[self._size]
            kept = hashes < limit
            rows, values, self._limit = rows[kept], values[:, kept], int(limit)
        self._rows, self._values, self._held = [rows], [values], len(rows)

    def _hash(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        return scramble(rows.astype(np.uint64), self._seed, _SAMPLE)


class TextSample:
    """A uniform sample of texts: those of the rows with the smallest hashes, while there is room.

    Room is for `size` rows, and for `characters` of all their texts. What is held does not depend
    on the order in which rows come: a row beyond the room stays beyond it whatever comes later.
    """

    def __init__(self, size: int, characters: int, seed: int) -> None:
        self._size, self._characters, self._seed = size, characters, seed
        self._held: list[tuple[int, int, str | None]] = []
        self._limit = int(np.iinfo(np.uint64).max)
        self._new = 0

    def add(self, rows: NDArray[np.int64], words: Sequence[str], codes: NDArray[np.int32]) -> None:
        """Take note of rows, with words[codes] and -1 where there is none."""
        hashes = scramble(rows.astype(np.uint64), self._seed, _SAMPLE)
        for at in np.flatnonzero(hashes < self._limit).tolist():
            text = words[codes[at]] if codes[at] >= 0 else None
            self._held.append((int(hashes[at]), int(rows[at]), text))
            self._new += len(text or "")
        if len(self._held) > self._size + self._size // 4 or self._new > self._characters // 4:
            self._prune()

    def of(self, *, choosing: bool) -> tuple[list[str], NDArray[np.int32]]:
        """Give the texts of one half: the distinct ones, and a code for each row."""
        self._prune()
        rows = np.array([row for _, row, _ in self._held], np.int64)
        chosen = np.flatnonzero(choosing_half(rows, self._seed) == choosing).tolist()
        texts = [self._held[at][2] for at in chosen]
        distinct = [text for text in dict.fromkeys(texts) if text is not None]
        codes: dict[str | None, int] = {None: -1, **{text: i for i, text in enumerate(distinct)}}
        return distinct, np.array([codes[text] for text in texts], np.int32)

    def _prune(self) -> None:
        self._held.sort()
        room, kept = self._characters, 0
        for _, _, text in self._held[: self._size]:
            room -= len(text or "")
            if room < 0 and kept:
                break
            kept += 1
        if kept < len(self._held):
            self._limit = self._held[kept][0]
        del self._held[kept:]
        self._new = 0
