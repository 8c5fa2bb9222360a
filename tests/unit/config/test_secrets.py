"""A secret, wherever it stands and however wrong it is, is shown nowhere."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from driftwatch.config import load, parse, show
from driftwatch.nouns.errors import ConfigurationError

MARK = "hush7c0ffee"
MODELS = [{"name": "fraud", "reference": {"path": "fraud.json"}}]
KAFKA = {"kind": "kafka", "brokers": ["kafka:9092"], "topics": ["predictions"]}
HOOK = {
    "kind": "webhook",
    "name": "retrain",
    "url": "https://ci.example/",
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}
# The secret of each is the key that has no value yet.
ENDPOINTS: dict[str, dict[str, Any]] = {
    "slack": {"kind": "slack", "name": "a", "url": None},
    "gitlab": {"kind": "gitlab", "name": "a", "values": {"project": "a/b"}, "token": None},
    "preset": {"kind": "preset", "name": "a", "file": "own.yaml", "token": None},
    "alertmanager": {"kind": "alertmanager", "name": "a", "urls": None},
    "email": {
        "kind": "email",
        "name": "a",
        "host": "mail.example",
        "sender": "a@b.example",
        "to": ["a@b.example"],
        "username": "us",
        "password": None,
    },
}
BASE: dict[str, Any] = {
    "models": MODELS,
    "sources": [KAFKA],
    "store": {"url": "sqlite:////tmp/state.db"},
}


def places(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Put a value in each place where a secret can stand."""
    sasl = {"username": "driftwatch", "password": value}
    yield "sasl", BASE | {"sources": [KAFKA | {"sasl": sasl}]}
    for key in ("url", "secret", "proxy", "headers"):
        yield key, BASE | {"endpoints": [HOOK | {key: value}]}
    yield "header", BASE | {"endpoints": [HOOK | {"headers": {"Authorization": value}}]}
    yield "keys", BASE | {"endpoints": [HOOK | {"secret": [value, value]}]}
    for kind, endpoint in ENDPOINTS.items():
        key = next(key for key, found in endpoint.items() if found is None)
        yield kind, BASE | {"endpoints": [endpoint | {key: value}]}
    topic = {"kind": "kafka", "name": "a", "brokers": ["kafka:9092"], "topic": "events"}
    yield "topic", BASE | {"endpoints": [topic | {"sasl": sasl}]}
    yield "store", BASE | {"store": {"url": value}}
    yield "token", BASE | {"server": {"token": value}}


def answers(document: dict[str, Any], environ: dict[str, str]) -> str:
    try:
        config = parse(json.dumps(document), "secrets.yaml", environ)
    except ConfigurationError as error:
        return str(error)
    return show(config) + repr(config) + str(config)


WRONG = {
    "text": MARK,
    "address": f"ftp://user:{MARK}@host",
    "sound address": f"https://user:{MARK}@host/?key={MARK}",
    "sound store": f"postgresql://user:{MARK}@host/name?password={MARK}",
    "sound token": f"{MARK}{MARK}",
    "list": [MARK],
    "nested list": [[MARK]],
    "mapping": {"X-Key": MARK},
    "line break": f"{MARK}\n{MARK}",
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_secret_in_the_file_is_not_shown(wrong: Any) -> None:
    for place, document in places(wrong):
        assert MARK not in answers(document, {}), place


@pytest.mark.parametrize("wrong", [WRONG["text"], WRONG["address"], WRONG["sound address"]])
def test_a_secret_of_the_environment_is_not_shown(wrong: str) -> None:
    for place, document in places("${SECRET}"):
        assert MARK not in answers(document, {"SECRET": wrong}), place


def test_a_secret_of_a_file_is_not_shown(tmp_path: Any) -> None:
    (tmp_path / "secret").write_text(MARK)
    for key in ("url", "proxy"):
        document = BASE | {"endpoints": [{**HOOK, f"{key}_file": "secret"}]}
        document["endpoints"][0].pop(key, None)
        path = tmp_path / "driftwatch.yaml"
        path.write_text(json.dumps(document))
        with pytest.raises(ConfigurationError) as error:
            load(path, {})
        assert MARK not in str(error.value)


def test_a_secret_is_told_apart_even_where_it_is_a_number() -> None:
    for place, document in places(70123456789):
        assert "70123456789" not in answers(document, {}), place
