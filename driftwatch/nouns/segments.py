"""Into which parts does one column divide a model's rows?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from detectors.summaries import Summary
from driftwatch.nouns.deflated import deflate, inflate
from driftwatch.nouns.records import Int32, Int64

OTHER = "other"
MOST = 50  # values of all columns together that are segments of a model
LEAST = 1_000  # rows of the reference that a segment is watched with
_LONGEST = 64
_BETWEEN = "|"  # stands between a segment and what is said of it


@dataclass(frozen=True, slots=True, eq=False)
class SegmentBlocks:
    """The rows of each segment in some stretches of time, counted by cell.

    `length` is that of a stretch in microseconds, `start` when each begins, int64[b]. `bodies` has
    of each segment int64[b, width], deflated by cell, then by time.
    """

    length: int
    start: Int64
    width: int
    bodies: tuple[bytes, ...]

    def counts(self, segment: int) -> Int64:
        """Give those of one segment by its place, int64[b, width]; ValueError where damaged."""
        counts = inflate(self.bodies[segment], (self.width, len(self.start)))
        return np.ascontiguousarray(counts.T)

    def first(self, most: int) -> "SegmentBlocks":
        """Give those of the first segments; the others join the rest."""
        rest = sum(self.counts(place) for place in range(most, len(self.bodies)))
        return replace(self, bodies=(*self.bodies[:most], deflate(np.asarray(rest).T)))


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """The segments of one column: its most frequent values in the reference, and all the rest.

    `summaries` has that of each of `values`, and that of the rest last. Rows without a value, and
    those whose value is the word other, belong to the rest. `blocks` is there where the reference
    has event times, and not too many cells.
    """

    column: str
    values: tuple[str, ...]
    summaries: tuple[Summary, ...]
    blocks: SegmentBlocks | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Name each segment, as country=DE; the rest is country=other."""
        return tuple(f"{self.column}={value}" for value in (*self.values, OTHER))

    def first(self, most: int) -> "Segments":
        """Give the most frequent segments alone; the others join the rest."""
        if len(self.values) <= most:
            return self
        rest = self.summaries[most]
        for summary in self.summaries[most + 1 :]:
            rest += summary
        return Segments(
            column=self.column,
            values=self.values[:most],
            summaries=(*self.summaries[:most], rest),
            blocks=self.blocks and self.blocks.first(most),
        )


def divide(values: Sequence[str], codes: Int32, words: Sequence[str]) -> Int64:
    """Give the place of each row's value among the values, that of the rest after the last.

    >>> divide(["DE", "FR"], np.array([2, 0, 1, -1], np.int32), ["FR", "UK", "DE"])
    array([0, 1, 2, 2])
    """
    places = {value: place for place, value in enumerate(values)}
    rest = len(values)
    return np.array([*(places.get(word, rest) for word in words), rest], np.int64)[codes]


def nameable(value: str) -> bool:
    """Say whether a value may be the name of a segment."""
    short = 0 < len(value) <= _LONGEST
    return short and value.isprintable() and _BETWEEN not in value and value != OTHER
