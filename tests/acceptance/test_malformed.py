"""A flood of broken records among good ones: each is counted, kept and explained; nothing grows."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.running import Daemon, wait_for
from tests.acceptance.scenes import Scene, go_on, now_hour, stage
from tests.acceptance.truth import HOUR, Plan, Truth, malformed
from tests.real.kafka import Kafka
from tests.real.parts import free_port

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]
GROWTH = 24 * 1024  # KiB that the process may grow by over two thirds of the flood
LONG = {"too_large", "too_deep"}  # of these not the whole payload is kept


def test_a_hundred_thousand_malformed_records_are_counted_and_nothing_grows(
    kafka: Kafka, tmp_path: Path
):
    plan = Plan(125_000, begin=now_hour() - 9 * HOUR, hours=6, drift_hour=9, broken=0.82)
    scene = stage(kafka, Truth(plan), tmp_path, f"sqlite:///{tmp_path}/state.db", share=1 / 3)
    assert scene.truth.rejected.total() >= 100_000
    assert set(scene.truth.rejected) == set(malformed())
    config = scene.config(
        "driftwatch",
        broker=kafka.address,
        hook="http://127.0.0.1:9/",
        port=free_port(),
        idle="1h",  # the flood comes in two waves
    )
    daemon = Daemon(config)
    try:
        daemon.start()
        _wait_until_read(scene, daemon, 1 / 3)
        before = daemon.resident()
        go_on(kafka, scene, 1 / 3, 1.0)
        _wait_until_read(scene, daemon, 1.0)
        assert daemon.resident() < before + GROWTH
        counted = scene.counted()
        assert scene.rejected() == dict(scene.truth.rejected)
        assert counted["observations"] == scene.truth.observations
        assert counted["late"] == scene.truth.late
        _is_listed(config)
        _is_explained(config)
        assert daemon.stop() == 0
    finally:
        daemon.end()


def _wait_until_read(scene: Scene, daemon: Daemon, share: float) -> None:
    each = int(share * scene.truth.plan.per_partition)
    records = each * scene.truth.plan.partitions
    wait_for(
        lambda: daemon.said("running") and scene.counted()["received"] == records,
        120,
        f"{records} are read\n{daemon.tail()}",
    )


def _is_listed(config: Path) -> None:
    listed = _rejected("list", config)["rejected"]
    assert 1_000 <= len(listed) <= 10_000
    assert {row["reason"] for row in listed} == set(malformed())
    assert all(row["detail"] and row["source"] == "kafka" for row in listed)


def _is_explained(config: Path) -> None:
    """Check again: each is still rejected for its reason; and accepted where settings allow it."""
    said = _now(config)
    for reason in malformed():
        expected = "cannot be said" if reason in LONG else f"rejected: {reason}"
        assert {words.startswith(expected) for words in said[reason]} == {True}, said[reason]
    kinder = config.with_name("kinder.yaml")
    kinder.write_text(
        config.read_text().replace("kind: json,", "kind: json, missing_time: arrival,")
    )
    said = _now(kinder)
    assert set(said["missing_field"]) == {"accepted"}
    assert {words.startswith("rejected: not_json") for words in said["not_json"]} == {True}


def _now(config: Path) -> dict[str, Counter[str]]:
    said: dict[str, Counter[str]] = {reason: Counter() for reason in malformed()}
    for row in _rejected("check", config)["checked"]:
        said[row["reason"]][row["now"]] += 1
    return said


def _rejected(action: str, config: Path) -> dict[str, list[dict[str, str]]]:
    command = [sys.executable, "-m", "driftwatch", "rejected", action, "-c", str(config)]
    asked = ["--limit", "20000", "--format", "json"]
    done = subprocess.run([*command, *asked], capture_output=True, timeout=60, check=True)
    return json.loads(done.stdout)
