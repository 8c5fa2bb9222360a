"""How do the values of a column become an array, without a Python loop over them?

Each function takes the values of one column as the decoder gave them, and lets C do the rest.
"""

import struct
from collections.abc import Sequence
from datetime import datetime
from itertools import chain, compress, repeat
from typing import Any, cast

import numpy as np

from driftwatch.decode.settings import TimeUnit
from driftwatch.nouns.records import Float64, Int32

SCALE = {"s": 1e6, "ms": 1e3, "us": 1.0}
SECONDS_BELOW = 1e11  # as seconds this is the year 5138, as milliseconds 1973
MILLISECONDS_BELOW = 1e14  # as milliseconds the year 5138, as microseconds 1973


class Vocabulary(dict[Any, int]):
    """The code of each word met so far; meeting a new one gives it the next code.

    Whole numbers and truth values count as the words that they are written as.
    """

    def __init__(self) -> None:
        super().__init__({None: -1})
        self.words: list[str] = []

    def __missing__(self, value: Any) -> int:
        if not isinstance(value, str):
            self[value] = code = self[str(value).lower()]
            return code
        self[value] = code = len(self.words)
        self.words.append(value)
        return code


class Index(dict[Any, int]):
    """The place of each pair of model and version met so far, in `met`."""

    def __init__(self) -> None:
        super().__init__()
        self.met: list[tuple[str, str]] = []

    def __missing__(self, pair: tuple[str, str]) -> int:
        self[pair] = place = len(self.met)
        self.met.append(pair)
        return place


def fill_numbers(into: Float64, column: Sequence[float | None]) -> None:
    """Put numbers into a contiguous array; None becomes NaN.

    `struct` copies floats in half the time of `fromiter`, but takes no None; `array` would take
    twice that time, to look first at what there is to convert.
    """
    try:
        struct.pack_into(f"{len(column)}d", into.data, 0, *column)
    except struct.error:
        into[:] = np.fromiter(column, np.float64, len(column))


def fill_codes(into: Int32, column: Sequence[Any], vocabulary: Vocabulary) -> None:
    """Put the codes of words into a contiguous array; None becomes -1."""
    struct.pack_into(f"{len(column)}i", into.data, 0, *map(vocabulary.__getitem__, column))


def fill_vectors(into: Float64, column: Sequence[list[float] | None]) -> None:
    """Put vectors into float64[length, n]; of None every number becomes NaN."""
    length = len(into)
    if None in column:
        nothing = [np.nan] * length
        column = [nothing if vector is None else vector for vector in column]
    numbers = chain.from_iterable(cast("Sequence[list[float]]", column))
    flat = np.fromiter(numbers, np.float64, len(column) * length)
    into[:] = flat.reshape(-1, length).T


def fill_labels(into: Int32, models: Sequence[str], versions: Sequence[str], index: Index) -> None:
    """Put the places of (model, version) into an array; most often all are the same."""
    n = len(models)
    if models.count(models[0]) == n and versions.count(versions[0]) == n:
        into[:] = index[models[0], versions[0]]
    else:
        into[:] = np.fromiter(map(index.__getitem__, zip(models, versions, strict=True)), np.int32)


def filled(column: Sequence[str | None], default: str | None) -> Sequence[str]:
    """Give a column of names with the default where there is none."""
    if default is not None and None in column:
        return [default if name is None else name for name in column]
    return cast("Sequence[str]", column)


def fill_times(into: Float64, column: Sequence[float | datetime | None], unit: TimeUnit) -> None:
    """Put times into a contiguous array, in whole microseconds; None becomes NaN.

    A double holds microseconds exactly until the year 2255.
    """
    try:
        struct.pack_into(f"{len(column)}d", into.data, 0, *column)
        into[:] = _scaled(into, unit)
    except struct.error:
        _fill_mixed_times(into, column, unit)


def _fill_mixed_times(
    into: Float64, column: Sequence[float | datetime | None], unit: TimeUnit
) -> None:
    written = np.fromiter(map(isinstance, column, repeat(datetime)), np.bool_, len(column))
    moments = map(datetime.timestamp, compress(column, written))  # type: ignore[arg-type]
    into[written] = np.rint(np.fromiter(moments, np.float64) * 1e6)
    numbers = np.array(list(compress(column, ~written)), dtype=np.float64)
    into[~written] = _scaled(numbers, unit)


def _scaled(values: Float64, unit: TimeUnit) -> Float64:
    """Give times in microseconds; one too large for a double is infinite, and so absurd."""
    with np.errstate(over="ignore"):
        return np.rint(values * _scale(values, unit))


def _scale(values: Float64, unit: TimeUnit) -> Float64 | float:
    if unit != "auto":
        return SCALE[unit]
    size = np.abs(values)
    return np.where(size < SECONDS_BELOW, 1e6, np.where(size < MILLISECONDS_BELOW, 1e3, 1.0))
