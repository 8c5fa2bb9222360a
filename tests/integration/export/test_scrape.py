"""A real Prometheus scrapes, judges by the shipped rules, and a real Alertmanager tells of it."""

import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from driftwatch.export.collector import Exposition
from driftwatch.export.health import Health, SourceState
from driftwatch.export.statistics import P_VALUES, STATISTICS
from driftwatch.nouns.judgements import State
from driftwatch.nouns.records import Counter
from driftwatch.web.routes import Served
from driftwatch.web.server import Server, serve
from driftwatch.web.settings import ServerSettings
from tests.real.prometheus import (
    Prometheus,
    StartAlertmanager,
    StartPrometheus,
    shortened,
    wait_until,
)
from tests.unit.export.samples import Store, alert, compared, exposition, snapshot, verdicts

pytestmark = pytest.mark.prometheus
RULES = Path(__file__).parents[3] / "configs" / "prometheus" / "driftwatch.rules.yml"
HOSTILE = ['a"b', "a\\b", "a\nb", "\\", "a,b}c{d=e", "# HELP x y", "täglich 日本 😀", " "]


@dataclass
class Daemon:
    """What the tests drive: the served part of a daemon."""

    exposition: Exposition
    health: Health
    store: Store
    address: str = "127.0.0.1:0"
    servers: list[Server] = field(default_factory=list)

    def start(self) -> None:
        """Serve, at the same address as before."""
        settings = ServerSettings(address=self.address)
        server = serve(settings, Served(self.exposition, self.health))
        self.address = server.address
        self.servers.append(server)
        server.start()

    def stop(self) -> None:
        """Be gone."""
        self.servers[-1].stop()


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    store = Store({Counter("observations", "kafka", "fraud", "3"): 10})
    made, health = exposition(store)
    health.source("kafka", SourceState(lag={"t-0": 0}))
    running = Daemon(made, health, store)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def receiver() -> Iterator[tuple[str, "queue.Queue[dict[str, Any]]"]]:
    """Listen for Alertmanager's webhook; gives its URL and what it was sent."""
    received: queue.Queue[dict[str, Any]] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            received.put(json.loads(self.rfile.read(length)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/alerts", received
    server.shutdown()
    server.server_close()
    thread.join()


def firing(prometheus: Prometheus, name: str) -> list[dict[str, str]]:
    found = prometheus.alerts()
    return [
        a["labels"] for a in found if a["labels"]["alertname"] == name and a["state"] == "firing"
    ]


def test_prometheus_takes_every_series_and_hostile_labels_survive(
    daemon: Daemon, start_prometheus: StartPrometheus
) -> None:
    psi = {"psi": compared([i / 10 for i in range(len(HOSTILE))])}
    daemon.exposition.publish(snapshot(verdicts(features=HOSTILE, statistics=psi)))
    prometheus = start_prometheus([daemon.address])
    found = wait_until(lambda: prometheus.query("driftwatch_feature_psi"), 20, "psi")
    assert {labels["feature"]: value for labels, value in found} == {
        feature: i / 10 for i, feature in enumerate(HOSTILE)
    }
    assert [t["lastError"] for t in prometheus.targets()] == [""]
    assert prometheus.query("driftwatch_observations_total")[0][1] == 10


def test_prometheus_takes_ten_thousand_series_of_a_thousand_features(
    daemon: Daemon, start_prometheus: StartPrometheus
) -> None:
    features = [f"feature_{i}" for i in range(1000)]
    daemon.exposition.publish(
        snapshot(verdicts(features=features), verdicts(window="24h", hours=24, features=features))
    )
    prometheus = start_prometheus([daemon.address])
    count = 'count({__name__=~"driftwatch_feature_.*"})'
    assert wait_until(lambda: prometheus.query(count), 20, "the features")[0][1] == 10_000
    dropped = prometheus.query("driftwatch_series_dropped")
    made = 2 * len(features) * (len(STATISTICS) + len(P_VALUES))
    assert [(labels["model"], value) for labels, value in dropped] == [("fraud", made - 10_000)]


def test_an_alert_goes_from_driftwatch_to_a_receiver_and_back(
    daemon: Daemon,
    start_prometheus: StartPrometheus,
    start_alertmanager: StartAlertmanager,
    receiver: tuple[str, "queue.Queue[dict[str, Any]]"],
    tmp_path: Path,
) -> None:
    url, received = receiver
    alertmanager = start_alertmanager(url)
    prometheus = start_prometheus(
        [daemon.address],
        rules=[shortened(RULES, tmp_path)],
        alertmanagers=[alertmanager.address],
    )
    quiet = alert(state=State.INACTIVE)
    daemon.exposition.publish(snapshot(verdicts(), alerts=[quiet]))
    wait_until(lambda: prometheus.query("driftwatch_alert_firing"), 20, "the alert's series")
    assert firing(prometheus, "DriftwatchCovariateShift") == []

    daemon.exposition.publish(snapshot(verdicts(), alerts=[alert(severity="warning")]))
    told = of(received, "DriftwatchCovariateShift", "firing")
    assert told["labels"] == {
        "alertname": "DriftwatchCovariateShift",
        "model": "fraud",
        "version": "3",
        "severity": "warning",
    }
    assert told["annotations"]["summary"] == "The features of fraud 3 have shifted"
    assert told["annotations"]["runbook_url"] == "docs/runbook.md#driftwatchcovariateshift"

    daemon.exposition.publish(snapshot(verdicts(), alerts=[alert(state=State.RESOLVED)]))
    of(received, "DriftwatchCovariateShift", "resolved")


def of(received: "queue.Queue[dict[str, Any]]", name: str, status: str) -> dict[str, Any]:
    """Wait for a webhook that tells of an alert in a state."""
    while True:
        for told in received.get(timeout=60)["alerts"]:
            if told["labels"]["alertname"] == name and told["status"] == status:
                found: dict[str, Any] = told
                return found


def test_an_alert_does_not_resolve_while_driftwatch_restarts(
    daemon: Daemon, start_prometheus: StartPrometheus, tmp_path: Path
) -> None:
    daemon.exposition.publish(snapshot(verdicts(), alerts=[alert()]))
    rules = shortened(RULES, tmp_path, span="20s")
    prometheus = start_prometheus([daemon.address], rules=[rules])
    name = "DriftwatchCovariateShift"
    wait_until(lambda: firing(prometheus, name), 20, "the alert")
    since = [a["activeAt"] for a in prometheus.alerts() if a["labels"]["alertname"] == name]

    daemon.stop()
    wait_until(lambda: prometheus.query('up{job="driftwatch"} == 0'), 20, "the stop")
    assert prometheus.query("driftwatch_alert_firing") == []
    assert firing(prometheus, name)
    daemon.start()
    wait_until(lambda: prometheus.query("driftwatch_alert_firing"), 20, "the start")
    assert firing(prometheus, name)
    assert since == [a["activeAt"] for a in prometheus.alerts() if a["labels"]["alertname"] == name]


def test_a_daemon_that_never_judged_is_said_to_have_stopped_looking(
    daemon: Daemon, start_prometheus: StartPrometheus, tmp_path: Path
) -> None:
    prometheus = start_prometheus([daemon.address], rules=[shortened(RULES, tmp_path)])
    found = wait_until(lambda: firing(prometheus, "DriftwatchStoppedLooking"), 30, "the alert")
    assert found == [{"alertname": "DriftwatchStoppedLooking", "severity": "critical"}]


def test_counters_are_no_reset_while_the_store_cannot_be_read(
    daemon: Daemon, start_prometheus: StartPrometheus
) -> None:
    daemon.exposition.publish(snapshot(verdicts()))
    prometheus = start_prometheus([daemon.address])
    wait_until(lambda: prometheus.query("driftwatch_observations_total"), 20, "the counter")
    daemon.store.broken = True
    wait_until(lambda: prometheus.query("driftwatch_store_up == 0"), 20, "the store's failure")
    assert prometheus.query("driftwatch_observations_total")[0][1] == 10
    assert prometheus.query("resets(driftwatch_observations_total[1m])")[0][1] == 0
