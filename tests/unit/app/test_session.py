"""What a session shows while it works."""

from pathlib import Path

import pytest

from driftwatch.app import session as sessions
from driftwatch.app.session import Session
from driftwatch.config import parse
from driftwatch.export.collector import Exposition
from driftwatch.export.counters import Committed
from driftwatch.export.health import Health
from driftwatch.nouns.judgements import Snapshot
from driftwatch.nouns.records import Delta, Part, Population, Position
from driftwatch.store.memory import Memory

MINUTE = 60 * 10**6
CONFIG = """
models: [{name: fraud, reference: {path: "fraud-{version}.json"}}]
sources: [{kind: simulate, partitions: 1}]
window: {lateness: 0s}
store: {url: "sqlite:///state.db"}
"""


class Shown(Exposition):
    """The metrics, which note how far each state that they were given had come."""

    def publish(self, snapshot: Snapshot) -> None:
        self.boundaries = [*getattr(self, "boundaries", ()), snapshot.models["fraud"].boundary]
        super().publish(snapshot)


def behind_by_five_minutes() -> Memory:
    store = Memory()
    part = Part(Population("fraud", "9"), "sha256:0", 0, 1, b"")
    where = {"fraud/0": Position(1, high=5 * MINUTE)}
    store.append(Delta("simulate", {"fraud/0": (0, 1)}, where, (part,), {}, ()), MINUTE)
    return store


@pytest.mark.parametrize(
    ("every", "shown"), [(-1.0, [None, None, 1, 2, 3, 4, 5, 5]), (10.0, [None, 5])]
)
def test_while_a_tick_catches_up_what_it_has_judged_is_shown_now_and_then(
    every: float, shown: list[int | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "SHOWN_EVERY", every)
    store = behind_by_five_minutes()
    health = Health(monotonic=lambda: 0.0, now=lambda: 0)
    exposition = Shown(release="0", health=health, counters=Committed(store.counters))
    session = Session(
        parse(CONFIG, "driftwatch.yaml", {}),
        store=store,
        health=health,
        exposition=exposition,
        clock=lambda: 5 * MINUTE,
        environ={},
        folder=tmp_path,
        reopen=lambda: None,
    )
    session._publish()
    session._current["simulate"] = 5 * MINUTE
    session._tick()
    minutes = [at and at // MINUTE for at in exposition.boundaries]
    assert minutes == shown
