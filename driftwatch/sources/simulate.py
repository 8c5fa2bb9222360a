"""What does a stream look like whose truth is known?

A replayable log of a fraud model's predictions, made on the fly: the record at an offset is a
function of the seed, the partition and the offset alone, so that it can be read again after any
crash. Event time runs `speed` times as fast as the clock.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from pydantic import Field

from driftwatch.nouns.records import Bool, Int64, Offsets, Poll
from driftwatch.nouns.settings import Duration, Settings, microseconds
from driftwatch.sources.fraud import transactions

BLOCK = 512
DAY = 86_400_000_000
# How busy each hour of the day is, against the mean.
_RHYTHM = 1 + 0.6 * np.sin((np.arange(24) - 9) * np.pi / 12)
_DAY_SHARE = np.concatenate([[0.0], np.cumsum(_RHYTHM) / _RHYTHM.sum()])


class SimulateSettings(Settings):
    """A simulated stream of a fraud model, first quiet, then drifting."""

    kind: Literal["simulate"] = "simulate"
    name: str = "simulate"
    model: str = "fraud"
    version: str = "3"
    seed: int = 1
    partitions: int = Field(2, ge=1, le=64)
    per_hour: int = Field(2000, gt=0, description="Records an hour of event time, on average.")
    speed: float = Field(600.0, gt=0, description="Hours of event time in an hour of the clock.")
    begins: datetime = Field(
        datetime(2026, 1, 5, tzinfo=UTC),
        strict=False,
        description="Event time of the first record.",
    )
    deployments: Path | None = Field(
        None,
        strict=False,
        description="A file that says which version answers from which event time on, a line "
        "each: 2026-01-05T00:00:00+00:00 4. Until then, and without it, `version` does.",
    )
    drifts_after: Duration | None = Field(None, description="Event time from begin to the drift.")
    drifts: Literal["all", "prior"] = Field(
        "all",
        description="What drifts: amounts, countries and the share of fraud, or only the latter.",
    )
    labelled: float = Field(0.0, ge=0, le=1, description="Share of records that hold their label.")
    broken_share: float = Field(
        0.001, ge=0, le=1, description="Share of records that are not JSON."
    )
    late_share: float = Field(0.002, ge=0, le=1, description="Share of records an hour late.")

    def reads(self, partition: str) -> bool:
        """Say whether a partition that the store knows is still read under these settings."""
        return partition in self.names()

    def names(self) -> tuple[str, ...]:
        """Name the partitions."""
        return tuple(f"{self.model}/{p}" for p in range(self.partitions))

    def build(
        self, stored: Callable[[], Offsets], instance: str, clock: Callable[[], int]
    ) -> "SimulateSource":
        """Make the source; `instance` is of no use here."""
        del instance
        return SimulateSource(self, stored, clock)


class SimulateSource:
    """A log whose end moves on with the clock."""

    def __init__(
        self, settings: SimulateSettings, stored: Callable[[], Offsets], clock: Callable[[], int]
    ) -> None:
        self.name = settings.name
        self._settings, self._stored, self._clock = settings, stored, clock
        self._stream = Stream(settings)
        self._names = settings.names()
        self._next: list[int] = []
        self._paused: frozenset[str] = frozenset()
        self._began = (0, 0)

    def poll(self, limit: int) -> Poll:
        """Give what the clock has brought since the last poll."""
        restarted = not self._next
        if restarted:
            self._start()
        ends, share = self._ends(), max(1, limit // len(self._names))
        pieces, span, standing = [], {}, set()
        for p, name in enumerate(self._names):
            first = self._next[p]
            until = first if name in self._paused else max(first, min(ends[p], first + share))
            if restarted:
                span[name] = (first, until)
            if until > first:
                pieces.append((p, *self._stream.records(p, first, until)))
                span[name] = (first, until)
                self._next[p] = until
            if until == ends[p]:
                standing.add(name)
        if not pieces and not restarted:
            time.sleep(0.02)
        return self._polled(pieces, span, frozenset(standing), restarted=restarted)

    def _start(self) -> None:
        offsets = self._stored()
        self._next = [offsets[n].next if n in offsets else 0 for n in self._names]
        times = [self._stream.time(n) for n in self._next]
        self._began = (self._clock(), min(times))

    def _ends(self) -> list[int]:
        wall, event = self._began
        now = event + int((self._clock() - wall) * self._settings.speed)
        return [max(n, self._stream.end(now)) for n in self._next]

    def _polled(
        self,
        pieces: list[tuple[int, list[bytes], Int64, Int64]],
        span: Mapping[str, tuple[int, int]],
        standing: frozenset[str],
        *,
        restarted: bool,
    ) -> Poll:
        return Poll(
            bodies=[body for piece in pieces for body in piece[1]],
            partitions=self._names,
            partition=_joined([np.full(len(b), p) for p, b, _, _ in pieces]).astype(np.int16),
            offset=_joined([o for _, _, o, _ in pieces]),
            arrived=_joined([a for _, _, _, a in pieces]),
            span=span,
            standing=standing,
            restarted=restarted,
        )

    def seek(self) -> None:
        """Begin again at the stored offsets with the next poll."""
        self._next = []

    def pause(self, partitions: Collection[str]) -> None:
        """Give nothing of these."""
        self._paused = frozenset(partitions)

    def acknowledge(self, span: Mapping[str, tuple[int, int]]) -> None:
        """Do nothing: nobody but the store keeps offsets."""

    def lag(self) -> Mapping[str, int]:
        """Give the records between each position and the end."""
        return (
            dict(zip(self._names, np.subtract(self._ends(), self._next).tolist(), strict=True))
            if self._next
            else {}
        )

    def status(self) -> str:
        """Say that all is well: nothing outside can fail."""
        return ""

    def close(self) -> None:
        """Do nothing: nothing is held."""


class Stream:
    """The records themselves, as functions of partition and offset."""

    def __init__(self, settings: SimulateSettings) -> None:
        self._settings = settings
        self._begins = int(settings.begins.timestamp() * 1_000_000)
        drift = settings.drifts_after
        self._drifts = None if drift is None else self._begins + microseconds(drift)
        self._deployments = settings.deployments
        self._per_day = settings.per_hour * 24 / settings.partitions
        self._block = lru_cache(maxsize=4 * settings.partitions)(self._make_block)

    def time(self, offset: int) -> int:
        """Give the event time at which a partition's record of this offset arrives."""
        return int(self._times(np.array([offset]))[0])

    def end(self, now: int) -> int:
        """Give the offset that the next record has at an event time."""
        day, rest = divmod(now - self._begins, DAY)
        share = np.interp(rest / DAY * 24, np.arange(25), _DAY_SHARE)
        return int((day + share) * self._per_day)

    def _times(self, offsets: Int64) -> Int64:
        day, share = np.divmod(offsets / self._per_day, 1.0)
        hours = np.interp(share, _DAY_SHARE, np.arange(25))
        return (self._begins + day * DAY + hours / 24 * DAY).astype(np.int64)

    def records(self, partition: int, first: int, until: int) -> tuple[list[bytes], Int64, Int64]:
        """Give the bodies, offsets and arrival times of [first, until)."""
        bodies: list[bytes] = []
        for block in range(first // BLOCK, -(-until // BLOCK)):
            start = block * BLOCK
            made = self._block(partition, block)
            bodies += made[max(first - start, 0) : until - start]
        offsets = np.arange(first, until, dtype=np.int64)
        return bodies, offsets, self._times(offsets)

    def _make_block(self, partition: int, block: int) -> list[bytes]:
        rng = np.random.default_rng([self._settings.seed, partition, block])
        offsets = np.arange(block * BLOCK, (block + 1) * BLOCK, dtype=np.int64)
        arrived = self._times(offsets)
        drifted = np.zeros(BLOCK, bool) if self._drifts is None else arrived >= self._drifts
        late = rng.random(BLOCK) < self._settings.late_share
        delay = rng.exponential(3e6, BLOCK).clip(max=60e6) + late * 3_600_000_000
        times = arrived - delay.astype(np.int64)
        rows = zip(
            offsets, times, self._versions(times), _rows(self._columns(rng, drifted)), strict=True
        )
        bodies = [
            msgspec.json.encode(self._record(partition, int(o), int(t), version, row))
            for o, t, version, row in rows
        ]
        for broken in np.flatnonzero(rng.random(BLOCK) < self._settings.broken_share):
            bodies[broken] = bodies[broken][:40]
        return bodies

    def _columns(self, rng: np.random.Generator, drifted: Bool) -> dict[str, Any]:
        """Draw the rows of a block; the truth stands only in those that hold their label."""
        moved = drifted if self._settings.drifts == "all" else np.zeros_like(drifted)
        columns = transactions(rng, moved, drifted)
        if self._settings.labelled:
            labels = np.where(columns["fraud"], "fraud", "legit").astype(object)
            labels[rng.random(len(labels)) >= self._settings.labelled] = None
            columns["label"] = labels
        del columns["fraud"]
        return columns

    def _versions(self, times: Int64) -> list[str]:
        """Name the version that answers at each time."""
        found = np.full(len(times), self._settings.version, dtype=object)
        path = self._deployments
        lines = path.read_text().splitlines() if path is not None and path.exists() else []
        for line in lines:
            since, version = line.split()
            found[times >= datetime.fromisoformat(since).timestamp() * 1e6] = version
        return list(found)

    def _record(
        self, partition: int, offset: int, at: int, version: str, row: dict[str, Any]
    ) -> dict[str, Any]:
        score, label = row.pop("score"), row.pop("label", None)
        return {
            "id": f"{partition}-{offset}",
            "time": datetime.fromtimestamp(at / 1e6, UTC).isoformat(timespec="milliseconds"),
            "model": self._settings.model,
            "version": version,
            "features": row,
            "prediction": "fraud" if score >= 0.5 else "legit",
            "score": round(score, 4),
            **({} if label is None else {"label": label}),
        }


def _rows(columns: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    names = list(columns)
    for values in zip(*(c.tolist() for c in columns.values()), strict=True):
        yield dict(zip(names, values, strict=True))


def _joined(pieces: list[Int64]) -> Int64:
    return np.concatenate(pieces).astype(np.int64) if pieces else np.zeros(0, np.int64)
