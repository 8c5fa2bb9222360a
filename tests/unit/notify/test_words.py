"""What people read of a message."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from driftwatch.notify.payload import document
from driftwatch.notify.samples import sample
from driftwatch.notify.settings import AnyEndpoint
from driftwatch.notify.words import PROVISIONAL, summary, text
from driftwatch.nouns.messages import Message

AT = 1_700_000_000 * 10**6


def told(kind: str, **facts: Any) -> dict[str, Any]:
    found = sample(kind, "msg_1", AT)
    return document(Message("msg_1", kind, "o", AT, {**found.facts, **facts}))


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("firing", "CovariateShift of fraud 3: amount psi 0.457"),
        ("resolved", "CovariateShift of fraud 3 is resolved"),
        ("investigate", "Look at the data of fraud 3: amount psi 0.457"),
        ("retrain", "Retrain fraud 3: amount psi 0.457"),
        ("test", "driftwatch tries this endpoint; nothing has happened to test test"),
    ],
)
def test_a_line_says_what_happened_to_whom(kind: str, line: str) -> None:
    assert summary(told(kind)) == line


def test_what_there_is_no_room_for_is_counted() -> None:
    feature = told("firing")["data"]["features"][0]
    many = told("firing", features=[feature] * 12, features_in_breach=40)
    assert summary(many).endswith(
        "amount psi 0.457, amount psi 0.457, amount psi 0.457 and 37 more"
    )
    assert "and 30 more" in text(many)


def test_a_text_says_why_since_when_and_by_which_id() -> None:
    lines = text(told("retrain")).splitlines()
    assert "psi of amount is 0.4567 on 2000 rows (psi > 0.2)" in lines
    assert "- amount psi 0.457 (limit 0.2) since 2023-11-14T21:13:20Z" in lines
    assert "expires: 2023-11-14T23:13:20Z" in lines
    assert lines[-1] == "message: msg_1"


def test_a_segment_is_named_with_its_feature() -> None:
    feature = {**told("firing")["data"]["features"][0], "segment": "country=DE"}
    assert summary(told("firing", features=[feature], features_in_breach=1)) == (
        "CovariateShift of fraud 3: country=DE amount psi 0.457"
    )


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("firing", "CovariateShift of fraud 3 (provisional reference): amount psi 0.457"),
        ("resolved", "CovariateShift of fraud 3 (provisional reference) is resolved"),
        ("investigate", "Look at the data of fraud 3 (provisional reference): amount"),
        ("retrain", "Retrain fraud 3 (provisional reference): amount psi 0.457"),
    ],
)
def test_a_reference_that_was_learned_is_called_provisional(kind: str, start: str) -> None:
    learned = {"fingerprint": "sha256:0123", "lineage": {"provisional": True}}
    document = told(kind, reference=learned)
    assert summary(document).startswith(start)
    lines = text(document).splitlines()
    assert lines[lines.index("reference: sha256:0123") + 1] == PROVISIONAL
    assert "provisional" not in text(told(kind))


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "slack", "url": "https://x.example"},
        {"kind": "teams", "url": "https://x.example"},
        {"kind": "email", "host": "x.example", "sender": "a@b.example", "to": ["c@d.example"]},
        {
            "kind": "webhook",
            "url": "https://x.example",
            "template": "{{ text }}",
            "content_type": "text/plain",
            "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        },
    ],
    ids=lambda s: s["kind"],
)
def test_people_are_told_so_by_every_kind_of_endpoint_for_them(settings: dict[str, Any]) -> None:
    made = TypeAdapter[Any](AnyEndpoint).validate_python({"name": "people", **settings})
    endpoint = made.build(clock=lambda: AT, environment={}, folder=Path())
    found = sample("firing", "msg_1", AT)
    learned = {"fingerprint": "sha256:0123", "lineage": {"provisional": True}}
    message = Message("msg_1", "firing", "o", AT, {**found.facts, "reference": learned})
    assert b"provisional reference" in endpoint.render(message, AT).body
    endpoint.close()
