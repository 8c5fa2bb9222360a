"""To which version, and to which pane of event time, does a rejected record belong?

One that names its version is of that. Of any other nobody can say: it is taken to be of that of the
record before it in its partition. Its event time is where the partition had come then, and as
much later as it arrived after it; for what broke a record may have broken its time. Both hang on
the partition's log alone, and neither moves event time: a record on time would be late for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from driftwatch.nouns.records import (
    Batch,
    Decoded,
    Int32,
    Int64,
    Offsets,
    Poll,
    Position,
    Read,
    Reason,
)
from driftwatch.window.lateness import NEVER, Lateness

Pair = tuple[str, str]
NOWHERE = Position(0)
_ELSEWHERE = frozenset({Reason.UNKNOWN_MODEL})  # sound, as far as anybody here can say


def place(
    poll: Poll, decoded: Decoded, records: Int32, judged: Lateness, before: Offsets
) -> Mapping[tuple[Pair, Reason], list[int]]:
    """Give the event times of what could not be decoded, by whose it is, and by the reason.

    `records` are the rows in the poll of all observations in it, batch by batch, of which `judged`
    says how far each had come; `before` is where the partitions stood before the poll. Records of
    models that are not known are left out, and those before which nothing was ever read.
    """
    named = decoded.whose or [None] * len(decoded.rejected)
    known = _Known.of(poll, decoded.batches, records, judged, before)
    at = known.before(poll, decoded.rejected)
    arrived = poll.arrived[decoded.rejected]
    times = _times(arrived, known.reached[at], known.arrived[at])
    owners = [own or known.whose[i] for own, i in zip(named, known.label[at], strict=True)]
    found: dict[tuple[Pair, Reason], list[int]] = {}
    for owner, reason, time in zip(owners, decoded.reasons, times.tolist(), strict=True):
        if owner is not None and reason not in _ELSEWHERE:
            found.setdefault((owner, reason), []).append(time)
    return found


def from_future(poll: Poll, records: Int32, reached: Int64) -> Int64:
    """Give the event times that observations are taken to have which claim to be of the future."""
    arrived = poll.arrived[records]
    return _times(arrived, reached, arrived)


def last_read(
    poll: Poll, batches: Sequence[Batch], records: Int32, judged: Lateness
) -> dict[str, Read]:
    """Give the last observation of each partition that has any."""
    ends = np.cumsum([len(batch.time) for batch in batches])
    found = {}
    for partition, at in judged.last.items():
        batch = batches[int(np.searchsorted(ends, at, side="right"))]
        found[partition] = Read(batch.model, batch.version, int(poll.arrived[records[at]]))
    return found


def _times(arrived: Int64, reached: Int64, since: Int64) -> Int64:
    """Add to how far a partition had come the time between arrivals, which may run backwards."""
    moved = reached + np.maximum(arrived - since, 0)
    return np.where(reached > NEVER, moved, arrived)


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """The observations in the order of their partitions' logs, and before them what was stored."""

    key: Int64
    reached: Int64
    arrived: Int64
    label: Int64
    whose: Sequence[Pair | None]

    @classmethod
    def of(
        cls, poll: Poll, batches: Sequence[Batch], records: Int32, judged: Lateness, before: Offsets
    ) -> "_Known":
        stored = [before.get(name, NOWHERE) for name in poll.partitions]
        high = np.array([NEVER if p.high is None else p.high for p in stored], np.int64)
        last = [p.last for p in stored]
        arrived = [high[i] if read is None else read.arrived for i, read in enumerate(last)]
        label = np.repeat(np.arange(len(batches)), [len(batch.time) for batch in batches])
        key = _key(poll, records)
        order = np.argsort(key, kind="stable")
        begins = np.arange(len(stored)) * (len(poll.bodies) + 1)
        at = np.searchsorted(key[order], begins)
        return cls(
            key=np.insert(key[order], at, begins),
            reached=np.insert(judged.reached[order], at, high),
            arrived=np.insert(poll.arrived[records][order], at, arrived),
            label=np.insert(label[order], at, len(batches) + np.arange(len(stored))),
            whose=[
                *[(batch.model, batch.version) for batch in batches],
                *[(read.model, read.version) if read else None for read in last],
            ],
        )

    def before(self, poll: Poll, rows: Int32) -> Int64:
        """Give the place of what stands before each of some rows in its partition."""
        return np.searchsorted(self.key, _key(poll, rows)) - 1


def _key(poll: Poll, rows: Int32) -> Int64:
    """Give a number to each row: first by partition, then by its place in it, from 1 on."""
    return poll.partition[rows].astype(np.int64) * (len(poll.bodies) + 1) + rows + 1
