"""What of a snapshot is shown as gauges, and what is not."""

import math
from dataclasses import replace

import pytest

from driftwatch.export import names
from driftwatch.export.exposition import write_gauges
from driftwatch.export.state import gauges, references
from driftwatch.export.statistics import P_VALUES, STATISTICS
from driftwatch.nouns.judgements import Learning, Outgoing, Progress, Snapshot, State
from driftwatch.nouns.retraining import Reason, Retraining, Stage
from tests.unit.export.samples import (
    HOUR,
    NOW,
    Found,
    alert,
    compared,
    named,
    parsed,
    snapshot,
    value,
    verdicts,
)


def shown(of: Snapshot, *, max_series: int = 10_000, min_rows: int = 30) -> Found:
    return parsed(write_gauges(gauges(of, max_series=max_series, min_rows=min_rows)[0]))


@pytest.mark.parametrize("kind", STATISTICS)
def test_every_statistic_has_a_series_for_each_feature(kind: str) -> None:
    found = shown(snapshot(verdicts(statistics={kind: compared([0.25, 0.5])})))
    labels = {"model": "fraud", "version": "3", "window": "1h", "role": "feature"}
    assert value(found, STATISTICS[kind].name, **labels, feature="amount") == 0.25
    assert value(found, STATISTICS[kind].name, **labels, feature="country") == 0.5


@pytest.mark.parametrize("kind", P_VALUES)
def test_a_p_value_has_a_series_of_its_own(kind: str) -> None:
    found = shown(snapshot(verdicts(statistics={kind: compared([1, 2], p=[0.01, 0.02])})))
    labels = {"model": "fraud", "version": "3", "window": "1h", "role": "feature"}
    assert value(found, P_VALUES[kind].name, **labels, feature="country") == 0.02


def test_an_undefined_statistic_is_absent() -> None:
    found = shown(snapshot(verdicts(statistics={"psi": compared([math.nan, 0.5])})))
    assert [s["feature"] for s in named(found, "driftwatch_feature_psi")] == ["country"]


def test_a_statistic_that_rests_on_too_few_rows_is_absent() -> None:
    few = snapshot(verdicts(statistics={"psi": compared([0.1, 0.2], n=29)}))
    enough = snapshot(verdicts(statistics={"psi": compared([0.1, 0.2], n=30)}))
    assert named(shown(few), "driftwatch_feature_psi") == []
    assert len(named(shown(enough), "driftwatch_feature_psi")) == 2


def test_the_window_says_its_end_and_its_rows() -> None:
    found = shown(snapshot(verdicts(window="24h", hours=24)))
    labels = {"model": "fraud", "version": "3", "window": "24h"}
    assert value(found, "driftwatch_window_rows", **labels) == 5000
    assert value(found, "driftwatch_window_end_timestamp_seconds", **labels) == NOW / 10**6


def test_a_population_that_was_not_judged_for_an_hour_is_absent_rather_than_old() -> None:
    old = verdicts(version="2", end=NOW - HOUR)
    rolled = verdicts(version="3", window="24h", hours=24, end=NOW - HOUR + 1)
    found = shown(snapshot(old, rolled))
    assert {s["version"] for s in named(found, "driftwatch_feature_psi")} == {"3"}
    assert {s["version"] for s in named(found, "driftwatch_window_rows")} == {"3"}


def test_segments_are_not_exported() -> None:
    found = shown(snapshot(verdicts(), verdicts(segment="DE")))
    assert len(named(found, "driftwatch_feature_psi")) == 2


@pytest.mark.parametrize(
    ("state", "firing"),
    [(State.INACTIVE, 0), (State.PENDING, 0), (State.FIRING, 1), (State.RESOLVED, 0)],
)
def test_an_alert_is_1_only_while_it_fires(state: State, firing: int) -> None:
    found = shown(snapshot(alerts=[alert("DataQuality", state, severity="critical")]))
    labels = {"model": "fraud", "version": "3", "alert": "DataQuality", "severity": "critical"}
    assert value(found, "driftwatch_alert_firing", **labels) == firing


def test_a_retraining_shows_its_stage_and_what_holds_it_while_its_episode_goes_on() -> None:
    why = (Reason("settle", "until then"), Reason("in_flight", "another is"))
    held = Retraining("r1", "fraud", "3", "f", 2, Stage.HELD, why, NOW, NOW, NOW)
    over = replace(held, id="r0", ordinal=1, stage=Stage.WITHDRAWN, began=1, ended=2)
    under_way = replace(held, id="r2", version="2", stage=Stage.ACCEPTED, ended=3)
    found = shown(replace(snapshot(), retrainings=(over, held, under_way)))
    stages = named(found, "driftwatch_retraining_stage")
    assert {(s["version"], s["stage"]) for s in stages} == {("3", "held"), ("2", "accepted")}
    reasons = named(found, "driftwatch_retraining_held")
    assert {s["reason"] for s in reasons} == {"settle", "in_flight"}


def test_a_model_says_how_far_it_has_come() -> None:
    found = shown(snapshot(models={"fraud": Progress(3 * 10**6, 2 * 10**6, 5 * 10**6)}))
    assert value(found, "driftwatch_watermark_timestamp_seconds", model="fraud") == 3
    assert value(found, "driftwatch_boundary_timestamp_seconds", model="fraud") == 2
    assert value(found, "driftwatch_last_evaluation_timestamp_seconds", model="fraud") == 5


def test_a_model_that_was_never_judged_has_no_time_rather_than_zero() -> None:
    found = shown(snapshot(models={"fraud": Progress(None, None, None)}))
    for metric in (names.WATERMARK, names.BOUNDARY, names.LAST_EVALUATION):
        assert named(found, metric.name) == []


def test_the_outbox_says_what_waits_and_since_when() -> None:
    found = shown(snapshot(outgoing={"hook": Outgoing(3, 2, 7 * 10**6, NOW + 1, "410 Gone")}))
    for name, expected in {
        "driftwatch_outbox_messages": 3,
        "driftwatch_outbox_dead_messages": 2,
        "driftwatch_outbox_oldest_timestamp_seconds": 7,
        "driftwatch_endpoint_circuit_open": 1,
        "driftwatch_endpoint_disabled": 1,
    }.items():
        assert value(found, name, endpoint="hook") == expected


def test_an_endpoint_that_is_well_has_zeros_and_no_oldest_message() -> None:
    found = shown(snapshot(outgoing={"hook": Outgoing(0, 0, None, NOW, "")}))
    assert value(found, "driftwatch_endpoint_circuit_open", endpoint="hook") == 0
    assert value(found, "driftwatch_endpoint_disabled", endpoint="hook") == 0
    assert named(found, "driftwatch_outbox_oldest_timestamp_seconds") == []


def test_a_reference_is_named_by_its_fingerprint() -> None:
    metric, rows = references(snapshot(verdicts(), verdicts(version="4", reference="sha256:d")))
    assert metric.labels == ("model", "version", "fingerprint", "provisional")
    assert [labels for labels, _ in rows] == [
        ("fraud", "3", "sha256:abc", "false"),
        ("fraud", "4", "sha256:d", "false"),
    ]


def test_a_learned_reference_is_provisional_until_another_is_judged_by() -> None:
    learned = {("fraud", "3"): "sha256:abc", ("fraud", "4"): "sha256:older"}
    both = snapshot(verdicts(), verdicts(version="4", reference="sha256:d"))
    _, rows = references(replace(both, learned=learned))
    assert [labels for labels, _ in rows] == [
        ("fraud", "3", "sha256:abc", "true"),
        ("fraud", "4", "sha256:d", "false"),
    ]


def test_how_far_a_version_has_come_that_is_being_learned_is_shown() -> None:
    found = shown(replace(snapshot(), learning={("fraud", "5"): Learning(rows=1200, days=2)}))
    assert value(found, "driftwatch_learning_rows", model="fraud", version="5") == 1200
    assert value(found, "driftwatch_learning_seconds", model="fraud", version="5") == 172_800


def test_beyond_the_limit_p_values_go_first_then_the_end_of_the_table() -> None:
    both = [verdicts(), verdicts(window="24h", hours=24)]
    statistics, p_values = len(STATISTICS) * 4, len(P_VALUES) * 4
    found = shown(snapshot(*both), max_series=statistics)
    assert not any(named(found, m.name) for m in P_VALUES.values())
    assert all(len(named(found, m.name)) == 4 for m in STATISTICS.values())
    dropped = gauges(snapshot(*both), max_series=statistics, min_rows=1)[1]
    assert dropped == {"fraud": p_values}


def test_beyond_the_limit_of_one_metric_the_longer_window_and_the_last_features_go() -> None:
    both = [verdicts(window="24h", hours=24), verdicts()]
    psi = named(shown(snapshot(*both), max_series=3), "driftwatch_feature_psi")
    assert {(s["window"], s["feature"]) for s in psi} == {
        ("1h", "amount"),
        ("1h", "country"),
        ("24h", "amount"),
    }


def test_each_model_has_a_limit_of_its_own() -> None:
    found = shown(
        snapshot(verdicts(), verdicts(model="churn"), models={}),
        max_series=2,
    )
    psi = named(found, "driftwatch_feature_psi")
    assert [s["model"] for s in psi] == ["churn", "churn", "fraud", "fraud"]


def test_a_limit_that_is_not_reached_is_counted_as_nothing_dropped() -> None:
    assert gauges(snapshot(verdicts()), max_series=1000, min_rows=1)[1] == {"fraud": 0}
