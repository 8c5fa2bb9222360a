"""Two daemons on one store count each record once, whichever is killed, frozen or woken."""

import os
import random
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.acceptance.checks import assert_told, assert_truth, wait_until_judged, wait_until_sent
from tests.acceptance.running import Daemon, Receiver, kill_at_random, wait_for, wait_until_running
from tests.acceptance.scenes import Scene, now_hour, stage
from tests.acceptance.truth import HOUR, Plan, Truth
from tests.real.kafka import Kafka
from tests.real.parts import free_port

pytestmark = [pytest.mark.kafka, pytest.mark.postgresql, pytest.mark.timeout(1200)]
SEED = int(os.environ.get("DRIFTWATCH_TEST_SEED", "1"))


@pytest.mark.parametrize(
    ("records", "hours", "kills", "freezes"),
    [
        pytest.param(20_000, 6, 2, 1, id="short"),
        pytest.param(1_000_000, 30, 20, 4, id="full", marks=pytest.mark.slow),
    ],
)
def test_every_pane_equals_the_truth_though_one_is_killed_and_the_other_freezes(
    kafka: Kafka,
    postgresql_url: str,
    tmp_path: Path,
    records: int,
    hours: int,
    kills: int,
    freezes: int,
):
    begin = now_hour() - (hours + 3) * HOUR
    plan = Plan(records, begin=begin, hours=hours, drift_hour=hours // 2, seed=SEED)
    scene = stage(kafka, Truth(plan), tmp_path, postgresql_url)
    receiver, rng = Receiver(), random.Random(SEED)
    pair = [Daemon(_config(scene, kafka, receiver, rng, name)) for name in ("one", "two")]
    try:
        for daemon in pair:
            daemon.start()
        for daemon in pair:
            wait_until_running(daemon)
        for _ in range(freezes):
            _freeze_until_its_partitions_moved(scene, pair[1])
            for _ in range(kills // freezes):
                kill_at_random(pair[0], rng, 3.0)
                pair[0].config = _config(scene, kafka, receiver, rng, "one")
        wait_until_judged(scene, *pair)
        wait_until_sent(scene, receiver)
        assert [daemon.stop() for daemon in pair] == [0, 0]
    finally:
        for daemon in pair:
            daemon.end()
        receiver.close()
    assert_truth(scene)
    assert_told(scene, receiver)


def _config(scene: Scene, kafka: Kafka, receiver: Receiver, rng: random.Random, name: str) -> Path:
    """Let each read little at a time, so that the run lasts for what shall befall it."""
    much = max(1, scene.truth.plan.records // 40_000)
    return scene.config(
        name,
        broker=kafka.address,
        hook=receiver.url,
        port=free_port(),
        session="3s",
        idle="8s",
        step="15m",
        instance=name,
        poll=much * rng.choice([10, 30, 50]),
        append=much * rng.choice([50, 100, 200]),
    )


def _freeze_until_its_partitions_moved(scene: Scene, daemon: Daemon) -> None:
    """Freeze it amid its work; wake it when another has read on in all partitions."""
    already = scene.counted()["received"]
    wait_for(lambda: scene.counted()["received"] > already, 60, f"it reads\n{daemon.tail()}")
    daemon.freeze()
    before = scene.offsets()
    assert sum(before.values()) < scene.truth.plan.records, "there is something left to read"
    time.sleep(4.0)  # longer than the session
    wait_for(lambda: _moved(scene, before), 60, f"all partitions are read: {scene.offsets()}")
    daemon.wake()


def _moved(scene: Scene, before: Mapping[str, int]) -> bool:
    end, now = scene.truth.plan.per_partition, scene.offsets()
    return all(now[name] > next_ or next_ == end for name, next_ in before.items())
