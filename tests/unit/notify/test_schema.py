"""The published schema of what is told: every kind of message has it, and nothing else does."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from driftwatch.decide import messages, policy_messages
from driftwatch.decide.policy import Call
from driftwatch.notify.payload import document
from driftwatch.notify.samples import sample, trial_of
from driftwatch.nouns.judgements import AlertState, State
from driftwatch.nouns.messages import Message
from driftwatch.nouns.retraining import Located, Reason, Retraining, Stage
from tests.unit.decide.scenes import START, Judged
from tests.unit.decide.test_pager import Watching, hour_of
from tests.unit.notify.schemas import problems

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "payload.schema.json").read_text())
KINDS = ("firing", "resolved", "investigate", "retrain", "test")
HOUR = 3_600_000_000


def fired() -> Judged:
    judged = Judged("psi > 0.2 for 2h, severity critical")
    for hour in (0, 1, 2):
        judged.look(hour, [0.3, 0.5])
    return judged


def made_alerts() -> list[Message]:
    judged = fired()
    for hour in range(3, 6):
        judged.look(hour, [0.0, 0.0])
    return [messages.message(t, {"rows": 3}, START) for t in judged.told if messages.tells(t)]


def paged() -> list[Message]:
    """Make what the pager tells of a shift, of a broken column, of classes, and of their end."""
    made: list[Message] = []
    for moved in ({"x": 1.0}, {"missing": 0.2}, {"y": 1.0}):
        of = Watching()
        for given in ({}, {}, {}, moved, moved, moved, *[{}] * 8):
            of.go(hour_of(**given))
        made += [messages.message(t, {}, START) for t in of.told if messages.tells(t)]
    return made


def made_requests() -> list[Message]:
    told = fired().told[-1]
    alert = AlertState(told.key, State.FIRING, START, "r", "critical", 1, {}, told.evidence)
    reason = Reason("settled", "the values shifted")
    of = Retraining(
        id="retrain_1",
        model="fraud",
        version="3",
        reference="r",
        ordinal=1,
        stage=Stage.REQUESTED,
        reasons=(reason,),
        began=START,
        boundary=START + HOUR,
        decided_at=START + HOUR,
        expires_at=START + 9 * HOUR,
    )
    place = Located("kafka", "predictions/0", 5, 9, START, START + HOUR)
    scene = policy_messages.Scene(START + HOUR, START + HOUR, alerts=(alert,), places=(place,))
    call = Call(of, reason)
    return [policy_messages.request(of, scene), policy_messages.investigation(call, scene)]


def told() -> list[Message]:
    samples = [sample(kind, "msg_1", START) for kind in KINDS]
    samples += [trial_of(kind, "msg_1", START) for kind in KINDS[:-1]]
    return [*samples, *made_alerts(), *paged(), *made_requests()]


@pytest.mark.parametrize("message", told(), ids=lambda m: f"{m.kind}-{m.id[:12]}")
def test_every_kind_of_message_has_it(message: Message) -> None:
    assert problems(SCHEMA, document(message)) == []


def test_what_is_decided_makes_each_kind() -> None:
    made = [*made_alerts(), *made_requests()]
    assert {m.kind for m in made} == set(KINDS) - {"test"}


def test_a_message_that_is_late_says_so_within_it() -> None:
    late = sample("firing", "msg_1", START)
    late = Message(late.id, late.kind, late.order, START - 301 * 10**6, late.facts)
    told = document(late)
    assert told["delayed_by"] == 301
    assert problems(SCHEMA, told) == []


def objects(value: Any) -> list[dict[str, Any]]:
    """Give every object within a value, but for a lineage, which is the profile's own."""
    if isinstance(value, list):
        return [found for inner in value for found in objects(inner)]
    if not isinstance(value, dict):
        return []
    inner = [
        found for key, v in value.items() if key not in ("lineage", "links") for found in objects(v)
    ]
    return [value, *inner]


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_too_much_is_refused_wherever_it_stands(kind: str) -> None:
    whole = document(sample(kind, "msg_1", START))
    for index in range(len(objects(whole))):
        spoiled = copy.deepcopy(whole)
        objects(spoiled)[index]["more"] = 1
        assert problems(SCHEMA, spoiled) != []


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_required_is_missed(kind: str) -> None:
    whole = document(sample(kind, "msg_1", START))
    for key in ("type", "id", "timestamp", "data"):
        assert problems(SCHEMA, {k: v for k, v in whole.items() if k != key}) != []
    for key in ("format", "model", "version", "severity", "why"):
        data = {k: v for k, v in whole["data"].items() if k != key}
        assert problems(SCHEMA, {**whole, "data": data}) != []
