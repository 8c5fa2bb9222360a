"""The pager gathers the same evidence bit for bit, whatever is killed and whenever."""

import os
import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from driftwatch.nouns.judgements import AlertState, Evidence, Transition
from driftwatch.store.sql import SqlStore
from tests.acceptance.checks import wait_until_sent
from tests.acceptance.running import Daemon, Receiver, wait_for, wait_until_running
from tests.acceptance.scenes import Scene, now_hour, stage
from tests.acceptance.truth import DRIFTING, HOUR, MODEL, Plan, Truth
from tests.real.kafka import Kafka
from tests.real.parts import free_port

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1200)]
SEED = int(os.environ.get("DRIFTWATCH_TEST_SEED", "1"))
PAGER = "{false_pages: {count: 1, per: 30d}, no_data: 3650d}"
EXPECTED = {"CovariateShift": set(DRIFTING), "DataQuality": {"n03"}}
STEP = 10 * 60_000_000


@pytest.mark.parametrize(
    ("records", "hours", "kills"),
    [
        pytest.param(16_000, 6, 2, id="short"),
        pytest.param(300_000, 30, 12, id="full", marks=pytest.mark.slow),
    ],
)
def test_evidence_and_alerts_are_those_of_a_run_that_was_never_killed(
    kafka: Kafka, tmp_path: Path, records: int, hours: int, kills: int
):
    # So long ago that the day of the last records is over: no run ends on another day.
    plan = Plan(
        records,
        begin=now_hour() - (hours + 30) * HOUR,
        hours=hours,
        drift_hour=hours // 2,
        seed=SEED,
    )
    url = f"sqlite:///{tmp_path}/killed.db"
    killed = stage(kafka, Truth(plan), tmp_path, url, rows=12_000)
    calm = replace(killed, url=f"sqlite:///{tmp_path}/calm.db")
    until, receiver, rng = now_hour() - HOUR, Receiver(), random.Random(SEED)
    try:
        run(killed, "killed", kafka, receiver, until, [rng.uniform(0.1, 2.5) for _ in range(kills)])
        ids = set(receiver.ids)
        run(calm, "calm", kafka, receiver, until, [])
    finally:
        receiver.close()
    assert receiver.wrong == 0
    assert set(receiver.ids) == ids  # the same happened, and so it has the same ids
    left = found(killed)
    assert left == found(calm)
    evidence, alerts, fired = left
    assert [told.population.version for told in evidence] == ["3"]
    # One of the two has gone out of the range that its reference knows.
    assert sorted(t.key.alert for t in fired if t.after == "firing") == list(EXPECTED)
    assert len(fired) == len(ids) == len(EXPECTED)
    assert all(0 <= t.boundary - plan.begin - plan.drift_hour * HOUR <= HOUR for t in fired)
    for state in alerts:
        named = {entry["feature"] for entry in state.evidence.get("features", ())}
        assert named == EXPECTED.get(state.key.alert, set())


def run(
    scene: Scene, name: str, kafka: Kafka, receiver: Receiver, until: int, lives: list[float]
) -> None:
    """Let a daemon read and judge everything; it is killed after each of some lives, in seconds."""
    daemon = Daemon(
        scene.config(
            name,
            broker=kafka.address,
            hook=receiver.url,
            port=free_port(),
            group=f"{scene.topic}-{name}",
            alerts=PAGER,
            step="10m",
            append=3_000,
            poll=1_000,
            idle="1s",
            session="1500ms",
        )
    )
    daemon.start()
    try:
        for life in lives:
            wait_until_running(daemon)
            time.sleep(life)
            daemon.kill()
            daemon.start()
        wait_until_running(daemon)

        def done() -> bool:
            assert daemon.alive, daemon.tail()
            return scene.judged() >= until

        wait_for(done, 300, f"all is judged\n{daemon.tail()}")
        wait_until_sent(scene, receiver)
        assert daemon.stop() == 0
    finally:
        daemon.end()


def found(scene: Scene) -> tuple[list[Evidence], list[AlertState], list[Transition]]:
    """Give what was gathered, where the alerts stand, and how they came there."""
    with scene.store() as store:
        assert isinstance(store, SqlStore)
        store.close(MODEL, lambda _: now_hour() + 100 * HOUR)
        opened = store.open(MODEL, STEP)
        assert opened is not None
        evidence = [opened.evidence[of] for of in sorted(opened.evidence)]
        return evidence, list(store.alerts()), list(store.transitions(100))
