"""How does the profile of a version come from what came in, where nobody built one?

A sample of whole days of event time goes through the very code that builds profiles of files. What
comes out is a function of the sample: every replica learns the same.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import msgspec
import numpy as np

from driftwatch.nouns.profiles import Profile
from driftwatch.reference.build import build_of
from driftwatch.reference.choices import Choices
from driftwatch.reference.document import seal
from driftwatch.reference.readers import Chunk
from driftwatch.reference.readers.ndjson import own_columns
from driftwatch.reference.settings import LearnSettings, SegmentSettings
from driftwatch.reference.stretches import DAY
from driftwatch.reference.values import is_time

RANKS = 2.0**63  # ranks are uniform below it
_PAGE = 1_000  # rows that are unpacked together
_SIMPLE: Mapping[type, str] = {float: "number", bool: "truth"}
_CHOOSING = 20_000  # rows that edges and transforms are chosen from: the daemon's memory is small
NO_SEGMENTS = SegmentSettings()
_ODD = 0.01  # where so few values are of another type, their rows are left out

Days = tuple[int, int]
Row = dict[str, Any]


def whole_days(kept: Mapping[int, int], closed: int | None, settings: LearnSettings) -> Days | None:
    """Say from which days a profile can be learned, as [start, end); None while from none.

    `kept` has the rows of each day, by its start; the first is left out, for it began before.
    """
    if not kept or closed is None:
        return None
    start, last = min(kept) + DAY, max(kept)
    end = start + settings.days * DAY
    while end <= closed:
        if sum(rows for day, rows in kept.items() if start <= day < end) >= settings.rows:
            return start, end
        if end > last:
            return None
        end += DAY
    return None


@dataclass(frozen=True, slots=True)
class Learned:
    """Whose profile is learned, from which days, and the segments of which columns."""

    model: str
    version: str
    days: Days
    segments: SegmentSettings = NO_SEGMENTS


def learn(rows: Iterable[tuple[int, Row | None]], of: Learned) -> Profile:
    """Build a profile from rows of driftwatch's own format, with their ranks, in order of time.

    None stands for a record that cannot be read. Rows of which a value is of another type than the
    column's others are left out, and columns of several types. Raises ProfileError if nothing is
    left.
    """
    sample = _packed(rows)
    end = _moment(of.days[1])
    choices = Choices(
        model=of.model,
        version=of.version,
        sample=_CHOOSING,
        rows="production",
        built=end.isoformat(),
        segments=of.segments.columns,
        most=of.segments.most,
        unattended=True,
    )
    profile = build_of(sample, choices)
    learned = {
        "rows": profile.lineage["rows"],
        "rows_left_out": sample.left_out,
        "days": (of.days[1] - of.days[0]) // DAY,
        "from": _moment(of.days[0]).isoformat(),
        "until": end.isoformat(),
        "share": sample.share,
    }
    left_out = dict.fromkeys(sample.mixed, "its values are of several types")
    mixed = (f"{name}: left out: {why}" for name, why in left_out.items())
    lineage = {
        **profile.lineage,
        "left_out": {**profile.lineage["left_out"], **left_out},
        "provisional": True,
        "learned": learned,
        "warnings": [_doubt(learned), *mixed, *profile.lineage["warnings"]],
    }
    return seal(replace(profile, lineage=lineage))


def _doubt(learned: Mapping[str, Any]) -> str:
    share = learned["share"]
    thinned = (
        f"; they are {share:.2%} of all, so that how much rows of an hour resemble each other is "
        "known less well, and the pager allows for more than there may be"
        if share < 1
        else ""
    )
    return (
        f"provisional: learned of {learned['rows']:,} rows of production from {learned['days']} "
        f"days; if the model was wrong on them, that counts as right{thinned}"
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Rows, packed by pages; `left_out` did not fit the others, nor did the `mixed` columns.

    `highest` is the highest rank of all.
    """

    pages: Sequence[bytes]
    mixed: Sequence[str]
    left_out: int
    highest: int

    @property
    def share(self) -> float:
        """Which share of all rows the sample is, as its ranks have it."""
        return float(f"{min(1.0, (self.highest + 1) / RANKS):.3g}")

    @property
    def size(self) -> int:
        """The bytes of all rows, packed."""
        return sum(map(len, self.pages))

    def lineage(self) -> list[dict[str, Any]]:
        """Name no file."""
        return []

    def chunks(self) -> Iterator[Chunk]:
        """Give the rows that fit."""
        done = read = 0
        for page in self.pages:
            rows = _unpacked(page)
            read += len(page)
            if rows:
                places = np.arange(done + 1, done + 1 + len(rows))
                found = own_columns("the sample", rows)
                columns = {path: raw for path, raw in found.items() if path not in self.mixed}
                yield Chunk("the sample", places, columns, read)
            done += len(rows)


def _packed(rows: Iterable[tuple[int, Row | None]]) -> _Sample:
    """Pack rows, and leave out those that do not fit the others."""
    met: dict[str, Counter[str]] = {}
    pages, highest, given, total = [], 0, 0, 0
    going = iter(rows)
    while some := list(islice(going, _PAGE)):
        highest = max(highest, *(rank for rank, _ in some))
        read = [row for _, row in some if row is not None]
        given, total = given + len(some), total + len(read)
        for row in read:
            for name, value in _values(row):
                met.setdefault(name, Counter())[_SIMPLE.get(type(value)) or _kind(value)] += 1
        pages.append(_page(read))
    usual = {name: kinds.most_common(1)[0] for name, kinds in met.items()}
    mixed = sorted(n for n, (_, most) in usual.items() if met[n].total() - most > _ODD * total)
    pure = {name for name, kinds in met.items() if len(kinds) == 1}
    fixed = {n: kind for n, (kind, _) in usual.items() if n not in mixed and n not in pure}
    if fixed:
        pages = [_page([r for r in _unpacked(page) if _fits(r, fixed)]) for page in pages]
    kept = sum(len(_unpacked(page)) for page in pages) if fixed else total
    return _Sample(pages, mixed, given - kept, highest)


def _page(rows: Sequence[Row]) -> bytes:
    return zlib.compress(msgspec.json.encode(rows), 1)


def _unpacked(page: bytes) -> list[Row]:
    rows: list[Row] = msgspec.json.decode(zlib.decompress(page))
    return rows


def _values(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the values that are there, by the paths of their columns."""
    for name, value in row.items():
        if name in ("features", "scores"):
            yield from ((f"{name}.{key}", one) for key, one in value.items() if one is not None)
        elif name != "time":
            yield name, value


def _fits(row: Mapping[str, Any], kinds: Mapping[str, str]) -> bool:
    return all(kinds.get(name) in (None, _kind(value)) for name, value in _values(row))


def _kind(value: Any) -> str:
    """Say what a value is, as far as a column holds but one kind of it."""
    if type(value) in _SIMPLE:
        return _SIMPLE[type(value)]
    if isinstance(value, int) and abs(value) < 2**63:
        return "number"
    if isinstance(value, str):
        return "time" if is_time(value) else "text"
    return f"list of {len(value)}" if isinstance(value, list) else "other"


def _moment(time: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
