"""Each preset and a strict stand-in of its tool: what is sent, twice, late, or never."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from driftwatch.notify.preset import PresetEndpoint, PresetSettings
from driftwatch.notify.samples import sample
from driftwatch.nouns.errors import Permanent, Transient
from driftwatch.nouns.messages import Message
from tests.integration.notify.tools import TOKEN, TOOLS, Served, Tool, serving

AT = 1_700_000_000 * 10**6
each_tool = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.kind)
BY_NAME = {tool.kind: tool for tool in TOOLS}
HOSTILE = "<!channel> \"}]{{ 7*7 }}\n\\ 'ü' </script>"


def endpoint(served: Served, **more: Any) -> PresetEndpoint:
    tool = served.tool
    token = {} if tool.kind in ("slack", "teams") else {"token": TOKEN}
    given = {"kind": tool.kind, "name": "it", "url": served.url, "values": dict(tool.values)}
    settings = PresetSettings.model_validate({**given, **token, "timeout": "2s", **more})
    return settings.build(clock=lambda: AT, environment={}, folder=Path())


def send(made: PresetEndpoint, message: Message) -> int:
    return made.send(made.render(message, AT)).status


@each_tool
@pytest.mark.parametrize("kind", ["firing", "resolved", "investigate", "retrain", "test"])
def test_a_message_of_each_kind_is_taken_as_the_tool_wants_it(tool: Tool, kind: str) -> None:
    with serving(tool) as served:
        assert send(endpoint(served), sample(kind, "msg_1", AT)) == tool.taken
        assert (served.refused, len(served.taken)) == ([], 1)
        if tool.id_at:
            assert served.ids() == ["msg_1"]


@each_tool
def test_texts_from_outside_stay_texts(tool: Tool) -> None:
    facts = dict(sample("firing", "msg_1", AT).facts)
    features = [{**facts["features"][0], "feature": HOSTILE}] * 100
    message = Message("msg_1", "firing", "o", AT, {**facts, "features": features, "why": HOSTILE})
    with serving(tool) as served:
        assert send(endpoint(served), message) == tool.taken
        assert served.refused == []
    told = json.dumps(served.taken[0], ensure_ascii=False)
    assert "{{ 7*7 }}" in told
    assert "49" not in told.replace(str(AT), "")


@each_tool
def test_a_request_is_the_same_every_time(tool: Tool) -> None:
    with serving(tool) as served:
        made = endpoint(served)
        message = sample("retrain", "msg_1", AT)
        assert made.render(message, AT) == made.render(message, AT + 10**12)


@each_tool
def test_a_failure_is_tried_again_and_taken_once(tool: Tool) -> None:
    with serving(tool) as served:
        made = endpoint(served)
        for status in (500, 503, 401, 404):
            served.fails.append(status)
            with pytest.raises(Transient, match=str(status)) as raised:
                send(made, sample("retrain", "msg_1", AT))
            assert TOKEN not in str(raised.value)
        assert served.taken == []
        assert send(made, sample("retrain", "msg_1", AT)) == tool.taken
        assert len(served.taken) == 1


@each_tool
def test_an_answer_that_gets_lost_is_a_duplicate_only_where_the_tool_cannot_tell(
    tool: Tool,
) -> None:
    with serving(tool) as served:
        served.lost = 1
        made = endpoint(served)
        with pytest.raises(Transient):
            send(made, sample("retrain", "msg_1", AT))
        send(made, sample("retrain", "msg_1", AT))
        knows = bool(tool.again or tool.searched)
        assert len(served.taken) == (1 if knows else 2)


@pytest.mark.parametrize("tool", [t for t in TOOLS if t.searched], ids=lambda tool: tool.kind)
def test_a_search_can_be_left_out_and_one_that_fails_sends_nothing(tool: Tool) -> None:
    with serving(tool) as served:
        send(endpoint(served, search=False), sample("retrain", "msg_1", AT))
        assert served.searches == 0
        broken = dataclasses.replace(tool, searched="/elsewhere")
    with serving(broken) as served:
        with pytest.raises(Transient, match="404"):
            send(endpoint(served), sample("retrain", "msg_1", AT))
        assert served.taken == []


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("airflow", 422),
        ("airflow2", 400),
        ("github_dispatch", 422),
        ("github_workflow", 422),
        ("gitlab", 400),
        ("kubeflow", 400),
        ("pagerduty", 400),
    ],
)
def test_what_a_tool_will_never_take_is_not_tried_for_days(kind: str, status: int) -> None:
    with serving(BY_NAME[kind]) as served:
        served.fails.append(status)
        with pytest.raises(Permanent, match=str(status)):
            send(endpoint(served), sample("retrain", "msg_1", AT))


def test_what_resolves_in_pagerduty_bears_the_key_of_what_fired() -> None:
    with serving(BY_NAME["pagerduty"]) as served:
        made = endpoint(served)
        for kind in ("firing", "resolved"):
            send(made, sample(kind, f"msg_{kind}", AT))
    fired, resolved = served.taken
    assert fired["dedup_key"] == resolved["dedup_key"] == "fraud/3/CovariateShift#1"
    assert (fired["event_action"], resolved["event_action"]) == ("trigger", "resolve")


def test_what_the_tool_gets_is_what_the_schema_says() -> None:
    with serving(BY_NAME["airflow"]) as served:
        send(endpoint(served), sample("retrain", "retrain_1", AT))
    (run,) = served.taken
    assert run["conf"]["data"]["data"][0]["partitions"][0]["next"] == 3000
    with serving(BY_NAME["github_workflow"]) as served:
        send(endpoint(served), sample("retrain", "retrain_1", AT))
    assert json.loads(served.taken[0]["inputs"]["payload"])["id"] == "retrain_1"
