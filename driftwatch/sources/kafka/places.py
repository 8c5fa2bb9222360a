"""Where does reading go on in a log, given what is stored and what the log holds?"""

from dataclasses import dataclass
from typing import Literal

from driftwatch.nouns.records import Position, Skip, Skipped

Start = Literal["earliest", "latest"]


@dataclass(frozen=True, slots=True)
class Log:
    """A partition's log as the cluster tells of it: its topic's id, its first offset and its end.

    The end is the one behind the last record that may be read; an open transaction and all that
    follows it come later.
    """

    id: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading goes on, and what was passed over."""

    next: int
    skipped: Skipped | None = None

    @property
    def first(self) -> int:
        """Where reading stood before it passed anything over."""
        return self.next if self.skipped is None else self.skipped.first


def place(
    partition: str,
    log: Log,
    *,
    stored: Position | None,
    committed: int | None = None,
    start: Start = "earliest",
    refused: bool = False,
) -> Place:
    """Answer for one partition; `refused` if the broker had no record at that offset.

    An offset behind the end is refused only if the log was cut: behind an open transaction it is
    in its place.
    """
    if stored is None and committed is None:
        return Place(log.first if start == "earliest" else log.end)
    known = stored.next if stored is not None else committed or 0
    if stored is not None and recreated(stored.log, log.id):
        return _skip(partition, Skip.RECREATED, known, log.first, lost=0)
    if known < log.first:
        return _skip(partition, Skip.EXPIRED, known, log.first, lost=log.first - known)
    if refused and known > log.end:
        return _skip(partition, Skip.TRUNCATED, known, log.end, lost=0)
    return Place(known)


def recreated(before: str, now: str) -> bool:
    """Say whether the two are different logs; brokers before 2.8 have no ids to tell by."""
    return bool(before) and bool(now) and before != now


def _skip(partition: str, why: Skip, first: int, following: int, *, lost: int) -> Place:
    return Place(following, Skipped(partition, why, first, following, lost))
