"""What does a pipeline tell us of a training, and where does the profile that it sends go?

A call is checked, kept as an instruction, and answered; the next tick follows it. A profile is
checked before anything is kept, and never replaces another one.
"""

import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import msgspec

from driftwatch.nouns.errors import ProfileError, Transient
from driftwatch.nouns.messages import Instruction
from driftwatch.nouns.profiles import Profile
from driftwatch.nouns.retraining import Retraining
from driftwatch.reference.document import dump, load, parse
from driftwatch.reference.registry import VERSION
from driftwatch.reference.settings import PLACE, ReferenceSettings
from driftwatch.report.retraining import facts
from driftwatch.store import Store

Answered = tuple[int, Mapping[str, Any]]
_LONGEST = 1000


class _Call(msgspec.Struct, forbid_unknown_fields=True):
    """What may be told of a training."""

    state: Literal["in_flight", "done", "failed", "withdrawn"]
    reason: str = ""
    version: str = ""
    profile: msgspec.Raw = msgspec.Raw()


class _Refused(Exception):
    """A call that cannot be followed, with the status that says so."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Calls:
    """Answers for the API; safe to use from many threads.

    `store` gives the store while it is open. Relative paths of references begin in `folder`.
    """

    def __init__(
        self,
        store: Callable[[], Store | None],
        references: Mapping[str, ReferenceSettings],
        folder: Path,
        clock: Callable[[], int],
    ) -> None:
        self._given, self._references, self._folder, self._clock = store, references, folder, clock

    def listed(self, model: str | None, limit: int) -> Mapping[str, Any]:
        """Give retrainings, the newest first."""
        found = self._store().retrainings(limit, model=model)
        return {"retrainings": [facts(of) for of in found]}

    def shown(self, id_: str) -> Mapping[str, Any] | None:
        """Give one with all that was decided of it."""
        store = self._store()
        of = store.retraining(id_)
        return None if of is None else facts(of, store.decisions(id_))

    def call(self, id_: str, body: bytes) -> Answered:
        """Take what is told of a training."""
        store = self._store()
        try:
            of = store.retraining(id_)
            if of is None:
                raise _Refused(404, f"there is no retraining {id_:.80}")
            call = _read(body)
            version = self._version(of, call)
        except _Refused as refused:
            return refused.status, {"error": str(refused)}
        told = Instruction(
            kind="retraining",
            subject=of.id,
            given_at=self._clock(),
            by="a call",
            reason=call.reason,
            details={"state": call.state, "version": version},
        )
        store.add(told)
        return 202, {"id": of.id, "state": call.state, "version": version or None}

    def _store(self) -> Store:
        store = self._given()
        if store is None:
            message = "the store is not open"
            raise Transient(message)
        return store

    def _version(self, of: Retraining, call: _Call) -> str:
        """Give the version that came of it; keep its profile if one was sent."""
        if call.version and not VERSION.fullmatch(call.version):
            raise _Refused(
                422, f"version {call.version!r:.80} is not up to 64 of A-Z a-z 0-9 . _ -"
            )
        if (call.version or bytes(call.profile)) and call.state != "done":
            raise _Refused(422, "a version or a profile is told with the state done only")
        if call.version == of.version:
            raise _Refused(422, f"version {of.version} is the one that was to be replaced")
        if not bytes(call.profile):
            return call.version
        profile = self._profile(of, call)
        self._keep(profile)
        return profile.version

    def _profile(self, of: Retraining, call: _Call) -> Profile:
        try:
            profile = parse(bytes(call.profile))
        except ProfileError as error:
            raise _Refused(422, f"profile: {error}") from None
        wanted = (of.model, call.version or profile.version)
        if (profile.model, profile.version) != wanted:
            text = f"profile: it is of {profile.model}/{profile.version}, not of {'/'.join(wanted)}"
            raise _Refused(422, text)
        if profile.version == of.version or not VERSION.fullmatch(profile.version):
            raise _Refused(422, f"profile: {profile.version!r:.80} cannot be a new version's name")
        return profile

    def _keep(self, profile: Profile) -> None:
        """Put a profile where the registry finds it: whole or not at all, and over no other."""
        reference = self._references.get(profile.model)
        if reference is None or reference.path is None or PLACE not in reference.path:
            text = f"the path of {profile.model}'s reference has no {PLACE}: there is no place"
            raise _Refused(409, f"{text} for a new version's profile")
        path = self._folder / reference.path.replace(PLACE, profile.version)
        if not _put(path, dump(profile)) and not _is_same(path, profile):
            raise _Refused(409, f"version {profile.version} has another profile already")


def _read(body: bytes) -> _Call:
    try:
        call = msgspec.json.decode(body, type=_Call)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        text = f'{error}; send {{"state": "done"}}, with "reason", "version", "profile" if any'
        raise _Refused(422, text) from None
    if len(call.reason) > _LONGEST or not call.reason.isprintable():
        raise _Refused(422, f"reason: one line of up to {_LONGEST} characters is wanted")
    return call


def _put(path: Path, body: bytes) -> bool:
    """Write a new file, or give False where there is one."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            os.link(name, path)
        finally:
            with suppress(OSError):
                os.unlink(name)  # noqa: PTH108 - beside os.link
    except FileExistsError:
        return False
    except OSError as error:
        message = f"the profile cannot be kept in {path.parent}: {error.strerror}"
        raise Transient(message) from None
    return True


def _is_same(path: Path, profile: Profile) -> bool:
    try:
        return not path.is_symlink() and load(path).fingerprint == profile.fingerprint
    except ProfileError:
        return False
