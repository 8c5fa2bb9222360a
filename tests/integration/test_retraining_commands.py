"""The commands on retrainings and silences, beside a daemon that holds the store."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from driftwatch.cli import retraining, silence
from driftwatch.nouns.errors import ConfigurationError
from driftwatch.nouns.judgements import Judgement
from driftwatch.nouns.messages import Message, Outcome
from driftwatch.nouns.retraining import Decision, Reason, Retraining, Stage
from driftwatch.store import Store, open_store
from driftwatch.store.settings import StoreSettings, StoreUrl

AT = 1_700_000_000 * 10**6
HELD = (Reason("cool_down", "a training ended: none until 2023-11-15T00:00:00Z"),)
OF = Retraining("retrain_1", "fraud", "3", "f1", 1, Stage.HELD, HELD, AT, AT, AT, revision=1)
CONFIGURATION = """
models: [{{name: fraud, reference: {{path: "fraud-{{version}}.json"}}}}]
sources: [{{kind: simulate}}]
store: {{url: "sqlite:///{folder}/state.db"}}
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    settings = StoreSettings(url=StoreUrl(f"sqlite:///{tmp_path}/state.db"))
    made = open_store(settings, lambda: AT)
    made.close("fraud", lambda _: AT)
    told = Decision(OF.id, Stage.HELD, HELD, AT, AT)
    made.commit(Judgement("fraud", None, AT, AT, retrainings=(OF,), decisions=(told,)))
    yield made
    made.dispose()


@pytest.fixture
def file(tmp_path: Path, store: Store) -> str:
    path = tmp_path / "driftwatch.yaml"
    path.write_text(CONFIGURATION.format(folder=tmp_path))
    return str(path)


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for group in (retraining, silence):
        group.add(commands)
    parsed = parser.parse_args(words)
    return int(parsed.run(parsed))


def test_a_hold_is_listed_with_its_reason(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("retraining", "list", "-c", file, "--format", "json") == 0
    [listed] = json.loads(capsys.readouterr().out)["retrainings"]
    assert (listed["id"], listed["version"], listed["stage"]) == ("retrain_1", "fraud/3", "held")
    assert listed["why"] == HELD[0].text
    run("retraining", "list", "-c", file, "--format", "json", "--model", "churn")
    assert json.loads(capsys.readouterr().out)["retrainings"] == []


def test_one_is_shown_with_what_was_decided(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("retraining", "show", "retrain_1", "-c", file, "--format", "json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert {row["what"]: row["value"] for row in shown["retraining"]}["ordinal"] == 1
    assert [row["why"] for row in shown["decisions"]] == [HELD[0].text]


def test_so_much_of_the_id_as_tells_it_from_others_is_enough(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("retraining", "show", "retrain", "-c", file, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["retraining"][0]["value"] == "retrain_1"
    with pytest.raises(ConfigurationError, match="there is no retraining retrain_12"):
        run("retraining", "show", "retrain_12", "-c", file)


@pytest.mark.parametrize(
    ("words", "details"),
    [
        (("done", "--new-version", "4"), {"state": "done", "version": "4"}),
        (("fail",), {"state": "failed", "version": ""}),
        (("withdraw",), {"state": "withdrawn", "version": ""}),
    ],
)
def test_what_a_person_says_of_one_is_noted(
    file: str, store: Store, words: tuple[str, ...], details: dict[str, str]
) -> None:
    action, *rest = words
    said = ("--by", "ada", "--reason", "a campaign")
    assert run("retraining", action, "retrain_1", "-c", file, *rest, *said) == 0
    [told] = store.instructions(9)
    assert (told.kind, told.subject, told.by, told.reason) == (
        "retraining",
        "retrain_1",
        "ada",
        "a campaign",
    )
    assert told.details == details


def test_nothing_can_be_said_of_one_that_is_unheard(file: str, store: Store) -> None:
    with pytest.raises(ConfigurationError, match="retraining list"):
        run("retraining", "done", "retrain_2", "-c", file)
    assert store.instructions(9) == []


def test_new_categories_are_accepted_for_a_version(file: str, store: Store) -> None:
    assert run("retraining", "accept", "fraud/3", "-c", file, "--feature", "country") == 0
    [told] = store.instructions(9)
    assert (told.kind, told.subject, told.details) == ("accept", "fraud/3", {"feature": "country"})
    for wrong in ("churn/3", "fraud"):
        with pytest.raises(ConfigurationError, match="MODEL/VERSION"):
            run("retraining", "accept", wrong, "-c", file, "--feature", "country")


def test_a_silence_is_listed_until_it_is_removed_and_what_it_put_off_is_sent(
    file: str, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--model", "fraud", "--feature", "amount", "--for", "2h", "--reason", "load test")
    assert run("silence", "add", "-c", file, *words, "--by", "ada") == 0
    capsys.readouterr()
    run("silence", "list", "-c", file, "--format", "json")
    [listed] = json.loads(capsys.readouterr().out)["silences"]
    assert (listed["covers"], listed["by"], listed["reason"]) == (
        "fraud/*/*/amount",
        "ada",
        "load test",
    )
    until = store.instructions(1)[0].details["until"]
    firing = (Message("m1", "firing", "o", AT, {}), ("people",))
    store.commit(Judgement("fraud", AT, AT + 1, AT, messages=(firing,), put_off={"m1": until}))
    assert run("silence", "remove", "-c", file, str(listed["id"])) == 0
    assert "1 put off" in capsys.readouterr().out
    [told] = store.due("people", until - 1, until, 9)
    assert told.message.id == "m1"
    assert store.deliveries(9)[0].outcome is Outcome.WAITING
    run("silence", "list", "-c", file, "--format", "json")
    assert json.loads(capsys.readouterr().out)["silences"] == []
    with pytest.raises(ConfigurationError, match="no silence"):
        run("silence", "remove", "-c", file, str(listed["id"]))


@pytest.mark.parametrize(
    "words",
    [
        ("--model", "fraud", "--for", "31d", "--reason", "x"),
        ("--model", "fraud", "--for", "0s", "--reason", "x"),
        ("--model", "fraud", "--for", "soon", "--reason", "x"),
        ("--model", "fraud", "--for", "1h"),
    ],
)
def test_a_silence_has_an_end_and_a_reason(file: str, store: Store, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        run("silence", "add", "-c", file, *words)
    assert store.instructions(9) == []
