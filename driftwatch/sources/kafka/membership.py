"""Which partitions has the group given to this member?"""

from collections.abc import Collection

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]
    """Told by the client of what is given and taken.

    It is called on the client's own thread, where asking the cluster or the store would stop the
    heartbeats. So it only holds what is new, at an offset that is never read: without one the
    client would take the committed offset. The ingest thread then sees by `generation` that it
    must set the positions from the store. `agreed` says whether the group has told what is ours,
    be it nothing.
    """

    def __init__(self) -> None:
        self.generation = 0
        self.agreed = False
        self.partitions: tuple[TopicPartition, ...] = ()
        self._consumer: KafkaConsumer | None = None

    def join(self, consumer: KafkaConsumer, topics: Collection[str]) -> None:
        """Subscribe a new consumer to the topics."""
        self._consumer = consumer
        self._change((), agreed=False)
        consumer.subscribe(list(topics), listener=self)

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Have nothing, until the group has agreed."""
        del revoked
        self._change((), agreed=False)

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Hold what is given."""
        if self._consumer is not None:
            for partition in assigned:
                self._consumer.seek(partition, 0)
            self._consumer.pause(*assigned)
        self._change(tuple(sorted(assigned)), agreed=True)

    def _change(self, partitions: tuple[TopicPartition, ...], *, agreed: bool) -> None:
        self.partitions, self.agreed = partitions, agreed
        self.generation += 1
