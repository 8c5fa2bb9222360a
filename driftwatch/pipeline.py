"""What is the path of a record, from a source to a verdict?

Two halves that meet in the store: `ingest` runs in one thread a source, `tick` in one thread for
all models. They share no mutable object, and no queue stands between them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from driftwatch.nouns.judgements import Judgement, Opened
from driftwatch.nouns.records import Delta, Offsets, Part, Poll


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


class Judge(Protocol):
    """Where tick reads what is closed and writes what it decided."""

    def close(
        self, model: str, advance: Callable[[Mapping[str, Offsets]], int | None]
    ) -> int | None:
        """Move the model's `closed` forward to what `advance` makes of all sources' offsets.

        It never moves back. Gives the model's `closed` after that, None before the first.
        """

    def open(self, model: str, step: int) -> Opened | None:
        """Give the next boundary (a multiple of `step`) if closed has passed it.

        The first boundary of a model is the first multiple of `step` at which one of its panes
        has ended.
        """

    def panes(self, model: str, start: int, end: int) -> Sequence[Part]:
        """Give the parts of all minute panes that start in [start, end), by population and pane."""

    def hours(self, model: str, start: int, end: int) -> Sequence[Part]:
        """Give the hour panes that start in [start, end), by population and hour."""

    def commit(self, judgement: Judgement) -> None:
        """Save a judgement in one transaction; Conflict if another judged this boundary first."""
