"""A real Kafka gets the messages, or does not."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from driftwatch.notify.kafka import KafkaEndpoint, KafkaTopicSettings
from driftwatch.notify.samples import sample
from driftwatch.nouns.errors import Permanent, Transient
from driftwatch.nouns.messages import Message
from tests.real.kafka import Broker, Kafka, Secure
from tests.real.parts import free_port

pytestmark = pytest.mark.kafka
AT = 1_700_000_000 * 10**6


def endpoint(brokers: str, topic: str, **more: Any) -> KafkaEndpoint:
    given = {"name": "events", "brokers": [brokers], "topic": topic, "timeout": "5s", **more}
    settings = KafkaTopicSettings.model_validate(given)
    return settings.build(clock=lambda: AT, environment={}, folder=Path())


def send(made: KafkaEndpoint, message: Message) -> str:
    return made.send(made.render(message, AT)).text


def records(kafka: Kafka, topic: str, count: int) -> list[Any]:
    consumer = KafkaConsumer(bootstrap_servers=kafka.address, auto_offset_reset="earliest")
    try:
        consumer.assign([TopicPartition(topic, 0)])
        found: list[Any] = []
        end = time.monotonic() + 20
        while len(found) < count and time.monotonic() < end:
            for part in consumer.poll(timeout_ms=500).values():
                found += part
        return found
    finally:
        consumer.close()


@pytest.fixture
def topic(kafka: Kafka) -> Iterator[str]:
    made = kafka.topic()
    yield made
    kafka.delete_topic(made)


def test_a_record_bears_the_messages_id_as_its_key(kafka: Kafka, topic: str) -> None:
    made = endpoint(kafka.address, topic)
    try:
        assert send(made, sample("retrain", "retrain_1", AT)).endswith("has it at offset 0")
        assert send(made, sample("retrain", "retrain_1", AT)).endswith("has it at offset 1")
    finally:
        made.close()
    first, second = records(kafka, topic, 2)
    assert (first.key, first.value, first.headers) == (second.key, second.value, second.headers)
    assert first.key == b"retrain_1"
    assert dict(first.headers) == {"content-type": b"application/json"}
    assert json.loads(first.value)["type"] == "io.driftwatch.retraining.requested"


def test_a_record_can_be_a_cloudevent(kafka: Kafka, topic: str) -> None:
    made = endpoint(kafka.address, topic, body="cloudevents-binary")
    try:
        send(made, sample("firing", "msg_1", AT))
    finally:
        made.close()
    (record,) = records(kafka, topic, 1)
    headers = {name: value.decode() for name, value in record.headers}
    assert headers == {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": "msg_1",
        "ce_source": "fraud",
        "ce_type": "io.driftwatch.alert.firing",
        "ce_subject": "3",
        "ce_time": "2023-11-14T22:13:20Z",
    }


def test_a_topic_that_is_not_there_is_not_made_but_waited_for(kafka: Kafka) -> None:
    made = endpoint(kafka.address, "nowhere", timeout="2s")
    try:
        with pytest.raises(Transient, match="topic nowhere took no record"):
            send(made, sample("firing", "msg_1", AT))
    finally:
        made.close()
    assert "nowhere" not in kafka.admin().list_topics()


def test_a_record_that_is_too_large_will_never_be_taken(kafka: Kafka, topic: str) -> None:
    facts = {**sample("firing", "msg_1", AT).facts, "why": "x" * 2_000_000}
    made = endpoint(kafka.address, topic)
    try:
        with pytest.raises(Permanent, match="takes no record of 2000"):
            send(made, Message("msg_1", "firing", "o", AT, facts))
    finally:
        made.close()


def test_a_broker_that_is_away_is_tried_again_and_nothing_is_left_behind(
    own_kafka: Broker,
) -> None:
    topic = own_kafka.topic()
    made = endpoint(own_kafka.address, topic, timeout="3s")
    try:
        send(made, sample("firing", "msg_1", AT))
        own_kafka.stop()
        with pytest.raises(Transient, match="kafka at"):
            send(made, sample("firing", "msg_2", AT))
        own_kafka.start()
        send(made, sample("firing", "msg_2", AT))
        time.sleep(1)
    finally:
        made.close()
    assert [r.key for r in records(own_kafka, topic, 2)] == [b"msg_1", b"msg_2"]


def test_who_we_are_is_shown_by_tls_and_a_password(
    secure_kafka: Secure, loose_sockets: None
) -> None:
    topic = secure_kafka.broker.topic()
    for password, fine in (("wonderland", True), ("looking-glass", False)):
        sasl = {"username": "alice", "password": password}
        made = endpoint(secure_kafka.scram, topic, tls={"ca": str(secure_kafka.ca)}, sasl=sasl)
        try:
            if fine:
                assert "offset 0" in send(made, sample("firing", "msg_1", AT))
                continue
            with pytest.raises(Transient, match="SASL_SSL") as raised:
                send(made, sample("firing", "msg_1", AT))
            assert password not in str(raised.value)
        finally:
            made.close()


def test_nobody_there_is_said_with_the_brokers_name() -> None:
    port = free_port()
    made = endpoint(f"127.0.0.1:{port}", "t")
    with pytest.raises(Transient, match=f"kafka at 127.0.0.1:{port} cannot be reached"):
        send(made, sample("firing", "msg_1", AT))
    made.close()
