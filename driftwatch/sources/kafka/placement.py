"""Where do all of a member's partitions go on, by what the store and the cluster say?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kafka import OffsetAndMetadata, TopicPartition

from driftwatch.nouns.errors import Transient
from driftwatch.nouns.records import Offsets, Position, Skip, Skipped
from driftwatch.sources.kafka.connection import Connection, named
from driftwatch.sources.kafka.places import Log, Start, place, recreated

Passed = tuple[TopicPartition, Skipped]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where each partition goes on, what is said of that in a Poll, and the ids of the topics."""

    next: dict[TopicPartition, int] = field(default_factory=dict)
    span: dict[str, tuple[int, int]] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    logs: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def outlived(self, id_of: Callable[[str], str]) -> bool:
        """Say whether a topic was made anew since."""
        return any(recreated(id_, id_of(topic)) for topic, id_ in self.ids.items())


def placement(
    connection: Connection,
    partitions: Sequence[TopicPartition],
    topics: Sequence[str],
    stored: Offsets,
    start: Start,
) -> Placement:
    """Place partitions anew; asks the cluster, and raises Transient where it does not answer.

    A partition that the store does not know gets an empty span, so that the store knows it from
    then on: a restart before its first record begins at the same offset. That goes for the
    topics' other partitions too, whoever reads them: nothing may close before each was read.
    """
    every = {*partitions, *connection.partitions(topics)}
    unknown = sorted(tp for tp in every if named(tp) not in stored)
    logs = connection.logs(sorted({*partitions, *unknown}))
    committed = connection.committed(unknown)
    found = {
        tp: place(
            named(tp),
            log,
            stored=stored.get(named(tp)),
            committed=committed.get(tp),
            start=start,
        )
        for tp, log in logs.items()
    }
    skipped = [one.skipped for tp in partitions if (one := found[tp]).skipped]
    made_known = {named(tp): (found[tp].first, found[tp].first) for tp in unknown}
    return Placement(
        next={tp: found[tp].next for tp in partitions},
        span=made_known | {one.partition: (one.first, one.next) for one in skipped},
        skipped=skipped,
        logs={named(tp): log.id for tp, log in logs.items()},
        ids={tp.topic: logs[tp].id for tp in partitions},
    )


def refused(
    logs: Mapping[TopicPartition, Log], offsets: Mapping[TopicPartition, int]
) -> Iterator[Passed]:
    """Answer for positions of which the broker says that they are outside of their logs."""
    for tp, offset in offsets.items():
        found = place(named(tp), logs[tp], stored=Position(offset), refused=True)
        if found.skipped is None:
            message = f"the broker has no offset {offset} in {named(tp)}; asking again"
            raise Transient(message)
        yield tp, found.skipped


def cut(
    logs: Mapping[TopicPartition, Log],
    offsets: Mapping[TopicPartition, int],
    divergent: Mapping[TopicPartition, OffsetAndMetadata | None],
) -> Iterator[Passed]:
    """Go back to where logs were cut and have grown anew."""
    for tp, where in divergent.items():
        following = max(where.offset if where else logs[tp].end, logs[tp].first)
        yield tp, Skipped(named(tp), Skip.TRUNCATED, offsets[tp], following, 0)
