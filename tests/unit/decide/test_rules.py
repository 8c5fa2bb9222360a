"""Rules as the states of alerts: what fires, what resolves, and what does neither."""

import numpy as np
import pytest

from driftwatch.nouns.judgements import AlertKey, State
from tests.unit.decide.scenes import HOUR, START, Judged, compared, verdicts

KEY = AlertKey("fraud", "3", "CovariateShift")


def moves(judged: Judged) -> list[str]:
    return [f"{t.before}>{t.after}" for t in judged.told]


def test_an_alert_that_never_held_is_stored_as_inactive_once() -> None:
    judged = Judged("psi > 0.2")
    assert judged.look(0, [0.1]) == []
    assert judged.state() is State.INACTIVE
    before = judged.alerts[KEY]
    judged.look(1, [0.1])
    assert judged.alerts[KEY] is before


def test_a_rule_without_duration_fires_at_once() -> None:
    judged = Judged("psi > 0.2")
    (told,) = judged.look(0, [0.3])
    assert (told.before, told.after, told.ordinal) == (State.INACTIVE, State.FIRING, 1)


def test_a_value_at_the_limit_does_not_hold() -> None:
    judged = Judged("psi > 0.2")
    assert judged.look(0, [0.2]) == []


def test_a_rule_fires_when_it_has_held_for_its_duration() -> None:
    judged = Judged("psi > 0.2 for 3h")
    for hour in (0, 1, 2):
        judged.look(hour, [0.3])
    assert judged.state() is State.PENDING
    judged.look(3, [0.3])
    assert judged.state() is State.FIRING
    assert judged.alerts[KEY].evidence["features"][0]["since"] == START


def test_the_duration_is_event_time_whatever_the_number_of_looks() -> None:
    often, seldom = Judged("psi > 0.2 for 3h"), Judged("psi > 0.2 for 3h")
    for quarter in range(12):
        often.look(quarter / 4, [0.3])
    assert often.state() is State.PENDING
    seldom.look(0, [0.3])
    seldom.look(3, [0.3])
    often.look(3, [0.3])
    assert often.state() is seldom.state() is State.FIRING


def test_one_look_below_the_limit_begins_the_wait_anew_and_says_so() -> None:
    judged = Judged("psi > 0.2 for 3h")
    for hour, value in enumerate([0.3, 0.3, 0.1, 0.3, 0.3, 0.3]):
        judged.look(hour, [value])
    assert moves(judged) == ["inactive>pending", "pending>inactive", "inactive>pending"]
    judged.look(6, [0.3])
    assert judged.state() is State.FIRING


def test_features_wait_each_for_itself() -> None:
    judged = Judged("psi > 0.2 for 2h")
    judged.look(0, [0.3, 0.1])
    judged.look(1, [0.1, 0.3])
    judged.look(2, [0.3, 0.3])
    assert judged.state() is State.PENDING
    judged.look(3, [0.3, 0.3])
    assert [(f["feature"], f["state"]) for f in judged.alerts[KEY].evidence["features"]] == [
        ("f1", "firing"),
        ("f0", "pending"),
    ]


def test_a_look_at_too_few_rows_does_not_fire() -> None:
    judged = Judged("psi > 0.2, at least 500 rows")
    judged.look(0, [0.9], rows=499)
    assert judged.state() is State.INACTIVE
    judged.look(1, [0.9], rows=500)
    assert judged.state() is State.FIRING


def test_an_alert_does_not_resolve_for_want_of_data() -> None:
    judged = Judged("psi > 0.2")
    judged.look(0, [0.3])
    judged.look(1, [0.0], rows=3)
    judged.look(2, [np.nan], rows=0)
    judged.look(3, None)
    assert judged.state() is State.FIRING
    judged.look(4, [0.0])
    assert judged.state() is State.RESOLVED


def test_time_without_decided_looks_does_not_count_towards_firing() -> None:
    judged = Judged("psi > 0.2 for 3h")
    judged.look(0, [0.3])
    judged.look(1, [0.3])
    judged.look(2, [0.3], rows=3)
    judged.look(3, None)
    judged.look(9, [0.3])
    assert judged.state() is State.PENDING
    judged.look(10, [0.3])
    assert judged.state() is State.PENDING
    judged.look(11, [0.3])
    assert judged.state() is State.FIRING


def test_a_window_that_is_looked_at_every_few_hours_counts_the_time_between() -> None:
    judged = Judged("psi > 0.2 over 24h for 6h")
    judged.look(0, [0.3], length=24 * HOUR)
    judged.look(3, [0.9], length=HOUR)
    assert judged.state() is State.PENDING
    judged.look(6, [0.3], length=24 * HOUR)
    assert judged.state() is State.FIRING


def test_without_a_window_the_shortest_one_is_looked_at() -> None:
    judged = Judged("psi > 0.2")
    long = verdicts(START, {"psi": compared([0.9])}, ["feature"], length=24 * HOUR)
    short = verdicts(START, {"psi": compared([0.1])}, ["feature"], length=HOUR)
    judged.judge(START, [long, short])
    assert judged.state() is State.INACTIVE


def test_once_firing_it_holds_until_clear() -> None:
    judged = Judged("psi > 0.2, clear at 0.1")
    judged.look(0, [0.3])
    judged.look(1, [0.15])
    assert judged.state() is State.FIRING
    judged.look(2, [0.1])
    assert judged.state() is State.RESOLVED


def test_clear_does_not_help_what_is_only_pending() -> None:
    judged = Judged("psi > 0.2 for 2h, clear at 0.1")
    judged.look(0, [0.3])
    judged.look(1, [0.15])
    assert judged.state() is State.INACTIVE


def test_it_fires_on_until_it_was_clear_for_the_time_to_keep() -> None:
    judged = Judged("psi > 0.2, keep 2h")
    for hour, value in enumerate([0.3, 0.1, 0.1, 0.3, 0.1, 0.1]):
        judged.look(hour, [value])
    assert judged.state() is State.FIRING
    judged.look(6, [0.1])
    assert judged.state() is State.RESOLVED
    assert len(judged.told) == 2


def test_what_has_resolved_stays_so_until_a_rule_holds_again_and_counts_its_firings() -> None:
    judged = Judged("psi > 0.2 for 1h")
    for hour, value in enumerate([0.3, 0.3, 0.1, 0.1, 0.3, 0.3]):
        judged.look(hour, [value])
    assert moves(judged) == [
        "inactive>pending",
        "pending>firing",
        "firing>resolved",
        "resolved>pending",
        "pending>firing",
    ]
    assert [t.ordinal for t in judged.told] == [0, 1, 1, 1, 2]


def test_what_is_pending_when_the_rest_resolves_is_pending_on() -> None:
    judged = Judged("psi > 0.2 for 1h")
    judged.look(0, [0.3, 0.1])
    judged.look(1, [0.3, 0.1])
    resolved, pending = judged.look(2, [0.1, 0.3])
    assert [f["feature"] for f in resolved.evidence["features"]] == ["f0"]
    assert [f["feature"] for f in pending.evidence["features"]] == ["f1"]
    judged.look(3, [0.1, 0.3])
    assert moves(judged)[-3:] == ["firing>resolved", "resolved>pending", "pending>firing"]


def test_predictions_feed_prior_shift_and_features_covariate_shift() -> None:
    judged = Judged("psi > 0.2")
    judged.look(0, [0.1, 0.3, 0.3], roles=["feature", "prediction", "score"])
    assert judged.state("CovariateShift") is State.INACTIVE
    assert judged.state("PriorShift") is State.FIRING


@pytest.mark.parametrize("statistic", ["missing", "unseen", "out_of_range"])
def test_what_is_wrong_with_the_data_feeds_data_quality(statistic: str) -> None:
    judged = Judged(f"{statistic} > 0.2")
    judged.look(0, [0.3], statistic=statistic)
    assert {a.key.alert: a.state for a in judged.alerts.values()} == {"DataQuality": State.FIRING}


def test_labels_that_have_not_come_are_no_fault_of_the_data() -> None:
    judged = Judged("missing > 0.2")
    judged.look(0, [0.1, 1.0], statistic="missing", roles=["feature", "label"])
    assert judged.state("DataQuality") is State.INACTIVE
    named = Judged("missing > 0.2 of l0")
    named.look(0, [0.1, 1.0], statistic="missing", roles=["feature", "label"])
    assert named.state("DataQuality") is State.FIRING


def test_a_rule_may_name_its_alert_its_features_and_its_severity() -> None:
    judged = Judged("psi > 0.2 of f1, alert DataQuality, severity critical")
    judged.look(0, [0.9, 0.1])
    assert judged.state("DataQuality") is State.INACTIVE
    (told,) = judged.look(1, [0.9, 0.3])
    assert [f["feature"] for f in told.evidence["features"]] == ["f1"]
    assert told.severity == "critical"


def test_a_rule_on_the_p_value_needs_one() -> None:
    judged = Judged("psi p < 0.01")
    judged.look(0, [0.9], p=[np.nan])
    assert judged.state() is State.INACTIVE
    judged.look(1, [0.0], p=[0.001])
    assert judged.state() is State.FIRING


def test_both_limits_must_be_passed_where_both_are_given() -> None:
    judged = Judged("psi > 0.2 and p < 0.01")
    assert judged.look(0, [0.3], p=[0.02]) == []
    assert judged.look(1, [0.1], p=[0.001]) == []
    assert judged.look(2, [0.3], p=[0.001]) != []


def test_a_rule_may_watch_for_what_falls() -> None:
    judged = Judged("psi < 0.2, clear at 0.3")
    judged.look(0, [0.1])
    judged.look(1, [0.25])
    assert judged.state() is State.FIRING
    judged.look(2, [0.3])
    assert judged.state() is State.RESOLVED


def test_an_infinite_statistic_is_over_every_limit() -> None:
    judged = Judged("psi > 0.2")
    judged.look(0, [np.inf, 0.3])
    first = judged.alerts[KEY].evidence["features"][0]
    assert (first["feature"], first["value"]) == ("f0", np.finfo(float).max)


def test_the_evidence_ranks_features_by_how_far_they_are_beyond_their_limits() -> None:
    judged = Judged("psi > 0.2 for 2h", "psi > 0.5")
    judged.look(0, [0.3, 0.4, 0.1, 0.6])
    features = judged.alerts[KEY].evidence["features"]
    assert [(f["feature"], f["state"]) for f in features] == [
        ("f3", "firing"),
        ("f3", "pending"),
        ("f1", "pending"),
        ("f0", "pending"),
    ]
    first = features[0]
    assert (first["statistic"], first["value"], first["threshold"]) == ("psi", 0.6, 0.5)
    assert (first["window"], first["n"], first["m"], first["since"]) == ("1h", 1000, 10_000, START)


def test_an_undecided_feature_keeps_its_last_evidence() -> None:
    judged = Judged("psi > 0.2")
    judged.look(0, [0.3, 0.3])
    judged.look(1, [0.25, 0.9], rows=[1000, 3])
    told = {f["feature"]: f["value"] for f in judged.alerts[KEY].evidence["features"]}
    assert told == {"f0": 0.25, "f1": 0.3}


def test_the_resolved_transition_tells_what_had_fired_with_its_present_values() -> None:
    judged = Judged("psi > 0.2")
    judged.look(0, [0.3, 0.1])
    (told,) = judged.look(1, [0.05, 0.1])
    assert [(f["feature"], f["value"], f["state"]) for f in told.evidence["features"]] == [
        ("f0", 0.05, "resolved")
    ]
    assert told.why == "every rule that it fired by is clear"


def test_another_reference_starts_afresh_and_says_so() -> None:
    judged = Judged("psi > 0.2 for 1h")
    judged.look(0, [0.3])
    judged.look(1, [0.3])
    judged.reference = "ref-2"
    resolved, pending = judged.look(2, [0.3])
    assert (resolved.after, resolved.reference) == (State.RESOLVED, "ref-1")
    assert "ref-1 to ref-2" in resolved.why
    assert [f["state"] for f in resolved.evidence["features"]] == ["resolved"]
    assert (pending.before, pending.after) == (State.RESOLVED, State.PENDING)
    assert pending.reference == "ref-2"
    judged.look(3, [0.3])
    assert judged.told[-1].ordinal == 2


def test_another_reference_ends_what_is_pending() -> None:
    judged = Judged("psi > 0.2 for 2h")
    judged.look(0, [0.3])
    judged.look(1, [0.3])
    judged.reference = "ref-2"
    judged.look(2, [0.1])
    assert moves(judged) == ["inactive>pending", "pending>inactive"]


def test_an_alert_whose_rule_was_taken_out_resolves_and_says_why() -> None:
    judged = Judged("psi > 0.2")
    judged.look(0, [0.3])
    judged.settings = Judged("psi > 0.5").settings
    (told,) = judged.look(1, [0.3])
    assert told.after is State.RESOLVED
    assert "not configured" in told.why


def test_a_version_that_vanished_keeps_its_state() -> None:
    judged = Judged("psi > 0.2 for 2h")
    judged.look(0, [0.3])
    judged.look(1, [0.3])
    for hour in range(2, 30):
        assert judged.look(hour, None) == []
    assert judged.state() is State.PENDING
    judged.look(30, [0.3])
    judged.look(31, [0.3])
    assert judged.state() is State.FIRING


def test_segments_are_no_business_of_rules_on_the_whole() -> None:
    judged = Judged("psi > 0.2")
    seen = verdicts(START, {"psi": compared([0.9])}, ["feature"], segment="country=DE")
    assert judged.judge(START, [seen]) == []


def test_a_statistic_that_nobody_computes_decides_nothing() -> None:
    judged = Judged("psi > 0.2")
    judged.look(0, [0.9])
    assert judged.look(1, [0.9], statistic="other") == []
    assert judged.state() is State.FIRING


def test_the_severity_is_the_highest_that_fires() -> None:
    judged = Judged("psi > 0.2, severity info", "psi > 0.5, severity critical")
    judged.look(0, [0.3])
    assert judged.alerts[KEY].severity == "info"
    judged.look(1, [0.6])
    assert judged.alerts[KEY].severity == "critical"


def test_a_wide_model_in_which_nothing_moves_leaves_no_memory() -> None:
    judged = Judged("psi > 0.2 for 1h")
    judged.look(0, list(np.linspace(0, 0.19, 1000)))
    assert judged.alerts[KEY].memory == {}
