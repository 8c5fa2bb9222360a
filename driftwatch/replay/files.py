"""How do historical files become what a daemon would have read?

A file of JSON lines is a log of records: each goes through the decoder, and is rejected by itself.
Any other file holds typed columns, which need no decoding; a value of a numeric column that is no
number counts as missing, and is told.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from driftwatch.nouns.profiles import Known, Profile
from driftwatch.nouns.records import Batch, Decoded, Int64, Poll, Reason
from driftwatch.pipeline import Format
from driftwatch.reference.columns import times_of, words_of
from driftwatch.reference.count import read
from driftwatch.reference.infer import Found
from driftwatch.reference.odd import OddValues
from driftwatch.reference.readers import Chunk, Files
from driftwatch.reference.readers.chunk import opened
from driftwatch.reference.recount import planned
from driftwatch.reference.values import MISSING_TIME

PARTITION = "0"
BYTES = 1 << 20
_LINES = (".ndjson", ".jsonl", ".json", ".ndjson.gz", ".jsonl.gz", ".json.gz")

Advance = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Whose:
    """The model and version of rows that do not say, and the column that has their times."""

    model: str
    version: str
    time: str


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """Some records of a file in order: bodies, or a chunk of columns; and the bytes read so far."""

    bodies: list[bytes | None]
    arrived: Int64
    chunk: Chunk | None
    done: int

    def part(self, first: int, last: int) -> "_Read":
        """Give the records [first, last) of these."""
        rows = np.arange(len(self.bodies))[first:last]
        chunk = self.chunk.taken(rows) if self.chunk is not None else None
        return _Read(self.bodies[first:last], self.arrived[first:last], chunk, self.done)


class Log:
    """The source and the format of a replay: one partition, the files one after the other."""

    name = "files"

    def __init__(
        self, names: Sequence[str], format_: Format, whose: Whose, now: int, advance: Advance
    ) -> None:
        """`now` is the wall time: what is read from a log of records arrived at the latest now."""
        self._files = Files.found(names)
        self._format, self._whose, self._now, self._advance = format_, whose, now, advance
        self._left = self._reads()
        self._rest: _Read | None = None
        self._next = 0
        self._chunk: Chunk | None = None
        self.odd = OddValues()
        self.records = 0
        self.finished = False

    def poll(self, limit: int) -> Poll:
        """Give the next records."""
        found = self._rest or next(self._left, None)
        self._rest = None
        if found is not None and len(found.bodies) > limit:
            found, self._rest = found.part(0, limit), found.part(limit, len(found.bodies))
        if found is None:
            self.finished = True
            self._chunk = None
            return self._poll([], np.zeros(0, np.int64), standing=True)
        self._chunk = found.chunk
        self._advance(found.done, self._files.size)
        self.records += len(found.bodies)
        return self._poll(found.bodies, found.arrived, standing=False)

    def seek(self) -> None:
        """Go on: nobody else reads these files."""

    def pause(self, partitions: Collection[str]) -> None:
        """Go on: a single partition is never ahead."""

    def acknowledge(self, span: Mapping[str, tuple[int, int]]) -> None:
        """Take note of nothing: a replay begins anew each time."""

    def lag(self) -> Mapping[str, int]:
        """Give nothing: a file has no end that moves."""
        return {}

    def status(self) -> str:
        """Say nothing: what is wrong with a file ends the replay."""
        return ""

    def close(self) -> None:
        """Let go of the files."""
        self._left, self._rest = iter(()), None

    def going(self, records: int) -> Callable[[], bool]:
        """Say, whenever asked, whether it is not yet time to pause after so many more records."""
        until = self.records + records
        return lambda: not self.finished and self.records < until

    def decode(self, poll: Poll, known: Known) -> Decoded:
        """Decode what was polled last."""
        if self._chunk is None:
            return self._format.decode(poll, known)
        return _columns(self._chunk, self._whose, known, self.odd)

    def _poll(self, bodies: list[bytes | None], arrived: Int64, *, standing: bool) -> Poll:
        first, self._next = self._next, self._next + len(bodies)
        return Poll(
            bodies=bodies,
            partitions=(PARTITION,),
            partition=np.zeros(len(bodies), np.int16),
            offset=np.arange(first, self._next, dtype=np.int64),
            arrived=arrived,
            span={PARTITION: (first, self._next)},
            standing=frozenset({PARTITION}) if standing else frozenset(),
        )

    def _reads(self) -> Iterator[_Read]:
        before = 0
        for path, (size, _) in zip(self._files.paths, self._files.stamps, strict=True):
            if path.name.lower().endswith(_LINES):
                yield from self._lines(path, before)
            else:
                one = replace(self._files, paths=(path,), stamps=((size, _),))
                yield from (self._rows(chunk, before) for chunk in one.chunks())
            before += size

    def _rows(self, chunk: Chunk, before: int) -> _Read:
        times = _times(chunk, self._whose.time)
        arrived = np.where(times == MISSING_TIME, 0, times)
        return _Read([b""] * len(chunk.row), arrived, chunk, before + chunk.done)

    def _lines(self, path: Path, before: int) -> Iterator[_Read]:
        with opened(path) as (data, file):
            while lines := data.readlines(BYTES):
                bodies: list[bytes | None] = [line for line in lines if not line.isspace()]
                arrived = np.full(len(bodies), self._now, np.int64)
                yield _Read(bodies, arrived, None, before + file.tell())


def _times(chunk: Chunk, column: str) -> Int64:
    return times_of(chunk, Found(column, column, "timestamp", "time"))


def _columns(chunk: Chunk, whose: Whose, known: Known, odd: OddValues) -> Decoded:
    """Make the batches of each model and version; rows without an event time are rejected."""
    times = _times(chunk, whose.time)
    undated = np.flatnonzero(times == MISSING_TIME).astype(np.int32)
    batches = []
    models, versions = _named(chunk, "model", whose.model), _named(chunk, "version", whose.version)
    for model, version in sorted(set(zip(models.tolist(), versions.tolist(), strict=True))):
        ours = (models == model) & (versions == version) & (times != MISSING_TIME)
        rows = np.flatnonzero(ours)
        if len(rows) and model in known.models:
            profile = known.profile(model, version)
            made = _batch(chunk.taken(rows), profile, odd)
            batches.append(
                replace(
                    made,
                    model=model,
                    version=version,
                    record=rows.astype(np.int32),
                    time=times[rows],
                    key=np.zeros(len(rows), np.uint64),
                )
            )
    reason = [Reason.MISSING_FIELD] * len(undated)
    return Decoded(batches, undated, reason, ["there is no event time"] * len(undated))


def _named(chunk: Chunk, column: str, otherwise: str) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    if column not in chunk.columns:
        return np.full(len(chunk.row), otherwise)
    words, codes = words_of(chunk, Found(column, column, "categorical", "feature"))
    return np.array([*words, otherwise])[codes]


def _batch(chunk: Chunk, profile: Profile | None, odd: OddValues) -> Batch:
    """Read the rows of a version; of one without a profile there is nothing to be read."""
    if profile is not None:
        return read(chunk, planned(chunk.columns.keys(), profile), odd)
    n = len(chunk.row)
    return replace(_NOTHING, numbers=np.zeros((0, n)), codes=np.zeros((0, n), np.int32))


_NO_ROWS = np.zeros(0, np.int64)
_NOTHING = Batch(
    "",
    "",
    _NO_ROWS.astype(np.int32),
    _NO_ROWS,
    np.zeros((0, 0)),
    np.zeros((0, 0), np.int32),
    (),
    np.zeros(0, np.uint64),
)
