"""A store of positions in a dict, and a reader that appends to it as ingest does."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from driftwatch.nouns.records import Offsets, Poll, Position, Skipped
from driftwatch.sources.kafka import KafkaSettings
from driftwatch.sources.kafka.source import KafkaSource


def clock() -> int:
    return time.time_ns() // 1000


def settings(kafka: Any, *topics: str, **more: Any) -> KafkaSettings:
    """Settings of a group of its own, with short times."""
    given = {"group": f"g-{uuid.uuid4().hex[:12]}", "session": "6s", "check": "1s", **more}
    return KafkaSettings(brokers=[kafka.address], topics=list(topics), **given)


@dataclass
class Ledger:
    """What was appended: positions moved by compare-and-set, and every record with its offset."""

    positions: dict[str, Position] = field(default_factory=dict)
    rows: list[tuple[str, int, bytes | None]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    conflicts: int = 0

    def stored(self) -> Offsets:
        return dict(self.positions)

    def append(
        self,
        span: Mapping[str, tuple[int, int]],
        logs: Mapping[str, str],
        rows: list[tuple[str, int, bytes | None]],
        skipped: list[Skipped],
    ) -> bool:
        known = self.positions
        if any(name in known and known[name].next != first for name, (first, _) in span.items()):
            self.conflicts += 1
            return False
        for name, (_, following) in span.items():
            known[name] = Position(following, log=logs.get(name, ""))
        self.rows += rows
        self.skipped += skipped
        return True

    def bodies(self, partition: str = "") -> list[bytes | None]:
        return [body for name, _, body in self.rows if partition in ("", name)]


class Reader:
    """Ingest without the decoding: what is read and not appended is dropped at a restart."""

    def __init__(
        self,
        chosen: KafkaSettings,
        ledger: Ledger,
        instance: str = "one",
        time_of: Callable[[], int] = clock,
    ) -> None:
        self.ledger = ledger
        self.source = KafkaSource(chosen, ledger.stored, instance, time_of)
        self.polls: list[Poll] = []
        self._drop()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.source.close()

    def _drop(self) -> None:
        self._span: dict[str, tuple[int, int]] = {}
        self._rows: list[tuple[str, int, bytes | None]] = []
        self._skipped: list[Skipped] = []

    def poll(self, limit: int = 1000) -> Poll:
        """Poll once, and keep what came."""
        poll = self.source.poll(limit)
        self.polls.append(poll)
        if poll.restarted:
            self._drop()
        for name, (first, following) in poll.span.items():
            begun, so_far = self._span.get(name, (first, first))
            assert so_far == first, f"{name}: a span from {first} follows one up to {so_far}"
            self._span[name] = (begun, following)
        self._rows += [
            (poll.partitions[p], int(offset), body)
            for p, offset, body in zip(poll.partition, poll.offset, poll.bodies, strict=True)
        ]
        self._skipped += poll.skipped
        self._logs = poll.logs
        return poll

    def append(self) -> None:
        """Save what was kept, or go back to what is saved."""
        if self.ledger.append(self._span, self._logs, self._rows, self._skipped):
            self.source.acknowledge(self._span)
        else:
            self.source.seek()
        self._drop()

    def until(self, done: Callable[[], Any], seconds: float = 40, limit: int = 1000) -> None:
        """Poll and append until something is so."""
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, f"it did not come; status: {self.source.status()!r}"
            self.poll(limit)
            self.append()

    def read(self, n: int, seconds: float = 40) -> list[bytes | None]:
        """Read until the ledger has n records, then once more, and give their bodies."""
        self.until(lambda: len(self.ledger.rows) >= n, seconds)
        self.poll()
        self.append()
        return self.ledger.bodies()

    def stands(self, *partitions: str) -> bool:
        """Say whether the last poll stood at these logs' ends."""
        return bool(self.polls) and set(partitions) <= self.polls[-1].standing


def numbers(first: int, last: int) -> list[bytes]:
    """Bodies that say which they are."""
    return [b"%d" % i for i in range(first, last)]
