"""The configurations that are shipped can be used, and one of them shows every setting."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from driftwatch.config import load, schema

FOLDER = Path(__file__).parents[3] / "configs"
DEMO = {
    "DEMO_BEGINS": "2026-01-05T00:00:00Z",
    "DEMO_FOLDER": "/tmp/demo",
    "DEMO_RECEIVER": "http://127.0.0.1:8081/",
    "DEMO_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "DEMO_ADDRESS": "127.0.0.1:9464",
    "DEMO_TOKEN": "a-token-of-the-demo",
}
Schema = Mapping[str, Any]


@pytest.mark.parametrize("name", ["minimal", "full", "demo"])
def test_the_file_can_be_used(name: str) -> None:
    assert load(FOLDER / f"{name}.yaml", DEMO).models


def test_the_full_one_shows_every_setting() -> None:
    assert unseen((FOLDER / "full.yaml").read_text()) == []


def test_a_setting_that_it_does_not_show_is_found() -> None:
    text = (FOLDER / "full.yaml").read_text()
    assert unseen(text.replace("    session: 45s", "", 1)) == ["KafkaEntry.session"]


def test_what_it_says_of_defaults_is_so() -> None:
    base = load(FOLDER / "minimal.yaml", {})
    full = load(FOLDER / "full.yaml", {})
    for section in ("window", "intake", "log", "store"):
        assert getattr(full, section) == getattr(base, section)
    assert full.schedule.interval == base.schedule.interval


def test_what_it_says_of_the_pagers_defaults_is_so() -> None:
    minute = timedelta(minutes=1)
    base, full = (load(FOLDER / f"{name}.yaml", {}).alerts for name in ("minimal", "full"))
    assert full.tuning(minute, dense=False) == base.tuning(minute, dense=False)
    assert (full.phi, full.resolve_after) == (base.phi, base.resolve_after)
    assert (full.no_data, full.rules) == (base.no_data, base.rules)


def unseen(text: str) -> list[str]:
    """Name the settings of the schema that are neither given in a text nor commented out in it."""
    document = schema()
    beside = set(re.findall(r"^\s*# ([a-z_]+):", text, flags=re.MULTILINE))
    shown: dict[str, set[str]] = {}
    collect(document, {"$ref": "/Config"}, YAML(typ="safe", pure=True).load(text), shown)
    parts = {**document["$defs"], "Config": document}
    return [
        f"{name}.{key}"
        for name, part in parts.items()
        for key in part.get("properties", {})
        if key not in shown.get(name, ()) and key not in beside
    ]


def kinds_of(kind: Schema) -> list[str]:
    """Name the kinds that a part of the schema may be of."""
    parts = [kind, *kind.get("anyOf", ())]
    return [k for part in parts for k in (*part.get("enum", ()), part.get("const")) if k]


def collect(root: Schema, at: Schema, value: Any, shown: dict[str, set[str]]) -> None:
    """Note which keys of which part of the schema a value gives."""
    if "$ref" in at:
        name = at["$ref"].rpartition("/")[2]
        part = root if name == "Config" else root["$defs"][name]
        kinds = [None, *kinds_of(part.get("properties", {}).get("kind", {}))]
        value = {"kind": value} if isinstance(value, str) else value
        if not isinstance(value, dict) or value.get("kind") not in kinds:
            return
        shown.setdefault(name, set()).update(value)
        for key, inner in part.get("properties", {}).items():
            if key in value:
                collect(root, inner, value[key], shown)
    for branch in (b for key in ("anyOf", "oneOf", "allOf") for b in at.get(key, ())):
        collect(root, branch, value, shown)
    if isinstance(at.get("items"), dict) and isinstance(value, list):
        for item in value:
            collect(root, at["items"], item, shown)
