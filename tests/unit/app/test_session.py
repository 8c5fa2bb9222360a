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
from driftwatch.store.memory import Memory

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

    def open(self, model: str, step: int) -> Any:
        error = self.error
        self.looked.release()
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
def session(tmp_path: Path, store: Judged, health: Health) -> Iterator[Session]:
    made = Session(
        parse(CONFIG, str(tmp_path / "driftwatch.yaml"), {}),
        store=store,
        health=health,
        exposition=Exposition(release="0", health=health, counters=Committed(store.counters)),
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
