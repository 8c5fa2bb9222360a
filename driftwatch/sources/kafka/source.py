"""How do a consumer group's partitions become Polls that the store can follow?"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress

from kafka import OffsetAndMetadata, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import (
    CorruptRecordError,
    KafkaError,
    LogTruncationError,
    OffsetOutOfRangeError,
    UnsupportedCodecError,
)

from driftwatch.nouns.errors import Transient
from driftwatch.nouns.records import Offsets, Poll, Skipped
from driftwatch.nouns.settings import microseconds
from driftwatch.outbound.kafka import said
from driftwatch.sources.kafka.columns import columns
from driftwatch.sources.kafka.connection import Connection, named
from driftwatch.sources.kafka.membership import Membership
from driftwatch.sources.kafka.options import reading
from driftwatch.sources.kafka.placement import Placement, cut, placement, refused
from driftwatch.sources.kafka.poison import Quarantine
from driftwatch.sources.kafka.settings import KafkaSettings
from driftwatch.sources.kafka.watch import Watch

WAIT = 1.0  # seconds that a poll waits for the first record
AWAY = 200_000  # microseconds between two polls
LONGEST = 10  # polls between two attempts to connect


class KafkaSource:
    """A member of a consumer group whose positions are the store's.

    Within a poll, all that can fail comes before records are taken: the client has moved on with
    them, and they would be lost.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        stored: Callable[[], Offsets],
        instance: str,
        clock: Callable[[], int],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = settings.name
        self._settings, self._stored, self._instance = settings, stored, instance
        self._clock, self._sleep = clock, sleep
        self._connection: Connection | None = None
        self._membership = Membership()
        self._watch = Watch(settings)
        self._placed: int | None = None  # the generation of the membership that was placed
        self._next: dict[TopicPartition, int] = {}
        self._placement = Placement()
        self._skipped: list[Skipped] = []
        self._quarantine = Quarantine(settings)
        self._paused: frozenset[str] = frozenset()
        self._seen: int | None = None
        self._unsure = False  # whether a topic may have been made anew since we last heard
        self._failures = self._wait = 0
        self._status = ""

    def poll(self, limit: int) -> Poll:
        """Give up to `limit` records, waiting about a second for the first."""
        try:
            connection = self._connected()
            self._notice_gap()
            self._notice_recreated(connection)
            if not self._is_placed and self._membership.agreed:
                return self._place(connection)
            self._look(connection)
            records = self._take(connection, limit)
            if records:
                self._confirm(connection)
            self._notice_gap()
            if self._is_placed:
                return self._polled(connection, records)
            return self._place(connection) if self._membership.agreed else self._empty()
        except Transient as error:
            self._status = str(error)
            self._sleep(WAIT)
            return self._empty()

    def seek(self) -> None:
        """Set all positions anew from the store; the next poll is `restarted`."""
        self._placed = None

    def pause(self, partitions: Collection[str]) -> None:
        """Give nothing more of just these partitions."""
        self._paused = frozenset(partitions)
        if self._connection is not None and self._is_placed:
            self._connection.hold(self._held())

    def acknowledge(self, span: Mapping[str, tuple[int, int]]) -> None:
        """Commit to the group, for people to see and for a store that is lost."""
        if self._connection is not None:
            offsets = {
                tp: OffsetAndMetadata(span[named(tp)][1], "", -1)
                for tp in self._next
                if named(tp) in span
            }
            with suppress(KafkaError):
                self._connection.consumer.commit_async(offsets)

    def lag(self) -> Mapping[str, int]:
        """Give the records between each position and its log's end."""
        if self._connection is None or not self._is_placed:
            return {}
        return self._watch.lag(self._connection.stands())

    def status(self) -> str:
        """Say what is wrong; empty while all is well."""
        return self._status

    def close(self) -> None:
        """Leave the group's partitions to whoever comes next under the same id."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._placed = None, None

    @property
    def _is_placed(self) -> bool:
        return self._placed == self._membership.generation

    def _connected(self) -> Connection:
        """Connect if need be; after a failure some polls pass before the next attempt."""
        if self._connection is not None:
            return self._connection
        if self._wait:
            self._wait -= 1
            raise Transient(self._status)
        try:
            self._connection = Connection(self._settings, **reading(self._settings, self._instance))
        except Transient:
            self._failures += 1
            self._wait = min(2**self._failures, LONGEST)
            raise
        self._failures = 0
        self._membership.join(self._connection.consumer, self._settings.topics)
        self._connection.refresh()
        return self._connection

    def _notice_gap(self) -> None:
        """Distrust all positions after a gap in which the group may have gone on without us.

        After a shorter one, a topic may have been made anew unseen.
        """
        now = self._clock()
        gap = now - self._seen if self._seen is not None else 0
        if gap > microseconds(self._settings.session):
            self._placed = None
        self._seen, self._unsure = now, self._unsure or gap > AWAY

    def _confirm(self, connection: Connection) -> None:
        """Make sure that the records just taken are of the log that they are taken for.

        The client fetches by the topic's name: it would read on in a new topic of the same name.
        """
        if self._unsure or connection.cluster.need_update:
            try:
                connection.refresh()
            except Transient:
                self._placed = None
                raise
            self._unsure = False
        self._notice_recreated(connection)

    def _notice_recreated(self, connection: Connection) -> None:
        if self._placement.outlived(connection.topic_id):
            self._placed = None

    def _place(self, connection: Connection) -> Poll:
        """Set every position from the store, and say so in an empty poll."""
        generation, partitions = self._membership.generation, self._membership.partitions
        connection.hold(partitions)
        topics, start = self._settings.topics, self._settings.start
        made = placement(connection, partitions, topics, self._stored(), start)
        for tp, offset in made.next.items():
            connection.consumer.seek(tp, offset)
        self._placement, self._next = made, dict(made.next)
        self._skipped = list(made.skipped)
        self._quarantine.keep(self._next)
        connection.hold(self._held())
        self._placed = generation
        self._watch.hurry()
        return self._empty(made.span, restarted=True)

    def _held(self) -> set[TopicPartition]:
        return {tp for tp in self._next if named(tp) in self._paused or tp in self._quarantine}

    def _look(self, connection: Connection) -> None:
        """Look at the logs' ends, and try suspects once more."""
        now, held = self._clock(), self._held()
        if self._watch.due(now):
            stands = connection.stands() if self._is_placed else {}
            try:
                self._watch.look(connection, stands, held, now)
            except Transient:  # the client would go on trying, and leave a socket at each attempt
                self.close()
                raise
            for tp, offset in self._watch.stuck(now).items():
                self._quarantine.add(tp, offset)
        if self._is_placed:
            for tp, skipped in self._quarantine.retry():
                self._pass(connection, tp, skipped)
            if self._held() != held:
                connection.hold(self._held())
        self._status = "; ".join([*self._watch.words(), *self._quarantine.words()])

    def _pass(self, connection: Connection, tp: TopicPartition, skipped: Skipped) -> None:
        connection.consumer.seek(tp, skipped.next)
        self._skipped.append(skipped)

    def _take(
        self, connection: Connection, limit: int
    ) -> Mapping[TopicPartition, Sequence[ConsumerRecord]]:
        """Take records from the client, and answer what it refuses."""
        try:
            taken = connection.take(limit, WAIT)
        except OffsetOutOfRangeError as error:
            self._refused(connection, error.args[0])
        except LogTruncationError as error:
            self._cut(connection, error.divergent_offsets)
        except Exception as error:  # broken bytes can raise anything
            self._broken(connection, error)
        else:
            return dict(taken)
        return {}

    def _refused(self, connection: Connection, offsets: Mapping[TopicPartition, int]) -> None:
        logs = connection.logs(list(offsets))
        self._notice_recreated(connection)
        if self._is_placed:
            for passed in refused(logs, offsets):
                self._pass(connection, *passed)

    def _cut(
        self, connection: Connection, divergent: Mapping[TopicPartition, OffsetAndMetadata | None]
    ) -> None:
        logs = connection.logs(list(divergent))
        offsets = {tp: stand.next for tp, stand in connection.stands().items()}
        for passed in cut(logs, offsets, divergent):
            self._pass(connection, *passed)

    def _broken(self, connection: Connection, error: Exception) -> None:
        """Suspect the partition whose records cannot be read; anything else ends the connection."""
        unreadable = isinstance(error, CorruptRecordError | UnsupportedCodecError)
        if unreadable or not isinstance(error, KafkaError):
            tp = connection.broken()
            if tp in self._next:
                self._quarantine.add(tp, connection.stands()[tp].next)
                connection.hold(self._held())
                return
        self.close()
        raise Transient(said(error)) from error

    def _polled(
        self,
        connection: Connection,
        records: Mapping[TopicPartition, Sequence[ConsumerRecord]],
    ) -> Poll:
        stands, now = connection.stands(), self._clock()
        span = {}
        for tp, first in self._next.items():
            if tp in stands and stands[tp].next != first:
                span[named(tp)] = (first, stands[tp].next)
                self._next[tp] = stands[tp].next
        partitions = list(self._next)
        taken = columns(records, {tp: i for i, tp in enumerate(partitions)}, now)
        return Poll(
            **taken._asdict(),
            partitions=tuple(map(named, partitions)),
            span=span,
            skipped=self._passed(),
            standing=self._watch.standing(stands, self._held(), now),
            logs=self._placement.logs,
        )

    def _empty(
        self, span: Mapping[str, tuple[int, int]] | None = None, *, restarted: bool = False
    ) -> Poll:
        return Poll(
            **columns({}, {}, 0)._asdict(),
            partitions=tuple(map(named, self._next)),
            span=span or {},
            skipped=self._passed() if restarted else (),
            restarted=restarted,
            logs=self._placement.logs,
        )

    def _passed(self) -> tuple[Skipped, ...]:
        passed, self._skipped = tuple(self._skipped), []
        return passed
