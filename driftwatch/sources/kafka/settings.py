"""How is a Kafka cluster reached, and which of its logs are read?"""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from driftwatch.nouns.records import Offsets
from driftwatch.nouns.settings import Duration
from driftwatch.outbound.brokers import BrokerSettings, Topic

if TYPE_CHECKING:
    from driftwatch.sources.kafka.source import KafkaSource

MIB = 1024 * 1024


class KafkaSettings(BrokerSettings):
    """Topics of a Kafka cluster, read as one consumer group."""

    kind: Literal["kafka"] = "kafka"
    name: str = "kafka"
    topics: tuple[Topic, ...] = Field(strict=False, min_length=1)
    group: str = Field("driftwatch", min_length=1, description="The consumer group.")
    start: Literal["earliest", "latest"] = Field(
        "earliest",
        description="Where to begin in a partition of which neither the store nor the group "
        "knows an offset.",
    )
    instance: Topic | None = Field(
        None,
        description="The static member's id in the group, different in each replica; one that is "
        "kept in the store unless it is given.",
    )
    session: Duration = Field(
        timedelta(seconds=45),
        ge=timedelta(seconds=1),
        description="A member not heard of for so long loses its partitions.",
    )
    check: Duration = Field(
        timedelta(minutes=1),
        ge=timedelta(seconds=1),
        description="How often to look whether a topic was made anew or has new partitions.",
    )
    fetch_bytes: int = Field(8 * MIB, ge=1024, description="Most bytes of one fetch.")
    partition_bytes: int = Field(
        MIB, ge=1024, description="Most bytes of one partition in a fetch."
    )
    max_record: int = Field(
        32 * MIB,
        ge=1024,
        description="A batch of records larger than this is not read: it is skipped and counted.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(set(self.topics)) < len(self.topics):
            message = f"topics {', '.join(self.topics)}: each may be named once"
            raise ValueError(message)
        if self.fetch_bytes + self.partition_bytes > self.max_record:
            message = (
                f"max_record {self.max_record} is less than fetch_bytes {self.fetch_bytes} + "
                f"partition_bytes {self.partition_bytes}: a whole fetch must fit"
            )
            raise ValueError(message)
        return self

    def reads(self, partition: str) -> bool:
        """Say whether a partition that the store knows is still read under these settings."""
        return partition.rpartition("/")[0] in self.topics

    def build(
        self, stored: Callable[[], Offsets], instance: str, clock: Callable[[], int]
    ) -> "KafkaSource":
        """Make the source; it connects with its first poll."""
        from driftwatch.sources.kafka.source import KafkaSource  # noqa: PLC0415 - a heavy library

        return KafkaSource(self, stored, self.instance or instance, clock)
