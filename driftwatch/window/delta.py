"""What did a source read since its last append?

Every poll is reduced to sparse counts at once, and these are put together when the delta is built;
rows are not kept.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from driftwatch.nouns.profiles import Known, Profile
from driftwatch.nouns.records import (
    Batch,
    Bool,
    Decoded,
    Delta,
    Int64,
    Offsets,
    Poll,
    Reason,
    Skipped,
    Tally,
)
from driftwatch.nouns.settings import microseconds
from driftwatch.window.grouping import Tallies, group_by_pane
from driftwatch.window.lateness import judge_lateness
from driftwatch.window.pieces import Pieces
from driftwatch.window.positions import Positions
from driftwatch.window.refused import from_future, last_read, place
from driftwatch.window.rejections import Rejections, poisoned
from driftwatch.window.samples import Samples
from driftwatch.window.settings import WindowSettings

UNKNOWN = 16  # versions without a profile that are counted by name, the rest together
OTHER = "other"
_FAR = 2**63 - 1
_NONE, _NO_ROWS = np.zeros(0, np.int64), np.zeros(0, np.int32)
CELLS = 750_000  # cells of 16 bytes that are held at most before an append is due


class DeltaBuilder:
    """Gathers polls until an append is due. Used by one ingest thread."""

    def __init__(
        self,
        source: str,
        offsets: Offsets,
        settings: WindowSettings,
        keep_payload: int,
        now: int,
        *,
        held: Collection[str] = (),
    ) -> None:
        """Begin at the stored `offsets`; `keep_payload` bytes of rejected records are kept.

        `held` are the partitions that are not read until the others have come as far.
        """
        self.records = 0
        self.rows = 0
        self._source, self._settings, self._began = source, settings, now
        self._pane = microseconds(settings.pane)
        self._positions = Positions(offsets)
        self._pieces: dict[tuple[str, str, str], Pieces] = {}
        self._cells = 0
        self._tallies = Tallies(self._pane)
        self._places: dict[tuple[str, int], tuple[int, int]] = {}
        self._unknown: set[tuple[str, str]] = set()
        self._rejections = Rejections(source, keep_payload)
        self._samples = Samples(source)
        self._skipped: list[Skipped] = []
        self._held, self._stalled = bool(held), False

    @property
    def partitions(self) -> frozenset[str]:
        """The partitions that were ever read."""
        return self._positions.names

    @property
    def worth_appending(self) -> bool:
        """Whether any partition moved, or reached or left the end of its log."""
        return bool(self._positions.changed)

    def due(self, now: int, every: timedelta, records: int) -> bool:
        """Say whether it is time to append: by the clock, by records, or by memory.

        Where nothing more comes and partitions are held, only an append can let them go on.
        A gap is saved at once: a span that led back, and on to where it began, would be no fence.
        """
        waited = not 0 <= now - self._began < microseconds(every)
        full = self.records >= records or self._cells >= CELLS
        return waited or full or self._stalled or bool(self._skipped)

    def add(self, poll: Poll, decoded: Decoded, known: Known) -> None:
        """Take in a poll; raises Conflict, with nothing taken in, if it does not follow."""
        self._positions.follow(poll)
        self.records += len(poll.bodies)
        self._stalled = self._held and self.records > 0 and not poll.bodies
        self._skipped += poll.skipped
        self._tallies.add("received", poll.arrived)
        self._reject(poll, decoded)
        self._observe(poll, decoded, known)

    def build(self, now: int) -> Delta:
        """Give all that was read; `now` is the wall clock."""
        positions = self._positions.at(now)
        passed, pane = Counter[Tally](), now // self._pane * self._pane
        for one in self._skipped:
            passed[Tally("skipped", pane, reason=one.why)] += 1
            passed[Tally("lost", pane, reason=one.why)] += one.lost
        return Delta(
            source=self._source,
            span=self._positions.changed,
            positions=positions,
            parts=tuple(part for pieces in self._pieces.values() for part in pieces.parts()),
            tallies={**self._tallies.counted(), **+passed},
            places=dict(self._places),
            rejected=(*self._rejections.kept, *poisoned(self._source, self._skipped, now)),
            samples=self._samples.kept,
            quotas=dict(self._samples.quotas),
        )

    def _reject(self, poll: Poll, decoded: Decoded) -> None:
        rows, reasons = decoded.rejected, np.array(decoded.reasons, dtype=object)
        for reason in set(decoded.reasons):
            self._tallies.add("rejected", poll.arrived[rows[reasons == reason]], reason=reason)
        self._rejections.add(poll, rows.tolist(), decoded.reasons, decoded.details)

    def _refuse(self, whose: tuple[str, str], reason: Reason, times: Int64, known: Known) -> None:
        """Count what was rejected by the event time and the version that it is taken to be of."""
        if known.profile(*whose) is not None:
            self._tallies.add("refused", times, *whose, reason=reason)

    def _observe(self, poll: Poll, decoded: Decoded, known: Known) -> None:
        batches, before = decoded.batches, self._positions
        times = np.concatenate([_NONE, *(batch.time for batch in batches)])
        records = np.concatenate([_NO_ROWS, *(batch.record for batch in batches)])
        judged = judge_lateness(poll, times, records, before.high, self._settings)
        if len(decoded.rejected):
            placed = place(poll, decoded, records, judged, before.present)
            for (whose, reason), found in placed.items():
                self._refuse(whose, reason, np.array(found), known)
        if not batches:
            return
        self._positions.rise(judged.high, last_read(poll, batches, records, judged))
        ends = np.cumsum([len(batch.time) for batch in batches])[:-1]
        parts = (np.split(mask, ends) for mask in (judged.late, judged.in_future, judged.reached))
        for batch, late, in_future, reached in zip(batches, *parts, strict=True):
            profile = known.profile(batch.model, batch.version)
            version = batch.version if profile else self._unknown_version(batch)
            if late.any() or in_future.any():
                self._turn_away(poll, batch, version, late, in_future)
                claimed = from_future(poll, batch.record[in_future], reached[in_future])
                whose = batch.model, batch.version
                self._refuse(whose, Reason.TIME_IN_FUTURE, claimed, known)
                batch = _chosen(batch, np.flatnonzero(~(late | in_future)))  # noqa: PLW2901
            if profile is None:
                self._tallies.add("unjudged", batch.time, batch.model, version)
                if version != OTHER and (quota := known.learns.get(batch.model)):
                    too_large = self._samples.add(poll, batch, quota)
                    self._tallies.add("unlearned", too_large, batch.model, version)
            elif len(batch.time):
                self._count(batch, profile)
                self._locate(poll, batch)

    def _locate(self, poll: Poll, batch: Batch) -> None:
        """Note within which offsets of its partition lie the observations of each pane."""
        panes = group_by_pane(batch.time, self._pane)
        partition, offset = poll.partition[batch.record], poll.offset[batch.record]
        cell = partition.astype(np.int64) * len(panes.start) + panes.group
        size = len(poll.partitions) * len(panes.start)
        first, last = np.full(size, _FAR), np.full(size, -1, np.int64)
        np.minimum.at(first, cell, offset)
        np.maximum.at(last, cell, offset)
        for held in np.flatnonzero(last >= 0).tolist():
            at, pane = divmod(held, len(panes.start))
            key = (poll.partitions[at], int(panes.start[pane]))
            known = self._places.get(key, (_FAR, 0))
            found = int(first[held]), int(last[held]) + 1
            self._places[key] = (min(known[0], found[0]), max(known[1], found[1]))

    def _turn_away(
        self, poll: Poll, batch: Batch, version: str, late: Bool, in_future: Bool
    ) -> None:
        self._tallies.add("late", batch.time[late], batch.model, version)
        arrived = poll.arrived[batch.record[in_future]]
        self._tallies.add("rejected", arrived, reason=Reason.TIME_IN_FUTURE)
        self._rejections.add_from_the_future(poll, batch, np.flatnonzero(in_future))

    def _unknown_version(self, batch: Batch) -> str:
        """Give the name under which a version without a profile is counted."""
        pair = (batch.model, batch.version)
        if len(self._unknown) < UNKNOWN:
            self._unknown.add(pair)
        return batch.version if pair in self._unknown else OTHER

    def _count(self, batch: Batch, profile: Profile) -> None:
        key = (batch.model, batch.version, profile.fingerprint)
        pieces = self._pieces.setdefault(key, Pieces(profile))
        self._cells += pieces.add(batch, self._pane)
        self.rows += len(batch.time)
        self._tallies.add("observations", batch.time, batch.model, batch.version)


def _chosen(batch: Batch, chosen: NDArray[np.intp]) -> Batch:
    return replace(
        batch,
        record=batch.record[chosen],
        time=batch.time[chosen],
        numbers=batch.numbers[:, chosen],
        codes=batch.codes[:, chosen],
        key=batch.key[chosen],
        texts=tuple((texts, codes[chosen]) for texts, codes in batch.texts),
        vectors=tuple(values[:, chosen] for values in batch.vectors),
    )
