"""A real Prometheus and a real Alertmanager for the tests.

Each is started on 127.0.0.1 and a free port, with its data in a temporary folder, and stopped by
its own process id. The Debian packages are prometheus (with promtool) and prometheus-alertmanager.
"""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
import pytest

from tests.real.parts import absent, free_port

T = TypeVar("T")
Sample = tuple[dict[str, str], float]


def program(*names: str) -> str:
    """Give the path of the first program found."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        absent(names[0], "apt-get install prometheus prometheus-alertmanager")
    return found


def promtool(*arguments: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run promtool with a text on its standard input."""
    return subprocess.run(
        [program("promtool"), *map(str, arguments)],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def shortened(rules: Path, folder: Path, span: str = "4s") -> Path:
    """Copy a file of rules with every `for` of a second and every range of `span`.

    So a test of seconds sees what takes minutes in operation; expressions stay as they are.
    """
    text = re.sub(r"(\bfor|keep_firing_for): \d+[smhd]", r"\1: 1s", rules.read_text())
    copy = folder / f"shortened-{rules.name}"
    copy.write_text(re.sub(r"\[\d+[smhd]\]", f"[{span}]", text))
    return copy


def wait_until(look: Callable[[], T], seconds: float, what: str) -> T:
    """Look again and again until something true is seen, and give it."""
    end = time.monotonic() + seconds
    while True:
        if seen := look():
            return seen
        if time.monotonic() > end:
            pytest.fail(f"not seen within {seconds:g} s: {what}; last: {seen!r}")
        time.sleep(0.1)


@dataclass
class Part:
    """A process of ours that answers at an address."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def get(self, path: str, **parameters: str) -> Any:
        """Give the JSON at a path."""
        url = f"http://{self.address}{path}"
        answer = httpx.get(url, params=parameters, timeout=10, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def is_ready(self) -> bool:
        """Say if it serves."""
        if self.process.poll() is not None:
            pytest.fail(f"{self.log.name} ended: {self.log.read_text()[-2000:]}")
        try:
            url = f"http://{self.address}/-/ready"
            return httpx.get(url, timeout=2, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Prometheus(Part):
    """A running Prometheus."""

    def query(self, expression: str) -> list[Sample]:
        """Give the labels and the value of each series, as of now."""
        data = self.get("/api/v1/query", query=expression)["data"]
        if data["resultType"] == "scalar":
            return [({}, float(data["result"][1]))]
        return [(found["metric"], float(found["value"][1])) for found in data["result"]]

    def alerts(self) -> list[dict[str, Any]]:
        """Give the pending and firing alerts."""
        found: list[dict[str, Any]] = self.get("/api/v1/alerts")["data"]["alerts"]
        return found

    def targets(self) -> list[dict[str, Any]]:
        """Give the targets with their health and last error."""
        found: list[dict[str, Any]] = self.get("/api/v1/targets")["data"]["activeTargets"]
        return found


class Alertmanager(Part):
    """A running Alertmanager."""

    def alerts(self) -> list[dict[str, Any]]:
        """Give the alerts it holds."""
        found: list[dict[str, Any]] = self.get("/api/v2/alerts")
        return found


class StartPrometheus(Protocol):
    """Start a Prometheus that scrapes the targets (host:port) each `interval`."""

    def __call__(
        self,
        targets: Sequence[str],
        *,
        rules: Sequence[Path] = (),
        alertmanagers: Sequence[str] = (),
        interval: str = "1s",
        scrape: Mapping[str, Any] | None = None,
    ) -> Prometheus: ...


class StartAlertmanager(Protocol):
    """Start an Alertmanager that posts every group to the URL of a receiver."""

    def __call__(
        self, receiver: str, *, group_by: Sequence[str] = ("alertname",)
    ) -> Alertmanager: ...


@pytest.fixture
def start_prometheus(tmp_path: Path) -> Iterator[StartPrometheus]:
    """Start as many as the test asks for, and stop them after it."""
    binary = program("prometheus")
    started: list[Prometheus] = []

    def start(
        targets: Sequence[str],
        *,
        rules: Sequence[Path] = (),
        alertmanagers: Sequence[str] = (),
        interval: str = "1s",
        scrape: Mapping[str, Any] | None = None,
    ) -> Prometheus:
        job = {
            "job_name": "driftwatch",
            "static_configs": [{"targets": list(targets)}],
            **(scrape or {}),
        }
        configuration = {
            "global": {
                "scrape_interval": interval,
                "scrape_timeout": interval,
                "evaluation_interval": interval,
            },
            "rule_files": [str(path.resolve()) for path in rules],
            "scrape_configs": [job],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": list(alertmanagers)}]}]},
        }
        folder = tmp_path / f"prometheus-{len(started)}"
        address = f"127.0.0.1:{free_port()}"
        process, log = _run(
            folder,
            configuration,
            [
                binary,
                "--config.file=configuration.yml",
                "--storage.tsdb.path=data",
                f"--web.listen-address={address}",
                "--log.level=warn",
            ],
        )
        part = Prometheus(address, process, log)
        started.append(part)
        wait_until(part.is_ready, 30, "Prometheus")
        return part

    yield start
    for part in started:
        part.stop()


@pytest.fixture
def start_alertmanager(tmp_path: Path) -> Iterator[StartAlertmanager]:
    """Start as many as the test asks for, and stop them after it."""
    binary = program("prometheus-alertmanager", "alertmanager")
    started: list[Alertmanager] = []

    def start(receiver: str, *, group_by: Sequence[str] = ("alertname",)) -> Alertmanager:
        configuration = {
            "route": {
                "receiver": "test",
                "group_by": list(group_by),
                "group_wait": "1s",
                "group_interval": "1s",
                "repeat_interval": "1h",
            },
            "receivers": [
                {"name": "test", "webhook_configs": [{"url": receiver, "send_resolved": True}]}
            ],
        }
        folder = tmp_path / f"alertmanager-{len(started)}"
        address = f"127.0.0.1:{free_port()}"
        process, log = _run(
            folder,
            configuration,
            [
                binary,
                "--config.file=configuration.yml",
                "--storage.path=data",
                f"--web.listen-address={address}",
                "--cluster.listen-address=",
                "--log.level=warn",
            ],
        )
        part = Alertmanager(address, process, log)
        started.append(part)
        wait_until(part.is_ready, 30, "Alertmanager")
        return part

    yield start
    for part in started:
        part.stop()


def _run(
    folder: Path, configuration: Mapping[str, Any], command: Sequence[str]
) -> tuple[subprocess.Popen[bytes], Path]:
    folder.mkdir()
    (folder / "configuration.yml").write_text(json.dumps(configuration))  # JSON is YAML
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    return process, log
