"""How does a receiver know that a message is ours, and unchanged?

Standard Webhooks, version 1: HMAC-SHA256 over ``{id}.{timestamp}.{body}``, base64, one signature
for each key. While keys rotate a message carries several; one that fits is enough.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from driftwatch.nouns.errors import DriftwatchError

PREFIX = "whsec_"
KEY_BYTES = 24
TOLERANCE = 300


class SignatureError(DriftwatchError):
    """A received message is not signed by one of the keys, or is too old or too new."""


def key_of(secret: str) -> bytes:
    """Decode a secret such as ``whsec_MfKQ...``; ValueError, without the secret, if it is none."""
    text = secret.strip()
    encoded = text.removeprefix(PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if encoded == text or len(key) < KEY_BYTES:
        message = (
            f"the secret is not {PREFIX} followed by the base64 of {KEY_BYTES} bytes or more; "
            f"make one with: echo {PREFIX}$(openssl rand -base64 32)"
        )
        raise ValueError(message)
    return key


def sign(keys: Sequence[bytes], message: str, seconds: int, body: bytes) -> str:
    """Make the value of ``webhook-signature``: one signature for each key."""
    signed = f"{message}.{seconds}.".encode() + body
    digests = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode('ascii')}" for digest in digests)


def verify(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: float) -> str:
    """Give the id of a received message, or raise SignatureError; header names are lower case."""
    message = headers.get("webhook-id", "")
    seconds = headers.get("webhook-timestamp", "")
    if not message or not seconds.isascii() or not seconds.isdigit():
        problem = "the message has no webhook-id or no webhook-timestamp in seconds"
        raise SignatureError(problem)
    if abs(now - int(seconds)) > TOLERANCE:
        problem = f"the message was signed more than {TOLERANCE} s away from now"
        raise SignatureError(problem)
    ours = sign(keys, message, int(seconds), body).encode().split()
    theirs = headers.get("webhook-signature", "").encode().split()
    if not any(hmac.compare_digest(mine, given) for mine in ours for given in theirs):
        problem = "no signature of the message fits one of the keys"
        raise SignatureError(problem)
    return message
