"""How does what a source gives come into the store, counted exactly once?"""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from driftwatch.nouns.errors import Conflict, Transient
from driftwatch.nouns.profiles import Known
from driftwatch.nouns.records import Decoded, Delta, Offsets, Poll
from driftwatch.nouns.settings import microseconds
from driftwatch.window.delta import DeltaBuilder
from driftwatch.window.settings import WindowSettings
from driftwatch.window.watermark import ahead


class Source(Protocol):
    """A replayable log. Used by one ingest thread only, but for `status`, which any may read.

    The source is given at construction a function `stored() -> Offsets` and asks it for its
    positions, at the start, after a rebalance and after `seek`.
    """

    name: str

    def poll(self, limit: int) -> Poll:
        """Give up to `limit` records, waiting about a second for the first.

        Never raises for an outside failure: it gives an empty Poll and says so in `status`.
        """

    def seek(self) -> None:
        """Set all positions anew from the store; the next poll is `restarted`."""

    def pause(self, partitions: Collection[str]) -> None:
        """Give nothing more of just these partitions (those paused before go on)."""

    def acknowledge(self, span: Mapping[str, tuple[int, int]]) -> None:
        """Take note that a span is in the store; best effort, never raises for a failure."""

    def lag(self) -> Mapping[str, int]:
        """Give for each partition read the records between its position and its log's end."""

    def status(self) -> str:
        """Say what is wrong, in words for people; empty while all is well."""

    def close(self) -> None:
        """Leave, without acknowledging."""


class Format(Protocol):
    """Payloads become observations. Never raises for a body."""

    def decode(self, poll: Poll, known: Known) -> Decoded:
        """Decode what can be decoded, and say of the rest why it cannot."""


class Intake(Protocol):
    """Where ingest puts what it read."""

    def offsets(self, source: str) -> Offsets:
        """Give the stored position of every partition of a source that was ever read."""

    def append(self, delta: Delta, pane: int) -> Offsets:
        """Save a delta in one transaction, and give the source's offsets after it.

        Raises Conflict, with nothing written, if any partition's `next` is not the span's first
        (a partition unknown to the store counts as matching any first). Reads each model's
        `closed` in the transaction: a part whose pane (of width `pane`) ends at or before it is
        counted late instead of kept. Raises StoreFull if the disk is full, Transient if the
        store cannot be reached.
        """


@dataclass(frozen=True, slots=True)
class Reading:
    """All that ingest needs to know of one source, fixed until the next reload.

    `reads` says whether a stored partition is still among the source's. `report` is called now and
    then by ingest's own thread, for what only it may ask of the source, with what is wrong with the
    store in words; empty while all is well. `current` is told the wall time at which the stored
    positions were last as the source stands.
    """

    source: Source
    format: Format
    intake: Intake
    known: Callable[[], Known]
    window: WindowSettings
    reads: Callable[[str], bool]
    report: Callable[[str], None]
    current: Callable[[int], None]
    every: timedelta
    records: int
    poll: int
    keep_payload: int


def ingest(reading: Reading, clock: Callable[[], int], going: Callable[[], bool]) -> None:
    """Read a source until `going` says no; what was read and not saved is read again next time.

    Where a source stands after a restart is saved at once, for nothing closes before all partitions
    are known. A conflict drops the delta and reads on from the store. While the store is full or
    away, all partitions are paused and polling goes on (a consumer that does not poll loses its
    partitions); the same delta is offered again after each poll.
    """
    source, delta, placed = reading.source, None, False
    while going():
        poll = source.poll(reading.poll)
        placed = placed or poll.restarted
        try:
            if delta is None or poll.restarted:
                delta = None
                delta = _begin(reading, reading.intake.offsets(source.name), clock())
            known = reading.known()
            delta.add(poll, reading.format.decode(poll, known), known)
            now = clock()
            if poll.restarted or delta.due(now, reading.every, reading.records):
                delta = _save(reading, delta, now)
                if placed:
                    reading.current(now)
        except Conflict:
            delta = None
            source.seek()
        except Transient as error:
            reading.report(str(error))
            source.pause(delta.partitions if delta else poll.partitions)
            if delta is None:  # there was nothing to put the poll into
                source.seek()
    if delta is not None:
        _leave(reading, delta, clock())


def _begin(reading: Reading, offsets: Offsets, now: int) -> DeltaBuilder:
    reading.report("")
    present = {name: position for name, position in offsets.items() if reading.reads(name)}
    held = ahead(present, reading.window, now)
    reading.source.pause(held)
    return DeltaBuilder(
        reading.source.name, offsets, reading.window, reading.keep_payload, now, held=held
    )


def _save(reading: Reading, delta: DeltaBuilder, now: int) -> DeltaBuilder:
    """Append what was read; where nothing was, look at what other replicas have read."""
    if not delta.worth_appending:
        return _begin(reading, reading.intake.offsets(reading.source.name), now)
    built = delta.build(now)
    offsets = reading.intake.append(built, microseconds(reading.window.pane))
    reading.source.acknowledge(built.span)
    return _begin(reading, offsets, now)


def _leave(reading: Reading, delta: DeltaBuilder, now: int) -> None:
    """Save the last delta; if that fails nothing is lost, for it is read again."""
    with suppress(Conflict, Transient):
        if delta.worth_appending:
            _save(reading, delta, now)
