"""Brokers that are down, come back, spoil their logs, and ask who we are."""

import shutil
import struct
import threading

import pytest
from pydantic import SecretStr

from driftwatch.nouns.records import Skip
from driftwatch.sources.kafka import SaslSettings, TlsSettings
from tests.integration.sources.reader import Ledger, Reader, clock, numbers, settings

pytestmark = pytest.mark.kafka


def test_a_broker_that_is_down_and_comes_back_loses_nothing(own_kafka):
    topic, ledger = own_kafka.topic(partitions=2), Ledger()
    own_kafka.produce(topic, numbers(0, 50))
    own_kafka.produce(topic, numbers(50, 100), partition=1)
    threads = threading.active_count()
    with Reader(settings(own_kafka, topic), ledger) as reader:
        reader.read(100)
        reader.until(lambda: reader.stands(f"{topic}/0", f"{topic}/1"))
        own_kafka.stop()
        down = clock()
        while clock() - down < 10_000_000:
            assert reader.poll().bodies == []
            reader.append()
        assert "cannot be reached" in reader.source.status()
        assert reader.polls[-1].standing == frozenset()
        own_kafka.start()
        own_kafka.produce(topic, numbers(100, 150))
        reader.read(150)
        reader.until(lambda: not reader.source.status())
    own_kafka.close()
    assert sorted(ledger.bodies()) == sorted(numbers(0, 150))
    assert (ledger.skipped, ledger.conflicts) == ([], 0)
    assert threading.active_count() <= threads


def test_a_broker_that_is_down_at_the_start_is_waited_for(own_kafka):
    topic, ledger = own_kafka.topic(), Ledger()
    own_kafka.produce(topic, numbers(0, 10))
    own_kafka.stop()
    threads = threading.active_count()
    with Reader(settings(own_kafka, topic), ledger) as reader:
        for _ in range(4):
            assert reader.poll().bodies == []
        assert "cannot be reached" in reader.source.status()
        assert threading.active_count() == threads
        own_kafka.start()
        assert reader.read(10) == numbers(0, 10)
        assert reader.source.status() == ""
    own_kafka.close()
    assert threading.active_count() == threads


def test_a_corrupt_batch_is_passed_and_counted_and_the_rest_is_read(own_kafka):
    topic, ledger = own_kafka.topic(partitions=2), Ledger()
    stamps = [1_700_000_000_000] * 100
    own_kafka.flood(topic, 0, numbers(0, 100), stamps, most=10)
    own_kafka.flood(topic, 1, numbers(100, 200), stamps, most=10)
    own_kafka.stop()
    spoil(own_kafka, topic, 30)
    spoil(own_kafka, topic, 40)
    own_kafka.start()
    with Reader(settings(own_kafka, topic), ledger) as reader:
        reader.until(lambda: any("cannot be read at offset 30" in s for s in [status(reader)]))
        reader.read(180)
        reader.until(lambda: reader.stands(f"{topic}/0", f"{topic}/1"))
    expected = numbers(0, 30) + numbers(50, 100)
    assert ledger.bodies(f"{topic}/0") == expected
    assert ledger.bodies(f"{topic}/1") == numbers(100, 200)
    found = [(s.why, s.partition, s.first, s.next, s.lost) for s in ledger.skipped]
    assert found == [(Skip.POISON, f"{topic}/0", n, n + 10, 10) for n in (30, 40)]
    assert ledger.conflicts == 0


def status(reader):
    return reader.source.status()


def spoil(broker, topic, offset):
    """Change one byte of the records of the batch that begins at an offset."""
    log = next((broker.data / f"{topic}-0").glob("*.log"))
    data, at = bytearray(log.read_bytes()), 0
    while struct.unpack_from(">q", data, at)[0] < offset:
        at += 12 + struct.unpack_from(">i", data, at + 8)[0]
    data[at + 61 + 20] ^= 0xFF
    log.write_bytes(data)


def test_a_record_that_is_too_large_is_passed_and_counted(kafka):
    topic, ledger = kafka.topic(max_message_bytes="2000000"), Ledger()
    for body in (b"before", b"x" * 400_000, b"after"):
        kafka.produce(topic, [body], max_request_size=2_000_000)
    sizes = {"fetch_bytes": 20_000, "partition_bytes": 10_000, "max_record": 40_000}
    begun = clock()
    chosen = settings(kafka, topic, session="60s", **sizes)
    with Reader(chosen, ledger, time_of=lambda: begun + 4 * (clock() - begun)) as reader:
        assert reader.read(2) == [b"before", b"after"]
    assert [(s.why, s.first, s.next, s.lost) for s in ledger.skipped] == [(Skip.POISON, 1, 2, 1)]


def test_a_record_larger_than_a_fetch_is_read(kafka):
    topic = kafka.topic(max_message_bytes="2000000")
    kafka.produce(topic, [b"x" * 400_000], max_request_size=2_000_000)
    sizes = {"fetch_bytes": 20_000, "partition_bytes": 10_000, "max_record": 500_000}
    with Reader(settings(kafka, topic, **sizes), Ledger()) as reader:
        assert [len(body) for body in reader.read(1)] == [400_000]


ALICE = SaslSettings(username="alice", password=SecretStr("wonderland"))


def secure_settings(secure, topic, address, **more):
    return settings(secure.broker, topic, **more).model_copy(update={"brokers": (address,)})


@pytest.fixture
def secured(secure_kafka):
    topic = secure_kafka.broker.topic()
    secure_kafka.broker.produce(topic, numbers(0, 5))
    return secure_kafka, topic


def test_tls_with_a_client_certificate_is_read(secured):
    secure, topic = secured
    tls = TlsSettings(ca=str(secure.ca), cert=str(secure.certificate), key=str(secure.key))
    with Reader(secure_settings(secure, topic, secure.tls, tls=tls), Ledger()) as reader:
        assert reader.read(5) == numbers(0, 5)


def test_scram_over_tls_is_read(secured):
    secure, topic = secured
    more = {"tls": TlsSettings(ca=str(secure.ca)), "sasl": ALICE}
    with Reader(secure_settings(secure, topic, secure.scram, **more), Ledger()) as reader:
        assert reader.read(5) == numbers(0, 5)


def test_plain_sasl_is_read(secured):
    secure, topic = secured
    sasl = ALICE.model_copy(update={"mechanism": "PLAIN"})
    with Reader(secure_settings(secure, topic, secure.plain, sasl=sasl), Ledger()) as reader:
        assert reader.read(5) == numbers(0, 5)


@pytest.mark.usefixtures("loose_sockets")
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            {"sasl": ALICE.model_copy(update={"password": SecretStr("looking-glass")})},
            "invalid credentials",
        ),
        ({"sasl": None}, "does not take SSL from us"),
        ({"tls": TlsSettings()}, "CERTIFICATE_VERIFY_FAILED"),
        ({"tls": None}, "does not take SASL_PLAINTEXT from us"),
    ],
    ids=["password", "no password", "unknown authority", "no tls"],
)
def test_what_the_broker_refuses_is_said_without_the_password(secured, wrong, says):
    secure, topic = secured
    more = {"tls": TlsSettings(ca=str(secure.ca)), "sasl": ALICE, **wrong}
    threads = threading.active_count()
    with Reader(secure_settings(secure, topic, secure.scram, **more), Ledger()) as reader:
        reader.until(lambda: says in reader.source.status())
        assert reader.ledger.rows == []
        assert "wonderland" not in reader.source.status() + repr(reader.source.__dict__)
        assert "looking-glass" not in reader.source.status()
        assert threading.active_count() == threads


@pytest.mark.usefixtures("loose_sockets")
def test_the_brokers_name_must_be_in_its_certificate_unless_told_otherwise(secured):
    secure, topic = secured
    elsewhere = secure.scram.replace("127.0.0.1", "localhost")
    tls = TlsSettings(ca=str(secure.ca))
    more = {"sasl": ALICE}
    with Reader(secure_settings(secure, topic, elsewhere, tls=tls, **more), Ledger()) as reader:
        reader.poll()
        assert "Hostname mismatch" in reader.source.status()
    tls = tls.model_copy(update={"verify_hostname": False})
    with Reader(secure_settings(secure, topic, elsewhere, tls=tls, **more), Ledger()) as reader:
        assert reader.read(5) == numbers(0, 5)


def test_the_jars_are_kept(kafka_libs):
    assert shutil.which("java")
    assert list(kafka_libs.glob("kafka_2.13-*.jar"))
