"""Which version of a model has which profile, at this moment?

Files are found by name, so that a new version's profile needs no restart. What is known is one
immutable snapshot that is swapped whole: any thread may read it while another refreshes.
"""

import glob
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from driftwatch.nouns.errors import ProfileError
from driftwatch.nouns.profiles import Known, Profile
from driftwatch.reference.document import load
from driftwatch.reference.settings import PLACE, ReferenceSettings

VERSION = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,64}")
LIVE = 8


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

    def __init__(self, references: Mapping[str, ReferenceSettings], folder: Path) -> None:
        self._references = dict(references)
        self._folder = folder
        self._read: dict[tuple[str, Path], _Read] = {}
        self.known = Known(frozenset(references))

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
            for candidate in _candidates(model, self._folder / settings.path, problems):
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
        self.known = Known(frozenset(self._references), profiles)
        return problems

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
        return _Read(candidate.stamp, profile, "")


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
