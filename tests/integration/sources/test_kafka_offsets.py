"""The table of offsets, row by row, on a real Kafka."""

import shutil
import struct

import pytest
from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition

from driftwatch.nouns.records import Position, Skip, Skipped
from tests.integration.sources.reader import Ledger, Reader, numbers, settings

pytestmark = pytest.mark.kafka


def commit(kafka, chosen, topic, offset):
    consumer = KafkaConsumer(
        bootstrap_servers=kafka.address, group_id=chosen.group, enable_auto_commit=False
    )
    consumer.commit({TopicPartition(topic, 0): OffsetAndMetadata(offset, "", -1)})
    consumer.close(autocommit=False)


def committed(kafka, chosen, topic):
    found = kafka.admin().list_group_offsets({chosen.group: None})[chosen.group]
    return found[TopicPartition(topic, 0)].offset


def test_with_nothing_stored_or_committed_earliest_reads_all(kafka):
    topic = kafka.topic()
    kafka.produce(topic, numbers(0, 20))
    with Reader(settings(kafka, topic), Ledger()) as reader:
        assert reader.read(20) == numbers(0, 20)
    assert reader.polls[0].restarted
    assert reader.ledger.positions[f"{topic}/0"].next == 20


def test_with_nothing_stored_or_committed_latest_reads_what_comes_after_the_first_start(kafka):
    topic, ledger = kafka.topic(), Ledger()
    kafka.produce(topic, numbers(0, 20))
    chosen = settings(kafka, topic, start="latest")
    with Reader(chosen, ledger) as reader:
        reader.until(lambda: ledger.positions)
    assert ledger.positions[f"{topic}/0"].next == 20
    kafka.produce(topic, numbers(20, 25))
    with Reader(chosen, ledger) as again:
        assert again.read(5) == numbers(20, 25)


def test_with_nothing_stored_the_groups_committed_offset_is_taken(kafka):
    topic = kafka.topic()
    kafka.produce(topic, numbers(0, 20))
    chosen = settings(kafka, topic)
    commit(kafka, chosen, topic, 15)
    with Reader(chosen, Ledger()) as reader:
        assert reader.read(5) == numbers(15, 20)


def test_a_restored_backup_is_read_from_its_own_offset(kafka):
    topic = kafka.topic()
    kafka.produce(topic, numbers(0, 20))
    chosen, ledger = settings(kafka, topic), Ledger()
    with Reader(chosen, ledger) as reader:
        reader.read(20)
    assert committed(kafka, chosen, topic) == 20
    name = f"{topic}/0"
    backup = Ledger({name: Position(12, log=ledger.positions[name].log)})
    with Reader(chosen, backup) as reader:
        assert reader.read(8) == numbers(12, 20)
    assert backup.skipped == []


def test_an_offset_older_than_the_log_is_expired_and_counted(kafka):
    topic = kafka.topic()
    kafka.produce(topic, numbers(0, 20))
    kafka.forget_before(topic, 0, 12)
    ledger = Ledger({f"{topic}/0": Position(5)})
    with Reader(settings(kafka, topic), ledger) as reader:
        assert reader.read(8) == numbers(12, 20)
    assert ledger.skipped == [Skipped(f"{topic}/0", Skip.EXPIRED, 5, 12, 7)]
    assert ledger.conflicts == 0


def test_records_that_expire_while_reading_is_paused_are_counted(kafka):
    topic = kafka.topic()
    kafka.produce(topic, numbers(0, 20))
    name, ledger = f"{topic}/0", Ledger()
    with Reader(settings(kafka, topic, fetch_bytes=1024, partition_bytes=1024), ledger) as reader:
        reader.until(lambda: len(ledger.rows) >= 4, limit=4)
        reader.source.pause([name])
        kafka.produce(topic, [b"x" * 900] * 20)
        kafka.forget_before(topic, 0, 35)
        reader.source.pause([])
        reader.until(lambda: ledger.positions[name].next == 40)
    (skipped,) = ledger.skipped
    assert (skipped.why, skipped.next) == (Skip.EXPIRED, 35)
    assert skipped.lost == 35 - skipped.first
    assert len(ledger.rows) == 40 - skipped.lost


def test_an_offset_newer_than_the_log_goes_on_at_its_end(kafka):
    topic = kafka.topic()
    kafka.produce(topic, numbers(0, 20))
    ledger = Ledger({f"{topic}/0": Position(50)})
    with Reader(settings(kafka, topic), ledger) as reader:
        reader.until(lambda: ledger.skipped)
        kafka.produce(topic, numbers(20, 25))
        assert reader.read(5) == numbers(20, 25)
    assert ledger.skipped == [Skipped(f"{topic}/0", Skip.TRUNCATED, 50, 20, 0)]
    assert ledger.positions[f"{topic}/0"].next == 25
    assert ledger.conflicts == 0


def test_a_log_that_was_cut_under_the_reader_goes_on_where_it_was_cut(own_kafka):
    """As an unclean election leaves it: the end of the log is gone and is written anew."""
    topic, ledger = own_kafka.topic(), Ledger()
    own_kafka.flood(topic, 0, numbers(0, 100), [1_700_000_000_000] * 100, most=10)
    with Reader(settings(own_kafka, topic, session="30s"), ledger) as reader:
        reader.read(100)
        own_kafka.kill()
        cut_log(own_kafka, topic, 60)
        own_kafka.start()
        reader.until(lambda: ledger.skipped, seconds=90)
        own_kafka.produce(topic, numbers(60, 70))
        reader.read(110)
    assert [(s.why, s.first, s.next) for s in ledger.skipped] == [(Skip.TRUNCATED, 100, 60)]
    assert ledger.bodies() == numbers(0, 100) + numbers(60, 70)
    assert ledger.positions[f"{topic}/0"].next == 70


def cut_log(broker, topic, offset):
    """Cut a stopped broker's log before the batch of an offset."""
    folder = broker.data / f"{topic}-0"
    log = next(folder.glob("*.log"))
    data, at = log.read_bytes(), 0
    while struct.unpack_from(">q", data, at)[0] < offset:
        at += 12 + struct.unpack_from(">i", data, at + 8)[0]
    log.write_bytes(data[:at])
    for other in (*folder.glob("*index"), *folder.glob("*.snapshot")):
        other.unlink()
    for name in ("recovery-point-offset-checkpoint", "replication-offset-checkpoint"):
        (broker.data / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "unused", ignore_errors=True)


def test_a_recreated_topic_is_read_from_its_beginning(kafka):
    topic, name = kafka.topic(), ""
    kafka.produce(topic, numbers(0, 20))
    chosen, ledger, name = settings(kafka, topic), Ledger(), f"{topic}/0"
    with Reader(chosen, ledger) as reader:
        reader.read(20)
    before = ledger.positions[name].log
    kafka.delete_topic(topic)
    kafka.topic(topic)
    kafka.produce(topic, numbers(100, 130))
    with Reader(chosen, ledger) as reader:
        reader.read(50)
    assert ledger.bodies() == numbers(0, 20) + numbers(100, 130)
    assert ledger.skipped == [Skipped(name, Skip.RECREATED, 20, 0, 0)]
    assert ledger.positions[name].log not in ("", before)


def test_a_topic_recreated_under_the_reader_is_read_from_its_beginning(kafka):
    topic = kafka.topic()
    kafka.produce(topic, numbers(0, 20))
    chosen, ledger = settings(kafka, topic), Ledger()
    with Reader(chosen, ledger) as reader:
        reader.read(20)
        kafka.delete_topic(topic)
        kafka.topic(topic)
        kafka.produce(topic, numbers(100, 130))
        reader.read(50)
    assert ledger.bodies() == numbers(0, 20) + numbers(100, 130)
    assert [s.why for s in ledger.skipped] == [Skip.RECREATED]


def test_a_deleted_topic_is_waited_for(kafka):
    topic, ledger = kafka.topic(), Ledger()
    kafka.produce(topic, numbers(0, 20))
    with Reader(settings(kafka, topic), ledger) as reader:
        reader.read(20)
        kafka.delete_topic(topic)
        told = f"topic {topic} does not exist; waiting for it"
        reader.until(lambda: told in reader.source.status())
        assert not reader.stands(f"{topic}/0")
        kafka.topic(topic)
        kafka.produce(topic, numbers(0, 5))
        reader.read(25)
        reader.until(lambda: not reader.source.status())


def test_a_topic_that_never_was_is_not_made(kafka):
    with Reader(settings(kafka, "no-such-topic"), Ledger()) as reader:
        reader.until(lambda: "no-such-topic does not exist" in reader.source.status())
        for _ in range(5):
            reader.poll()
    assert "no-such-topic" not in kafka.admin().list_topics()


def transaction(kafka, topic, bodies, *, commit):
    producer = kafka.producer(transactional_id=f"tx-{topic}")
    producer.init_transactions()
    producer.begin_transaction()
    for body in bodies:
        producer.send(topic, body, partition=0)
    producer.flush()
    if commit:
        producer.commit_transaction()
    else:
        producer.abort_transaction()
    producer.close()


def test_aborted_transactions_are_passed_by(kafka):
    topic, ledger = kafka.topic(), Ledger()
    kafka.produce(topic, numbers(0, 5))
    transaction(kafka, topic, numbers(900, 910), commit=False)
    transaction(kafka, topic, numbers(5, 8), commit=True)
    with Reader(settings(kafka, topic), ledger) as reader:
        assert reader.read(8) == numbers(0, 8)
        reader.until(lambda: reader.stands(f"{topic}/0"))
    assert ledger.skipped == []


def test_control_records_at_the_end_are_in_the_span(kafka):
    """5 records, 10 aborted ones and their marker: the log ends at 16."""
    topic, ledger = kafka.topic(), Ledger()
    kafka.produce(topic, numbers(0, 5))
    transaction(kafka, topic, numbers(900, 910), commit=False)
    with Reader(settings(kafka, topic), ledger) as reader:
        assert reader.read(5) == numbers(0, 5)
        reader.until(lambda: reader.stands(f"{topic}/0"))
        assert ledger.positions[f"{topic}/0"].next == 16
        assert reader.source.lag() == {f"{topic}/0": 0}


def test_before_an_open_transaction_reading_waits_and_does_not_stand(kafka):
    topic, ledger = kafka.topic(), Ledger()
    name = f"{topic}/0"
    kafka.produce(topic, numbers(0, 5))
    producer = kafka.producer(transactional_id=f"open-{topic}")
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(topic, b"open", partition=0)
    producer.flush()
    kafka.produce(topic, numbers(5, 9))
    with Reader(settings(kafka, topic), ledger, time_of=fast(5)) as reader:
        assert reader.read(5) == numbers(0, 5)
        words = f"an open transaction holds {name} at offset 5"
        reader.until(lambda: words in reader.source.status())
        assert not any(name in poll.standing for poll in reader.polls)
        assert reader.source.lag() == {name: 5}
        producer.commit_transaction()
        producer.close()
        assert reader.read(10) == [*numbers(0, 5), b"open", *numbers(5, 9)]
        reader.until(lambda: reader.stands(name))


def fast(times):
    """Make a clock that runs so many times as fast."""
    from tests.integration.sources.reader import clock

    begun = clock()
    return lambda: begun + times * (clock() - begun)
