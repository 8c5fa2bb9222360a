"""Which two sets of data are compared, and by whose layout?

Each is a profile or files of rows. One profile gives the layout, to which the rows of the other
side are counted; without any, a profile is built of the reference's rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from driftwatch.nouns.checks import Side
from driftwatch.nouns.errors import ProfileError
from driftwatch.nouns.profiles import Profile
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from driftwatch.reference.document import has_keys, is_profile, load
from driftwatch.reference.readers import Files
from driftwatch.reference.recount import Progress, recount

_FIRST_LINE = 1 << 24  # bytes; a row is never that long
_HEAD = 1 << 12  # bytes that tell a profile
_ROWS = frozenset({".gz", ".parquet", ".pq"})
_PASSES = 2  # that building a profile takes
UNNAMED = "unnamed"

Names = Sequence[str | Path]


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Both sides, the profile whose layout they are counted by, and what to know of them."""

    reference: Side
    current: Side
    profile: Profile
    notes: tuple[str, ...]


def sides(reference: Names, current: Names, choices: Choices, *, progress: Progress) -> Sides:
    """Read both sides; `choices` hold for the rows that are read.

    `progress` is told the bytes read and the bytes to read, of all passes.
    """
    before, now = _profile(reference), _profile(current)
    if before and now:
        return _two_profiles(before, now, (reference, current))
    if now:
        found = _counted(reference, now, choices, progress)
        note = "the reference's rows are counted by the edges and categories of the current profile"
        return Sides(found.side, _side_of(now, current), now, (note, *found.notes))
    if before:
        found = _counted(current, before, choices, progress)
        return Sides(_side_of(before, reference), found.side, before, found.notes)
    return _two_sets_of_rows(reference, current, choices, progress)


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    side: Side
    notes: tuple[str, ...]


def _two_profiles(before: Profile, now: Profile, names: tuple[Names, Names]) -> Sides:
    if before.layout.digest != now.layout.digest:
        message = (
            f"{names[0][0]} and {names[1][0]} are profiles that count by different edges and "
            "categories, so their counts cannot be compared; give the rows that one of them was "
            "built from instead of it"
        )
        raise ProfileError(message)
    return Sides(_side_of(before, names[0]), _side_of(now, names[1]), before, ())


def _two_sets_of_rows(
    reference: Names, current: Names, choices: Choices, progress: Progress
) -> Sides:
    first = _PASSES * Files.found([str(name) for name in reference]).size
    total = first + Files.found([str(name) for name in current]).size
    named = replace(choices, fallback=(UNNAMED, UNNAMED))
    built = build(reference, named, progress=lambda done, _: progress(done, total))
    found = _counted(current, built, choices, lambda done, _: progress(first + done, total))
    side = replace(_side_of(built, reference), kind="data")
    warned = (f"reference: {text}" for text in built.lineage.get("warnings", ()))
    return Sides(side, found.side, built, (*warned, *found.notes))


def _profile(names: Names) -> Profile | None:
    """Read a side that is a profile, or a damaged one; None where it is rows."""
    paths = [Path(name) for name in names]
    found = next(filter(_is_profile, paths), None)
    if found is None:
        return None
    if len(paths) > 1:
        message = f"{found}: it is a profile, which is a side by itself: leave out the other files"
        raise ProfileError(message)
    return load(found)


def _is_profile(path: Path) -> bool:
    """Tell a profile, also a damaged one, from rows that are objects of JSON, one a line."""
    ending = path.suffix.lower()
    if ending in _ROWS:
        return False
    try:
        with path.open("rb") as file:
            first, more = file.readline(_FIRST_LINE), file.read(_HEAD)
    except OSError as error:
        if ending != ".json":
            return False  # Whoever reads rows says what is wrong.
        message = f"{path}: it cannot be read: {error.strerror}"
        raise ProfileError(message) from error
    if is_profile(first[:_HEAD] + more):
        return True
    try:
        row = msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ending == ".json"
    return isinstance(row, dict) and has_keys(row)


def _side_of(profile: Profile, names: Names) -> Side:
    return Side(
        kind="profile",
        given=tuple(map(str, names)),
        model=profile.model.replace(UNNAMED, ""),
        version=profile.version.replace(UNNAMED, ""),
        fingerprint=profile.fingerprint,
        lineage=profile.lineage,
        summary=profile.reference,
        labelled=profile.labelled,
    )


def _counted(names: Names, profile: Profile, choices: Choices, progress: Progress) -> _Counted:
    found = recount(names, profile, choices, progress=progress)
    notes = list(found.doubts)
    if found.absent:
        listed = ", ".join(found.absent)
        notes.append(f"{', '.join(map(str, names))}: has no {listed}: counted as missing")
    if found.further:
        listed = ", ".join(found.further[:10])
        notes.append(
            f"{', '.join(map(str, names))}: not compared, for the profile lacks it: {listed}"
        )
    side = Side(
        kind="data",
        given=tuple(map(str, names)),
        model=found.model,
        version=found.version,
        fingerprint=found.fingerprint,
        lineage=found.lineage,
        summary=found.summary,
        labelled=found.labelled,
    )
    return _Counted(side, tuple(notes))
