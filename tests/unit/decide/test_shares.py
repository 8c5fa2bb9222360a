"""What is told of the estimated shares of the classes, beside an alert of prior shift."""

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from detectors.prior import Estimated, Refused
from driftwatch.decide import messages
from driftwatch.decide.shares import MOST_CLASSES, shares
from driftwatch.nouns.judgements import AlertKey, State, Verdicts
from tests.unit.decide.scenes import HOUR, START, Judged, compared, verdicts

KEY = AlertKey("fraud", "3", "PriorShift")


def estimated(prior: Sequence[float] = (0.8, 0.2)) -> Estimated:
    p = np.array(prior)
    return Estimated(
        classes=tuple(f"class {k}" for k in range(len(p))),
        prior=p,
        low=p - 0.01,
        high=p + 0.02,
        reference=np.full(len(p), 0.5),
        n=1000,
        m=5000,
        refused=Refused.NOT_REFUSED,
        reason="",
        x2=4.0,
        df=8,
        p_value=0.25,
        effect=0.0,
        variation=0.01,
        explained=True,
    )


def refused() -> Estimated:
    none = np.full(2, np.nan)
    return replace(
        estimated(),
        prior=none,
        low=none,
        high=none,
        reference=none,
        refused=Refused.NO_ROWS,
        reason="the current window holds no rows to estimate from",
        p_value=np.nan,
        explained=None,
    )


def seen(hour: int, score: float, share: float = 0.2, *, length: int = HOUR) -> Verdicts:
    of = {"psi": compared([score / 2, score])}
    made = verdicts(START + hour * HOUR, of, ["feature", "score"], length=length)
    return replace(made, priors={"bbse": estimated((1 - share, share)), "mlls": refused()})


def test_each_estimate_is_told_with_its_interval_and_what_it_is_held_against() -> None:
    [bbse, mlls] = shares([seen(0, 0.3, length=24 * HOUR), seen(0, 0.3, 0.3)])
    assert bbse == {
        "estimator": "bbse",
        "window": "1h",
        "n": 1000,
        "refused": "",
        "explained": True,
        "p_value": 0.25,
        "classes": [
            {"class": "class 0", "share": 0.7, "low": 0.69, "high": 0.72, "reference": 0.5},
            {"class": "class 1", "share": 0.3, "low": 0.29, "high": 0.32, "reference": 0.5},
        ],
    }
    assert mlls["refused"] == "the current window holds no rows to estimate from"
    assert mlls["classes"][0]["share"] is mlls["p_value"] is mlls["explained"] is None
    assert json.loads(json.dumps([bbse, mlls], allow_nan=False)) == [bbse, mlls]


def test_of_very_many_classes_those_that_moved_most_are_told() -> None:
    prior = np.full(MOST_CLASSES + 50, 0.5)
    prior[-1], prior[3] = 0.9, 0.2
    wide = replace(seen(0, 0.3), priors={"bbse": estimated(prior.tolist())})
    [told] = shares([wide])
    assert len(told["classes"]) == MOST_CLASSES
    assert [c["share"] for c in told["classes"][:3]] == [0.9, 0.2, 0.5]


def test_an_alert_of_prior_shift_tells_the_shares_as_they_are() -> None:
    judged = Judged("psi > 0.2 for 1h")
    judged.judge(START, [seen(0, 0.3, 0.3)])
    assert judged.alerts[KEY].evidence["priors"][0]["classes"][1]["share"] == 0.3
    (fired,) = judged.judge(START + HOUR, [seen(1, 0.3, 0.4)])
    assert fired.evidence["priors"][0]["classes"][1]["share"] == 0.4
    facts = messages.message(fired, {}, START).facts
    assert facts["priors"] == fired.evidence["priors"]


def test_once_resolved_the_last_shares_stay() -> None:
    judged = Judged("psi > 0.2")
    judged.judge(START, [seen(0, 0.3, 0.3)])
    (resolved,) = judged.judge(START + HOUR, [seen(1, 0.1, 0.25)])
    assert resolved.after is State.RESOLVED
    assert resolved.evidence["priors"][0]["classes"][1]["share"] == 0.25
    before = judged.alerts[KEY]
    assert judged.judge(START + 2 * HOUR, [seen(2, 0.1, 0.2)]) == []
    assert judged.alerts[KEY] == before


def test_without_a_window_the_shares_stay_as_they_were() -> None:
    judged = Judged("psi > 0.2")
    judged.judge(START, [seen(0, 0.3, 0.3)])
    told = judged.alerts[KEY].evidence["priors"]
    judged.judge(START + HOUR, [])
    assert judged.alerts[KEY].evidence["priors"] == told


def test_a_new_reference_ends_an_alert_with_the_shares_that_it_had() -> None:
    judged = Judged("psi > 0.2")
    judged.judge(START, [seen(0, 0.3, 0.3)])
    judged.reference = "ref-2"
    (ended, *_) = judged.judge(START + HOUR, [])
    assert ended.evidence["priors"][0]["classes"][1]["share"] == 0.3


def test_other_alerts_say_nothing_of_shares() -> None:
    judged = Judged("psi > 0.1")
    told = judged.judge(START, [seen(0, 0.3)])
    by_alert = {t.key.alert: messages.message(t, {}, START).facts for t in told}
    assert "priors" in by_alert["PriorShift"]
    assert "priors" not in by_alert["CovariateShift"]
