"""Which values of numeric columns are no numbers, how many are they, and where is the first?

A few of them do not make words of a column: they count as missing, and a person is told. More than
that are an error, unless a person says that the column is one of numbers all the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from driftwatch.nouns.errors import ProfileError
from driftwatch.nouns.profiles import ColumnType
from driftwatch.reference.readers import Chunk
from driftwatch.reference.values import MOST_ODD, Misfit, Raw, numbers_and_odd

_MOSTLY = 0.5  # of a column that was said to be numeric


@dataclass(slots=True)
class _Column:
    """How many values, odd ones and fractions a column has, and the first of each with its row."""

    type: ColumnType
    values: int = 0
    odd: int = 0
    first: str = ""
    place: str = ""
    fractions: int = 0
    fraction: str = ""


@dataclass(slots=True)
class OddValues:
    """The odd values of all columns so far; memory does not grow with the rows.

    `asked` are the types that a person chose, by column.
    """

    asked: Mapping[str, ColumnType] = field(default_factory=dict)
    columns: dict[str, _Column] = field(default_factory=dict)

    def read(self, raw: Raw, chunk: Chunk, name: str, kind: ColumnType) -> NDArray[np.float64]:
        """Give a column of a chunk as numbers, NaN where missing or odd."""
        values, odd, first = numbers_and_odd(raw)
        met = self.columns.setdefault(name, _Column(kind))
        met.values += int(np.count_nonzero(~np.isnan(values))) + odd
        self._add(met, chunk, odd, first)
        broken = np.isfinite(values) & (values != np.rint(values))
        fractions = int(np.count_nonzero(broken))
        if fractions:
            row = int(np.argmax(broken))
            if self.asked.get(name) == "integer":
                shown = float(values[row])
                values = np.where(broken, np.nan, values)
                self._add(met, chunk, fractions, Misfit(row, shown, "whole number"))
            else:
                met.fractions += fractions
                met.fraction = met.fraction or f"{_place(chunk, row)}: {values[row]:g}"
        return values

    def _add(self, met: _Column, chunk: Chunk, odd: int, first: Misfit | None) -> None:
        met.odd += odd
        if first is not None and not met.first:
            met.first, met.place = str(first), _place(chunk, first.row)

    def check(self, *, sampled: bool = False) -> None:
        """Raise ProfileError where a column has too many odd ones; in a sample, where most are."""
        for name, met in self.columns.items():
            limit = _MOSTLY if sampled or name in self.asked else MOST_ODD
            if met.odd > limit * met.values:
                message = (
                    f"{met.place}: {name}: {met.first}, as {met.odd:,} of {met.values:,} values; "
                    f"say another --type {name}=TYPE ({met.type} takes up to a half of them for "
                    f"missing), or --drop {name}"
                )
                raise ProfileError(message)

    @property
    def fractional(self) -> set[str]:
        """Name the integer columns that hold other numbers."""
        return {n for n, met in self.columns.items() if met.type == "integer" and met.fractions}

    def doubts(self) -> Iterator[str]:
        """Say what was odd in rows that a profile is built of, and what can be done about it."""
        for name, told in self.told():
            yield f"{name}: {told}; mend them, or say --type {name}=categorical to keep all"
        for name, met in self.columns.items():
            if 0 < met.fractions <= MOST_ODD * met.values and name not in self.asked:
                yield (
                    f"{name}: taken as numeric, for {met.fractions:,} of {met.values:,} values are "
                    f"not whole, the first in {met.fraction}; --type {name}=integer counts these "
                    "as missing"
                )

    def told(self) -> Iterator[tuple[str, str]]:
        """Say of each column how many values were odd, and where the first is."""
        for name, met in self.columns.items():
            if met.odd:
                what = f"{met.odd:,} of {met.values:,} values count as missing"
                yield name, f"{what}, the first in {met.place}: {met.first}"


def _place(chunk: Chunk, row: int) -> str:
    return f"{chunk.file}: row {chunk.row[row]}"
