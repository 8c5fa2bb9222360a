"""How is a connection to Kafka made, and a record written there?

What leans on the inside of kafka-python for that is here: its versions are bounded for that reason.
"""

import logging
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError
from kafka.net.compat import KafkaNetClient
from kafka.net.inet import KafkaNetSocket

from driftwatch.nouns.errors import Permanent, Transient
from driftwatch.outbound.brokers import PROXY, BrokerSettings, protocol, security


class TidySocket(KafkaNetSocket):  # type: ignore[misc]
    """A plain socket that is closed when it cannot connect, rather than left to the collector."""

    SCHEMES = (PROXY,)

    async def sock_connect(self, net: Any, sock: socket.socket, *where: Any, **more: Any) -> Any:
        """Connect."""
        try:
            return await super().sock_connect(net, sock, *where, **more)
        except BaseException:
            sock.close()
            raise


class Producer:
    """Writes records one by one, and knows of each that all replicas have it.

    After any failure the connection is given up, so that nothing of it arrives later; the next
    record opens another.
    """

    def __init__(self, settings: BrokerSettings, seconds: float) -> None:
        self._settings, self._seconds = settings, seconds
        self._producer: KafkaProducer | None = None

    def __repr__(self) -> str:
        """Show the brokers only."""
        return f"Producer({told(self._settings.brokers)})"

    def write(
        self, topic: str, key: bytes, value: bytes, headers: Mapping[str, str]
    ) -> tuple[int, int]:
        """Write a record; give partition and offset. Transient, or Permanent if it is too large."""
        with overheard() as reasons:
            try:
                self._producer = self._producer or self._opened()
                listed = [(name, text.encode()) for name, text in headers.items()]
                sent = self._producer.send(topic, value=value, key=key, headers=listed)
                found = sent.get(timeout=self._seconds)
            except MessageSizeTooLargeError:
                message = f"{told(self._settings.brokers)} takes no record of {len(value)} bytes"
                raise Permanent(message) from None
            except (KafkaError, OSError, ValueError) as error:
                self.close()
                why = "; ".join([said(error), *dict.fromkeys(reasons)])
                message = (
                    f"{told(self._settings.brokers)}: topic {topic} took no record by "
                    f"{protocol(self._settings)}: {why}"
                )
                raise Transient(message) from None
        return found.partition, found.offset

    def close(self) -> None:
        """Let go of the connection, and of what was not written."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        with suppress(Exception):
            producer.close(timeout=1.0)
        with suppress(Exception):
            producer._sender.force_close()  # noqa: SLF001 - what waits would be sent still

    def _opened(self) -> KafkaProducer:
        reach(self._settings.brokers)
        made: list[KafkaNetClient] = []

        def client(**configs: Any) -> KafkaNetClient:
            made.append(client_of(**configs))
            return made[0]

        patience = int(self._seconds * 1000)
        try:
            return KafkaProducer(
                bootstrap_servers=list(self._settings.brokers),
                client_id="driftwatch",
                proxy_url=f"{PROXY}://",
                kafka_client=client,
                acks="all",
                enable_idempotence=True,
                delivery_timeout_ms=patience,
                request_timeout_ms=max(patience // 2, 1000),
                max_block_ms=patience,
                bootstrap_timeout_ms=patience,
                allow_auto_create_topics=False,
                metrics_enabled=False,
                **security(self._settings),
            )
        except BaseException:
            for one in made:
                one.close()
            raise


class Listener(logging.Handler):
    """Appends what is logged of failed connections to a list."""

    def __init__(self, into: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._into = into

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text."""
        text, _, _ = record.getMessage().partition(" (backoff")
        if "connection" in text.lower():
            self._into.append(text)


@contextmanager
def overheard() -> Iterator[list[str]]:
    """Collect why connections fail: the client only logs it, and raises that it took too long."""
    reasons: list[str] = []
    handler = Listener(reasons)
    logger = logging.getLogger("kafka.net.manager")
    logger.addHandler(handler)
    try:
        yield reasons
    finally:
        logger.removeHandler(handler)


def client_of(**configs: Any) -> KafkaNetClient:
    """Make the client of a consumer or a producer.

    kafka-python 3.0 does not hand `allow_auto_create_topics` on to where it is looked up, so that
    asking for a topic would make it.
    """
    client = KafkaNetClient(**configs)
    client.cluster.config["allow_auto_create_topics"] = False
    return client


def reach(brokers: Sequence[str]) -> None:
    """Raise Transient unless a port of one of the brokers is open."""
    why = ""
    for broker in brokers:
        host, _, port = broker.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=1.0).close()
        except OSError as error:
            why = f"{error}"
        else:
            return
    message = f"{told(brokers)} cannot be reached: {why}"
    raise Transient(message)


def told(brokers: Sequence[str]) -> str:
    """Name the brokers for people."""
    return f"kafka at {', '.join(brokers)}"


def said(error: Exception) -> str:
    """Give an error's kind and text; Kafka's own say both."""
    kind, text = type(error).__name__, str(error)
    return text if kind in text else f"{kind}: {text}"
