"""What is kept of records that could not be counted, so that a person can look at them?"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from driftwatch.nouns.records import Batch, Int64, Poll, Reason, RejectedRecord, Skip, Skipped

KEPT = 1000  # of one delta; all are counted
FEW = 20  # of each reason, also where others have taken the room
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True, eq=False)
class Rejections:
    """The first rejected records of a delta, and the first of each reason.

    `payload` is how many bytes of each are kept.
    """

    source: str
    payload: int
    kept: list[RejectedRecord] = field(default_factory=list)
    _by_reason: Counter[Reason] = field(default_factory=Counter)

    def add(
        self, poll: Poll, rows: Iterable[int], reasons: Iterable[Reason], details: Iterable[str]
    ) -> None:
        """Keep records that could not be decoded, as long as there is room."""
        for row, reason, detail in zip(rows, reasons, details, strict=True):
            if self._room(reason) > 0:
                self._keep(poll, row, reason, detail, "")

    def add_from_the_future(self, poll: Poll, batch: Batch, chosen: Int64) -> None:
        """Keep records whose event time lies too far after their arrival."""
        reason = Reason.TIME_IN_FUTURE
        for place in chosen[: max(0, self._room(reason))].tolist():
            row, time = int(batch.record[place]), int(batch.time[place])
            after = timedelta(microseconds=time - int(poll.arrived[row]))
            detail = f"event time {_written(time)} lies {after} after its arrival (window.future)"
            self._keep(poll, row, reason, detail, batch.model)

    def _room(self, reason: Reason) -> int:
        return max(KEPT - len(self.kept), FEW - self._by_reason[reason])

    def _keep(self, poll: Poll, row: int, reason: Reason, detail: str, model: str) -> None:
        body = poll.bodies[row]
        self._by_reason[reason] += 1
        self.kept.append(
            RejectedRecord(
                source=self.source,
                partition=poll.partitions[poll.partition[row]],
                offset=int(poll.offset[row]),
                arrived=int(poll.arrived[row]),
                reason=reason,
                detail=detail,
                payload=body[: self.payload] if body is not None and self.payload else None,
                model=model,
            )
        )


def poisoned(source: str, skipped: Iterable[Skipped], now: int) -> list[RejectedRecord]:
    """Name the batches that could not be read at all; when they arrived is not known."""
    return [
        RejectedRecord(
            source=source,
            partition=one.partition,
            offset=one.first,
            arrived=now,
            reason=Reason.POISON,
            detail=f"offsets {one.first} to {one.next - 1} cannot be read from the log",
        )
        for one in skipped
        if one.why is Skip.POISON
    ]


def _written(time: int) -> str:
    return (_EPOCH + timedelta(microseconds=time)).isoformat(timespec="seconds")
