"""Can the batch at an offset be read, and if not, where does the next one begin?"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from kafka import TopicPartition
from kafka.errors import (
    InvalidReceiveError,
    KafkaError,
    NoError,
    OffsetOutOfRangeError,
    UnknownError,
    for_code,
)
from kafka.net.compat import KafkaNetClient
from kafka.protocol.consumer import FetchRequest
from kafka.record import MemoryRecords

from driftwatch.nouns.errors import Transient
from driftwatch.nouns.records import Skip, Skipped
from driftwatch.outbound.kafka import client_of, reach, said, told
from driftwatch.sources.kafka.options import PATIENCE, common
from driftwatch.sources.kafka.settings import KafkaSettings

STARTS = 3
# What a broker answers that finds its own log broken.
BROKEN = frozenset({"CORRUPT_MESSAGE", UnknownError.message, "MESSAGE_TOO_LARGE"})


class Suspect(NamedTuple):
    """An offset that reading does not get past, and how often that was seen."""

    offset: int
    starts: int = 0


class Quarantine:
    """Partitions held back while a batch of theirs is tried again, so that the others go on."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._suspects: dict[TopicPartition, Suspect] = {}

    def __contains__(self, partition: TopicPartition) -> bool:
        return partition in self._suspects

    def add(self, partition: TopicPartition, offset: int) -> None:
        """Suspect the batch at an offset."""
        self._suspects.setdefault(partition, Suspect(offset))

    def keep(self, positions: Mapping[TopicPartition, int]) -> None:
        """Forget the suspects that reading does not stand before any more."""
        self._suspects = {
            tp: one for tp, one in self._suspects.items() if positions.get(tp) == one.offset
        }

    def words(self) -> list[str]:
        """Say what cannot be read."""
        return [
            f"{tp.topic}/{tp.partition} cannot be read at offset {one.offset}"
            for tp, one in self._suspects.items()
        ]

    def retry(self) -> list[tuple[TopicPartition, Skipped]]:
        """Start once more at each suspect; give what has failed too often and is to be passed.

        What follows a passed batch is tried once: it is the same batch, if its header lied.
        """
        passed = []
        for tp, suspect in list(self._suspects.items()):
            try:
                behind = examine(self._settings, tp, suspect.offset)
            except Transient:
                continue
            if behind is None:
                del self._suspects[tp]
            elif suspect.starts + 1 < STARTS:
                self._suspects[tp] = Suspect(suspect.offset, suspect.starts + 1)
            else:
                passed.append((tp, _poison(tp, suspect.offset, behind)))
                self._suspects[tp] = Suspect(behind, STARTS - 1)
        return passed


def _poison(partition: TopicPartition, first: int, behind: int) -> Skipped:
    name = f"{partition.topic}/{partition.partition}"
    return Skipped(name, Skip.POISON, first, behind, behind - first)


def examine(settings: KafkaSettings, partition: TopicPartition, offset: int) -> int | None:
    """Fetch one batch on a connection of its own.

    Gives None if it can be read, else the offset behind it: one further where its own header
    cannot be believed. Raises Transient if the broker gives no clear answer.
    """
    reach(settings.brokers)
    try:
        with _client(settings, partition) as client:
            return _behind(_fetch(client, partition, offset), offset)
    except InvalidReceiveError:
        return offset + 1
    except KafkaError as error:
        message = f"{told(settings.brokers)} does not answer: {said(error)}"
        raise Transient(message) from error


@contextmanager
def _client(settings: KafkaSettings, partition: TopicPartition) -> Iterator[KafkaNetClient]:
    """Give a client that works on this thread alone and knows the partition's leader."""
    client = client_of(**common(settings))
    try:
        client.cluster.set_topics([partition.topic])
        client.check_version(timeout_ms=PATIENCE * 1000)
        client.poll(timeout_ms=PATIENCE * 1000, future=client.cluster.request_update())
        yield client
    finally:
        client.close()


def _fetch(client: KafkaNetClient, partition: TopicPartition, offset: int) -> bytes | None:
    """Fetch the batch that holds an offset; None if the broker itself cannot read it."""
    topic = FetchRequest.FetchTopic
    wanted = topic.FetchPartition(
        partition=partition.partition,
        current_leader_epoch=-1,
        fetch_offset=offset,
        last_fetched_epoch=-1,
        partition_max_bytes=1,
    )
    request = FetchRequest(
        max_wait_ms=500,
        min_bytes=1,
        max_bytes=1,
        isolation_level=0,
        session_id=0,
        session_epoch=-1,
        topics=[topic(topic=partition.topic, partitions=[wanted])],
        forgotten_topics_data=[],
        rack_id="",
        min_version=4,
        max_version=12,
    )
    leader = client.cluster.leader_for_partition(partition)
    if leader is None or leader < 0:
        message = f"{partition.topic}/{partition.partition} has no leader"
        raise Transient(message)
    answer = client.send_and_receive(leader, request, timeout_ms=30_000)
    part = answer.responses[0].partitions[0]
    error = for_code(part.error_code)
    if error is NoError:
        return bytes(part.records or b"")
    if error is OffsetOutOfRangeError:
        return b""  # nothing to read here: the consumer is told so too, and answers it
    if error.message in BROKEN:
        return None
    raise error


def _behind(data: bytes | None, offset: int) -> int | None:
    """Read a batch to its end as the consumer does; give the offset behind it if that fails."""
    if data is None:
        return offset + 1
    behind = offset + 1
    try:
        records = MemoryRecords(data)
        if not data or not records.has_next():
            return None
        batch = records.next_batch()
        if batch.last_offset_delta + 1 == batch.records_count:
            behind = max(behind, batch.next_offset)
        if batch.validate_crc() and sum(1 for _ in batch) == batch.records_count:
            return None
    except Exception:  # whatever broken bytes can raise
        return behind
    return behind
