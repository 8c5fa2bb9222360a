"""What a preset wants of its endpoint, and what a preset of one's own must be."""

import typing
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from driftwatch.notify.form import FOLDER, preset
from driftwatch.notify.preset import Ours, PresetSettings
from driftwatch.notify.samples import sample
from driftwatch.nouns.errors import ConfigurationError, Permanent

AT = 1_700_000_000 * 10**6
HIDDEN = "hunter2-hunter2"
SLACK = {"kind": "slack", "name": "it", "url": f"https://hooks.example/{HIDDEN}"}
OWN = {"kind": "preset", "name": "it", "file": "own.yaml", "url": "https://tool.example/base/"}
FORM = """
needs: [url]
values: {queue: null, label: driftwatch}
path: /jobs/{{ values.queue | path }}
headers: {Content-Type: application/json, x-empty: "{{ token }}"}
body: '{"id": {{ id | json }}, "label": {{ values.label | json }}}'
accepts: [201]
"""


def built(given: dict[str, Any], folder: Path = Path()) -> Any:
    settings = PresetSettings.model_validate(given)
    return settings.build(clock=lambda: AT, environment={}, folder=folder)


def test_each_file_of_ours_is_a_kind_and_each_kind_has_a_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(typing.get_args(Ours))


@pytest.mark.parametrize("kind", typing.get_args(Ours))
def test_a_preset_says_what_it_is_for(kind: str) -> None:
    starts = kind not in ("slack", "teams", "pagerduty")
    assert preset(kind).sends == (("retrain",) if starts else ("investigate", "firing", "resolved"))


def test_an_endpoint_gets_what_its_preset_is_for_unless_it_says_otherwise() -> None:
    assert PresetSettings.model_validate(SLACK).send == ("investigate", "firing", "resolved")
    assert PresetSettings.model_validate({**SLACK, "send": ["retrain"]}).send == ("retrain",)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({**SLACK, "url": None}, "url is missing; slack needs it"),
        ({**SLACK, "values": {"a": "b"}}, "values.a is not known; known: none"),
        ({**SLACK, "file": "own.yaml"}, "give a file with the kind preset"),
        ({"kind": "preset", "name": "it"}, "give a file with the kind preset"),
        ({"kind": "gitlab", "name": "it", "values": {"project": "1"}}, "token is missing"),
        ({"kind": "gitlab", "name": "it", "token": "x"}, "values.project is missing"),
        ({**SLACK, "kind": "skype"}, "literal_error|Input should be"),
        ({**SLACK, "url": f"ftp://{HIDDEN}"}, "not an address"),
        ({**SLACK, "timeout": "2m"}, "between 1s and 60s"),
        ({**SLACK, "headers": {"host": HIDDEN}}, "set by driftwatch"),
    ],
)
def test_what_does_not_fit_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says) as refused:
        PresetSettings.model_validate(given)
    assert HIDDEN not in "".join(str(error["msg"]) for error in refused.value.errors())


def test_a_preset_of_ones_own_is_a_file_in_the_same_form(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(FORM)
    made = built({**OWN, "values": {"queue": "a/b"}}, tmp_path)
    request = made.render(sample("firing", "msg_1", AT), AT)
    assert (request.method, request.url) == ("POST", "https://tool.example/base/jobs/a%2Fb")
    assert request.body == b'{"id": "msg_1", "label": "driftwatch"}'
    assert request.headers["content-type"] == "application/json"
    assert "x-empty" not in request.headers


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (None, "own.yaml cannot be used: No such file"),
        ("a: [", "own.yaml cannot be used: while parsing"),
        ("accepts: [200]", "own.yaml cannot be used: body: Field required"),
        ("body: x\naccepts: [200]\nverb: POST", "verb: Extra inputs"),
        ("body: x\naccepts: [2000]", "accepts.0"),
        ("body: x\naccepts: []", "accepts"),
        ("body: x\naccepts: [200]\naccepts: [201]", "duplicate key"),
        ("body: x\naccepts: [200]\nvalues: {token: null}", "token is a setting of its own"),
        ("body: '{{ nothing }}'\naccepts: [200]", "own.yaml, body: .*nothing is not known"),
        ("body: '{{ data.nothing }}'\naccepts: [200]", "no attribute 'nothing'.*kind firing"),
        ("body: hello\naccepts: [200]", "makes no application/json"),
        ("body: '1'\naccepts: [200]\npath: '/a b'", "the address comes out with blanks"),
        ("body: '1'\naccepts: [200]\nheaders: {a: \"{{ text }}\"}", "the header a comes out"),
        ("body: '123'\naccepts: [200]\nlargest: 2", "more than 2 bytes"),
    ],
)
def test_a_file_that_is_no_preset_is_refused_with_the_reason(
    tmp_path: Path, form: str | None, says: str
) -> None:
    if form is not None:
        (tmp_path / "own.yaml").write_text(form)
    with pytest.raises(ConfigurationError, match=says):
        built(OWN, tmp_path)


def test_an_error_of_a_template_shows_no_token(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "accepts: [200]\nbody: '{% if data.ordinal > 5 %}{{ data[token] }}{% else %}1{% endif %}'"
    )
    made = built({**OWN, "token": HIDDEN}, tmp_path)
    facts = {**sample("firing", "m", AT).facts, "ordinal": 9}
    message = type(sample("firing", "m", AT))("m", "firing", "o", AT, facts)
    with pytest.raises(Permanent, match="no attribute") as raised:
        made.render(message, AT)
    assert HIDDEN not in str(raised.value)


def test_nothing_shows_what_is_secret(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(FORM)
    settings = PresetSettings.model_validate({**OWN, "token": HIDDEN, "values": {"queue": "q"}})
    made = settings.build(clock=lambda: AT, environment={}, folder=tmp_path)
    request = made.render(sample("firing", "msg_1", AT), AT)
    assert HIDDEN not in repr(settings) + repr(made) + repr(request) + request.shown
