"""A scrape, before the first snapshot and after it."""

import math

import pytest

from driftwatch.export.collector import Exposition
from driftwatch.export.counters import Committed
from driftwatch.export.health import Health, SourceState
from driftwatch.export.names import every_metric
from driftwatch.export.statistics import STATISTICS
from driftwatch.nouns.judgements import Outgoing, Progress
from driftwatch.nouns.records import Counter
from tests.unit.export.samples import (
    NOW,
    Clock,
    Store,
    alert,
    compared,
    exposition,
    named,
    parsed,
    snapshot,
    value,
    verdicts,
)

OPENMETRICS = "application/openmetrics-text"


def test_before_the_first_snapshot_no_state_and_no_counter_is_shown() -> None:
    made, health = exposition(Store({Counter("received", "kafka"): 5}))
    health.source("kafka", SourceState(lag={"t-0": 3}))
    health.expect("tick", 30)
    found = parsed(made.scrape("")[1])
    assert value(found, "driftwatch_build_info", version="0.1.0") == 1
    assert value(found, "driftwatch_source_lag_records", source="kafka", partition="t-0") == 3
    assert not any(name.endswith("_total") for name, _ in found)
    assert not any(name.startswith("driftwatch_feature") for name, _ in found)
    assert named(found, "driftwatch_store_up") == []


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_both_formats_say_the_same(accept: str) -> None:
    made, health = exposition(Store({Counter("observations", "k", "fraud", "3"): 5}))
    health.source("k", SourceState())
    made.publish(snapshot(verdicts(), alerts=[alert()]))
    kind, body = made.scrape(accept)
    assert kind.startswith(accept or "text/plain")
    assert body.endswith(b"# EOF\n") == bool(accept)
    assert body.count(b"# EOF") == int(bool(accept))
    found = parsed(body, openmetrics=bool(accept))
    assert found == parsed(made.scrape("")[1])
    assert value(found, "driftwatch_observations_total", model="fraud", version="3") == 5


def test_every_metric_is_announced_once_in_each_format() -> None:
    made, _ = exposition()
    made.publish(snapshot())
    for accept in ("", OPENMETRICS):
        body = made.scrape(accept)[1].decode()
        types = [line.split()[2] for line in body.splitlines() if line.startswith("# TYPE ")]
        assert len(types) == len(set(types)) == len(every_metric())


def test_a_new_snapshot_replaces_the_old_one_whole() -> None:
    made, _ = exposition()
    made.publish(snapshot(verdicts(version="3")))
    made.publish(snapshot(verdicts(version="4")))
    found = parsed(made.scrape("")[1])
    assert {s["version"] for s in named(found, "driftwatch_feature_psi")} == {"4"}
    assert {s["version"] for s in named(found, "driftwatch_reference_info")} == {"4"}


def test_a_version_that_has_a_reference_is_counted_from_nothing_on() -> None:
    store = Store()
    made, _ = exposition(store)
    made.publish(snapshot())
    made.expect([("fraud", "3")])
    before = parsed(made.scrape("")[1])
    store.counters[Counter("observations", "kafka", "fraud", "3")] = 5
    after = parsed(made.scrape("")[1])
    for found, counted in ((before, 0), (after, 5)):
        assert value(found, "driftwatch_observations_total", model="fraud", version="3") == counted


def test_counters_are_read_at_each_scrape() -> None:
    received = Counter("received", "kafka")
    store = Store({received: 1})
    made, _ = exposition(store)
    made.publish(snapshot())
    assert value(parsed(made.scrape("")[1]), "driftwatch_source_records_total", source="kafka") == 1
    store.counters[received] = 2
    assert value(parsed(made.scrape("")[1]), "driftwatch_source_records_total", source="kafka") == 2


def test_while_the_store_cannot_be_read_counters_stay_and_it_is_said() -> None:
    store = Store({Counter("received", "kafka"): 9})
    made, _ = exposition(store)
    made.publish(snapshot())
    assert value(parsed(made.scrape("")[1]), "driftwatch_store_up") == 1
    store.broken = True
    found = parsed(made.scrape("")[1])
    assert value(found, "driftwatch_store_up") == 0
    assert value(found, "driftwatch_source_records_total", source="kafka") == 9


def test_what_is_dropped_is_counted_over_features_and_versions() -> None:
    store = Store({Counter("late", "k", "fraud", f"v{i}"): i for i in range(1003)})
    made, _ = exposition(store, max_series=100)
    psi = {"psi": compared([0.1] * 120)}
    made.publish(snapshot(verdicts(features=[f"f{i}" for i in range(120)], statistics=psi)))
    found = parsed(made.scrape("")[1])
    assert len(named(found, "driftwatch_feature_psi")) == 100
    assert value(found, "driftwatch_series_dropped", model="fraud") == 20 + 3


def test_a_source_with_a_problem_is_down_without_its_words() -> None:
    made, health = exposition()
    health.source("kafka", SourceState("broker kafka:9092 refuses", {"t-0": 3}))
    health.source("files", SourceState())
    body = made.scrape("")[1]
    assert value(parsed(body), "driftwatch_source_up", source="kafka") == 0
    assert value(parsed(body), "driftwatch_source_up", source="files") == 1
    assert b"refuses" not in body


def test_threads_reloads_notices_and_durations_are_shown() -> None:
    made, health = exposition()
    health.expect("tick", 30)
    health.loaded()
    health.evaluated("fraud", 0.25)
    at = health.beats()["tick"].at / 10**6
    found = parsed(made.scrape("")[1])
    assert value(found, "driftwatch_heartbeat_timestamp_seconds", thread="tick") == at
    assert value(found, "driftwatch_config_last_reload_successful") == 1
    assert value(found, "driftwatch_config_last_reload_success_timestamp_seconds") == at
    assert value(found, "driftwatch_evaluation_duration_seconds", model="fraud") == 0.25
    health.not_loaded("line 3: unknown key")
    found = parsed(made.scrape("")[1])
    assert value(found, "driftwatch_config_last_reload_successful") == 0
    assert value(found, "driftwatch_notice", topic="reload") == 1


def test_no_number_that_is_not_finite_is_ever_served() -> None:
    made, _ = exposition()
    wild = {kind: compared([math.inf, math.nan, -math.inf]) for kind in STATISTICS}
    made.publish(snapshot(verdicts(features=["a", "b", "c"], statistics=wild)))
    found = parsed(made.scrape("")[1])
    assert found
    assert all(math.isfinite(number) for number in found.values())


def test_what_is_configured_no_more_is_not_shown_though_the_store_knows_it() -> None:
    clock = Clock()
    health = Health(monotonic=clock.monotonic, now=clock.now)
    made = Exposition(
        release="0.1.0",
        health=health,
        counters=Committed(Store().read),
        models={"fraud"},
        endpoints={"hook"},
    )
    outgoing = {"hook": Outgoing(1, 0, NOW, None, ""), "gone": Outgoing(9, 9, NOW, None, "")}
    progress = Progress(NOW, NOW, NOW)
    made.publish(
        snapshot(
            verdicts(model="fraud"),
            verdicts(model="gone"),
            alerts=[alert(model="fraud"), alert(model="gone")],
            models={"fraud": progress, "gone": progress},
            outgoing=outgoing,
        )
    )
    health.evaluated("gone", 1.0)
    body = made.scrape("")[1]
    assert b"gone" not in body
    found = parsed(body)
    for name in ("driftwatch_alert_firing", "driftwatch_watermark_timestamp_seconds"):
        assert [s["model"] for s in named(found, name)] == ["fraud"]
    assert [s["endpoint"] for s in named(found, "driftwatch_outbox_messages")] == ["hook"]
