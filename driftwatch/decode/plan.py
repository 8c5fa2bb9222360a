"""How do the records of one schema become columns?

Chunk by chunk: what was decoded is transposed while it is in the cache, which is twice as fast as
decoding a whole poll first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from driftwatch.decode.columns import (
    Index,
    Vocabulary,
    fill_codes,
    fill_labels,
    fill_numbers,
    fill_times,
    fill_vectors,
    filled,
)
from driftwatch.decode.fields import objects, wanted
from driftwatch.decode.settings import RecordSettings
from driftwatch.decode.shapes import Shape
from driftwatch.nouns.profiles import Schema
from driftwatch.nouns.records import Float64, Int32, Int64

CHUNK = 256  # of 20 features these are 300 KB of objects: a second-level cache holds them
REFUSALS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
LATEST = 4_102_444_800_000_000  # 2100-01-01


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What was decoded, as columns; `row` is the row of the poll.

    `label` indexes `labels`, the pairs of model and version.
    """

    row: Int32
    time: Int64
    label: Int32
    labels: list[tuple[str, str]]
    numbers: Float64
    codes: Int32
    words: tuple[list[str], ...]
    texts: tuple[tuple[list[str], Int32], ...] = ()
    vectors: tuple[Float64, ...] = ()

    def take(self, chosen: NDArray[np.intp]) -> "Frame":
        """Give just these records."""
        return Frame(
            row=self.row[chosen],
            time=self.time[chosen],
            label=self.label[chosen],
            labels=self.labels,
            numbers=self.numbers[:, chosen],
            codes=self.codes[:, chosen],
            words=self.words,
            texts=tuple((texts, codes[chosen]) for texts, codes in self.texts),
            vectors=tuple(vectors[:, chosen] for vectors in self.vectors),
        )


class _Columns:
    """Room for the columns of n records, filled from the start."""

    def __init__(self, schema: Schema, n: int) -> None:
        self.time = np.empty(n)
        self.label = np.empty(n, np.int32)
        self.index = Index()
        self.numbers = np.empty((len(schema.numeric), n))
        self.codes = np.empty((len(schema.categorical), n), np.int32)
        self.vocabularies = [Vocabulary() for _ in schema.categorical]
        self.texts = np.empty((len(schema.texts), n), np.int32)
        self.written = [Vocabulary() for _ in schema.texts]
        self.vectors = [np.empty((column.length, n)) for column in schema.vectors]


class Plan:
    """The decoder of one schema."""

    def __init__(self, schema: Schema, settings: RecordSettings) -> None:
        self._schema, self._settings = schema, settings
        self._shape = Shape(wanted(schema, settings), objects(schema, settings))
        numeric = schema.numeric
        self._times = frozenset(j for j, c in enumerate(numeric) if c.type == "timestamp")
        self._whole = [j for j, c in enumerate(numeric) if c.type == "integer"]
        self._earliest = earliest(settings)

    def read(self, bodies: Sequence[bytes | None], row: Int32, arrived: Int64) -> Frame:
        """Decode these rows of a poll; those that cannot be decoded are not in the frame."""
        columns, kept, done = _Columns(self._schema, len(row)), [row[:0]], 0
        for first in range(0, len(row), CHUNK):
            records, rows = self._records(bodies, row[first : first + CHUNK])
            if records:
                self._transpose(records, columns, slice(done, done + len(records)))
                done += len(records)
                kept.append(rows)
        return self._frame(np.concatenate(kept), columns, arrived)

    def complaint(self, body: bytes) -> str:
        """Say in the decoder's words why it does not take a body; empty if it does."""
        try:
            self._shape.decode(body)
        except REFUSALS as error:
            return str(error)
        return ""

    def _records(
        self, bodies: Sequence[bytes | None], rows: Int32
    ) -> tuple[list[msgspec.Struct], Int32]:
        """Decode a chunk, and give the records with their rows.

        `extend` keeps what came before a failure, and the same `map` goes on after it: only
        failures cost a turn of the loop.
        """
        records: list[msgspec.Struct] = []
        failed: list[int] = []
        attempts = map(self._shape.decode, map(bodies.__getitem__, rows.tolist()))  # type: ignore[arg-type]
        while True:
            try:
                records.extend(attempts)
            except REFUSALS:
                failed.append(len(records) + len(failed))
            else:
                return records, np.delete(rows, failed) if failed else rows

    def _transpose(self, records: list[msgspec.Struct], into: _Columns, here: slice) -> None:
        time, models, versions, *columns = self._shape.columns(records)
        settings = self._settings
        fill_times(into.time[here], time, settings.time_unit)
        models = filled(models, settings.default_model)
        versions = filled(versions, settings.default_version)
        fill_labels(into.label[here], models, versions, into.index)
        for j, numbers in enumerate(into.numbers):
            if j in self._times:
                fill_times(numbers[here], columns[j], settings.time_unit)
            else:
                fill_numbers(numbers[here], columns[j])
        first = len(into.numbers)
        for j, (codes, vocabulary) in enumerate(zip(into.codes, into.vocabularies, strict=True)):
            fill_codes(codes[here], columns[first + j], vocabulary)
        if into.written or into.vectors:
            self._transpose_rest(columns[first + len(into.codes) :], into, here)

    def _transpose_rest(
        self, columns: Sequence[Sequence[Any]], into: _Columns, here: slice
    ) -> None:
        """Fill in the texts and the vectors."""
        texts = len(into.written)
        for codes, written, text in zip(into.texts, into.written, columns[:texts], strict=True):
            fill_codes(codes[here], text, written)
        for values, vectors in zip(into.vectors, columns[texts:], strict=False):
            fill_vectors(values[:, here], vectors)

    def _frame(self, row: Int32, columns: _Columns, arrived: Int64) -> Frame:
        """Put event time where it belongs, and leave out what cannot be."""
        n = len(row)
        time, numbers = columns.time[:n], columns.numbers[:, :n]
        absent = np.isnan(time)
        if absent.any():
            time[absent] = arrived[row[absent]]
        sound = (time >= self._earliest) & (time < LATEST)
        for j in self._whole:
            sound &= ~(np.abs(numbers[j] - np.rint(numbers[j])) > 0)
        for j in self._times:
            numbers[j] = (time - numbers[j]) / 1e6
        frame = Frame(
            row=row,
            time=np.where(sound, time, 0).astype(np.int64),
            label=columns.label[:n],
            labels=columns.index.met,
            numbers=numbers,
            codes=columns.codes[:, :n],
            words=tuple(v.words for v in columns.vocabularies),
            texts=tuple((v.words, columns.texts[j, :n]) for j, v in enumerate(columns.written)),
            vectors=tuple(vectors[:, :n] for vectors in columns.vectors),
        )
        return frame if sound.all() else frame.take(np.flatnonzero(sound))


def earliest(settings: RecordSettings) -> int:
    """Give the earliest event time that is not absurd."""
    return int(datetime(settings.earliest_year, 1, 1, tzinfo=UTC).timestamp()) * 10**6
