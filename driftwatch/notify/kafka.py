"""How is a message written to a topic?

Its key is the message's id, so that a compacted topic keeps one of those that a retry wrote twice.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from driftwatch.notify.form_settings import FormSettings
from driftwatch.notify.forms import Writer
from driftwatch.nouns.messages import Answer, Message, Rendered
from driftwatch.nouns.settings import Duration
from driftwatch.outbound.brokers import BrokerSettings, Topic
from driftwatch.outbound.redaction import hide

if TYPE_CHECKING:
    from driftwatch.outbound.kafka import Producer

LONGEST = timedelta(seconds=60)


class KafkaTopicSettings(FormSettings, BrokerSettings):
    """A topic that messages are written to."""

    kind: Literal["kafka"] = "kafka"
    topic: Topic = Field(description="The topic; it must be there.")
    timeout: Duration = Field(
        timedelta(seconds=15), description="Longest time for a record to be taken, at most 60s."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not timedelta(seconds=1) <= self.timeout <= LONGEST:
            message = "the timeout is not between 1s and 60s"
            raise ValueError(message)
        return self

    def build(
        self,
        *,
        clock: Callable[[], int],
        environment: Mapping[str, str],
        folder: Path,
    ) -> "KafkaEndpoint":
        """Make the endpoint; it connects with its first message."""
        from driftwatch.outbound.kafka import Producer  # noqa: PLC0415 - a heavy library

        writer = self.tried(folder)
        tls = self.tls and self.tls.within(folder)
        reached = BrokerSettings(brokers=self.brokers, tls=tls, sasl=self.sasl)
        return KafkaEndpoint(self, writer, Producer(reached, self.timeout.total_seconds()))


class KafkaEndpoint:
    """Writes messages to a topic."""

    def __init__(self, settings: KafkaTopicSettings, writer: Writer, producer: "Producer") -> None:
        self.name = settings.name
        self.longest = 2 * settings.timeout.total_seconds()  # to connect, and to write
        self._topic, self._writer, self._producer = settings.topic, writer, producer
        self._url = f"kafka://{','.join(settings.brokers)}/{settings.topic}"
        self._secrets = [settings.sasl.password.get_secret_value()] if settings.sasl else []

    def __repr__(self) -> str:
        """Show the name only."""
        return f"KafkaEndpoint({self.name!r})"

    def render(self, message: Message, attempt_at: int) -> Rendered:
        """Make the record: key, value and headers are the same every time."""
        made = self._writer.write(message)
        beside = {f"ce_{name}": value for name, value in made.beside.items()}
        headers = {"key": message.id, "content-type": made.content_type, **beside}
        return Rendered("WRITE", self._url, headers, made.body, shown=self._url)

    def send(self, rendered: Rendered) -> Answer:
        """Write it, and wait until all replicas have it."""
        headers = {name: value for name, value in rendered.headers.items() if name != "key"}
        key = rendered.headers["key"].encode()
        partition, offset = self._producer.write(self._topic, key, rendered.body, headers)
        return Answer(200, f"{self._topic}/{partition} has it at offset {offset}")

    def hide(self, rendered: Rendered, text: str) -> str:
        """Take what is secret out of a text that belongs to a record."""
        return hide(text, self._secrets)

    def close(self) -> None:
        """Let go of the connection."""
        self._producer.close()
