"""Signatures of Standard Webhooks; golden values are the specification's own (formats.md)."""

import base64
import time
from datetime import UTC, datetime

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from driftwatch.notify.signature import SignatureError, key_of, sign, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
KEY = key_of(SECRET)
OTHER = key_of("whsec_" + base64.b64encode(b"another key of twenty-four").decode())


def _headers(signature: str = SIGNATURE) -> dict[str, str]:
    return {
        "webhook-id": MESSAGE,
        "webhook-timestamp": str(AT),
        "webhook-signature": signature,
    }


def test_the_vector_of_the_specification_is_signed_so() -> None:
    assert sign([KEY], MESSAGE, AT, BODY) == SIGNATURE


def test_each_key_signs_while_keys_rotate() -> None:
    first, second = sign([KEY, OTHER], MESSAGE, AT, BODY).split(" ")
    assert first == SIGNATURE
    assert second == sign([OTHER], MESSAGE, AT, BODY)
    assert first != second


@given(st.binary(min_size=24, max_size=64), st.text(max_size=200))
def test_the_reference_library_signs_alike(key: bytes, text: str) -> None:
    theirs = standardwebhooks.Webhook(key).sign(MESSAGE, datetime.fromtimestamp(AT, UTC), text)
    assert sign([key], MESSAGE, AT, text.encode()) == theirs


@pytest.mark.parametrize("secret", [SECRET, OTHER], ids=["old", "new"])
def test_the_reference_library_verifies_either_key(secret: str | bytes) -> None:
    now = int(time.time())
    headers = _headers(sign([OTHER, KEY], MESSAGE, now, BODY)) | {"webhook-timestamp": str(now)}
    found = standardwebhooks.Webhook(secret).verify(BODY, headers)
    assert found == {"test": 2432232314}


def test_a_signed_message_gives_its_id() -> None:
    assert verify([KEY], _headers(), BODY, AT + 10) == MESSAGE


def test_one_signature_that_fits_is_enough() -> None:
    assert verify([KEY], _headers(f"v1,AAAA v1a,x {SIGNATURE}"), BODY, AT) == MESSAGE


@pytest.mark.parametrize(
    ("headers", "body", "now"),
    [
        (_headers(), BODY + b" ", AT),
        (_headers() | {"webhook-id": "msg_other"}, BODY, AT),
        (_headers() | {"webhook-timestamp": str(AT + 1)}, BODY, AT),
        (_headers() | {"webhook-timestamp": "soon"}, BODY, AT),
        (_headers("v1,AAAA"), BODY, AT),
        (_headers("\N{SNOWMAN}"), BODY, AT),
        (_headers(""), BODY, AT),
        ({}, BODY, AT),
        (_headers(), BODY, AT + 301),
        (_headers(), BODY, AT - 301),
    ],
)
def test_anything_else_is_refused(headers: dict[str, str], body: bytes, now: int) -> None:
    with pytest.raises(SignatureError):
        verify([KEY], headers, body, now)


def test_a_key_that_does_not_fit_is_refused() -> None:
    with pytest.raises(SignatureError, match="fits"):
        verify([OTHER], _headers(), BODY, AT)


@pytest.mark.parametrize(
    "secret",
    ["hunter2hunter2hunter2hunter2hunter2", "whsec_c2hvcnQ=", "whsec_not!base64", "whsec_", ""],
)
def test_what_is_no_secret_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(ValueError, match="openssl rand") as refused:
        key_of(secret)
    assert len(secret) < 7 or secret not in str(refused.value)


def test_a_secret_may_stand_on_a_line_and_lack_its_padding() -> None:
    padded = "whsec_" + base64.b64encode(b"x" * 25).decode()
    assert key_of(padded.rstrip("=") + "\n") == b"x" * 25
