"""What promtool and amtool say of our metrics, rules and examples."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from detectors.multivariate import Discrepancy
from driftwatch.export.health import SourceState
from driftwatch.export.names import every_metric
from driftwatch.nouns.judgements import Learning, Outgoing, Progress
from driftwatch.nouns.records import Counter, Population
from driftwatch.nouns.retraining import Reason, Retraining, Stage
from tests.real.prometheus import program, promtool, shortened
from tests.unit.export.samples import (
    NOW,
    Store,
    alert,
    estimated,
    exposition,
    refused,
    snapshot,
    verdicts,
)

pytestmark = pytest.mark.prometheus
CONFIGS = Path(__file__).parents[3] / "configs" / "prometheus"
RULES = CONFIGS / "driftwatch.rules.yml"
RUNBOOK = Path(__file__).parents[3] / "docs" / "runbook.md"


def check(body: bytes) -> None:
    checked = promtool("check", "metrics", text=body.decode())
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_the_metrics_of_a_fresh_daemon_pass() -> None:
    made, _ = exposition()
    check(made.scrape("")[1])


def test_the_metrics_of_a_daemon_at_work_pass() -> None:
    counters = {
        Counter("observations", "kafka", "fraud", "3"): 10,
        Counter("segment", "kafka", "fraud", "3", "country=DE"): 4,
        Counter("late", "kafka", "fraud", "3"): 1,
        Counter("unjudged", "kafka", "fraud", "4"): 1,
        Counter("unlearned", "kafka", "fraud", "4"): 1,
        Counter("received", "kafka"): 12,
        Counter("delivery", "hook", "", "", "delivered"): 1,
    }
    made, health = exposition(Store(counters))
    health.source("kafka", SourceState(lag={"t-0": 3}))
    health.expect("tick", 30)
    health.evaluated("fraud", 0.1)
    health.notice("store", "the disk is full")
    health.loaded()
    why = (Reason("settle", "until then"),)
    held = Retraining("r1", "fraud", "3", "f", 2, Stage.HELD, why, NOW, NOW, NOW)
    shown = snapshot(
        verdicts(
            priors={"bbse": estimated(), "observed_shares": refused()},
            discrepancies={"mmd": Discrepancy(0.002, 0.03, 5000, 9000)},
        ),
        verdicts(window="24h", hours=24),
        alerts=[alert()],
        models={"fraud": Progress(NOW, NOW, NOW)},
        outgoing={"hook": Outgoing(1, 0, NOW, None, "")},
    )
    whole, segment = Population("fraud", "3"), Population("fraud", "3", "country=DE")
    evidence = {of: {"covariate": 0.1} for of in (whole, segment)}
    learning = {("fraud", "4"): Learning(1_000, 2)}
    made.publish(replace(shown, retrainings=(held,), ratios=evidence, learning=learning))
    body = made.scrape("")[1]
    for metric in every_metric():
        assert re.search(rf"^{metric.name}(\{{| )", body.decode(), re.MULTILINE), metric.name
    check(body)


def test_the_rules_are_valid() -> None:
    checked = promtool("check", "rules", RULES)
    assert checked.returncode == 0, checked.stderr


def test_the_rules_fire_as_their_tests_say() -> None:
    tested = promtool("test", "rules", CONFIGS / "driftwatch.tests.yml")
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_the_example_configurations_are_valid() -> None:
    checked = promtool("check", "config", CONFIGS / "prometheus.yml")
    assert checked.returncode == 0, checked.stderr
    command = [program("amtool"), "check-config", str(CONFIGS / "alertmanager.yml")]
    subprocess.run(command, check=True, capture_output=True)


def test_every_alert_has_its_test_its_severity_and_its_place_in_the_runbook() -> None:
    rules = RULES.read_text()
    alerts = re.findall(r"- alert: (\w+)", rules)
    tested = (CONFIGS / "driftwatch.tests.yml").read_text()
    headings = re.findall(r"^## (\w+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert rules.count("severity: ") == len(alerts)
    assert headings == alerts
    for name in alerts:
        assert f'runbook_url: "docs/runbook.md#{name.lower()}"' in rules
        assert f"alertname: {name}\n" in tested


def test_every_metric_that_a_rule_reads_is_one_of_ours() -> None:
    known = {metric.name for metric in every_metric()}
    used = set(re.findall(r"(?<![:\w])driftwatch_\w+", RULES.read_text()))
    assert used <= known
    assert len(used) > 10


def test_shortened_rules_differ_in_durations_only(tmp_path: Path) -> None:
    copy = shortened(RULES, tmp_path)
    assert promtool("check", "rules", copy).returncode == 0
    spans = r"(for: |\[)\d+[smh]"
    assert re.sub(spans, "", copy.read_text()) == re.sub(spans, "", RULES.read_text())
