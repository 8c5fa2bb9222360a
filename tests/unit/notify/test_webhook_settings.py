"""What a webhook's settings may be, and that what is wrong is said without showing secrets."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from driftwatch.config import parse, show
from driftwatch.notify.webhook import WebhookSettings
from driftwatch.nouns.errors import ConfigurationError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
GOOD = {"name": "retrain", "url": "https://ci.example/hook", "secret": SECRET}
HIDDEN = "hunter2-hunter2-hunter2"


def test_the_defaults_are_those_of_the_standard() -> None:
    settings = WebhookSettings.model_validate(GOOD)
    assert settings.kind == "webhook"
    assert settings.send == ("firing", "resolved")
    assert settings.timeout == timedelta(seconds=15)
    assert settings.secret == (SecretStr(SECRET),)


def test_several_secrets_are_taken_while_keys_rotate() -> None:
    settings = WebhookSettings.model_validate({**GOOD, "secret": [SECRET, SECRET]})
    assert len(settings.secret) == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": f"ftp://{HIDDEN}"}, "not an address"),
        ({"url": f"https:///{HIDDEN}"}, "not an address"),
        ({"url": f"https://x.example/{HIDDEN} b"}, "not an address"),
        ({"url": f"https://x.example/{HIDDEN}\n"}, "not an address"),
        ({"url": f"https://x.example:port/{HIDDEN}"}, "not an address"),
        ({"url": f"https://[x/{HIDDEN}"}, "not an address"),
        ({"proxy": f"socks5://{HIDDEN}"}, "not an address"),
        ({"secret": HIDDEN}, "is not whsec_"),
        ({"secret": [SECRET, HIDDEN]}, "is not whsec_"),
        ({"secret": []}, "either secret or secret_file"),
        ({"secret_file": "keys"}, "either secret or secret_file"),
        ({"timeout": "0s"}, "between 1s and 60s"),
        ({"timeout": "61s"}, "between 1s and 60s"),
        ({"key": "own.key"}, "without cert"),
        ({"headers": {"Host": HIDDEN}}, "set by driftwatch"),
        ({"headers": {"WebHook-Id": HIDDEN}}, "set by driftwatch"),
        ({"headers": {"x y": HIDDEN}}, "not the name"),
        ({"headers": {"x": f"{HIDDEN}\r\nx: y"}}, "HTTP forbids"),
        ({"headers": {"x": f" {HIDDEN}"}}, "HTTP forbids"),
        ({"headers": {"x": f"{HIDDEN}\N{SNOWMAN}"}}, "HTTP forbids"),
        ({"name": "a b"}, "pattern"),
        ({"send": []}, "at least 1"),
        ({"send": ["pending"]}, "'firing', 'resolved'"),
        ({"verify": False}, "Extra inputs"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        WebhookSettings.model_validate({**GOOD, **given})
    for error in refused.value.errors():
        assert HIDDEN not in error["msg"]


def test_a_secret_file_that_is_missing_is_refused_when_built(tmp_path: Path) -> None:
    settings = WebhookSettings.model_validate(
        {"name": "a", "url": "https://x.example", "secret_file": "keys"}
    )
    with pytest.raises(ConfigurationError, match="keys cannot be used: No such file"):
        settings.build(clock=lambda: 0, environment={}, folder=tmp_path)


CONFIGURATION = f"""
models: [{{name: fraud, reference: {{path: fraud.json}}}}]
sources: [{{kind: simulate, model: fraud, version: "3"}}]
store: {{url: "sqlite:////tmp/never-opened.db"}}
endpoints:
  - {{kind: webhook, name: a, url: "${{URL}}", secret: "${{SECRET}}",
     headers: {{authorization: "Bearer {HIDDEN}"}}}}
"""


def test_the_configuration_shows_an_endpoint_without_its_secrets() -> None:
    environment = {"URL": f"https://x.example/{HIDDEN}-path", "SECRET": SECRET}
    shown = show(parse(CONFIGURATION, "driftwatch.yaml", environment))
    assert "name: a" in shown
    assert HIDDEN not in shown
    assert SECRET not in shown


@pytest.mark.parametrize(
    "environment",
    [
        {"URL": f"nowhere/{HIDDEN}", "SECRET": SECRET},
        {"URL": "https://x.example", "SECRET": f"{HIDDEN}-secret"},
    ],
)
def test_the_configuration_says_what_is_wrong_without_showing_it(
    environment: dict[str, str],
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse(CONFIGURATION, "driftwatch.yaml", environment)
    assert "endpoints[0]" in str(refused.value)
    assert HIDDEN not in str(refused.value)
    assert SECRET not in str(refused.value)
