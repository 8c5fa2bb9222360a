"""The commands that look into the store, beside a daemon that holds it."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from detectors.summaries import TAIL, Layout, NumericFeature, Summary
from driftwatch.cli import alerts, endpoints, rejected, status
from driftwatch.notify.payload import TYPES
from driftwatch.nouns.errors import ConfigurationError, Transient
from driftwatch.nouns.judgements import AlertKey, AlertState, Judgement, State, Transition
from driftwatch.nouns.messages import Attempt, Circuit, Message, Outcome
from driftwatch.nouns.profiles import Column, Profile, Schema
from driftwatch.nouns.records import Delta, Position, Reason, RejectedRecord, Tally
from driftwatch.reference import document
from driftwatch.store import Store, open_store
from driftwatch.store.settings import StoreSettings
from tests.integration.notify.receiver import Receiver, answer, listening
from tests.integration.notify.relaying import SECRET

SECOND = 10**6
AT = 1_700_000_000 * SECOND
NAME = "fraud/3/CovariateShift"
KEY = AlertKey("fraud", "3", "CovariateShift")
EVIDENCE = {"features": [{"feature": "amount", "statistic": "psi", "value": 0.4567}]}
TOKEN = "T0PSECRETTOKEN"

CONFIGURATION = """
models: [{{name: fraud, reference: {{path: "fraud-{{version}}.json"}}}}]
sources: [{{kind: simulate, name: stream, model: fraud, version: "3"}}]
endpoints:
  - {{kind: webhook, name: people, url: "{url}/{token}", secret: "{secret}"}}
store: {{url: "sqlite:///{folder}/state.db"}}
"""


def record(offset: int, reason: Reason, payload: bytes | None, arrived: int = AT) -> RejectedRecord:
    return RejectedRecord("stream", "0", offset, arrived, reason, "what is wrong", payload, "fraud")


def body(**fields: object) -> bytes:
    fine = {"time": "2023-11-14T22:13:20Z", "model": "fraud", "version": "3"}
    return json.dumps({**fine, "features": {"amount": 1.5}, **fields}).encode()


REJECTED = (
    record(1, Reason.WRONG_TYPE, body(features={"amount": "a lot"})),
    record(2, Reason.UNKNOWN_MODEL, body()),
    record(3, Reason.WRONG_TYPE, body(version="4")),
    record(4, Reason.TIME_IN_FUTURE, body(), arrived=AT - 3600 * SECOND),
    record(5, Reason.NOT_JSON, None),
    record(6, Reason.NOT_JSON, b"[" * 1024),
    record(7, Reason.NOT_JSON, b"\x1b[31m{"),
    record(8, Reason.TOMBSTONE, None),
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as found:
        yield found


@pytest.fixture
def file(tmp_path: Path, receiver: Receiver) -> Path:
    path = tmp_path / "driftwatch.yaml"
    text = CONFIGURATION.format(url=receiver.url, token=TOKEN, secret=SECRET, folder=tmp_path)
    path.write_text(text)
    return path


@pytest.fixture
def daemon(tmp_path: Path, file: Path) -> Iterator[Store]:
    """Hold a store as a running daemon does, with something to see in it."""
    settings = StoreSettings.model_validate({"url": f"sqlite:///{tmp_path / 'state.db'}"})
    store = open_store(settings, lambda: AT)
    store.append(
        Delta(
            source="stream",
            span={"0": (0, 9)},
            positions={"0": Position(9, high=AT)},
            parts=(),
            tallies={Tally("rejected", AT, "fraud", "", "not_json"): 3},
            rejected=REJECTED,
        ),
        60 * SECOND,
    )
    store.close("fraud", lambda _: AT)
    store.commit(_judgement())
    store.answered(Attempt("msg_dead", "people", AT + SECOND, Outcome.DEAD, 500, "no"))
    yield store
    store.dispose()


def _judgement() -> Judgement:
    states = (State.PENDING, State.FIRING)
    change = Transition(KEY, *states, AT, 1, "warning", "sha256:1", EVIDENCE, "psi > 0.2")
    facts = {"model": "fraud", "why": "psi > 0.2", "decided_at": AT}
    told = (
        Message("msg_dead", "firing", NAME, AT, facts),
        Message("msg_new", "firing", "fraud/3/PriorShift", AT, facts),
    )
    return Judgement(
        model="fraud",
        previous=None,
        boundary=AT,
        decided_at=AT,
        alerts=(AlertState(KEY, State.FIRING, AT, "sha256:1", "warning", 1, {}, EVIDENCE),),
        transitions=(change,),
        messages=tuple((message, ("people",)) for message in told),
    )


def save_profile(folder: Path) -> None:
    feature = NumericFeature("amount", np.array([0.0, 1.0]), *(np.zeros(0, np.int64),) * 2)
    layout = Layout((feature,), ())
    summary = Summary(
        layout=layout,
        rows=0,
        counts=np.zeros(layout.width, np.int64),
        tails=np.full((1, 2, TAIL), np.nan),
        moments=np.zeros((1, 2)),
        low=np.array([np.inf]),
        high=np.array([-np.inf]),
    )
    schema = Schema((Column("amount", "numeric"),))
    profile = Profile("fraud", "3", schema, layout, summary, "")
    document.save(document.seal(profile), folder / "fraud-3.json")


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    for module in (alerts, endpoints, rejected, status):
        module.add(commands)
    parsed = parser.parse_args([str(argument) for argument in arguments])
    return parsed.run(parsed)


def found(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, list[dict]]:
    """Run a command that writes JSON, and read it."""
    assert run(*arguments, "--format", "json") == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("daemon")
def test_alerts_are_listed_with_who_was_told(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = found(capsys, "alerts", "list", "-c", file)
    (alert,) = seen["alerts"]
    assert alert == {
        "alert": NAME,
        "state": "firing",
        "since": "2023-11-14T22:13:20Z",
        "severity": "warning",
        "fired": 1,
        "about": "amount psi 0.457",
        "acknowledged_by": None,
    }
    (transition,) = seen["transitions"]
    assert (transition["from"], transition["to"]) == ("pending", "firing")
    told = {m["id"]: (m["outcome"], m["tries"], m["last_answer"]) for m in seen["messages"]}
    assert told == {"msg_new": ("waiting", 0, None), "msg_dead": ("dead", 1, "500: no")}


@pytest.mark.usefixtures("daemon")
def test_a_list_can_be_narrowed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dead = found(capsys, "alerts", "list", "-c", file, "--outcome", "dead")
    assert [m["id"] for m in dead["messages"]] == ["msg_dead"]
    other = found(capsys, "alerts", "list", "-c", file, "--model", "churn")
    assert other == {"alerts": [], "transitions": [], "messages": []}
    assert found(capsys, "alerts", "list", "-c", file, "--endpoint", "x")["messages"] == []


@pytest.mark.usefixtures("daemon")
def test_tables_are_for_people(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run("alerts", "list", "-c", file) == 0
    text = capsys.readouterr().out
    assert NAME in text
    assert "amount psi 0.457" in text
    assert "\x1b" not in text


def test_a_dead_message_is_sent_again_by_its_id(
    daemon: Store, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("alerts", "redeliver", "msg_dead", "-c", file) == 0
    assert "msg_dead: 1 dead message will be sent again" in capsys.readouterr().out
    assert {d.outcome for d in daemon.deliveries(10)} == {Outcome.WAITING}
    assert run("alerts", "redeliver", "msg_dead", "-c", file) == 3


def test_all_dead_messages_of_an_endpoint_are_sent_again(daemon: Store, file: Path) -> None:
    assert run("alerts", "redeliver", "--endpoint", "people", "-c", file, "--by", "ada") == 0
    assert {d.outcome for d in daemon.deliveries(10)} == {Outcome.WAITING}
    assert daemon.instructions(1)[0].by == "ada"


@pytest.mark.usefixtures("daemon")
def test_redeliver_needs_to_know_what(file: Path) -> None:
    with pytest.raises(SystemExit):
        run("alerts", "redeliver", "-c", file)
    with pytest.raises(SystemExit):
        run("alerts", "redeliver", "msg_dead", "--endpoint", "people", "-c", file)


def test_an_acknowledgement_holds_for_one_episode(
    daemon: Store, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("alerts", "acknowledge", NAME, "--by", "ada", "-c", file) == 0
    capsys.readouterr()
    (alert,) = found(capsys, "alerts", "list", "-c", file)["alerts"]
    assert alert["acknowledged_by"] == "ada"
    again = AlertState(KEY, State.FIRING, AT, "sha256:1", "warning", 2)
    daemon.commit(Judgement("fraud", AT, AT + 60 * SECOND, AT, alerts=(again,)))
    (alert,) = found(capsys, "alerts", "list", "-c", file)["alerts"]
    assert alert["acknowledged_by"] is None


@pytest.mark.usefixtures("daemon")
def test_what_does_not_fire_cannot_be_acknowledged(file: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"firing: {NAME}"):
        run("alerts", "acknowledge", "fraud/3/PriorShift", "-c", file)


def test_an_endpoint_is_enabled(
    daemon: Store, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.save_circuit(Circuit("people", 1, None, "answered 410"))
    (seen,) = found(capsys, "endpoints", "list", "-c", file)["endpoints"]
    assert seen["health"] == "disabled: answered 410"
    assert (seen["waiting"], seen["dead"]) == (1, 1)
    assert run("endpoints", "enable", "people", "-c", file) == 0
    assert daemon.circuit("people") == Circuit("people")


@pytest.mark.usefixtures("daemon")
def test_an_endpoint_that_was_never_sent_to_is_listed(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = next(line for line in file.read_text().splitlines() if "name: people" in line)
    file.write_text(file.read_text().replace(entry, f"{entry}\n{entry.replace('people', 'new')}"))
    for command in (("endpoints", "list"), ("status",)):
        shown = found(capsys, *command, "-c", file)["endpoints"]
        assert {e["endpoint"]: (e["health"], e["waiting"]) for e in shown} == {
            "new": ("fine", 0),
            "people": ("fine", 1),
        }


@pytest.mark.usefixtures("daemon")
@pytest.mark.parametrize("action", ["enable", "test", "preview"])
def test_an_unknown_endpoint_is_named_with_those_that_are_known(file: Path, action: str) -> None:
    with pytest.raises(ConfigurationError, match="no endpoint persons; known: people"):
        run("endpoints", action, "persons", "-c", file)


def test_an_endpoint_is_tried_without_a_store(
    file: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("endpoints", "test", "people", "-c", file) == 0
    assert "took the test message and answered 200: thanks" in capsys.readouterr().out
    assert json.loads(receiver.received[0].body)["type"] == "io.driftwatch.test"
    receiver.react = answer(401, "who are you")
    with pytest.raises(Transient, match="answered 401: who are you"):
        run("endpoints", "test", "people", "-c", file)


@pytest.mark.usefixtures("daemon")
def test_a_preview_is_what_would_be_sent_but_for_its_secrets(
    file: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("endpoints", "preview", "people", "--message", "msg_new", "-c", file) == 0
    text = capsys.readouterr().out
    head, _, shown = text.partition("\n\n")
    assert "webhook-id: msg_new" in head
    assert json.loads(shown)["data"]["why"] == "psi > 0.2"
    assert TOKEN not in text
    assert receiver.received == []
    with pytest.raises(ConfigurationError, match="no stored message msg_x"):
        run("endpoints", "preview", "people", "--message", "msg_x", "-c", file)


@pytest.mark.parametrize("kind", ["firing", "resolved", "investigate", "retrain", "test"])
def test_a_preview_can_be_of_a_sample_of_each_kind(
    file: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    assert run("endpoints", "preview", "people", "--kind", kind, "-c", file) == 0
    head, _, shown = capsys.readouterr().out.partition("\n\n")
    assert json.loads(shown)["type"] == TYPES[kind]
    assert "webhook-signature: **********" in head
    assert receiver.received == []


def test_a_preview_of_a_preset_shows_where_it_goes_and_what_is_searched(
    file: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    text = file.read_text()
    preset = (
        f"  - {{kind: github_workflow, name: ci, token: {TOKEN}, "
        "values: {repository: a/b, workflow: r.yml}}\nstore:"
    )
    file.write_text(text.replace("store:", preset))
    assert run("endpoints", "preview", "ci", "--kind", "retrain", "-c", file) == 0
    shown = capsys.readouterr().out
    where = "https://api.github.com/repos/a/b/actions/workflows/r.yml"
    assert f"GET {where}/runs?event=workflow_dispatch" in shown
    assert f"POST {where}/dispatches" in shown
    assert "authorization: **********" in shown
    assert TOKEN not in shown


@pytest.mark.usefixtures("daemon")
def test_rejected_records_are_listed_without_their_payloads(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = found(capsys, "rejected", "list", "-c", file)["rejected"]
    assert [r["offset"] for r in seen] == [8, 7, 6, 5, 4, 3, 2, 1]
    assert "payload" not in seen[0]
    some = found(capsys, "rejected", "list", "-c", file, "--reason", "not_json", "--limit", 2)
    assert [r["offset"] for r in some["rejected"]] == [7, 6]


@pytest.mark.usefixtures("daemon")
def test_a_rejected_record_is_shown_with_what_is_kept(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = found(capsys, "rejected", "show", "stream", "0", "1", "-c", file)["record"]
    seen = {f["field"]: f["value"] for f in fields}
    assert seen["reason"] == "wrong_type"
    assert "a lot" in seen["payload"]
    with pytest.raises(ConfigurationError, match="offset 99"):
        run("rejected", "show", "stream", "0", "99", "-c", file)


@pytest.mark.usefixtures("daemon")
def test_a_hostile_payload_does_not_reach_the_terminal_raw(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("rejected", "show", "stream", "0", "7", "-c", file) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "[31m{" in text


@pytest.mark.usefixtures("daemon")
def test_rejected_records_are_tried_again_with_the_present_configuration(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_profile(tmp_path)
    seen = found(capsys, "rejected", "check", "-c", file)
    now = {r["offset"]: r["now"] for r in seen["checked"]}
    assert now[1].startswith("rejected: wrong_type: ")
    assert now[2] == "accepted"
    assert now[3] == "accepted, but version 4 has no profile"
    assert now[4] == "rejected: time_in_future"
    assert now[5] == "cannot be said: nothing of its payload was kept"
    assert now[6] == "cannot be said: only the beginning of its payload was kept"
    assert now[7].startswith("rejected: not_json: ")
    assert now[8].startswith("rejected: tombstone")
    assert seen["count"] == [{"checked": 8, "accepted_now": 2}]


@pytest.mark.usefixtures("daemon")
def test_records_of_a_source_that_is_gone_are_said_to_be_so(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(file.read_text().replace("name: stream", "name: river"))
    seen = found(capsys, "rejected", "check", "-c", file)
    assert {r["now"] for r in seen["checked"]} == {"its source is not configured"}


@pytest.mark.usefixtures("daemon")
def test_the_status_tells_of_models_sources_alerts_and_endpoints(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = found(capsys, "status", "-c", file)
    assert seen["models"][0]["judged_until"] == "2023-11-14T22:13:20Z"
    assert seen["sources"][0]["next"] == 9
    counted = {(row["count"], row["reason"]): row["records"] for row in seen["counts"]}
    assert counted["rejected", "not_json"] == 3
    assert seen["alerts"][0]["alert"] == NAME
    assert seen["endpoints"][0]["endpoint"] == "people"


def test_without_a_store_a_command_says_who_makes_one(file: Path) -> None:
    with pytest.raises(ConfigurationError, match="driftwatch run"):
        run("status", "-c", file)
