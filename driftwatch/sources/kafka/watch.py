"""How far are the logs' ends, and does reading get there?"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from kafka import TopicPartition

from driftwatch.nouns.errors import Transient
from driftwatch.outbound.kafka import reach
from driftwatch.sources.kafka.connection import Connection, Stand, named
from driftwatch.sources.kafka.settings import KafkaSettings

SECOND = 1_000_000
EVERY = 5 * SECOND  # between two looks
FRESH = 15 * SECOND  # how long a look is believed
STUCK = 10 * SECOND  # without progress, though there is something to read
OPEN = 30 * SECOND  # without progress, behind an open transaction

Stands = Mapping[TopicPartition, Stand]
Held = Collection[TopicPartition]


class Mark(NamedTuple):
    """Where reading stood, and since when."""

    offset: int
    since: int


class Watch:
    """Asks for the logs' ends now and then.

    The high watermark of the last fetch is not enough to say that a partition stands at its log's
    end: it stays as it was while the broker cannot be reached.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._ends: dict[TopicPartition, int] = {}
        self._marks: dict[TopicPartition, Mark] = {}
        self._tried: int | None = None
        self._looked: int | None = None
        self._words: list[str] = []

    def due(self, now: int) -> bool:
        """Say whether it is time to look."""
        return self._tried is None or not 0 <= now - self._tried < EVERY

    def hurry(self) -> None:
        """Look at the next chance: the partitions are others."""
        self._tried = None

    def look(self, connection: Connection, stands: Stands, held: Held, now: int) -> None:
        """Ask for the ends, and note how far reading has come.

        Raises Transient if no broker can be reached at all.
        """
        self._tried, self._looked = now, None
        gone = [t for t in self._settings.topics if not connection.exists(t)]
        self._words = [f"topic {topic} does not exist; waiting for it" for topic in gone]
        here = [tp for tp in stands if tp.topic not in gone]
        try:
            self._ends = connection.ends(here) if here else {}
            self._looked = now
        except Transient as error:
            self._words.append(str(error))
        if not here or self._looked is None:
            reach(self._settings.brokers)
        self._marks = {tp: self._mark(tp, stands[tp].next, now) for tp in here if tp not in held}
        self._words += self._open(stands, now)

    def _mark(self, partition: TopicPartition, offset: int, now: int) -> Mark:
        before = self._marks.get(partition)
        return before if before and before.offset == offset else Mark(offset, now)

    def _open(self, stands: Stands, now: int) -> list[str]:
        return [
            f"an open transaction holds {named(tp)} at offset {mark.offset}"
            for tp, mark in self._marks.items()
            if now - mark.since >= OPEN
            and self._ends.get(tp, mark.offset + 1) <= mark.offset < (stands[tp].high or 0)
        ]

    def stuck(self, now: int) -> dict[TopicPartition, int]:
        """Give the partitions, with their offset, that do not move though there is what to read."""
        if self._looked is None:
            return {}
        found = {
            tp: mark.offset
            for tp, mark in self._marks.items()
            if now - mark.since >= STUCK and self._ends.get(tp, 0) > mark.offset
        }
        self._marks = {tp: mark for tp, mark in self._marks.items() if tp not in found}
        return found

    def standing(self, stands: Stands, held: Held, now: int) -> frozenset[str]:
        """Name the partitions that stand at the end of their log; the paused are not known to."""
        if self._looked is None or not 0 <= now - self._looked < FRESH:
            return frozenset()
        return frozenset(
            named(tp)
            for tp, stand in stands.items()
            if tp not in held
            and stand.high == stand.next
            and tp in self._ends
            and self._ends[tp] <= stand.next
        )

    def lag(self, stands: Stands) -> dict[str, int]:
        """Give the offsets between each position and its log's end, as far as that is known."""
        ends = {tp: max(stand.high or 0, self._ends.get(tp, 0)) for tp, stand in stands.items()}
        return {named(tp): max(0, end - stands[tp].next) for tp, end in ends.items()}

    def words(self) -> list[str]:
        """Say what is wrong."""
        return self._words
