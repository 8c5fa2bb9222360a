"""What a Kafka section of the configuration may say, and what comes of it."""

import pytest
from pydantic import TypeAdapter, ValidationError

from driftwatch.outbound.brokers import security
from driftwatch.sources.kafka import KafkaSettings
from driftwatch.sources.kafka.options import common, reading

SETTINGS = TypeAdapter(KafkaSettings)
LEAST = {"brokers": ["kafka:9092"], "topics": ["predictions"]}


def settings(**more):
    return SETTINGS.validate_python({**LEAST, **more})


def test_brokers_and_topics_are_enough():
    least = settings()
    assert (least.name, least.group, least.start) == ("kafka", "driftwatch", "earliest")
    assert security(least) == {"security_protocol": "PLAINTEXT"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"brokers": []}, "at least 1 item"),
        ({"brokers": ["kafka"]}, "match pattern"),
        ({"topics": []}, "at least 1 item"),
        ({"topics": ["a b"]}, "match pattern"),
        ({"topics": ["a", "a"]}, "each may be named once"),
        ({"start": "newest"}, "'earliest' or 'latest'"),
        ({"tls": {"cert": "c.pem"}}, "cert and key belong together"),
        ({"sasl": {"mechanism": "GSSAPI", "username": "a", "password": "b"}}, "'PLAIN'"),
        ({"sasl": {"username": "alice"}}, "Field required"),
        ({"max_record": 100_000}, "a whole fetch must fit"),
        ({"session": "10"}, "is not a duration"),
        ({"topic": "a"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_work_is_refused(wrong, says):
    with pytest.raises(ValidationError, match=says):
        settings(**wrong)


@pytest.mark.parametrize("broker", ["10.0.0.1:9092", "[::1]:9092", "b-1.kafka.example:9094"])
def test_a_broker_is_a_host_and_a_port(broker):
    assert settings(brokers=[broker]).brokers == (broker,)


def test_tls_and_sasl_reach_the_client():
    secure = settings(
        tls={"ca": "ca.pem", "cert": "c.pem", "key": "k.pem", "verify_hostname": False},
        sasl={"username": "alice", "password": "wonderland"},
    )
    assert security(secure) == {
        "security_protocol": "SASL_SSL",
        "ssl_cafile": "ca.pem",
        "ssl_certfile": "c.pem",
        "ssl_keyfile": "k.pem",
        "ssl_check_hostname": False,
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "alice",
        "sasl_plain_password": "wonderland",
    }


def test_the_password_is_not_shown():
    secure = settings(sasl={"username": "alice", "password": "wonderland"})
    assert "wonderland" not in repr(secure) + str(secure) + secure.model_dump_json()


def test_the_group_reads_at_our_positions_and_committed_records_only():
    options = {**common(settings()), **reading(settings(), "pod-1")}
    assert options["auto_offset_reset"] == "none"
    assert options["isolation_level"] == "read_committed"
    assert options["enable_auto_commit"] is False
    assert options["allow_auto_create_topics"] is False
    assert options["group_instance_id"] == "pod-1"
    assert options["session_timeout_ms"] == 45_000
