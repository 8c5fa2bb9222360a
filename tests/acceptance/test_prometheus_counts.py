"""What does a real Prometheus see of a daemon that is killed at random?"""

import os
import random
import threading
import time
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from tests.acceptance.checks import wait_until_judged
from tests.acceptance.running import Daemon, kill_at_random, scrape, wait_for
from tests.acceptance.scenes import Scene, go_on, now_hour, stage
from tests.acceptance.truth import HOUR, Plan, Truth
from tests.real.kafka import Kafka
from tests.real.parts import free_port
from tests.real.prometheus import Prometheus, StartPrometheus

pytestmark = [pytest.mark.kafka, pytest.mark.prometheus, pytest.mark.timeout(1200)]
SEED = int(os.environ.get("DRIFTWATCH_TEST_SEED", "1"))
RULES = Path(__file__).parents[2] / "configs" / "prometheus" / "driftwatch.rules.yml"
OF_VERSIONS = ("driftwatch_observations_total", "driftwatch_late_total")
Series = dict[tuple[str, ...], list[float]]


@pytest.mark.parametrize(
    ("records", "hours", "kills", "seconds"),
    [
        pytest.param(40_000, 6, 3, 8, id="short"),
        pytest.param(400_000, 24, 15, 90, id="full", marks=pytest.mark.slow),
    ],
)
def test_counters_increase_by_the_truth_and_no_alert_fires_twice(
    kafka: Kafka,
    start_prometheus: StartPrometheus,
    tmp_path: Path,
    records: int,
    hours: int,
    kills: int,
    seconds: int,
):
    begin = now_hour() - (hours + 3) * HOUR
    truth = Truth(Plan(records, begin=begin, hours=hours, drift_hour=hours // 2, seed=SEED))
    scene = stage(kafka, truth, tmp_path, f"sqlite:///{tmp_path}/state.db", share=0)
    address, rng = f"127.0.0.1:{free_port()}", random.Random(SEED)
    daemon = Daemon(_config(scene, kafka, address))
    feed = threading.Thread(target=_feed, args=(kafka, scene, seconds))
    prometheus = start_prometheus([address], rules=[RULES])
    try:
        daemon.start()
        wait_for(lambda: _increases(prometheus, "driftwatch_rejected_total") != {}, 60, "zeros")
        feed.start()
        for _ in range(kills):
            kill_at_random(daemon, rng, 6.0)
        wait_until_judged(scene, daemon)
        wait_for(lambda: _fires(address), 60, f"it fires\n{daemon.tail()}")
        kill_at_random(daemon, rng, 3.0)
        wait_for(lambda: _fires(address), 60, f"it fires still\n{daemon.tail()}")
        time.sleep(2.5)  # two more scrapes
        assert daemon.stop() == 0
    finally:
        daemon.end()
        feed.join()
    _counters_are_the_truth(prometheus, scene)
    _nothing_flaps(prometheus)


def _config(scene: Scene, kafka: Kafka, address: str) -> Path:
    return scene.config(
        "driftwatch",
        broker=kafka.address,
        hook="http://127.0.0.1:9/",
        port=address.rpartition(":")[2],
        step="15m",
        idle="30s",  # longer than the writer may pause on a busy machine
    )


def _feed(kafka: Kafka, scene: Scene, seconds: int) -> None:
    """Write the stream within some seconds, a little at a time."""
    for first, last in pairwise(i / seconds / 2 for i in range(2 * seconds + 1)):
        go_on(kafka, scene, first, last)
        time.sleep(0.5)


def _fires(address: str) -> bool:
    lines = [x for x in scrape(address).splitlines() if x.startswith("driftwatch_alert_firing{")]
    return any(line.endswith((" 1", " 1.0")) for line in lines)


def _samples(prometheus: Prometheus, selector: str, *labels: str) -> Series:
    """Give all samples of a selector, by the values of some labels."""
    found = prometheus.get("/api/v1/query", query=f"{selector}[1h]")["data"]["result"]
    return {
        tuple(one["metric"].get(label, "") for label in labels): [
            float(value) for _, value in one["values"]
        ]
        for one in found
    }


def _increases(prometheus: Prometheus, name: str, label: str = "reason") -> dict[str, float]:
    """Give by how much each series of a counter grew between its first and last sample."""
    return {key: v[-1] - v[0] for (key,), v in _samples(prometheus, name, label).items()}


def _counters_are_the_truth(prometheus: Prometheus, scene: Scene) -> None:
    truth = scene.truth
    everything = _samples(prometheus, '{__name__=~"driftwatch_.+_total"}', "__name__", "reason")
    fell = [key for key, v in everything.items() if any(b < a for a, b in pairwise(v))]
    assert fell == []
    rejected = _increases(prometheus, "driftwatch_rejected_total")
    assert {reason: n for reason, n in rejected.items() if n} == dict(truth.rejected)
    received = _increases(prometheus, "driftwatch_source_records_total", "source")
    assert received == {"kafka": truth.plan.records}
    # These begin with their first record, so that their increase is counted from nothing.
    counted = {key[0]: v[-1] for key, v in everything.items() if key[0] in OF_VERSIONS}
    assert counted == dict(zip(OF_VERSIONS, (truth.observations, truth.late), strict=True))


def _nothing_flaps(prometheus: Prometheus) -> None:
    """Assert that an alert that fired never stopped and fired again, in either system."""
    ours = _samples(prometheus, "driftwatch_alert_firing", "alert")
    states = {alert: [value for value, _ in groupby(v)] for (alert,), v in ours.items()}
    assert states.pop("CovariateShift") in ([0, 1], [1])
    assert all(seen == [0] for seen in states.values()), states
    query = 'ALERTS{alertname="DriftwatchCovariateShift",alertstate="firing"}[1h]'
    (theirs,) = prometheus.get("/api/v1/query", query=query)["data"]["result"]
    steps = [later - sooner for (sooner, _), (later, _) in pairwise(theirs["values"])]
    assert max(steps, default=0) < 2, "an evaluation in which it did not fire leaves a gap"
