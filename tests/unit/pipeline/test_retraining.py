"""From records to a request for a training, through the whole path."""

from datetime import timedelta
from typing import Any

from driftwatch.decide.policy_settings import RetrainingSettings
from driftwatch.nouns.messages import Attempt, Instruction, Message, Outcome
from driftwatch.nouns.retraining import Stage
from tests.unit.pipeline.scenes import BEGIN, HOUR, MINUTE, SOURCE, Record, Scene

ROUTES = {"firing": ("people",), "resolved": ("people",), "retrain": ("ci",)}
SETTINGS = RetrainingSettings(settle=timedelta(), cool_down=timedelta(), address="https://dw")


def scene(drift: range, minutes: int) -> Scene:
    """Make records, two a minute in two partitions, some of which are unlike the reference."""
    log = {
        f"t/{p}": [
            Record(at, 5.0 if int(at) in drift else 7.0 * (at % 14) + 5) for at in range(minutes)
        ]
        for p in range(2)
    }
    return Scene(log)


def judged(of: Scene, **changes: Any) -> list[Message]:
    """Read all, judge all that is closed, and give the requests that are to be sent."""
    of.read_all()
    of.judge(routes=ROUTES, retraining=SETTINGS, **changes)
    return [d.message for d in of.store.due("ci", of.clock.now, of.clock.now + 1, 10)]


def test_a_drift_that_lasts_leads_to_one_request_that_says_where_its_data_lie() -> None:
    of = scene(range(60, 240), 240)
    [message] = judged(of)
    [wanted] = of.store.retrainings(9)
    assert (message.id, message.kind, wanted.stage) == (wanted.id, "retrain", Stage.REQUESTED)
    facts = message.facts
    assert (facts["model"], facts["version"]) == ("fraud", "3")
    assert facts["reference"]["fingerprint"] == "ref-1"
    assert [a["alert"] for a in facts["alerts"]] == ["CovariateShift"]
    assert "amount" in {f["feature"] for f in facts["alerts"][0]["features"]}
    assert facts["links"]["retraining"] == f"https://dw/api/v1/retraining/{message.id}"
    assert facts["expires_at"]
    [data] = facts["data"]
    assert data["source"] == SOURCE
    since = (min(e["since"] for e in _entries(of)) - BEGIN) // MINUTE
    until = (message.at - BEGIN) // MINUTE
    spans = [(p["partition"], p["first"], p["next"]) for p in data["partitions"]]
    assert spans == [("t/0", since, until), ("t/1", since, until)]


def test_a_drift_that_was_over_before_the_outage_was_is_not_asked_about() -> None:
    """All of it is judged in one tick, and only what holds at the end is told."""
    of = scene(range(60, 120), 400)
    assert judged(of) == []
    [episode] = of.store.retrainings(9)
    assert episode.stage is Stage.WITHDRAWN
    codes = {r.code for d in of.store.decisions(episode.id) for r in d.reasons}
    assert "behind" in codes


def test_without_an_endpoint_that_takes_it_what_would_have_been_asked_is_shown() -> None:
    of = scene(range(60, 240), 240)
    of.read_all()
    of.judge(routes={}, retraining=SETTINGS)
    [wanted] = of.store.retrainings(9)
    assert [reason.code for reason in wanted.reasons] == ["no_endpoint"]


def test_an_answer_is_followed_even_where_no_boundary_is_to_be_judged() -> None:
    of = scene(range(60, 240), 240)
    [message] = judged(of)
    taken = Attempt(message.id, "ci", of.clock.now, Outcome.DELIVERED, 202, "fine")
    of.store.answered(taken)
    assert of.judge(routes=ROUTES, retraining=SETTINGS) == 0
    assert of.store.retrainings(9)[0].stage is Stage.ACCEPTED
    of.clock.now += 24 * HOUR
    before = of.store.snapshot(0).models
    of.store.close("fraud", lambda _: None)
    of.judge(routes=ROUTES, retraining=SETTINGS, current=lambda: None)
    assert of.store.retrainings(9)[0].stage is Stage.TIMED_OUT
    assert of.store.snapshot(0).models == before


def _entries(of: Scene) -> list[dict[str, Any]]:
    states = of.store.snapshot(0).alerts
    return [entry for state in states for entry in state.evidence.get("features", ())]


def test_a_silence_puts_the_news_off_and_holds_the_request_until_its_end() -> None:
    of = scene(range(60, 240), 240)
    of.read_all()
    until = of.clock.now + 2 * HOUR
    details = {"model": "fraud", "version": "", "alert": "", "feature": "", "until": until}
    of.store.add(Instruction("silence", "fraud", 0, "ada", "load test", details=details))
    of.judge(routes=ROUTES, retraining=SETTINGS)
    assert of.store.due("people", until - 1, until, 9) == []
    [wanted] = of.store.retrainings(9)
    assert [reason.code for reason in wanted.reasons] == ["silenced"]
    [told] = of.store.due("people", until, until + 1, 9)
    assert told.message.kind == "firing"
