"""What does the pager remember between two panes?"""

import struct
import zlib
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from detectors.sequential.components import Components
from detectors.sequential.stuck import NONE

Counts = NDArray[np.int64]
Masses = NDArray[np.float32]
Bools = NDArray[np.bool_]

_MAGIC = b"dwe\x01"
_HEAD = struct.Struct("<4sqqdqd")
NOTHING = -(2**62)  # no hour yet


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Evidence at the start of the open hour and day, and the integer counts since.

    hour, day : the last ones that held rows, NOTHING before the first
    begun, day_begun : the start mass of their panes with rows so far, in [0, 1]; 0 once closed
    mass : float32[2, T, P], weight times evidence at the start of the hour; the second row starts
        anew every 1/alpha hours, so that features can be confirmed by it
    day_mass : float32[T, P], the same of the daily clock at the start of the day
    k, n : int64[columns], the open hour's counts; day_k, day_n : of the open day's closed hours
    rests, day_rests : bool[G], features that were called, and rest until the hour or day is over
    stuck : int64[q], the cells watched in this hour; fullest : those that the next hour will watch
    """

    hour: int
    begun: float
    day: int
    day_begun: float
    mass: Masses
    day_mass: Masses
    k: Counts
    n: Counts
    day_k: Counts
    day_n: Counts
    rests: Bools
    day_rests: Bools
    stuck: Counts
    fullest: Counts

    @classmethod
    def empty(cls, components: Components) -> Self:
        """Begin without evidence."""
        shape = components.weight.shape
        days = shape if components.day is not None else (0, 0)
        k, rests = np.zeros(components.columns, np.int64), np.zeros(len(components.first), np.bool_)
        cells = np.full(len(components.watched), NONE)
        masses = np.zeros((2, *shape), np.float32), np.zeros(days, np.float32)
        return cls(NOTHING, 0.0, NOTHING, 0.0, *masses, k, k, k, k, rests, rests, cells, cells)

    def encode(self) -> bytes:
        """Write it; the same state gives the same bytes."""
        head = _HEAD.pack(
            _MAGIC, self.hour, zlib.crc32(self._floats()), self.begun, self.day, self.day_begun
        )
        return head + self._floats() + zlib.compress(self._integers(), 1)

    @classmethod
    def decode(cls, body: bytes, components: Components) -> Self:
        """Read what `encode` wrote under the same components; ValueError where that cannot be."""
        empty = cls.empty(components)
        floats = empty.mass.nbytes + empty.day_mass.nbytes
        if len(body) < _HEAD.size + floats:
            message = f"{len(body)} bytes are too few for evidence on {components.columns} sets"
            raise ValueError(message)
        magic, hour, check, begun, day, day_begun = _HEAD.unpack_from(body)
        end = _HEAD.size + floats
        try:
            integers = zlib.decompress(body[end:])
        except zlib.error as error:
            message = f"the evidence is damaged: {error}"
            raise ValueError(message) from None
        sized = sum(part.nbytes for part in _parts(empty))
        if magic != _MAGIC or check != zlib.crc32(body[_HEAD.size : end]) or len(integers) != sized:
            message = "the evidence is damaged, or was written by another release"
            raise ValueError(message)
        masses = _split(body[_HEAD.size : end], (empty.mass, empty.day_mass))
        return cls(hour, begun, day, day_begun, *masses, *_split(integers, _parts(empty)))

    def _floats(self) -> bytes:
        return self.mass.tobytes() + self.day_mass.tobytes()

    def _integers(self) -> bytes:
        return b"".join(part.tobytes() for part in _parts(self))


def _parts(state: State) -> tuple[NDArray[Any], ...]:
    return (
        state.k,
        state.n,
        state.day_k,
        state.day_n,
        state.rests,
        state.day_rests,
        state.stuck,
        state.fullest,
    )


def _split(body: bytes, like: tuple[NDArray[Any], ...]) -> list[Any]:
    """Cut bytes into arrays of the types and shapes of others."""
    read, at = [], 0
    for part in like:
        found = np.frombuffer(body, part.dtype, part.size, at).reshape(part.shape)
        read.append(found.copy())
        at += part.nbytes
    return read
