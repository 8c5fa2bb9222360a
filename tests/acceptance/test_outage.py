"""The broker, the disk or the receiver is away: nothing is lost, and it is said."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.checks import assert_truth, wait_until_judged, wait_until_sent
from tests.acceptance.running import Daemon, Receiver, scrape, wait_for, wait_until_running
from tests.acceptance.scenes import Scene, go_on, now_hour, stage
from tests.acceptance.truth import HOUR, Plan, Truth
from tests.real.kafka import Broker, Kafka
from tests.real.parts import free_port

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]
AWAY = "http://127.0.0.1:9/"


def _truth(records: int = 20_000) -> Truth:
    return Truth(Plan(records, begin=now_hour() - 7 * HOUR, hours=4, drift_hour=2))


def _problems(port: int) -> str:
    """Give what /readyz says; it never fails."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        assert answer.status == 200
        return "; ".join(json.load(answer)["problems"])


def _gauge(port: int, name: str) -> float:
    lines = [x for x in scrape(f"127.0.0.1:{port}").splitlines() if x.startswith(name)]
    return float(lines[0].split()[-1]) if lines else float("nan")


@pytest.mark.parametrize(
    "seconds", [pytest.param(8, id="short"), pytest.param(30, id="full", marks=pytest.mark.slow)]
)
def test_a_broker_that_is_stopped_costs_nothing_at_the_start_nor_later(
    own_kafka: Broker, tmp_path: Path, seconds: int
):
    port = free_port()
    scene = stage(own_kafka, _truth(), tmp_path, f"sqlite:///{tmp_path}/state.db", share=0.5)
    idle, step = "15s", "15m"
    config = scene.config(
        "driftwatch", broker=own_kafka.address, hook=AWAY, port=port, idle=idle, step=step
    )
    daemon = Daemon(config)
    own_kafka.stop()
    try:
        daemon.start()
        wait_until_running(daemon)
        _stays_away(daemon, port, seconds)
        own_kafka.start()
        half = scene.truth.plan.records // 2
        wait_for(lambda: scene.counted()["received"] == half, 60, f"half is read {daemon.tail()}")
        wait_for(lambda: _gauge(port, "driftwatch_source_up") == 1, 30, "the source is up")
        own_kafka.stop()
        _stays_away(daemon, port, seconds)
        own_kafka.start()
        go_on(own_kafka, scene, 0.5, 1.0)
        wait_until_judged(scene, daemon)
        wait_for(lambda: _problems(port) == "", 30, "nothing is wrong")
        assert daemon.stop() == 0
        assert daemon.starts == 1
    finally:
        daemon.end()
    assert_truth(scene)


def _stays_away(daemon: Daemon, port: int, seconds: int) -> None:
    """Assert that it says what is wrong, and goes on as it is."""
    wait_for(lambda: "cannot be reached" in _problems(port), 30, "it says so in words")
    assert _gauge(port, "driftwatch_source_up") == 0
    threads = daemon.threads()
    time.sleep(seconds)
    assert daemon.alive
    assert daemon.threads() <= threads + 1  # a scrape has one of its own
    assert "cannot be reached" in _problems(port)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a file system of 16 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_pauses_the_intake_which_resumes_when_there_is_room(
    kafka: Kafka, small_disk: Path, tmp_path: Path
):
    port = free_port()
    scene = stage(kafka, _truth(60_000), tmp_path, f"sqlite:///{small_disk}/state.db", share=0.2)
    config = scene.config(
        "driftwatch",
        broker=kafka.address,
        hook=AWAY,
        port=port,
        append=2_000,
        poll=500,
        idle="15s",
        step="15m",
    )
    daemon = Daemon(config)
    ballast = small_disk / "ballast"
    try:
        daemon.start()
        wait_until_running(daemon)
        wait_for(lambda: scene.counted()["received"] > 0, 30, "it reads")
        _fill(ballast)
        go_on(kafka, scene, 0.2, 1.0)
        wait_for(lambda: "make room" in _problems(port), 60, "it says so in words")
        assert _gauge(port, "driftwatch_source_up") == 0
        so_far = scene.counted()["received"]
        time.sleep(3)
        assert scene.counted()["received"] == so_far < scene.truth.plan.records
        assert daemon.alive
        ballast.unlink()
        wait_until_judged(scene, daemon)
        wait_for(lambda: "make room" not in _problems(port), 30, "nothing is wrong any more")
        assert daemon.stop() == 0
        assert daemon.starts == 1
    finally:
        daemon.end()
    assert_truth(scene)


def _fill(ballast: Path) -> None:
    """Leave no room on the disk."""
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


def test_a_message_for_a_receiver_that_is_down_survives_a_kill_and_arrives_under_its_id(
    kafka: Kafka, tmp_path: Path
):
    scene = stage(kafka, _truth(), tmp_path, f"sqlite:///{tmp_path}/state.db")
    hook = free_port()
    url = f"http://127.0.0.1:{hook}/hook"
    config = scene.config(
        "driftwatch", broker=kafka.address, hook=url, port=free_port(), step="15m"
    )
    daemon, receiver = Daemon(config), None
    try:
        daemon.start()
        wait_until_running(daemon)
        wait_for(lambda: _tried(scene) != [], 60, f"a message is tried\n{daemon.tail()}")
        daemon.kill()
        tried = _tried(scene)
        receiver = Receiver(port=hook)
        daemon.start()
        wait_until_judged(scene, daemon)
        wait_until_sent(scene, receiver)
        assert daemon.stop() == 0
    finally:
        daemon.end()
        if receiver is not None:
            receiver.close()
    assert set(tried) <= set(receiver.ids)
    assert receiver.wrong == 0
    assert len(set(receiver.ids)) == len({(m["alert"], m["state"]) for m in receiver.messages})


def _tried(scene: Scene) -> list[str]:
    """Give the ids of messages that were tried in vain."""
    with scene.store() as store:
        return [d.delivery.message.id for d in store.deliveries(100) if d.last is not None]
