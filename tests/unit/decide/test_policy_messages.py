"""What is told to pipelines and to people of an episode?"""

import json
from dataclasses import replace
from typing import Any

from driftwatch.decide.policy import Call
from driftwatch.decide.policy_messages import Scene, investigation, request
from driftwatch.nouns.judgements import AlertKey, AlertState, State
from driftwatch.nouns.retraining import Located, Reason, Retraining, Stage
from tests.unit.decide.histories import profile
from tests.unit.store.samples import REFUSED, SHARES, verdicts

HOUR = 3_600_000_000
AT = 1_767_225_600_000_000
WHY = (Reason("wanted", "CovariateShift fired, and the data are sound"),)
OF = Retraining(
    "retrain_1", "fraud", "3", "f1", 2, Stage.REQUESTED, WHY, AT, AT, AT, expires_at=AT + HOUR
)
ENTRY = {"feature": "amount", "statistic": "psi", "value": 0.4, "low": None, "state": "firing"}
TIMES = {"since": AT - HOUR, "start": AT - HOUR, "end": AT, "window": "1h"}


def alert(name: str = "CovariateShift", severity: str = "warning") -> AlertState:
    told = {"features": [{**ENTRY, **TIMES}]}
    key = AlertKey("fraud", "3", name)
    return AlertState(key, State.FIRING, AT - HOUR, "f1", severity, 1, {}, told)


SCENE = Scene(
    boundary=AT,
    now=AT + 5,
    profile=profile("3", AT),
    alerts=(alert(), alert("PriorShift", "critical")),
    verdicts=(replace(verdicts(AT), priors={"histogram": SHARES, "mlls": REFUSED}),),
    places=(
        Located("kafka", "t-1", 7, 9, AT - HOUR, AT),
        Located("kafka", "t-0", 5, 8, AT - HOUR, AT),
        Located("files", "a", 0, 1, AT - HOUR, AT),
    ),
    address="https://dw.example",
)


def facts(**changes: Any) -> dict[str, Any]:
    told = request(OF, replace(SCENE, **changes)).facts
    return json.loads(json.dumps(told, allow_nan=False))  # type: ignore[no-any-return]


def test_a_request_says_for_what_on_what_and_until_when() -> None:
    told = facts()
    assert request(OF, SCENE).id == "retrain_1"
    assert told["type"] == "io.driftwatch.retraining.requested"
    assert (told["retraining"], told["model"], told["version"]) == ("retrain_1", "fraud", "3")
    assert told["expires_at"] == "2026-01-01T01:00:00Z"
    assert told["since"] == "2025-12-31T23:00:00Z"
    assert told["severity"] == "critical"
    assert [a["alert"] for a in told["alerts"]] == ["CovariateShift", "PriorShift"]
    assert told["alerts"][0]["features"][0]["since"] == "2025-12-31T23:00:00Z"
    assert told["reference"]["lineage"] == {"built": "2026-01-01T00:00:00Z"}
    assert told["why"] == WHY[0].text


def test_it_says_where_the_data_lie_by_source_and_partition() -> None:
    start, end = "2025-12-31T23:00:00Z", "2026-01-01T00:00:00Z"
    stretch = {"start": start, "end": end}
    assert facts()["data"] == [
        {"source": "files", "partitions": [{"partition": "a", "first": 0, "next": 1, **stretch}]},
        {
            "source": "kafka",
            "partitions": [
                {"partition": "t-0", "first": 5, "next": 8, **stretch},
                {"partition": "t-1", "first": 7, "next": 9, **stretch},
            ],
        },
    ]


def test_it_tells_the_shares_of_the_classes_where_they_are_known() -> None:
    [histogram, mlls] = facts()["priors"]
    first = {"class": "legit", "share": 0.1 + 0.2, "low": 0.0, "high": 0.35, "reference": 0.97}
    assert (histogram["estimator"], histogram["classes"][0]) == ("histogram", first)
    assert mlls["refused"] == "no labels have come"
    assert mlls["classes"][0]["share"] is None
    assert facts(verdicts=())["priors"] == []


def test_links_begin_where_the_daemon_is_reached() -> None:
    path = "/api/v1/retraining/retrain_1"
    assert facts()["links"] == {"retraining": f"https://dw.example{path}"}
    assert facts(address=None)["links"] == {"retraining": path}


def test_each_thing_that_a_person_is_called_for_is_a_message_of_its_own() -> None:
    codes = ("quality_alert", "failed")
    calls = [investigation(Call(OF, Reason(code, f"why {code}")), SCENE) for code in codes]
    assert [call.facts["code"] for call in calls] == list(codes)
    assert [call.facts["why"] for call in calls] == ["why quality_alert", "why failed"]
    assert len({call.id for call in calls} | {call.order for call in calls}) == 4
    again = investigation(Call(OF, Reason("failed", "told anew")), SCENE)
    assert again.id == calls[1].id
