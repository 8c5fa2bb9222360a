"""Each record is counted exactly once, whatever is killed and whenever."""

import os
import random
from pathlib import Path

import pytest

from tests.acceptance.running import Daemon, Receiver, kill_at_random, wait_for
from tests.acceptance.scenes import Scene, differences, now_hour, stage
from tests.acceptance.truth import DRIFTING, HOUR, MINUTE, Plan, Truth
from tests.real.kafka import Kafka
from tests.real.parts import free_port

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1200)]
SEED = int(os.environ.get("DRIFTWATCH_TEST_SEED", "1"))


@pytest.mark.parametrize(
    ("records", "kills"),
    [
        pytest.param(120_000, 6, id="short"),
        pytest.param(1_000_000, 20, id="full", marks=pytest.mark.slow),
    ],
)
def test_every_pane_equals_the_truth_after_random_kills(
    kafka: Kafka, tmp_path: Path, records: int, kills: int
):
    plan = Plan(records, begin=now_hour() - 33 * HOUR, seed=SEED)
    scene = stage(kafka, Truth(plan), tmp_path, f"sqlite:///{tmp_path}/state.db")
    receiver, rng = Receiver(), random.Random(SEED)
    daemon = Daemon(_config(scene, kafka, receiver, rng))
    daemon.start()
    try:
        for kill in range(kills):
            kill_at_random(daemon, rng, 3.0)
            _other_polls(scene, kafka, receiver, rng, daemon)
            assert daemon.starts == kill + 2
        _wait_until_judged(scene, daemon)
        _wait_until_sent(scene, receiver)
        assert daemon.stop() == 0
    finally:
        daemon.end()
        receiver.close()
    assert_truth(scene)
    assert_told(scene, receiver)


def _config(scene: Scene, kafka: Kafka, receiver: Receiver, rng: random.Random) -> Path:
    return scene.config(
        "driftwatch",
        broker=kafka.address,
        hook=receiver.url,
        port=free_port(),
        poll=rng.choice([100, 1_000, 5_000]),
        append=rng.choice([500, 5_000, 30_000]),
    )


def _other_polls(
    scene: Scene, kafka: Kafka, receiver: Receiver, rng: random.Random, daemon: Daemon
) -> None:
    """Let the daemon's next start, or its reload, read in other amounts."""
    daemon.config = _config(scene, kafka, receiver, rng)


def _wait_until_judged(scene: Scene, *daemons: Daemon) -> None:
    plan, last = scene.truth.plan, scene.truth.plan.begin + (scene.truth.plan.hours + 2) * HOUR

    wait_for(lambda: any("running" in daemon.tail() for daemon in daemons), 60, "one runs")

    def done() -> bool:
        assert any(daemon.alive for daemon in daemons), daemons[0].tail()
        return scene.counted()["received"] == plan.records and scene.judged() >= last

    wait_for(done, 600, f"all is read and judged; {scene.counted()}, {scene.judged()} < {last}")


def _wait_until_sent(scene: Scene, receiver: Receiver) -> None:
    def sent() -> bool:
        with scene.store() as store:
            dispatched = store.deliveries(1000)
        return {d.delivery.message.id for d in dispatched} <= set(receiver.ids)

    wait_for(sent, 60, "every message was received")


def assert_truth(scene: Scene) -> None:
    """Assert that panes, hours, late and rejected counts are exactly the truth."""
    truth, layout, counted = scene.truth, scene.profile.layout, scene.counted()
    assert counted["observations"] == truth.observations
    assert counted["late"] == truth.late
    assert counted["rejected"] == truth.rejected.total()
    with scene.store() as store:
        reasons = {c.reason: n for c, n in store.counters().items() if c.kind == "rejected" and n}
    assert reasons == dict(truth.rejected)
    judged = scene.judged() // HOUR * HOUR
    hours = {p: c for p, c in truth.counts(layout, HOUR).items() if p < judged}
    assert len(hours) >= truth.plan.hours
    assert differences(layout, scene.panes(hourly=True), hours) == []
    stored = scene.panes(hourly=False)
    true = truth.counts(layout, MINUTE)
    assert differences(layout, stored, {p: c for p, c in true.items() if p in stored}) == []


def assert_told(scene: Scene, receiver: Receiver) -> None:
    """Assert that one alert fired once, under one id, and named just the two features."""
    assert receiver.wrong == 0
    with scene.store() as store:
        dispatched = store.deliveries(1000)
        fired = [t for t in store.transitions(1000) if t.after == "firing"]
    assert {d.delivery.message.id for d in dispatched} == set(receiver.ids)
    assert len({(m["alert"], m["state"], m["at"]) for m in receiver.messages}) == len(
        set(receiver.ids)
    )
    assert [t.key.alert for t in fired] == ["CovariateShift"]
    told = [m for m in receiver.messages if m["state"] == "firing"]
    assert {m["alert"] for m in told} == {"CovariateShift"}
    assert {f["feature"] for m in told for f in m["features"]} == set(DRIFTING)
