"""Where does a source stand in each of its partitions, while a delta grows?"""

from collections.abc import Mapping
from dataclasses import replace

from driftwatch.nouns.errors import Conflict
from driftwatch.nouns.records import Offsets, Poll, Position, Read


class Positions:
    """The stored offsets, and where the polls since then have led."""

    def __init__(self, stored: Offsets) -> None:
        self._stored = stored
        self._present = dict(stored)
        self._first: dict[str, int] = {}
        self._arrived: set[str] = set()

    @property
    def names(self) -> frozenset[str]:
        """All partitions that were ever read."""
        return frozenset(self._present)

    @property
    def high(self) -> Mapping[str, int | None]:
        """The newest event time of each partition."""
        return {name: position.high for name, position in self._present.items()}

    @property
    def present(self) -> Offsets:
        """Where each partition stands."""
        return self._present

    @property
    def changed(self) -> Mapping[str, tuple[int, int]]:
        """The span [first, next) of each partition of which there is anything new to store."""
        return {
            name: (self._first.get(name, position.next), position.next)
            for name, position in self._present.items()
            if name in self._arrived or position != self._stored.get(name)
        }

    def at(self, now: int) -> Offsets:
        """Give the positions to store; those that have come to the end of their log stand now."""
        return {
            name: replace(self._present[name], standing=now)
            if name in self._arrived
            else self._present[name]
            for name in self.changed
        }

    def follow(self, poll: Poll) -> None:
        """Move along with a poll; raises Conflict, with nothing moved, if it does not follow."""
        for name, (first, _) in poll.span.items():
            position = self._present.get(name)
            if position is not None and position.next != first:
                message = (
                    f"{name}: the source goes on at offset {first}, but the store stands at "
                    f"{position.next}; it has to start again from there"
                )
                raise Conflict(message)
        for name in {*poll.partitions, *poll.span}:
            self._move(name, poll)

    def _move(self, name: str, poll: Poll) -> None:
        """Move one partition along.

        It stands since it came to its log's end without anything to be read since; when that was is
        only known by the wall clock of the append. So one that brings nothing but what is rejected
        is idle in the end, and holds the others up no longer.
        """
        known = self._present.get(name)
        if known is None and name not in poll.span:
            return
        stood = known.next if known else 0
        first, following = poll.span.get(name, (stood, stood))
        position = known or Position(first)
        stands = name in poll.standing
        since = position.standing if stands else None
        self._first.setdefault(name, first)
        self._arrived.discard(name)
        if stands and since is None:
            self._arrived.add(name)
        log = poll.logs.get(name, position.log)
        self._present[name] = replace(position, next=following, standing=since, log=log)

    def rise(self, high: Mapping[str, int], last: Mapping[str, Read]) -> None:
        """Take note of the partitions' newest event times and of the last that could be read.

        Where there is a new time, a partition that stands at its end has come there just now.
        """
        for name, time in high.items():
            if self._present[name].standing is not None:
                self._arrived.add(name)
            self._present[name] = replace(self._present[name], high=time, standing=None)
        for name, read in last.items():
            self._present[name] = replace(self._present[name], last=read)
