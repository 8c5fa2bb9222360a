"""An idle night, a clock that is wrong, a slow producer: what closes when, and what is late?"""

import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.acceptance.running import Daemon, wait_for, wait_until_running
from tests.acceptance.scenes import Scene, empty_stage
from tests.acceptance.truth import HOUR, MINUTE, one_record
from tests.real.kafka import Kafka
from tests.real.parts import free_port

pytestmark = pytest.mark.kafka
LATENESS = 2 * MINUTE


class Night:
    """A daemon over a topic, and producers that write at once; times are of event."""

    def __init__(self, kafka: Kafka, folder: Path, settings: dict[str, str]) -> None:
        self.scene: Scene = empty_stage(kafka, folder, partitions=2)
        config = self.scene.config(
            "driftwatch",
            broker=kafka.address,
            hook="http://127.0.0.1:9/",
            port=free_port(),
            step="1m",
            idle="3s",
            **settings,
        )
        self.daemon = Daemon(config)
        self.now = time.time_ns() // 1000 // MINUTE * MINUTE
        self._producer = kafka.producer(linger_ms=0)

    def send(self, partition: int, *times: int) -> None:
        """Write records of these times into a partition."""
        for at in times:
            self._producer.send(self.scene.topic, one_record(at), partition=partition)
        self._producer.flush(timeout=30)

    def send_broken(self, partition: int, records: int) -> None:
        """Write records that nobody can read."""
        for _ in range(records):
            self._producer.send(self.scene.topic, b"{", partition=partition)
        self._producer.flush(timeout=30)

    def counted(self, records: int) -> None:
        """Wait until so many records were read."""
        read = self.scene.counted
        wait_for(lambda: read()["received"] == records, 30, f"{records} are read; {read()}")

    def closes(self, until: int) -> None:
        """Wait until everything before a time is closed and judged."""
        wait_for(lambda: self.scene.closed() >= until, 30, f"closed up to {until}")
        wait_for(lambda: self.scene.judged() >= until, 30, f"judged up to {until}")

    def end(self) -> None:
        """Leave in good order."""
        self._producer.close(timeout=5)
        self.daemon.end()


@pytest.fixture
def night(kafka: Kafka, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Night]:
    made = Night(kafka, tmp_path, getattr(request, "param", {}))
    try:
        made.daemon.start()
        wait_until_running(made.daemon)
        yield made
        assert made.daemon.stop() == 0
    finally:
        made.end()


def test_on_an_idle_night_the_last_pane_is_judged_though_nothing_more_comes(night: Night):
    last = night.now - 5 * MINUTE + 30_000_000
    night.send(0, *(last - i * 1_000_000 for i in range(400, -1, -1)))
    night.counted(401)
    night.closes(until=night.now - 4 * MINUTE)
    with night.scene.store() as store:
        (hour,) = [v for v in store.snapshot(0).verdicts if v.window == "1h"]
    assert hour.rows == night.scene.counted()["observations"] == 401


def test_a_record_from_the_future_is_rejected_and_moves_nothing(night: Night):
    past = night.now - 10 * MINUTE
    night.send(0, past, night.now + HOUR, past)
    night.send(1, past)
    night.counted(4)
    assert night.scene.rejected() == {"time_in_future": 1}
    assert night.scene.closed() <= past
    night.closes(until=past + MINUTE)
    counted = night.scene.counted()
    assert (counted["observations"], counted["late"]) == (3, 0)
    assert night.scene.closed() < night.now + HOUR


def test_partitions_that_are_empty_or_stop_half_way_hold_nobody_back(night: Night):
    begin, sent = night.now - 130 * MINUTE, 0
    times = iter(range(begin, night.now - 30 * MINUTE, MINUTE))
    while night.scene.closed() < begin:  # with nothing ever in the other partition
        stopped, sent = next(times), sent + 1
        night.send(0, stopped)
        time.sleep(0.25)
    for at in islice(times, 30):
        night.send(1, at)
        time.sleep(0.25)
    # The first partition has stood still for long; the second went on until this moment.
    assert night.scene.closed() > stopped - LATENESS
    night.closes(until=at + MINUTE)
    counted = night.scene.counted()
    assert (counted["observations"], counted["late"]) == (sent + 30, 0)


def test_a_producer_an_hour_behind_in_a_partition_of_its_own_is_waited_for(night: Night):
    slow = []
    for i in range(30):
        slow.append(night.now - 80 * MINUTE + i * 30_000_000)
        night.send(1, slow[-1])
        night.send(0, slow[-1] + HOUR)
        assert night.scene.closed() <= slow[-1] - LATENESS
        time.sleep(0.25)
    assert night.scene.closed() >= slow[0] - LATENESS, "it did close what the slow one has passed"
    night.closes(until=slow[-1] + HOUR + MINUTE)
    counted = night.scene.counted()
    assert (counted["observations"], counted["late"]) == (60, 0)


def test_a_producer_an_hour_behind_in_a_shared_partition_is_late(night: Night):
    for i in range(20):
        at = night.now - 30 * MINUTE + i * MINUTE
        night.send(0, at, at - HOUR)
    night.counted(40)
    counted = night.scene.counted()
    assert (counted["observations"], counted["late"]) == (20, 20)


def test_a_partition_of_broken_records_alone_holds_nobody_back(night: Night):
    begin = night.now - 60 * MINUTE
    night.send(1, begin)
    for i in range(40):
        night.send(0, begin + i * MINUTE)
        night.send_broken(1, 1)
        time.sleep(0.25)
    assert night.scene.closed() > begin + 10 * MINUTE  # and broken ones still come
    night.closes(until=begin + 40 * MINUTE)
    counted = night.scene.counted()
    assert (counted["observations"], counted["late"], counted["rejected"]) == (41, 0, 40)


@pytest.mark.parametrize("night", [{"alerts": "{no_data: 3650d}"}], indirect=True)  # the pager
def test_records_that_are_all_broken_alert_though_no_event_time_comes_any_more(night: Night):
    last = night.now - 5 * MINUTE + 30_000_000
    night.send(0, *(last - i * 1_000_000 for i in range(400, -1, -1)))
    night.counted(401)
    for _ in range(20):
        night.send_broken(0, 15)
        time.sleep(0.25)

    def called() -> set[str]:
        with night.scene.store() as store:
            states = [s for s in store.alerts() if s.key.alert == "DataQuality"]
        return {e["feature"] for s in states for e in s.evidence.get("features", ())}

    wait_for(lambda: "rejected records" in called(), 30, "DataQuality names them")
    night.counted(701)
