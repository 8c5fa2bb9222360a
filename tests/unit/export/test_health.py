"""Threads that stopped fail /livez; what is wrong outside never fails /readyz."""

import pytest

from driftwatch.export.health import Health, SourceState
from tests.unit.export.samples import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(monotonic=clock.monotonic, now=clock.now)


def test_nothing_to_watch_is_alive(health: Health) -> None:
    assert health.live() == (True, {"status": "alive", "threads": {}, "problems": []})


def test_a_thread_is_alive_up_to_its_limit_and_dead_after_it(health: Health, clock: Clock) -> None:
    health.expect("tick", 30)
    clock.seconds += 30
    assert health.live()[0]
    clock.seconds += 1
    alive, body = health.live()
    assert not alive
    assert body["problems"] == ["thread tick has not beaten for 31 s (limit 30 s)"]


def test_a_beat_brings_a_thread_back(health: Health, clock: Clock) -> None:
    health.expect("tick", 30)
    clock.seconds += 60
    health.beat("tick")
    assert health.live()[0]


def test_each_thread_has_its_own_limit(health: Health, clock: Clock) -> None:
    health.expect("tick", 300)
    health.expect("relay hook", 30)
    clock.seconds += 60
    assert [p.split()[1:3] for p in health.live()[1]["problems"]] == [["relay", "hook"]]


def test_a_thread_that_was_dismissed_is_not_missed(health: Health, clock: Clock) -> None:
    health.expect("tick", 30)
    health.dismiss("tick")
    health.beat("tick")
    clock.seconds += 60
    assert health.live()[0]


def test_a_jump_of_the_wall_clock_kills_nobody(clock: Clock) -> None:
    health = Health(monotonic=lambda: 1.0, now=clock.now)
    health.expect("tick", 30)
    clock.seconds += 10_000
    assert health.live()[0]


def test_readyz_says_of_each_source_what_is_wrong_and_its_lag(health: Health) -> None:
    health.source("kafka", SourceState("no broker answers at kafka:9092", {"t-0": 3, "t-1": 4}))
    health.source("files", SourceState())
    body = health.ready()
    assert body["status"] == "ready"
    assert body["problems"] == ["source kafka: no broker answers at kafka:9092"]
    assert body["sources"]["kafka"] == {
        "status": "no broker answers at kafka:9092",
        "lag": {"t-0": 3, "t-1": 4},
        "lag_records": 7,
    }
    assert body["sources"]["files"] == {"status": "ok", "lag": {}, "lag_records": 0}


def test_a_source_that_is_gone_is_off_the_board(health: Health) -> None:
    health.source("kafka", SourceState("down"))
    health.source("kafka", None)
    assert health.ready()["sources"] == {}


def test_notices_are_said_until_they_are_taken_back(health: Health) -> None:
    health.notice("store", "the disk is full")
    assert health.ready()["problems"] == ["store: the disk is full"]
    health.notice("store", "")
    assert health.ready()["problems"] == []


def test_a_file_that_cannot_be_used_is_a_notice_until_one_can(health: Health) -> None:
    health.not_loaded("line 3: unknown key")
    assert health.ready()["notices"] == {"reload": "line 3: unknown key"}
    health.loaded()
    assert health.ready()["notices"] == {}
