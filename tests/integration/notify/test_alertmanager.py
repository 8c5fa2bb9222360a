"""A real Alertmanager is told the state, and tells its receiver."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from driftwatch.notify.alertmanager import AlertmanagerEndpoint, AlertmanagerSettings
from driftwatch.notify.payload import document
from driftwatch.notify.prometheus import body, fingerprint
from driftwatch.notify.samples import sample
from driftwatch.nouns.errors import Transient
from driftwatch.nouns.judgements import AlertKey, AlertState, State
from tests.integration.notify.receiver import listening
from tests.real.parts import free_port
from tests.real.prometheus import StartAlertmanager, wait_until

pytestmark = pytest.mark.prometheus
KEY = AlertKey("fraud", "3", "CovariateShift")
ENTRY = {
    "feature": "amount",
    "statistic": "psi",
    "value": 0.4567,
    "threshold": None,
    "state": "firing",
}
SECOND = 10**6


def now() -> int:
    return time.time_ns() // 1000


def endpoint(*addresses: str, **more: Any) -> AlertmanagerEndpoint:
    urls = [f"http://{address}" for address in addresses]
    given = {"name": "am", "urls": urls, "every": "1s", "timeout": "2s", "labels": {"team": "risk"}}
    settings = AlertmanagerSettings.model_validate({**given, **more})
    return settings.build(clock=now, environment={}, folder=Path())


def state(since: int, of: State = State.FIRING) -> AlertState:
    evidence = {"features": [{**ENTRY, "since": since}]}
    return AlertState(KEY, of, since, "sha256:1", "warning", 1, {}, evidence)


def received(found: Any) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in found.received]


def test_what_fires_is_told_and_what_is_resolved_ends(
    start_alertmanager: StartAlertmanager,
) -> None:
    began = now() - 60 * SECOND
    with listening() as receiver:
        alertmanager = start_alertmanager(receiver.url)
        made = endpoint(alertmanager.address)
        made.tell([state(began)], now())
        made.tell([state(began)], now())
        (alert,) = wait_until(alertmanager.alerts, 10, "the alert")
        assert alert["labels"] == {
            "alertname": "CovariateShift",
            "model": "fraud",
            "version": "3",
            "severity": "warning",
            "team": "risk",
        }
        assert alert["annotations"]["summary"] == "CovariateShift of fraud 3: amount psi 0.457"
        # Alertmanager's own fingerprint of the labels is ours.
        assert alert["fingerprint"] == fingerprint(alert["labels"].items())
        wait_until(lambda: received(receiver), 20, "the firing notification")
        made.tell([state(now(), State.RESOLVED)], now())
        wait_until(
            lambda: [r for r in received(receiver) if r["status"] == "resolved"], 20, "resolved"
        )
        assert len({r["groupKey"] for r in received(receiver)}) == 1


def test_an_alert_that_is_not_heard_of_ends_by_itself(
    start_alertmanager: StartAlertmanager,
) -> None:
    with listening() as receiver:
        alertmanager = start_alertmanager(receiver.url)
        endpoint(alertmanager.address).tell([state(now() - SECOND)], now())
        wait_until(alertmanager.alerts, 10, "the alert")
        wait_until(lambda: not alertmanager.alerts(), 20, "its end")


def test_each_of_a_cluster_is_told_though_one_is_away(
    start_alertmanager: StartAlertmanager,
) -> None:
    with listening() as receiver:
        there = start_alertmanager(receiver.url)
        made = endpoint(f"127.0.0.1:{free_port()}", there.address)
        with pytest.raises(Transient, match="could not be reached"):
            made.tell([state(now() - SECOND)], now())
        assert len(wait_until(there.alerts, 10, "the alert")) == 1


def test_a_test_alert_is_taken(start_alertmanager: StartAlertmanager) -> None:
    with listening() as receiver:
        alertmanager = start_alertmanager(receiver.url)
        made = endpoint(alertmanager.address)
        assert made.send(made.render(sample("test", "msg_1", now()), now())).status == 200
        (alert,) = wait_until(alertmanager.alerts, 10, "the alert")
        assert alert["labels"]["alertname"] == "DriftwatchTest"


def test_the_body_in_its_form_has_just_the_fields_of_its_own(
    start_alertmanager: StartAlertmanager,
) -> None:
    with listening() as receiver:
        alertmanager = start_alertmanager(receiver.url)
        endpoint(alertmanager.address).tell([state(now() - SECOND)], now())
        (theirs, *_) = wait_until(lambda: received(receiver), 20, "the notification")
    ours = body(document(sample("firing", "msg_1", now())), "hook", {})
    assert shape(ours) == shape(theirs)
    assert ours["alerts"][0].keys() == theirs["alerts"][0].keys()


def shape(told: dict[str, Any]) -> dict[str, type]:
    return {key: type(value) for key, value in told.items()}
