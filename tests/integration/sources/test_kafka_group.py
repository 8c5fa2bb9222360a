"""A group of several readers, gaps, pauses, and what the group is told."""

from collections import Counter

import pytest

from driftwatch.nouns.errors import Transient
from driftwatch.sources.kafka.source import KafkaSource
from tests.integration.sources.reader import Ledger, Reader, clock, numbers, settings
from tests.unit.sources.contract import CONTRACT

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def filled(kafka):
    topic = kafka.topic(partitions=3)
    for partition in range(3):
        kafka.flood(topic, partition, numbers(0, 600), [1_700_000_000_000] * 600, most=50)
    return topic


@pytest.mark.parametrize("clause", CONTRACT, ids=lambda clause: clause.__name__)
def test_the_source_keeps_the_contract(kafka, filled, clause):
    chosen = settings(kafka, filled)
    clause(lambda stored: KafkaSource(chosen, stored, "one", clock))


def test_several_topics_are_read_as_one_source(kafka):
    first, second = kafka.topic(partitions=2), kafka.topic()
    kafka.produce(first, numbers(0, 5), partition=1)
    kafka.produce(second, numbers(5, 9))
    ledger = Ledger()
    with Reader(settings(kafka, first, second), ledger) as reader:
        reader.read(9)
        names = {f"{first}/0", f"{first}/1", f"{second}/0"}
        reader.until(lambda: reader.stands(*names))
    assert set(reader.polls[-1].partitions) == names
    assert ledger.bodies(f"{first}/1") == numbers(0, 5)
    assert ledger.bodies(f"{second}/0") == numbers(5, 9)
    logs = reader.polls[-1].logs
    assert logs[f"{first}/0"] == logs[f"{first}/1"] != logs[f"{second}/0"]


def test_arrival_headers_and_tombstones_come_through(kafka):
    topic = kafka.topic()
    stamps = [1_700_000_000_123, 1_700_000_000_456]
    kafka.produce(topic, [b"a", None], timestamps=stamps, headers=[("ce_id", b"7")])
    with Reader(settings(kafka, topic), Ledger()) as reader:
        reader.until(lambda: reader.ledger.rows)
    poll = next(p for p in reader.polls if p.bodies)
    assert poll.bodies == [b"a", None]
    assert poll.arrived.tolist() == [stamp * 1000 for stamp in stamps]
    assert poll.headers == [(("ce_id", b"7"),)] * 2


def test_two_readers_share_a_group_and_no_record_is_lost_or_doubled(kafka):
    topic, ledger = kafka.topic(partitions=4), Ledger()
    chosen = settings(kafka, topic)
    truth = Counter()

    def more(first, last):
        for partition in range(4):
            bodies = [b"%d-%d" % (partition, i) for i in range(first, last)]
            kafka.flood(topic, partition, bodies, [1_700_000_000_000] * len(bodies), most=20)
            truth.update(bodies)

    more(0, 200)
    with Reader(chosen, ledger, "one") as one:
        one.until(lambda: len(ledger.rows) > 100, limit=30)
        one.poll(30)  # read, and not appended before the other comes
        with Reader(chosen, ledger, "two") as two:

            def both(readers, done, limit=40):
                for _ in range(2000):
                    for reader in readers:
                        reader.poll(limit)
                        reader.append()
                    if done():
                        return
                raise AssertionError(len(ledger.rows), one.source.status(), two.source.status())

            both([one, two], lambda: {2} == {len(r.polls[-1].partitions) for r in (one, two)})
            more(200, 300)
            both([one, two], lambda: len(ledger.rows) >= sum(truth.values()))
            assert sum(poll.restarted for poll in one.polls) >= 2
            more(300, 350)
            two.poll(10)  # taken along when it leaves
        both([one], lambda: len(ledger.rows) >= sum(truth.values()))
    assert Counter(ledger.bodies()) == truth
    assert set(one.polls[-1].partitions) == {f"{topic}/{p}" for p in range(4)}


def test_a_killed_reader_comes_back_under_its_id_without_a_wait(kafka):
    """A dynamic member would have to wait until the session of the killed one is over."""
    topic, ledger = kafka.topic(), Ledger()
    kafka.produce(topic, numbers(0, 10))
    chosen = settings(kafka, topic, session="45s")
    killed = Reader(chosen, ledger)
    killed.read(10)
    killed.source._connection.consumer._client.close()
    kafka.produce(topic, numbers(10, 20))
    with Reader(chosen, ledger) as again:
        assert again.read(20, seconds=15) == numbers(0, 20)


def test_after_a_gap_longer_than_the_session_positions_come_from_the_store(kafka):
    topic, ledger, now = kafka.topic(), Ledger(), [clock()]
    kafka.produce(topic, numbers(0, 30))
    with Reader(settings(kafka, topic), ledger, time_of=lambda: now[0]) as reader:
        reader.until(lambda: len(ledger.rows) == 10, limit=10)
        assert len(reader.poll(10).bodies) == 10  # read, and not appended
        now[0] += 7_000_000
        assert reader.poll(10).restarted
        assert reader.read(30) == numbers(0, 30)
    assert ledger.conflicts == 0


def test_a_conflict_leads_back_to_what_is_stored(kafka):
    topic, ledger = kafka.topic(), Ledger()
    kafka.produce(topic, numbers(0, 30))
    with Reader(settings(kafka, topic), ledger) as reader:
        reader.until(lambda: len(ledger.rows) == 10, limit=10)
        before = ledger.positions[f"{topic}/0"]
        ledger.positions[f"{topic}/0"] = type(before)(20, log=before.log)
        reader.poll(10)
        reader.append()
        assert ledger.conflicts == 1
        assert reader.read(20) == numbers(0, 10) + numbers(20, 30)


def test_paused_partitions_wait_while_the_others_go_on(kafka):
    topic, ledger = kafka.topic(partitions=2), Ledger()
    held, free = f"{topic}/0", f"{topic}/1"
    kafka.produce(topic, numbers(0, 50))
    kafka.produce(topic, numbers(50, 100), partition=1)
    with Reader(settings(kafka, topic), ledger) as reader:
        reader.source.pause([held])
        reader.until(lambda: reader.stands(free))
        assert ledger.bodies() == numbers(50, 100)
        assert held not in reader.polls[-1].standing
        reader.source.pause([free])
        reader.until(lambda: reader.stands(held))
        assert ledger.bodies(held) == numbers(0, 50)
        assert free not in reader.polls[-1].standing


def test_lag_counts_to_the_logs_end_also_while_paused(kafka):
    topic = kafka.topic()
    kafka.produce(topic, numbers(0, 30))
    name, ledger, now = f"{topic}/0", Ledger(), [clock()]
    with Reader(settings(kafka, topic), ledger, time_of=lambda: now[0]) as reader:
        reader.until(lambda: len(ledger.rows) == 10, limit=10)
        assert reader.source.lag() == {name: 20}
        reader.source.pause([name])
        kafka.produce(topic, numbers(30, 40))
        now[0] += 5_500_000  # the ends are looked at every five seconds
        reader.poll()
        assert reader.source.lag() == {name: 30}


def test_a_store_that_cannot_be_reached_is_waited_for(kafka):
    topic, ledger, away = kafka.topic(), Ledger(), [True]
    kafka.produce(topic, numbers(0, 10))

    def stored():
        if away[0]:
            raise Transient("the store cannot be reached")
        return ledger.stored()

    with Reader(settings(kafka, topic), ledger) as reader:
        reader.source._stored = stored
        reader.until(lambda: reader.source.status() == "the store cannot be reached")
        away[0] = False
        assert reader.read(10) == numbers(0, 10)
        assert reader.source.status() == ""


def test_new_partitions_are_read_from_their_beginning(kafka):
    topic, ledger = kafka.topic(), Ledger()
    kafka.produce(topic, numbers(0, 5))
    with Reader(settings(kafka, topic), ledger) as reader:
        reader.read(5)
        kafka.admin().create_partitions({topic: 2})
        kafka.admin().wait_for_topics([topic])
        kafka.produce(topic, numbers(5, 9), partition=1)
        reader.read(9)
    assert ledger.bodies() == numbers(0, 9)


def test_a_member_makes_the_partitions_of_others_known_too(kafka):
    chosen = settings(kafka, kafka.topic(partitions=4))
    sources = [KafkaSource(chosen, dict, name, clock) for name in ("one", "two")]
    try:
        for _ in range(60):
            polls = [source.poll(10) for source in sources]
            shared = [p for p in polls if p.restarted and len(p.partitions) == 2]
            if shared:
                break
        assert [len(poll.span) for poll in shared][:1] == [4]
        assert all(first == following == 0 for first, following in shared[0].span.values())
    finally:
        for source in sources:
            source.close()
