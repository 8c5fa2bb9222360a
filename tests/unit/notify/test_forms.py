"""The forms in which the same facts are sent, each by its published schema."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from driftwatch.notify.forms import Form, Writer, template_in, tried
from driftwatch.notify.prometheus import fingerprint
from driftwatch.notify.samples import sample
from driftwatch.nouns.errors import ConfigurationError, Permanent
from driftwatch.nouns.messages import Message
from tests.unit.notify.schemas import problems

AT = 1_700_000_000 * 10**6
KINDS = ("firing", "resolved", "investigate", "retrain", "test")
TEXT = {"type": "string", "minLength": 1}
# https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/cloudevents.json, cut to what
# is sent.
CLOUDEVENT = {
    "type": "object",
    "properties": {
        "specversion": {"const": "1.0"},
        "id": TEXT,
        "source": TEXT,
        "type": TEXT,
        "subject": TEXT,
        "time": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"},
        "datacontenttype": {"const": "application/json"},
        "data": {"type": "object"},
    },
    "required": ["id", "source", "specversion", "type"],
    "additionalProperties": False,
}
LABELS = {"type": "object", "additionalProperties": {"type": "string"}}
# https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
GROUP = {
    "type": "object",
    "properties": {
        "version": {"const": "4"},
        "groupKey": TEXT,
        "truncatedAlerts": {"type": "integer"},
        "status": {"enum": ["firing", "resolved"]},
        "receiver": TEXT,
        "groupLabels": LABELS,
        "commonLabels": LABELS,
        "commonAnnotations": LABELS,
        "externalURL": {"type": "string"},
        "alerts": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "status": {"enum": ["firing", "resolved"]},
                    "labels": LABELS,
                    "annotations": LABELS,
                    "startsAt": TEXT,
                    "endsAt": TEXT,
                    "generatorURL": {"type": "string"},
                    "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
                },
                "required": ["status", "labels", "annotations", "startsAt", "endsAt"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["version", "groupKey", "status", "receiver", "commonLabels", "alerts"],
    "additionalProperties": False,
}


def written(form: Form, kind: str, **facts: Any) -> Any:
    message = sample(kind, "msg_1", AT)
    message = Message("msg_1", kind, "o", AT, {**message.facts, **facts})
    return Writer(form, "hook").write(message)


@pytest.mark.parametrize("kind", KINDS)
def test_a_structured_cloudevent_is_one_by_its_schema(kind: str) -> None:
    made = written("cloudevents", kind)
    event = json.loads(made.body)
    assert made.content_type == "application/cloudevents+json"
    assert problems(CLOUDEVENT, event) == []
    assert (event["id"], event["subject"] in ("3", "test")) == ("msg_1", True)


@pytest.mark.parametrize("kind", KINDS)
def test_both_modes_of_a_cloudevent_say_the_same(kind: str) -> None:
    structured = json.loads(written("cloudevents", kind).body)
    binary = written("cloudevents-binary", kind)
    assert json.loads(binary.body) == structured.pop("data")
    assert structured.pop("datacontenttype") == binary.content_type
    assert binary.beside == structured


def test_what_a_header_cannot_hold_is_encoded_as_cloudevents_say() -> None:
    made = written("cloudevents-binary", "firing", version='Euro € 😀 "%"')
    # The example of the HTTP protocol binding, section 3.1.3.2, but for the quotes.
    assert made.beside["subject"] == "Euro%20%E2%82%AC%20%F0%9F%98%80%20%22%25%22"


def test_a_delay_is_told_in_every_form() -> None:
    late = {"decided_at": AT + 7200 * 10**6}
    assert json.loads(written("json", "firing", **late).body)["delayed_by"] == 7200
    assert json.loads(written("cloudevents", "firing", **late).body)["data"]["delayed_by"] == 7200
    group = json.loads(written("alertmanager", "firing", **late).body)
    assert "decided 7200 s after it" in group["commonAnnotations"]["description"]


@pytest.mark.parametrize("kind", KINDS)
def test_alertmanagers_body_is_one_by_its_schema(kind: str) -> None:
    group = json.loads(written("alertmanager", kind).body)
    assert problems(GROUP, group) == []
    assert group["status"] == ("resolved" if kind == "resolved" else "firing")


def test_what_is_resolved_belongs_to_the_group_of_what_fired() -> None:
    fired, resolved = (json.loads(written("alertmanager", k).body) for k in ("firing", "resolved"))
    assert fired["groupKey"] == resolved["groupKey"]
    assert fired["alerts"][0]["fingerprint"] == resolved["alerts"][0]["fingerprint"]
    assert fired["alerts"][0]["endsAt"] == "0001-01-01T00:00:00Z"


def test_labels_are_identified_as_prometheus_does() -> None:
    # FNV-1a, 64 bits: its offset basis for nothing at all.
    assert fingerprint([]) == "cbf29ce484222325"
    assert fingerprint([("b", "1"), ("a", "2")]) == fingerprint([("a", "2"), ("b", "1")])


@pytest.mark.parametrize("form", get_args(Form))
@pytest.mark.parametrize("kind", KINDS)
def test_a_body_is_the_same_in_every_try(form: Form, kind: str) -> None:
    assert written(form, kind) == written(form, kind)


def test_a_template_takes_the_place_of_the_form() -> None:
    template = template_in('{"a": {{ data.model | json }}}', None, Path(), "hook")
    made = Writer("json", "hook", template=template).write(sample("firing", "m", AT))
    assert json.loads(made.body) == {"a": "fraud"}


def test_a_template_that_makes_no_json_is_refused_where_json_is_promised(tmp_path: Path) -> None:
    (tmp_path / "hook.j2").write_text("{{ summary }}")
    template = template_in(None, Path("hook.j2"), tmp_path, "hook")
    with pytest.raises(ConfigurationError, match=r"makes no application/json.*kind firing"):
        tried(Writer("json", "hook", template=template), ["firing"])
    plain = Writer("json", "hook", template=template, content_type="text/plain")
    tried(plain, ["firing"])


def test_a_template_is_tried_on_each_kind_that_it_gets() -> None:
    template = template_in('"{{ data.alert }}"', None, Path(), "hook")
    writer = Writer("json", "hook", template=template)
    tried(writer, ["firing", "resolved"])
    with pytest.raises(ConfigurationError, match=r"no attribute 'alert' .*kind retrain"):
        tried(writer, ["firing", "retrain"])


def test_a_template_that_fails_on_a_message_will_not_be_tried_on_it_again() -> None:
    template = template_in("{{ data.features[7].value | json }}", None, Path(), "hook")
    with pytest.raises(Permanent, match="template of hook, line 1"):
        Writer("json", "hook", template=template).write(sample("firing", "m", AT))


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_template_that_cannot_be_read_is_said_so(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "hook.j2").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"the template hook\.j2 cannot be read"):
        template_in(None, Path("hook.j2"), tmp_path, "hook")
