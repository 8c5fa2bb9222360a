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
    stored: Offsets,
    start: Start,
) -> Placement:
    """Place partitions anew; asks the cluster, and raises Transient where it does not answer.

    A partition that the store does not know gets an empty span, so that the store knows it from
    then on: a restart before the first record begins at the same offset.
    """
    logs = connection.logs(partitions) if partitions else {}
    committed = connection.committed([tp for tp in partitions if named(tp) not in stored])
    made = Placement(
        logs={named(tp): log.id for tp, log in logs.items()},
        ids={tp.topic: log.id for tp, log in logs.items()},
    )
    for tp in partitions:
        name, position = named(tp), stored.get(named(tp))
        found = place(name, logs[tp], stored=position, committed=committed.get(tp), start=start)
        made.next[tp] = found.next
        if found.skipped is not None:
            made.skipped.append(found.skipped)
            made.span[name] = (found.skipped.first, found.next)
        elif position is None:
            made.span[name] = (found.next, found.next)
    return made


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
