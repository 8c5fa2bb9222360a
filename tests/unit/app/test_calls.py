"""What may a pipeline say of a training, and where does the profile that it sends go?"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from driftwatch.app.calls import Calls
from driftwatch.nouns.errors import Transient
from driftwatch.nouns.judgements import Judgement
from driftwatch.nouns.messages import Instruction
from driftwatch.nouns.retraining import Decision, Reason, Retraining, Stage
from driftwatch.reference.document import dump, load, seal
from driftwatch.reference.settings import ReferenceSettings
from driftwatch.store.memory import Memory
from tests.unit.decide.histories import profile

NOW = 1_767_225_600_000_000
WHY = (Reason("wanted", "CovariateShift fired, and the data are sound"),)
ASKED = Retraining("retrain_1", "fraud", "3", "ref-3", 1, Stage.REQUESTED, WHY, NOW, NOW, NOW)


@pytest.fixture
def store() -> Memory:
    made = Memory()
    made.close("fraud", lambda _: NOW)
    told = Decision("retrain_1", Stage.REQUESTED, WHY, NOW, NOW)
    asked = replace(ASKED, revision=1, requested_at=NOW, expires_at=NOW + 1)
    made.commit(Judgement("fraud", None, NOW, NOW, retrainings=(asked,), decisions=(told,)))
    return made


@pytest.fixture
def calls(store: Memory, tmp_path: Path) -> Calls:
    (tmp_path / "profiles").mkdir()
    references = {"fraud": ReferenceSettings(path="profiles/fraud-{version}.json")}
    return Calls(lambda: store, references, tmp_path, lambda: NOW)


def say(calls: Calls, id: str = "retrain_1", **body: Any) -> tuple[int, Any]:
    return calls.call(id, json.dumps(body).encode())


def sent(version: str = "4", **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(dump(seal(replace(profile(version, NOW), **changes))))
    return made


def test_what_is_told_is_kept_for_the_next_tick(calls: Calls, store: Memory) -> None:
    status, answer = say(calls, state="done", version="4", reason="trained")
    assert (status, answer) == (202, {"id": "retrain_1", "state": "done", "version": "4"})
    details = {"state": "done", "version": "4"}
    told = Instruction("retraining", "retrain_1", NOW, "a call", "trained", details)
    assert store.instructions(9) == [told]


def test_one_is_shown_with_every_decision(calls: Calls) -> None:
    [listed] = calls.listed(None, 10)["retrainings"]
    assert (listed["id"], listed["stage"]) == ("retrain_1", "requested")
    assert listed["reasons"] == [{"code": "wanted", "text": WHY[0].text}]
    shown = calls.shown("retrain_1")
    assert shown is not None
    assert [one["stage"] for one in shown["decisions"]] == ["requested"]
    assert calls.shown("unheard") is None
    assert calls.listed("churn", 10) == {"retrainings": []}


def test_a_profile_that_comes_along_is_kept_where_the_registry_looks(
    calls: Calls, store: Memory, tmp_path: Path
) -> None:
    status, answer = say(calls, state="done", profile=sent())
    assert (status, answer["version"]) == (202, "4")
    kept = load(tmp_path / "profiles" / "fraud-4.json")
    assert (kept.model, kept.version) == ("fraud", "4")
    assert [p.name for p in (tmp_path / "profiles").iterdir()] == ["fraud-4.json"]
    assert say(calls, state="done", profile=sent())[0] == 202
    assert len(store.instructions(9)) == 2


def test_a_profile_never_replaces_another(calls: Calls, store: Memory, tmp_path: Path) -> None:
    say(calls, state="done", profile=sent())
    before = (tmp_path / "profiles" / "fraud-4.json").read_bytes()
    status, answer = say(calls, state="done", profile=sent(lineage={"rows": 7}))
    assert (status, answer["error"]) == (409, "version 4 has another profile already")
    assert (tmp_path / "profiles" / "fraud-4.json").read_bytes() == before
    assert len(store.instructions(9)) == 1


def test_a_link_that_lies_in_the_way_is_not_followed(calls: Calls, tmp_path: Path) -> None:
    aim = tmp_path / "elsewhere.json"
    aim.write_bytes(dump(seal(profile("4", NOW))))
    (tmp_path / "profiles" / "fraud-4.json").symlink_to(aim)
    assert say(calls, state="done", profile=sent())[0] == 409


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"state": "begun"}, 422, "Invalid enum value"),
        ({"state": "done", "verson": "4"}, 422, "unknown field"),
        ({}, 422, "missing required field"),
        ({"state": "done", "version": "../4"}, 422, "A-Z a-z"),
        ({"state": "done", "version": "3"}, 422, "was to be replaced"),
        ({"state": "failed", "version": "4"}, 422, "done only"),
        ({"state": "done", "reason": "a\nb"}, 422, "one line"),
        ({"state": "done", "profile": {"kind": "none"}}, 422, "no profile"),
    ],
)
def test_a_call_that_cannot_be_followed_says_why_and_changes_nothing(
    calls: Calls, store: Memory, tmp_path: Path, body: dict[str, Any], status: int, says: str
) -> None:
    got, answer = say(calls, **body)
    assert got == status
    assert says in answer["error"]
    assert store.instructions(9) == []
    assert list((tmp_path / "profiles").iterdir()) == []


@pytest.mark.parametrize(
    ("profile_", "says"),
    [
        (sent(model="churn"), "churn/4"),
        (sent("3"), "cannot be a new version"),
        (sent("../5"), "not of fraud/4"),
        ({**sent(), "version": "5"}, "fingerprint"),
    ],
)
def test_an_unfit_profile_is_refused(
    calls: Calls, store: Memory, tmp_path: Path, profile_: dict[str, Any], says: str
) -> None:
    version = {} if profile_["version"] == "3" else {"version": "4"}
    status, answer = say(calls, state="done", profile=profile_, **version)
    assert status == 422
    assert says in answer["error"]
    assert store.instructions(9) == []
    assert list((tmp_path / "profiles").iterdir()) == []


def test_a_reference_for_one_version_only_has_no_place_for_a_profile(
    store: Memory, tmp_path: Path
) -> None:
    references = {"fraud": ReferenceSettings(path="fraud.json")}
    calls = Calls(lambda: store, references, tmp_path, lambda: NOW)
    status, answer = say(calls, state="done", profile=sent())
    assert status == 409
    assert "{version}" in answer["error"]


def test_nothing_is_known_of_an_unheard_one_or_while_the_store_is_away(calls: Calls) -> None:
    assert say(calls, "retrain_2", state="done")[0] == 404
    with pytest.raises(Transient, match="not open"):
        Calls(lambda: None, {}, Path(), lambda: NOW).call("retrain_1", b"{}")


def test_what_is_no_json_is_refused(calls: Calls) -> None:
    for body in (b"", b"\xff", b"[" * 100_000, b'{"state": "done"'):
        assert calls.call("retrain_1", body)[0] == 422
