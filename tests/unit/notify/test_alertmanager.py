"""What an Alertmanager is told, moment by moment."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from driftwatch.notify.alertmanager import LINGERS, AlertmanagerEndpoint, AlertmanagerSettings
from driftwatch.nouns.judgements import AlertKey, AlertState, State
from driftwatch.report.times import show_time
from tests.unit.notify.schemas import problems

SECOND = 10**6
AT = 1_700_000_000 * SECOND
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
LABELS = {"type": "object", "additionalProperties": {"type": "string"}}
# postableAlerts of https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
POSTABLE = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "labels": LABELS,
            "annotations": LABELS,
            "startsAt": TIME,
            "endsAt": TIME,
            "generatorURL": {"type": "string"},
        },
        "required": ["labels"],
        "additionalProperties": False,
    },
}


def endpoint(**more: Any) -> AlertmanagerEndpoint:
    given = {"name": "am", "urls": "http://am.example:9093", **more}
    settings = AlertmanagerSettings.model_validate(given)
    return settings.build(clock=lambda: AT, environment={}, folder=Path())


def state(of: State, alert: str = "CovariateShift", severity: str = "warning") -> AlertState:
    since = AT - 60 * SECOND
    entry = {"feature": "amount", "statistic": "psi", "value": 0.3, "since": since, "p_value": None}
    key = AlertKey("fraud", "3", alert)
    return AlertState(key, of, since, "sha256:1", severity, 1, {}, {"features": [entry]})


def ends(made: AlertmanagerEndpoint, states: list[AlertState], now: int) -> list[str]:
    told = made.alerts(states, now)
    assert problems(POSTABLE, told) == []
    return [str(alert["endsAt"]) for alert in told]


def test_what_fires_is_told_each_time_and_ends_later_each_time() -> None:
    made = endpoint(every="30s")
    for minute in (0, 1, 2):
        now = AT + minute * 60 * SECOND
        assert ends(made, [state(State.FIRING)], now) == [show_time(now + 120 * SECOND)]


@pytest.mark.parametrize("of", [State.INACTIVE, State.PENDING])
def test_what_does_not_fire_is_not_told(of: State) -> None:
    assert ends(endpoint(), [state(of)], AT) == []


@pytest.mark.parametrize("after", [[state(State.RESOLVED)], [state(State.INACTIVE)], []])
def test_what_has_ended_however_it_did_is_told_for_five_minutes(after: list[AlertState]) -> None:
    made = endpoint()
    made.alerts([state(State.FIRING)], AT)
    for later in (0, LINGERS - 1):
        assert ends(made, after, AT + later) == [show_time(AT)]
    assert ends(made, after, AT + LINGERS) == []


def test_what_fires_again_has_not_ended() -> None:
    made = endpoint()
    made.alerts([state(State.FIRING)], AT)
    made.alerts([], AT + SECOND)
    assert ends(made, [state(State.FIRING)], AT + 2 * SECOND) == [show_time(AT + 122 * SECOND)]


def test_an_alert_of_another_severity_is_another_alert_and_the_first_ends() -> None:
    made = endpoint()
    made.alerts([state(State.FIRING)], AT)
    told = made.alerts([state(State.FIRING, severity="critical")], AT + SECOND)
    assert [alert["labels"]["severity"] for alert in told] == ["critical", "warning"]
    assert told[1]["endsAt"] == show_time(AT + SECOND)


def test_what_was_resolved_before_we_began_is_told_once_more() -> None:
    made = endpoint()
    assert ends(made, [state(State.RESOLVED)], AT) == [show_time(AT)]
    assert ends(made, [state(State.RESOLVED)], AT + LINGERS) == []


def test_event_time_that_is_ahead_begins_no_alert_in_the_future() -> None:
    (alert,) = endpoint().alerts([state(State.FIRING)], AT - 3600 * SECOND)
    assert alert["startsAt"] == show_time(AT - 3600 * SECOND)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"urls": []}, "at least 1"),
        ({"urls": ["ftp://am"]}, "not an address"),
        ({"every": "2m"}, "between 1s and 60s"),
        ({"labels": {"a-b": "c"}}, "pattern"),
        ({"send": ["firing"]}, "Extra inputs"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        endpoint(**wrong)
