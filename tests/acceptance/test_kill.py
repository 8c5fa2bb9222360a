"""Each record is counted exactly once, whatever is killed and whenever."""

import os
import random
from pathlib import Path

import pytest

from tests.acceptance.checks import assert_told, assert_truth, wait_until_judged, wait_until_sent
from tests.acceptance.running import Daemon, Receiver, kill_at_random
from tests.acceptance.scenes import Scene, now_hour, stage
from tests.acceptance.truth import HOUR, Plan, Truth
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
        wait_until_judged(scene, daemon)
        wait_until_sent(scene, receiver)
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
