"""What does a session say of itself while its parts fail?"""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from driftwatch.app.daemon import wall
from driftwatch.app.session import Session
from driftwatch.config.load import parse
from driftwatch.export.collector import Exposition
from driftwatch.export.counters import Committed
from driftwatch.export.health import Health
from driftwatch.nouns.errors import Conflict, Transient
from driftwatch.nouns.judgements import AlertKey, AlertState, Judgement, State
from driftwatch.store.memory import Memory

DAY = 86_400_000_000
CONFIG = """
models: [{name: fraud, reference: {path: "fraud-{version}.json"}}]
sources: [{kind: simulate}]
schedule: {evaluate: 20ms}
store: {url: "sqlite:////nowhere/state.db"}
"""


class Judged(Memory):
    """A store in which a look for a boundary fails with `error`, or says that there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None
        self.looked = threading.Semaphore(0)
        self.free = threading.Event()
        self.free.set()

    def open(self, model: str, step: int) -> Any:
        error = self.error
        self.looked.release()
        assert self.free.wait(20)
        if error is not None:
            raise error
        return super().open(model, step)

    def pass_ticks(self) -> None:
        """Wait until a whole tick has gone by."""
        for _ in range(3):
            assert self.looked.acquire(timeout=20)


@pytest.fixture
def store() -> Judged:
    return Judged()


@pytest.fixture
def health() -> Health:
    return Health(monotonic=lambda: 0.0, now=wall)


@pytest.fixture
def exposition(store: Judged, health: Health) -> Exposition:
    return Exposition(release="0", health=health, counters=Committed(store.counters))


@pytest.fixture
def session(
    tmp_path: Path, store: Judged, health: Health, exposition: Exposition
) -> Iterator[Session]:
    made = Session(
        parse(CONFIG, str(tmp_path / "driftwatch.yaml"), {}),
        store=store,
        health=health,
        exposition=exposition,
        clock=wall,
        environ={},
        folder=tmp_path,
        reopen=lambda: None,
    )
    made.start()
    yield made
    if health.beats():
        made.stop()


def drained(store: Judged) -> None:
    while store.looked.acquire(blocking=False):
        pass
    store.pass_ticks()


def judging(health: Health) -> str | None:
    return health.notices().get("judging fraud")


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("error", [Transient("the store is away"), ZeroDivisionError("a mistake")])
def test_a_judging_that_fails_is_said_until_it_goes_on(
    store: Judged, health: Health, error: Exception
):
    store.error = error
    drained(store)
    assert judging(health) == str(error)
    store.error = None
    drained(store)
    assert judging(health) is None


@pytest.mark.usefixtures("session")
def test_where_another_replica_judges_nothing_is_wrong(store: Judged, health: Health):
    store.error = Transient("the store is away")
    drained(store)
    store.error = Conflict("another judged first")
    drained(store)
    assert judging(health) is None


def test_nothing_is_said_of_a_model_after_the_session_that_judged_it(
    session: Session, store: Judged, health: Health
):
    store.error = Transient("the store is away")
    drained(store)
    session.stop()
    assert judging(health) is None
    assert health.beats() == {}
    assert health.sources() == {}


@pytest.fixture
def _judged_before(store: Judged) -> None:
    """Let a process of before have fired an alert."""
    store.close("fraud", lambda _: DAY)
    key = AlertKey("fraud", "3", "CovariateShift")
    fired = AlertState(key, State.FIRING, DAY, "ref-1")
    store.commit(Judgement("fraud", None, DAY, DAY, alerts=(fired,)))


@pytest.mark.usefixtures("_judged_before")
def test_what_waits_to_be_judged_is_said_while_it_is_much_and_no_longer_than_the_session(
    session: Session, store: Judged, health: Health
):
    store.error = Transient("the store is away")
    store.close("fraud", lambda _: 3 * DAY)
    drained(store)
    told = "2d of event time are read and wait to be judged"
    assert health.notices()["backlog fraud"] == told
    session.stop()
    assert "backlog fraud" not in health.notices()


@pytest.mark.usefixtures("_judged_before")
def test_what_was_judged_before_a_restart_is_shown_before_the_first_tick(
    store: Judged, request: pytest.FixtureRequest, exposition: Exposition
):
    store.free.clear()
    request.getfixturevalue("session")
    body = exposition.scrape("")[1].decode()
    store.free.set()
    assert 'driftwatch_alert_firing{model="fraud",version="3",' in body
    assert 'driftwatch_boundary_timestamp_seconds{model="fraud"} 86400' in body


@pytest.mark.usefixtures("session")
def test_a_tick_that_outlasts_the_schedule_is_followed_by_others_and_never_joined_by_one(
    store: Judged,
):
    drained(store)
    store.free.clear()
    assert store.looked.acquire(timeout=20)
    assert not store.looked.acquire(timeout=0.3)  # fifteen times as long as the schedule
    store.free.set()
    store.pass_ticks()
