"""How is one KafkaConsumer made, asked and closed without surprises?

All that leans on the inside of kafka-python is here: its versions are bounded for that reason.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from driftwatch.nouns.errors import Transient
from driftwatch.outbound.brokers import protocol
from driftwatch.outbound.kafka import client_of, overheard, reach, said, told
from driftwatch.sources.kafka.options import PATIENCE, common
from driftwatch.sources.kafka.places import Log
from driftwatch.sources.kafka.settings import KafkaSettings


class Stand(NamedTuple):
    """Where a consumer stands: the next offset it reads, and the log's high watermark."""

    next: int
    high: int | None


class Connection:
    """A KafkaConsumer, and what it does not offer openly.

    A constructor that fails leaves the client's thread behind, so the port is tried first, and the
    client is caught as it is made, so that it can be closed. Raises Transient where it fails.
    """

    def __init__(self, settings: KafkaSettings, **options: Any) -> None:
        self._brokers = settings.brokers
        reach(settings.brokers)
        made: list[KafkaNetClient] = []

        def client(**configs: Any) -> KafkaNetClient:
            made.append(client_of(**configs))
            return made[0]

        with overheard() as reasons:
            try:
                self.consumer = KafkaConsumer(kafka_client=client, **common(settings), **options)
            except Exception as error:
                for one in made:
                    one.close()
                why = "; ".join([said(error), *dict.fromkeys(reasons)])
                message = f"{told(self._brokers)} does not take {protocol(settings)} from us: {why}"
                raise Transient(message) from error
        self.cluster = made[0].cluster

    def topic_id(self, topic: str) -> str:
        """Give the id of a topic as last heard of, empty if there is none."""
        known = self.cluster.topic_id(topic)
        return str(known) if known and known.int and self.exists(topic) else ""

    def exists(self, topic: str) -> bool:
        """Say whether the topic was there when last heard of."""
        return bool(self.cluster.partitions_for_topic(topic))

    def partitions(self, topics: Collection[str]) -> list[TopicPartition]:
        """Name the partitions of topics, as last heard of."""
        known = {topic: self.cluster.partitions_for_topic(topic) or () for topic in topics}
        return [TopicPartition(topic, p) for topic, of in known.items() for p in sorted(of)]

    def refresh(self) -> None:
        """Hear anew of topics, their ids and leaders."""
        heard = self.cluster.request_update()
        deadline = time.monotonic() + PATIENCE
        while not heard.is_done:
            if time.monotonic() > deadline:
                message = f"{told(self._brokers)} does not answer"
                raise Transient(message)
            time.sleep(0.005)

    def logs(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Log]:
        """Ask for the identity, start and end of logs."""
        if not partitions:
            return {}
        self.refresh()
        gone = sorted({tp.topic for tp in partitions if not self.exists(tp.topic)})
        if gone:
            message = f"topic {', '.join(gone)} does not exist; waiting for it"
            raise Transient(message)
        try:
            first = self.consumer.beginning_offsets(partitions, timeout_ms=PATIENCE * 1000)
            ends = self.ends(partitions)
        except (KafkaError, KeyError) as error:
            raise Transient(self._silent(error)) from error
        return {tp: Log(self.topic_id(tp.topic), first[tp], ends[tp]) for tp in partitions}

    def ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Ask for the offsets behind the last record that may be read."""
        try:
            found = self.consumer.end_offsets(partitions, timeout_ms=PATIENCE * 1000)
        except (KafkaError, KeyError) as error:
            raise Transient(self._silent(error)) from error
        return dict(found)

    def committed(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int | None]:
        """Ask for the group's committed offsets."""
        try:
            return {
                tp: self.consumer.committed(tp, timeout_ms=PATIENCE * 1000) for tp in partitions
            }
        except KafkaError as error:
            raise Transient(self._silent(error)) from error

    def _silent(self, error: Exception) -> str:
        return f"{told(self._brokers)} does not answer: {said(error)}"

    def stands(self) -> dict[TopicPartition, Stand]:
        """Give where the consumer stands in each partition that it has.

        The public `position` asks the cluster, and may raise after records were taken.
        """
        states = list(self.consumer._subscription.assignment.items())  # noqa: SLF001
        return {
            tp: Stand(position.offset, state.highwater)
            for tp, state in states
            if (position := state.position) is not None
        }

    def broken(self) -> TopicPartition | None:
        """Give the partition whose records could not be read, and let go of what was fetched.

        The fetcher would read on behind the broken records without an end.
        """
        part = self.consumer._fetcher._next_partition_records  # noqa: SLF001
        if part is None:
            return None
        part.drain()
        return part.topic_partition

    def hold(self, partitions: Collection[TopicPartition]) -> None:
        """Give nothing of just these partitions."""
        held = self.consumer.paused()
        self.consumer.pause(*(set(partitions) - held))
        self.consumer.resume(*(held - set(partitions)))

    def take(self, limit: int, seconds: float) -> Mapping[TopicPartition, Sequence[ConsumerRecord]]:
        """Take up to `limit` records, waiting some seconds for the first.

        What was fetched of a partition while it was paused is parked, and comes back only where no
        other partition's records are in line: used-up ones in that place would park it for ever.
        """
        fetcher = self.consumer._fetcher  # noqa: SLF001
        if not fetcher._next_partition_records:  # noqa: SLF001
            fetcher._next_partition_records = None  # noqa: SLF001
        taken: Mapping[TopicPartition, Sequence[ConsumerRecord]] = self.consumer.poll(
            timeout_ms=seconds * 1000, max_records=limit
        )
        return taken

    def close(self) -> None:
        """Leave at once; a static member's partitions stay its own for the session."""
        with suppress(Exception):
            self.consumer.close(autocommit=False, timeout_ms=1000)


def named(partition: TopicPartition) -> str:
    """Give a partition's name inside driftwatch."""
    return f"{partition.topic}/{partition.partition}"
