"""A real Kafka for the tests: one that all share, and brokers of one's own.

`python -m tests.real.kafka` fetches the jars. Kafka runs as one process in KRaft mode, on
127.0.0.1 and free ports, with its data in a temporary folder, and is stopped by its process id.
"""

import gc
import os
import shutil
import socket
import struct
import subprocess
import time
import uuid
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import crc32c
import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.codec import lz4_encode
from kafka.protocol.producer import ProduceRequest

from tests.real.parts import absent, free_port

VERSION = "3.9.1"
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>io.driftwatch</groupId>
  <artifactId>kafka-for-tests</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{VERSION}</version>
    </dependency>
  </dependencies>
</project>
"""
PROPERTIES = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "log.retention.ms": "-1",
    "auto.create.topics.enable": "true",
}


def folder() -> Path:
    """Give the folder that keeps the jars."""
    cache = os.environ.get("DRIFTWATCH_CACHE") or Path.home() / ".cache" / "driftwatch"
    return Path(cache) / "kafka"


def fetch() -> Path:
    """Fetch the jars with Maven unless they are there, and give their folder."""
    libs = folder() / f"libs-{VERSION}"
    if not libs.is_dir():
        made = folder() / f"making-{uuid.uuid4().hex}"
        made.mkdir(parents=True)
        (made / "pom.xml").write_text(POM)
        subprocess.run(
            ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=libs"],
            cwd=made,
            check=True,
            timeout=300,
        )
        with suppress(OSError):  # another run was first
            (made / "libs").rename(libs)
        shutil.rmtree(made)
    return libs


CHECKED = struct.Struct(">hiqqqhii")  # the head of a record batch, as far as the checksum covers it
LZ4 = 3
NOT_YET = {3, 5, 6}  # error codes of a topic so new that its leader does not know it


@lru_cache(maxsize=100_000)
def varint(value: int) -> bytes:
    """Encode a number as the protocol's zigzag varint."""
    left, out = (value << 1) ^ (value >> 63), bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*out, left])


def record_batch(bodies: Sequence[bytes], timestamps: Sequence[int]) -> bytes:
    """Encode bodies as one record batch: no keys, no headers."""
    base, pieces = timestamps[0], []
    for i, (body, at) in enumerate(zip(bodies, timestamps, strict=True)):
        head = b"".join((b"\0", varint(at - base), varint(i), b"\1", varint(len(body))))
        pieces += (varint(len(head) + len(body) + 1), head, body, b"\0")
    records = lz4_encode(b"".join(pieces))
    count = len(bodies)
    checked = CHECKED.pack(LZ4, count - 1, base, max(timestamps), -1, -1, -1, count) + records
    crc = crc32c.crc32c(checked)
    return struct.pack(">qiibI", 0, 9 + len(checked), -1, 2, crc) + checked


def _refusal(answer: Any) -> int:
    return int(answer.responses[0].partition_responses[0].error_code)


@dataclass
class Kafka:
    """Something that speaks Kafka's protocol at an address, and what tests do with it."""

    address: str
    _open: list[Any] = field(default_factory=list)

    def admin(self) -> KafkaAdminClient:
        """Give an admin client that lives as long as the fixture."""
        if not self._open:
            self._open.append(
                KafkaAdminClient(bootstrap_servers=self.address, metadata_max_age_ms=1000)
            )
        return self._open[0]

    def topic(self, name: str = "", partitions: int = 1, **configs: str) -> str:
        """Make a topic, of a new name unless one is given; `max_message_bytes` and the like."""
        name = name or f"t-{uuid.uuid4().hex[:12]}"
        settings = {key.replace("_", "."): value for key, value in configs.items()}
        options = {"num_partitions": partitions, "replication_factor": 1, "configs": settings}
        self.admin().create_topics({name: options}, wait_for_metadata=True)
        return name

    def delete_topic(self, name: str) -> None:
        """Delete a topic, and wait until it is gone."""
        self.admin().delete_topics([name])
        deadline = time.monotonic() + 30
        while name in self.admin().list_topics():
            assert time.monotonic() < deadline, f"topic {name} is still there"
            time.sleep(0.05)

    def forget_before(self, topic: str, partition: int, offset: int) -> None:
        """Move a log's start on, as retention does."""
        self.admin().delete_records({TopicPartition(topic, partition): offset})

    def producer(self, **settings: Any) -> KafkaProducer:
        """Make a producer; whoever asks closes it."""
        settings = {"acks": "all", "linger_ms": 5, **settings}
        return KafkaProducer(bootstrap_servers=self.address, **settings)

    def produce(
        self,
        topic: str,
        bodies: Iterable[bytes | None],
        *,
        partition: int = 0,
        timestamps: Sequence[int] | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
        **settings: Any,
    ) -> None:
        """Write bodies to one partition in their order; timestamps are in milliseconds."""
        producer = self.producer(**settings)
        try:
            sent = [
                producer.send(
                    topic,
                    body,
                    key=b"tombstone" if body is None else None,
                    partition=partition,
                    headers=list(headers),
                    timestamp_ms=timestamps[i] if timestamps is not None else None,
                )
                for i, body in enumerate(bodies)
            ]
            producer.flush(timeout=120)
            for one in sent[-1:]:
                one.get(timeout=10)
        finally:
            producer.close(timeout=5)

    def flood(
        self,
        topic: str,
        partition: int,
        bodies: Sequence[bytes],
        timestamps: Sequence[int],
        *,
        most: int = 500,
    ) -> None:
        """Write many bodies fast, in batches of at most so many, compressed with lz4."""
        manager = self.admin()._manager
        leader = self.admin().describe_topics([topic])[0]["partitions"][0]["leader_id"]
        parts = ProduceRequest.TopicProduceData
        for first in range(0, len(bodies), most):
            last = first + most
            data = parts.PartitionProduceData(
                index=partition, records=record_batch(bodies[first:last], timestamps[first:last])
            )
            request = ProduceRequest(
                transactional_id=None,
                acks=-1,
                timeout_ms=30_000,
                topic_data=[parts(name=topic, partition_data=[data])],
                max_version=9,
            )
            deadline = time.monotonic() + 10
            while error := _refusal(manager.run(manager.send, request, leader)):
                assert error in NOT_YET, f"Kafka refused a batch with error {error}"
                assert time.monotonic() < deadline, f"{topic} has no leader"
                time.sleep(0.05)

    def close(self) -> None:
        """Let go of connections."""
        while self._open:
            self._open.pop().close()


@dataclass
class Broker(Kafka):
    """A broker of one's own, which may be stopped and started: same data, same ports."""

    folder: Path = Path()
    libs: Path = Path()
    properties: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """The port of the plain listener."""
        return int(self.address.rpartition(":")[2])

    @property
    def data(self) -> Path:
        """The folder of the logs: one folder a partition."""
        return self.folder / "data"

    def format(self, *arguments: str) -> None:
        """Write the configuration and format the data folder."""
        lines = [f"{key}={value}" for key, value in {**PROPERTIES, **self.properties}.items()]
        (self.folder / "server.properties").write_text("\n".join([*lines, ""]))
        self._java(
            "kafka.tools.StorageTool",
            "format",
            "-t",
            "MkU3OEVBNTcwNTJENDM2Qg",
            "-c",
            "server.properties",
            *arguments,
        ).wait(timeout=60)

    def start(self, seconds: float = 60) -> None:
        """Start, and wait until it answers."""
        assert self.process is None, "it runs already"
        self.process = self._java("kafka.Kafka", "server.properties")
        deadline = time.monotonic() + seconds
        while True:
            if self.process.poll() is not None or time.monotonic() > deadline:
                tail = (self.folder / "output.txt").read_text()[-2000:]
                message = f"Kafka did not start:\n{tail}"
                raise RuntimeError(message)
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            time.sleep(0.1)
        self.admin().list_topics()

    def stop(self) -> None:
        """Stop in good order."""
        self._end("terminate")

    def kill(self) -> None:
        """Stop at once, as a crash does."""
        self._end("kill")

    def _end(self, how: str) -> None:
        self.close()
        if self.process is not None:
            getattr(self.process, how)()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(timeout=10)
            self.process = None

    def _java(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "output.txt").open("ab") as output:
            return subprocess.Popen(
                [
                    "java",
                    "-Xms128m",
                    "-Xmx384m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    f"{self.libs}/*",
                    *arguments,
                ],
                cwd=self.folder,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
            )


def make_broker(place: Path, libs: Path, **properties: str) -> Broker:
    """Lay out a broker in a folder, on free ports; it is not started."""
    place.mkdir(parents=True, exist_ok=True)
    port, controller = free_port(), free_port()
    listeners = f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}"
    chosen = {
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": listeners,
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "log.dirs": str(place / "data"),
        **{key.replace("_", "."): value for key, value in properties.items()},
    }
    return Broker(f"127.0.0.1:{port}", folder=place, libs=libs, properties=chosen)


@pytest.fixture(scope="session")
def kafka_libs() -> Path:
    """Kafka's jars."""
    for program, package in (("java", "a Java runtime"), ("mvn", "Maven")):
        if not shutil.which(program):
            absent("Kafka", f"{package} is not installed")
    try:
        return fetch()
    except (OSError, subprocess.SubprocessError) as error:
        absent("Kafka", f"Maven could not fetch it ({error})")


@pytest.fixture(scope="session")
def kafka(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kafka]:
    """A Kafka that all tests share: take topics and groups of new names."""
    if address := os.environ.get("DRIFTWATCH_TEST_KAFKA"):
        shared = Kafka(address)
        yield shared
        shared.close()
        return
    libs = request.getfixturevalue("kafka_libs")
    broker = make_broker(tmp_path_factory.mktemp("kafka"), libs)
    try:
        broker.format()
        broker.start()
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def loose_sockets(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Overlook that kafka-python leaves sockets that could not connect to the collector.

    The exceptions in what it logged hold them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        caplog.get_records("call").clear()
        caplog.clear()
        gc.collect()


@pytest.fixture
def own_kafka(kafka_libs: Path, tmp_path: Path, loose_sockets: None) -> Iterator[Broker]:
    """A started broker that the test may stop, start and spoil."""
    broker = make_broker(tmp_path / "kafka", kafka_libs)
    try:
        broker.format()
        broker.start()
        yield broker
    finally:
        broker.kill()


@dataclass(frozen=True)
class Secure:
    """A broker with listeners that ask who you are, and what a client needs for them.

    `tls` wants a client certificate, `scram` is SASL/SCRAM-SHA-512 over TLS, `plain` is SASL/PLAIN
    without TLS. User alice, password wonderland. The certificate is for 127.0.0.1, not localhost.
    """

    broker: Broker
    tls: str
    scram: str
    plain: str
    ca: Path
    certificate: Path
    key: Path


@pytest.fixture(scope="session")
def secure_kafka(kafka_libs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    """A Kafka with TLS and SASL listeners."""
    if not shutil.which("openssl"):
        absent("Kafka with TLS", "openssl is not installed")
    place = tmp_path_factory.mktemp("secure-kafka")
    ca, certificate, key = make_certificates(place)
    ports = {name: free_port() for name in ("TLS", "SCRAM", "PLAIN")}
    broker = make_broker(place / "kafka", kafka_libs)
    addresses = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    more = "".join(f",{name}://{address}" for name, address in addresses.items())
    module = "org.apache.kafka.common.security"
    broker.properties = {
        **broker.properties,
        "listeners": broker.properties["listeners"] + more,
        "advertised.listeners": broker.properties["advertised.listeners"] + more,
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,TLS:SSL,"
        "SCRAM:SASL_SSL,PLAIN:SASL_PLAINTEXT",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(place / "broker.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(ca),
        "listener.name.tls.ssl.client.auth": "required",
        "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.scram.scram-sha-512.sasl.jaas.config": f"{module}.scram.ScramLoginModule "
        "required;",
        "listener.name.plain.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.plain.plain.sasl.jaas.config": f"{module}.plain.PlainLoginModule required "
        'user_alice="wonderland";',
    }
    try:
        broker.format("--add-scram", "SCRAM-SHA-512=[name=alice,password=wonderland]")
        broker.start()
        yield Secure(
            broker, addresses["TLS"], addresses["SCRAM"], addresses["PLAIN"], ca, certificate, key
        )
    finally:
        broker.kill()


def make_certificates(place: Path) -> tuple[Path, Path, Path]:
    """Make a CA, a broker.pem for 127.0.0.1 and a client's certificate and key."""
    openssl(place, "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-keyout", "ca.key",
            "-out", "ca.crt", "-days", "30", "-subj", "/CN=driftwatch tests")  # fmt: skip
    (place / "names.cnf").write_text("subjectAltName=IP:127.0.0.1\n")
    for name in ("broker", "client"):
        openssl(place, "req", "-nodes", "-newkey", "rsa:2048", "-keyout", f"{name}.key",
                "-out", f"{name}.csr", "-subj", f"/CN={name}")  # fmt: skip
        openssl(place, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "30", "-extfile", "names.cnf",
                "-out", f"{name}.crt")  # fmt: skip
    chain = ("broker.key", "broker.crt", "ca.crt")
    (place / "broker.pem").write_text("".join((place / part).read_text() for part in chain))
    return place / "ca.crt", place / "client.crt", place / "client.key"


def openssl(place: Path, *arguments: str) -> None:
    """Run openssl in a folder."""
    subprocess.run(["openssl", *arguments], cwd=place, check=True, capture_output=True, timeout=60)


if __name__ == "__main__":
    print(fetch())
