"""Each form of a webhook's body arrives signed, whatever the receiver does first."""

import json
import time
from pathlib import Path
from typing import Any, get_args

import pytest
import standardwebhooks

from driftwatch.notify.forms import Form
from driftwatch.notify.samples import sample
from driftwatch.notify.webhook import WebhookEndpoint, WebhookSettings
from driftwatch.nouns.errors import Transient
from tests.integration.notify.receiver import Receiver, answer, drip, in_turn, listening
from tests.integration.notify.relaying import SECRET
from tests.unit.notify.schemas import problems
from tests.unit.notify.test_forms import CLOUDEVENT, GROUP

AT = 1_700_000_000 * 10**6
SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "payload.schema.json").read_text())
KINDS = ("firing", "resolved", "investigate", "retrain", "test")
ALLOWED = {"host", "content-type", "content-length", "user-agent"} | {
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "webhook-delayed-by",
}


def endpoint(url: str, **more: Any) -> WebhookEndpoint:
    given = {"name": "hook", "url": url, "secret": SECRET, "timeout": "1s", **more}
    settings = WebhookSettings.model_validate(given)
    return settings.build(clock=lambda: AT, environment={}, folder=Path())


def told(receiver: Receiver) -> Any:
    """Give what the last request holds, if its signature is right."""
    last = receiver.received[-1]
    standardwebhooks.Webhook(SECRET).verify(last.body, dict(last.headers))
    return json.loads(last.body)


def check(form: Form, receiver: Receiver) -> None:
    """Fail if the last request is not one of this form, and nothing more."""
    last, body = receiver.received[-1], told(receiver)
    events = {name[3:]: value for name, value in last.headers.items() if name.startswith("ce-")}
    assert last.headers.keys() - ALLOWED == {f"ce-{name}" for name in events}
    assert last.path == "/hooks/retrain"
    if form == "cloudevents-binary":
        assert problems(CLOUDEVENT, {**events, "data": body}) == []
        return
    assert events == {}
    schemas = {"json": SCHEMA, "cloudevents": CLOUDEVENT, "alertmanager": GROUP}
    assert problems(schemas[form], body) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", get_args(Form))
def test_a_message_of_each_kind_arrives_in_each_form(form: Form, kind: str) -> None:
    with listening() as receiver:
        made = endpoint(receiver.url, body=form)
        made.send(made.render(sample(kind, "msg_1", AT), time.time_ns() // 1000))
        check(form, receiver)


@pytest.mark.parametrize("form", get_args(Form))
def test_what_was_tried_before_arrives_the_same(form: Form) -> None:
    with listening(in_turn(answer(503), drip(b"", 0.2), answer(200))) as receiver:
        made = endpoint(receiver.url, body=form)
        for _ in range(2):
            with pytest.raises(Transient):
                made.send(made.render(sample("retrain", "msg_1", AT), time.time_ns() // 1000))
        made.send(made.render(sample("retrain", "msg_1", AT), time.time_ns() // 1000))
        assert len({request.body for request in receiver.received}) == 1
        assert set(receiver.ids()) == {"msg_1"}
        check(form, receiver)


def test_what_a_template_makes_is_signed_too() -> None:
    with listening() as receiver:
        made = endpoint(receiver.url, template="[{{ data.model | json }}, {{ id | json }}]")
        made.send(made.render(sample("firing", "msg_1", AT), time.time_ns() // 1000))
        assert told(receiver) == ["fraud", "msg_1"]
