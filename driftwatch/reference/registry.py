"""Which version of a model has which profile, at this moment?

Files are found by name, so that a new version's profile needs no restart; of versions without one,
what was learned is taken from the shelf. What is known is one immutable snapshot that is swapped
whole: any thread may read it while another refreshes.
"""

import glob
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from driftwatch.nouns.errors import ProfileError, StoreCorrupt, Transient
from driftwatch.nouns.profiles import Known, Profile
from driftwatch.reference.document import load, parse
from driftwatch.reference.settings import PLACE, ReferenceSettings, SegmentSettings

VERSION = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,64}")
LIVE = 8


class Shelf(Protocol):
    """Where learned profiles stand, for all replicas alike."""

    def learned(self) -> Mapping[tuple[str, str], str]:
        """Give the fingerprint of each by model and version, the newest first."""

    def learned_profile(self, model: str, version: str) -> bytes | None:
        """Give the document of one, if it is there."""


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What tells that a file was changed or replaced."""

    modified: int
    size: int
    inode: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    path: Path
    version: str | None
    stamp: _Stamp


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """What the last reading of a file gave; the profile is the last good one."""

    stamp: _Stamp
    profile: Profile | None
    problem: str


class Registry:
    """The profiles of all models; one thread refreshes, any may read `known`."""

    def __init__(
        self,
        references: Mapping[str, ReferenceSettings],
        folder: Path,
        shelf: Shelf | None = None,
        segments: Mapping[str, SegmentSettings] | None = None,
    ) -> None:
        """Look for profiles in a folder; `segments` says by model which of theirs are watched."""
        self._references = dict(references)
        self._folder, self._shelf = folder, shelf
        self._segments = segments or {}
        self._read: dict[tuple[str, Path], _Read] = {}
        self._taken: dict[tuple[str, str], Profile] = {}  # from the shelf
        self._learns = {m: s.learn.rows for m, s in references.items() if s.learn is not None}
        self.known = Known(frozenset(references), learns=self._learns)

    def refresh(self) -> list[str]:
        """Look for new, changed and removed profiles; give what is wrong, for people.

        A profile that cannot be read does not disturb the others; where an earlier state of the
        same file was good, that one stays.
        """
        problems: list[str] = []
        profiles: dict[tuple[str, str], Profile] = {}
        met: dict[tuple[str, Path], _Read] = {}
        for model, settings in self._references.items():
            live = 0
            for candidate in self._candidates(model, settings, problems):
                if live == LIVE:
                    problems.append(_crowded(model, candidate))
                    continue
                read = met[model, candidate.path] = self._look(model, candidate)
                if read.problem:
                    problems.append(read.problem)
                if read.profile is not None:
                    profiles[model, read.profile.version] = read.profile
                    live += 1
        self._read = met
        profiles |= self._learned(profiles, problems)
        self.known = Known(frozenset(self._references), profiles, self._learns)
        return problems

    def _learned(
        self, found: Mapping[tuple[str, str], Profile], problems: list[str]
    ) -> Mapping[tuple[str, str], Profile]:
        """Give what was learned of the versions without a file, as many as may live."""
        if self._shelf is None or not self._learns:
            return {}
        wanted: dict[tuple[str, str], Profile] = {}
        try:
            for pair, fingerprint in self._shelf.learned().items():
                both = [model for model, _ in (*found, *wanted) if model == pair[0]]
                if pair[0] not in self._learns or pair in found or len(both) >= LIVE:
                    continue
                profile = self._take(self._shelf, pair, fingerprint)
                if profile is not None:
                    wanted[pair] = profile
        except (Transient, StoreCorrupt, ProfileError) as error:
            problems.append(f"learned profiles: {error}; those known before stay in use")
            wanted = {p: profile for p, profile in self._taken.items() if p not in found} | wanted
        self._taken = wanted
        return wanted

    def _take(self, shelf: Shelf, pair: tuple[str, str], fingerprint: str) -> Profile | None:
        before = self._taken.get(pair)
        if before is not None and before.fingerprint == fingerprint:
            return before
        body = shelf.learned_profile(*pair)
        return None if body is None else self._watched(pair[0], parse(body))

    def _candidates(
        self, model: str, settings: ReferenceSettings, problems: list[str]
    ) -> list[_Candidate]:
        """Give the files of a model; where one may be learned, none need be there."""
        if settings.path is None:
            return []
        path = self._folder / settings.path
        if settings.learn is not None and PLACE not in settings.path and not path.exists():
            return []
        return _candidates(model, path, problems)

    def _look(self, model: str, candidate: _Candidate) -> _Read:
        before = self._read.get((model, candidate.path))
        if before is not None and before.stamp == candidate.stamp:
            return before
        try:
            profile = load(candidate.path)
            _agree(model, candidate, profile)
        except ProfileError as error:
            good = before.profile if before is not None else None
            kept = "; the profile it held before stays in use" if good is not None else ""
            return _Read(candidate.stamp, good, f"model {model}: {error}{kept}")
        return _Read(candidate.stamp, self._watched(model, profile), "")

    def _watched(self, model: str, profile: Profile) -> Profile:
        """Give a profile with those of its segments that the configuration names."""
        return self._segments.get(model, SegmentSettings()).watched(profile)


def _candidates(model: str, path: Path, problems: list[str]) -> list[_Candidate]:
    """Give the files that may be profiles of a model, newest first."""
    found = []
    for file, version in _matches(path):
        refusal = _refusal(path, file, version)
        if refusal:
            problems.append(f"model {model}: {file}: {refusal}")
            continue
        try:
            status = file.stat()
        except OSError as error:
            problems.append(f"model {model}: {file}: the profile cannot be read: {error.strerror}")
            continue
        stamp = _Stamp(status.st_mtime_ns, status.st_size, status.st_ino)
        found.append(_Candidate(file, version, stamp))
    return sorted(found, key=lambda c: (-c.stamp.modified, c.version or ""))


def _matches(path: Path) -> Iterator[tuple[Path, str | None]]:
    before, place, after = str(path).partition(PLACE)
    if not place:
        yield path, None
        return
    for name in sorted(glob.glob(f"{glob.escape(before)}*{glob.escape(after)}")):  # noqa: PTH207
        yield Path(name), name[len(before) : len(name) - len(after)]


def _refusal(path: Path, file: Path, version: str | None) -> str:
    if version is None:
        return ""
    if not VERSION.fullmatch(version):
        return (
            f"{version!r:.80} is no version: up to 64 of A-Z a-z 0-9 . _ - are wanted, the first "
            "not a dot"
        )
    folder = Path(str(path).partition(PLACE)[0] + "x").parent
    if not file.resolve().is_relative_to(folder.resolve()):
        return f"it is a link out of the folder {folder}, which is not followed"
    return ""


def _agree(model: str, candidate: _Candidate, profile: Profile) -> None:
    wrong = ""
    if profile.model != model:
        wrong = f"it is the profile of the model {profile.model!r:.80}, not of {model!r}"
    elif candidate.version is not None and profile.version != candidate.version:
        wrong = (
            f"it is the profile of version {profile.version!r:.80}, but its name says "
            f"{candidate.version!r}; rename it, or build it with --version {candidate.version}"
        )
    elif not VERSION.fullmatch(profile.version):
        wrong = f"its version {profile.version!r:.80} is not up to 64 of A-Z a-z 0-9 . _ -"
    if wrong:
        message = f"{candidate.path}: {wrong}"
        raise ProfileError(message)


def _crowded(model: str, candidate: _Candidate) -> str:
    return (
        f"model {model}: {candidate.path}: left out, for a model has at most {LIVE} live versions "
        "and newer files take them; remove the profiles of versions that are gone"
    )
