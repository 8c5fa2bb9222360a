"""A change of configuration takes effect, a bad one does not; a stop loses nothing."""

import json
import os
import random
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.checks import assert_truth, wait_until_judged
from tests.acceptance.running import TOKEN, Daemon, scrape, wait_for, wait_until_running
from tests.acceptance.scenes import now_hour, stage
from tests.acceptance.simulated import simulated
from tests.acceptance.truth import HOUR, Plan, Truth
from tests.real.kafka import Kafka
from tests.real.parts import free_port

NEVER = "alerts: {rules: ['psi > 1000 for 1h']}\n"
ALWAYS = "alerts: {rules: ['psi > 0, at least 30 rows']}\n"
LOADED = "driftwatch_config_last_reload_success_timestamp_seconds"
SUCCESSFUL = "driftwatch_config_last_reload_successful"
COUNTED = "driftwatch_observations_total"
FIRING = "driftwatch_alert_firing"


class Running:
    """A daemon on a simulated stream whose rule nothing can break."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.file = simulated(folder, self.port)
        text = self.file.read_text()
        address = f'address: "127.0.0.1:{self.port}"'
        self.file.write_text(text.replace(address, f'{address}, token: "{TOKEN}"') + NEVER)
        self.daemon = Daemon(self.file)

    def write(self, old: str, new: str) -> None:
        """Change the file by a link that is swapped, as ConfigMaps are."""
        text = self.file.read_text()
        assert old in text
        other = self.file.with_name(f"{time.time_ns()}.yaml")
        other.write_text(text.replace(old, new))
        link = self.file.with_name("link")
        link.symlink_to(other.name)
        link.replace(self.file)

    def gauge(self, name: str) -> float:
        """Give the largest sample of a metric; -1 while there is none."""
        lines = scrape(f"127.0.0.1:{self.port}").splitlines()
        return max((float(x.split()[-1]) for x in lines if x.startswith(name)), default=-1)

    def ask(self, token: str | None) -> tuple[int, str]:
        """Ask for a reload; gives the answer's status and text."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{self.port}/-/reload"
        request = urllib.request.Request(url, method="POST", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def goes_on(self) -> None:
        """Wait until more is counted than now; while the store is opened anew nothing is shown."""
        wait_for(lambda: self.gauge(COUNTED) >= 0, 30, f"it shows\n{self.daemon.tail()}")
        before = self.gauge(COUNTED)
        wait_for(lambda: self.gauge(COUNTED) > before, 30, f"it counts\n{self.daemon.tail()}")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    try:
        made.daemon.start()
        wait_until_running(made.daemon)
        wait_for(lambda: made.gauge(COUNTED) > 0, 30, "it counts")
        yield made
        assert made.daemon.stop() == 0
        assert made.daemon.starts == 1
    finally:
        made.daemon.end()


def test_a_changed_rule_takes_effect_with_the_change_of_the_file_or_a_signal(running: Running):
    first = running.gauge(LOADED)
    assert running.gauge(FIRING) < 1
    running.write(NEVER, ALWAYS)
    wait_for(lambda: running.gauge(FIRING) == 1, 30, f"it fires {running.daemon.tail()}")
    second = running.gauge(LOADED)
    assert second > first
    running.goes_on()
    running.daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: running.gauge(LOADED) > second, 20, "the signal loads it again")
    running.goes_on()
    assert running.gauge(FIRING) == 1


def test_a_reload_may_be_asked_for_with_the_token_only(running: Running):
    before = running.gauge(LOADED)
    assert running.ask(None)[0] == 401
    assert running.ask("a-wrong-token-of-some-length")[0] == 401
    time.sleep(3)  # longer than a look at the file
    assert running.gauge(LOADED) == before
    assert running.ask(TOKEN)[0] == 202
    wait_for(lambda: running.gauge(LOADED) > before, 20, "it is loaded again")
    running.goes_on()


def test_a_bad_file_leaves_the_old_one_running_and_says_so(running: Running):
    before = running.gauge(LOADED)
    running.write("step: 15m", "step: 7m")
    wait_for(lambda: running.gauge(SUCCESSFUL) == 0, 20, "the metric says so")
    status, text = running.ask(TOKEN)
    assert status == 422
    assert "step 7m" in text
    url = f"http://127.0.0.1:{running.port}/readyz"
    with urllib.request.urlopen(url, timeout=5) as answer:
        (problem,) = [p for p in json.load(answer)["problems"] if p.startswith("reload")]
    assert "step 7m" in problem
    running.goes_on()
    assert running.gauge(LOADED) == before
    running.write("step: 7m", "step: 15m")
    wait_for(lambda: running.gauge(SUCCESSFUL) == 1, 20, "it is well again")
    assert running.gauge(LOADED) > before


@pytest.mark.parametrize(
    "unfit", ["a port in use", "no certificate", "an endpoint without its file"]
)
def test_a_sound_file_that_cannot_be_put_to_use_leaves_the_old_one_running(
    running: Running, unfit: str
):
    before = running.gauge(LOADED)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = f"127.0.0.1:{running.port}"
        if unfit == "a port in use":
            old, new = port, f"127.0.0.1:{other.getsockname()[1]}"
        elif unfit == "an endpoint without its file":
            old, new = "name: hook,", "name: hook, ca: no.pem,"
        else:
            old, new = "token:", "tls: {certificate: no.pem, key: no.key}, token:"
        running.write(old, new)
        wait_for(lambda: running.gauge(SUCCESSFUL) == 0, 30, f"{running.daemon.tail()}")
        running.goes_on()
    assert running.gauge(SUCCESSFUL) == 0
    assert running.gauge(LOADED) == before
    running.write(new, old)
    wait_for(lambda: running.gauge(SUCCESSFUL) == 1, 20, "it is well again")


def test_a_secret_is_taken_up_when_its_file_changes(running: Running):
    token = running.file.with_name("token")
    token.write_text("first-token-of-some-length")
    before = running.gauge(LOADED)
    running.write(f'token: "{TOKEN}"', "token_file: token")
    wait_for(lambda: running.gauge(LOADED) > before, 20, "it is loaded")
    between = running.gauge(LOADED)
    token.write_text("second-token-of-some-length")
    wait_for(lambda: running.gauge(LOADED) > between, 20, "it is loaded again")
    assert running.ask("first-token-of-some-length")[0] == 401
    assert running.ask("second-token-of-some-length")[0] == 202


def test_a_daemon_that_waits_for_its_store_heeds_a_change_of_the_file(tmp_path: Path):
    made = Running(tmp_path)
    made.write(f"{tmp_path}/state.db", f"{tmp_path}/no/such/folder/state.db")
    try:
        made.daemon.start()
        wait_for(lambda: made.daemon.said("store.waiting"), 30, "it waits")
        made.write(f"{tmp_path}/no/such/folder/state.db", f"{tmp_path}/state.db")
        wait_until_running(made.daemon)
        made.daemon.freeze()  # a signal that comes while it does nothing is not lost
        made.daemon.process.send_signal(signal.SIGTERM)
        made.daemon.wake()
        assert made.daemon.process.wait(15) == 0
    finally:
        made.daemon.end()


@pytest.mark.kafka
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("records", "stops"),
    [
        pytest.param(30_000, 3, id="short"),
        pytest.param(400_000, 15, id="full", marks=pytest.mark.slow),
    ],
)
def test_a_stop_under_load_takes_less_than_ten_seconds_and_nothing_counts_twice(
    kafka: Kafka, tmp_path: Path, records: int, stops: int
):
    rng = random.Random(int(os.environ.get("DRIFTWATCH_TEST_SEED", "1")))
    truth = Truth(Plan(records, begin=now_hour() - 7 * HOUR, hours=4, drift_hour=2))
    scene = stage(kafka, truth, tmp_path, f"sqlite:///{tmp_path}/state.db")
    config = scene.config(
        "driftwatch",
        broker=kafka.address,
        hook="http://127.0.0.1:9/",
        port=free_port(),
        poll=200,
        append=1_000,
        step="15m",
    )
    daemon = Daemon(config)
    try:
        for _ in range(stops):
            daemon.start()
            wait_until_running(daemon)
            time.sleep(rng.uniform(0.0, 3.0))
            began = time.monotonic()
            assert daemon.stop() == 0
            assert time.monotonic() - began < 10
        assert scene.counted()["received"] > 0
        daemon.start()
        wait_until_running(daemon)
        wait_until_judged(scene, daemon)
        assert daemon.stop() == 0
    finally:
        daemon.end()
    assert_truth(scene)
