"""What do a chunk's columns say, once it is planned what they are?"""

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from driftwatch.nouns.errors import ProfileError
from driftwatch.reference.choices import Choices
from driftwatch.reference.infer import Found, Plan
from driftwatch.reference.odd import OddValues
from driftwatch.reference.readers import Chunk
from driftwatch.reference.values import MISSING_TIME, Misfit, Raw, coded, times, vectors

POPULATIONS = 10_000
_T = TypeVar("_T")


def population_rows(
    chunk: Chunk, plan: Plan, choices: Choices, met: Counter[tuple[str, str]] | None = None
) -> Chunk:
    """Give the rows of the chosen model and version, or of none; count in `met` all that came."""
    columns = [plan.others.get(role) for role in ("model", "version")]
    if not any(columns):
        return chunk
    named = [_spelt(chunk, column) for column in columns]
    if met is not None:
        met.update(zip(*named, strict=True))
        if len(met) > POPULATIONS:
            message = "model and version take too many values; are they other columns? See --role"
            raise ProfileError(message)
    kept = np.ones(len(chunk.row), bool)
    for name, spelt in zip((choices.model, choices.version), named, strict=True):
        if name:
            kept &= np.array([word in (name, "") for word in spelt], bool)
    return chunk if kept.all() else chunk.taken(np.flatnonzero(kept))


def _spelt(chunk: Chunk, column: Found | None) -> list[str]:
    if column is None:
        return [""] * len(chunk.row)
    words, codes = words_of(chunk, column)
    padded = [*words, ""]
    return [padded[code] for code in codes.tolist()]


def matrix(chunk: Chunk, plan: Plan, odd: OddValues) -> NDArray[np.float64]:
    """Give the plan's numeric columns, float64[p, n]; of a timestamp its age in seconds.

    What is no number is missing, and noted in `odd`.
    """
    values = np.full((len(plan.numeric), len(chunk.row)), np.nan)
    time = plan.others.get("time")
    for place, column in enumerate(plan.numeric):
        if column.path not in chunk.columns:
            continue
        if column.type == "timestamp" and time is not None:
            values[place] = _age(times_of(chunk, time), times_of(chunk, column))
        else:
            values[place] = _numbers(chunk, column, odd)
    return values


def _numbers(chunk: Chunk, column: Found, odd: OddValues) -> NDArray[np.float64]:
    return _read(chunk, column, lambda raw: odd.read(raw, chunk, column.name, column.type))


def _age(time: NDArray[np.int64], moment: NDArray[np.int64]) -> NDArray[np.float64]:
    known = (time != MISSING_TIME) & (moment != MISSING_TIME)
    age = np.full(len(time), np.nan)
    age[known] = (time[known] - moment[known]) / 1e6
    return age


def times_of(chunk: Chunk, column: Found) -> NDArray[np.int64]:
    """Give a column as times, MISSING_TIME where missing."""
    if column.path not in chunk.columns:
        return np.full(len(chunk.row), MISSING_TIME)
    return _read(chunk, column, times)


def words_of(chunk: Chunk, column: Found) -> tuple[list[str], NDArray[np.int32]]:
    """Give a column as words and codes, -1 where missing."""
    if column.path not in chunk.columns:
        return [], np.full(len(chunk.row), -1, np.int32)
    boolean = column.type == "boolean" and column.role not in ("model", "version")
    return _read(chunk, column, lambda raw: coded(raw, boolean=boolean))


def vectors_of(chunk: Chunk, column: Found) -> NDArray[np.float64]:
    """Give a column of vectors, float64[length, n], NaN where missing."""
    if column.path not in chunk.columns:
        return np.full((column.length, len(chunk.row)), np.nan)
    return _read(chunk, column, lambda raw: vectors(raw, column.length))


def _read(chunk: Chunk, column: Found, read: Callable[[Raw], _T]) -> _T:
    try:
        return read(chunk.columns[column.path])
    except Misfit as misfit:
        message = (
            f"{chunk.file}: row {chunk.row[misfit.row]}: {column.name}: {misfit}; say another "
            f"--type {column.name}=TYPE, or --drop {column.name}"
        )
        raise ProfileError(message) from misfit
