"""What may people see of an address, and of what a receiver answered?"""

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

ANSWER_BYTES = 4096
SHOWN = 200


def redact(url: str) -> str:
    """Show where a URL leads, without what may be secret in it: user, path, query."""
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return f"{place}/..." if parts.path.strip("/") or parts.query else place


def secrets_of(url: str) -> list[str]:
    """List the pieces of a URL that must not be shown."""
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    pieces = [parts.path, parts.query, user, *parts.path.split("/"), *user.split(":")]
    pieces += [value for pair in parts.query.split("&") for value in pair.split("=", 1)[1:]]
    return pieces


def hide(text: str, secrets: Iterable[str]) -> str:
    """Hide in a text each of the secrets, in whatever way it is written.

    Words under 6 characters are left: hiding them would eat ordinary text, and protect nothing.
    """
    words = {form for secret in secrets for form in (secret, unquote(secret))}
    words |= {word for whole in words for word in whole.split()}
    words |= {word.replace("/", "\\/") for word in words} | {quote(w, safe="") for w in words}
    for word in sorted((w for w in words if len(w) >= 6), key=len, reverse=True):
        text = text.replace(word, "...")
    return text


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Cut a text to one short line for people, and hide in it each of the secrets."""
    # A secret that the end of the reading cut in two lies beyond the half that is kept.
    text = hide(text, secrets)[: ANSWER_BYTES // 2]
    line = " ".join(re.sub(r"[^\x20-\x7e\xa1-\uffff]+", " ", text).split())
    return line if len(line) <= SHOWN else line[: SHOWN - 3] + "..."
