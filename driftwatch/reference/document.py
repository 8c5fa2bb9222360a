"""How is a profile written to a file that people can read, and how is a damaged one told?

One JSON document. Its fingerprint is the SHA-256 of the canonical form of everything else in it, so
that truncation and edits are noticed, while whitespace is free.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from driftwatch.nouns.errors import DriftwatchError, ProfileError
from driftwatch.nouns.profiles import Profile
from driftwatch.reference.written import Document, read, write

FORMAT = 2
KIND = "driftwatch profile"
_TELLING = frozenset({"kind", "format", "fingerprint", "model", "version", "lineage", "columns"})
_ENOUGH = 5  # of these keys; rows of a file have no such ones


def is_profile(head: bytes) -> bool:
    """Say whether a file that begins so is a profile, though it may be damaged or edited."""
    return has_keys(name for name in _TELLING if f'"{name}":'.encode() in head)


def has_keys(keys: Iterable[object]) -> bool:
    """Say whether so many keys of an object are a profile's that it is one."""
    return len(_TELLING.intersection(keys)) >= _ENOUGH


def seal(profile: Profile) -> Profile:
    """Give the profile with the fingerprint of its content."""
    return replace(profile, fingerprint=_fingerprint(write(profile)))


def dump(profile: Profile) -> bytes:
    """Write a profile as a document, with the fingerprint of its content."""
    content = write(profile)
    head = {"kind": KIND, "format": FORMAT, "fingerprint": _fingerprint(content)}
    return (_pretty({**head, **content}) + "\n").encode()


def save(profile: Profile, path: Path) -> None:
    """Write a profile to a file; a reader sees the old file or the whole new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(dump(profile))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        message = f"{path}: the profile cannot be written: {error.strerror}"
        raise DriftwatchError(message) from error
    finally:
        beside.unlink(missing_ok=True)


def load(path: Path) -> Profile:
    """Read a profile from a file; ProfileError says what is wrong with it."""
    try:
        body = path.read_bytes()
    except OSError as error:
        message = f"{path}: the profile cannot be read: {error.strerror}"
        raise ProfileError(message) from error
    try:
        return parse(body)
    except ProfileError as error:
        message = f"{path}: {error}"
        raise ProfileError(message) from error


def parse(body: bytes) -> Profile:
    """Read what `dump` wrote."""
    raw = _decoded(body)
    claimed = str(raw.pop("fingerprint", ""))
    try:
        if claimed != _fingerprint(raw):
            message = (
                f"its content does not have the fingerprint {claimed!r:.80} that it states: it "
                "was edited or damaged; build it again, or fetch it again from where it was built"
            )
            raise ProfileError(message)
        return read(msgspec.convert(raw, Document), claimed)
    except (ValueError, OverflowError, RecursionError) as error:
        message = f"it is no valid profile of format {FORMAT}: {error}"
        raise ProfileError(message) from error


def _decoded(body: bytes) -> dict[str, Any]:
    damaged = is_profile(body)
    try:
        raw = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        what = "a damaged profile: not JSON" if damaged else "not JSON"
        message = f"it is {what}, or truncated ({error}); build it with driftwatch profile"
        raise ProfileError(message) from error
    if not isinstance(raw, dict) or raw.get("kind") != KIND:
        what = "a damaged profile" if damaged else "no profile"
        kind = raw.get("kind") if isinstance(raw, dict) else None
        message = (
            f'it is JSON, but {what} (its "kind" is {kind!r:.40}, not "{KIND}"); build it with '
            "driftwatch profile"
        )
        raise ProfileError(message)
    written = raw.get("format")
    if type(written) is not int or written < 1:
        message = f'its "format" is {written!r:.40}, and should be {FORMAT}'
        raise ProfileError(message)
    if written > FORMAT:
        message = (
            f"it has format {written}, which a newer driftwatch wrote; this one reads up to "
            f"format {FORMAT}: upgrade driftwatch, or build the profile with this one"
        )
        raise ProfileError(message)
    return raw


def _fingerprint(content: dict[str, Any]) -> str:
    known = {"kind": KIND, "format": FORMAT, **content}
    canonical = json.dumps(known, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def _pretty(value: Any, indent: str = "") -> str:
    """Write JSON with one line for a list of plain values, so that people can read the rest."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{json.dumps(k)}: {_pretty(v, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        lines = [inner + _pretty(item, inner) for item in value]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    return json.dumps(value, allow_nan=False)
