"""Which rows choose, and which are counted?

Both go by a hash of the row's number and the seed: the same rows in every run, whatever the size of
the chunks that they come in.
"""

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
        self._hashes = [np.zeros(0, np.uint64)]
        self._values = [np.zeros((columns, 0))]
        self._held = 0

    @property
    def values(self) -> NDArray[np.float64]:
        """The sampled rows, float64[columns, k], in the order in which they came."""
        self._prune()
        return self._values[0]

    def wanted(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the places of the rows that may belong to the sample."""
        return np.flatnonzero(self._hash(rows) < self._limit)

    def add(self, rows: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Add rows that `wanted` gave, float64[columns, k]."""
        self._hashes.append(self._hash(rows))
        self._values.append(values)
        self._held += len(rows)
        if self._held > self._size + self._size // 4:
            self._prune()

    def _prune(self) -> None:
        hashes, values = np.concatenate(self._hashes), np.concatenate(self._values, axis=1)
        if len(hashes) > self._size:
            limit = np.partition(hashes, self._size)[self._size]
            kept = hashes < limit
            hashes, values, self._limit = hashes[kept], values[:, kept], int(limit)
        self._hashes, self._values, self._held = [hashes], [values], len(hashes)

    def _hash(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        return scramble(rows.astype(np.uint64), self._seed, _SAMPLE)
