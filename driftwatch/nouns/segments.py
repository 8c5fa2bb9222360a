"""Into which parts does one column divide a model's rows?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from detectors.summaries import Summary
from driftwatch.nouns.records import Int32, Int64

OTHER = "other"
MOST = 50  # values of all columns together that are segments of a model
LEAST = 1_000  # rows of the reference that a segment is watched with
_LONGEST = 64
_BETWEEN = "|"  # stands between a segment and what is said of it


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """The segments of one column: its most frequent values in the reference, and all the rest.

    `summaries` has that of each of `values`, and that of the rest last. Rows without a value, and
    those whose value is the word other, belong to the rest.
    """

    column: str
    values: tuple[str, ...]
    summaries: tuple[Summary, ...]

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
        return replace(self, values=self.values[:most], summaries=(*self.summaries[:most], rest))


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
