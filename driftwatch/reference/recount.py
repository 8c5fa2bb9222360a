"""How often does each cell of a profile occur in other rows?

One pass over the data, in bounded memory. Columns are found by the names and roles of the profile's
schema, and read as its types; every row is counted, for these rows have chosen nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from detectors.summaries import Summary, encode, tabulate
from detectors.summaries.labelled import Labelled
from driftwatch import __version__
from driftwatch.nouns.derivation import derive
from driftwatch.nouns.errors import ProfileError
from driftwatch.nouns.profiles import Column, Profile
from driftwatch.reference.choices import Choices, ColumnRole
from driftwatch.reference.classes import Classes
from driftwatch.reference.columns import population_rows
from driftwatch.reference.count import Times, read
from driftwatch.reference.infer import Found, Plan
from driftwatch.reference.odd import OddValues
from driftwatch.reference.readers import Chunk, Files
from driftwatch.reference.readers.ndjson import FEATURES
from driftwatch.report.times import show_if

_BESIDE: tuple[ColumnRole, ...] = ("time", "model", "version", "label")
_NAMED = frozenset({"prediction", "score", "label"})  # what our own format has places for

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Recounted:
    """Rows counted over a profile's layout, whose they are, and where they come from.

    `absent` are columns of the profile that no file has: they count as missing; labels, which
    come late, are not among them. `further` are columns that the profile does not know.
    `doubts` say which values of its numeric columns were no numbers.
    """

    summary: Summary
    model: str
    version: str
    fingerprint: str
    lineage: Mapping[str, Any]
    absent: tuple[str, ...]
    further: tuple[str, ...]
    doubts: tuple[str, ...]
    labelled: Labelled | None = None


@dataclass(slots=True, eq=False)
class _Tally:
    """What has been read so far."""

    profile: Profile
    summary: Summary
    classes: Classes | None
    labelled: Labelled | None
    times: Times = field(default_factory=Times)
    odd: OddValues = field(default_factory=OddValues)
    others: int = 0
    paths: set[str] = field(default_factory=set)
    populations: Counter[tuple[str, str]] = field(default_factory=Counter)


def recount(
    names: Sequence[str | Path], profile: Profile, choices: Choices, *, progress: Progress
) -> Recounted:
    """Count the rows of files as the profile counts its own.

    `choices` say which model and version to take; `progress` is told the bytes read and to read.
    """
    files = Files.found([str(name) for name in names])
    first = next(files.chunks(), None)
    if first is None:
        message = f"{', '.join(map(str, names))}: the data hold no rows, so there is nothing to say"
        raise ProfileError(message)
    plan = planned(first.columns.keys(), profile)
    classes = _classes(plan, profile)
    labelled = Labelled.empty(classes.layout) if classes else None
    tally = _Tally(profile, Summary.empty(profile.layout), classes, labelled)
    for chunk in files.chunks():
        _add(tally, chunk, plan, choices)
        progress(chunk.done, files.size)
    tally.odd.check()
    model, version = (_one(tally, place, choices) for place in (0, 1))
    return Recounted(
        summary=tally.summary,
        model=model,
        version=version,
        fingerprint="sha256:" + hashlib.sha256(encode(tally.summary)).hexdigest(),
        lineage=_lineage(files, tally),
        absent=tuple(
            c.name for c in plan.columns if c.path not in tally.paths and c.role != "label"
        ),
        further=tuple(sorted(p.removeprefix(FEATURES) for p in tally.paths - plan.paths)),
        doubts=tuple(f"{name}: {told}" for name, told in tally.odd.told()),
        labelled=tally.labelled,
    )


def _classes(plan: Plan, profile: Profile) -> Classes | None:
    """Say how rows are counted by label, where the profile's are; those without one count too."""
    columns = {column.role: column for column in plan.categorical}
    if profile.labelled is None or "label" not in columns:
        return None
    layout, schema = profile.labelled.layout, profile.schema
    return Classes(layout, schema, columns["label"], columns.get("prediction"))


def planned(paths: Collection[str], profile: Profile) -> Plan:
    """Say where each column of the profile stands in the data."""
    schema, roles = profile.schema, profile.lineage.get("roles", {})
    kinds = (schema.numeric, schema.categorical, schema.texts, schema.vectors)
    columns = [tuple(_found(column, paths) for column in kind) for kind in kinds]
    named = {role: str(roles.get(role, role)) for role in _BESIDE}
    others = {role: Found(n, n, "categorical", role) for role, n in named.items() if n in paths}
    known = {c.path for c in (*chain(*columns), *others.values())}
    known |= {str(name) for name in (*roles.values(), *_BESIDE, "id")}
    numeric, categorical, texts, vectors = columns
    return Plan(numeric, categorical, texts, vectors, others, frozenset(known), {}, ())


def _found(column: Column, paths: Collection[str]) -> Found:
    """Find a column by its name, in the daemon's own format by its role too."""
    role: ColumnRole = column.role if column.role in _NAMED else "feature"  # type: ignore[assignment]
    places = [FEATURES + column.name, column.name, *([column.role] if role != "feature" else [])]
    path = next((place for place in places if place in paths), column.name)
    return Found(path, column.name, column.type, role, column.length)


def _add(tally: _Tally, chunk: Chunk, plan: Plan, choices: Choices) -> None:
    tally.paths |= chunk.columns.keys()
    kept = population_rows(chunk, plan, choices, tally.populations)
    tally.others += len(chunk.row) - len(kept.row)
    if not len(kept.row):
        return
    batch = read(kept, plan, tally.odd)
    if tally.labelled is not None and tally.classes is not None:
        tally.labelled += tally.classes.count(kept, batch.numbers)
    whole = derive(batch, tally.profile)
    columns = whole.numbers, whole.codes, whole.words
    one = np.zeros(len(kept.row), np.int64)
    tally.summary += tabulate(tally.summary.layout, *columns, one, 1).summary(0)
    if "time" in plan.others:
        tally.times.add(batch.time)


def _one(tally: _Tally, place: int, choices: Choices) -> str:
    """Give the one model, or version, that the counted rows are of; empty where none is named."""
    chosen = (choices.model, choices.version)
    fitting = (
        met
        for met in tally.populations
        if all(c in ("", name) or not name for c, name in zip(chosen, met, strict=True))
    )
    names = sorted({met[place] for met in fitting} - {""})
    what = ("model", "version")[place]
    if len(names) > 1:
        message = (
            f"the rows are of {len(names)} {what}s ({', '.join(names[:10])}); choose with --{what}"
        )
        raise ProfileError(message)
    if not tally.summary.rows:
        there = ", ".join(sorted(f"{m} {v}".strip() for m, v in tally.populations))
        message = f"no row is of {' '.join(chosen).strip()}; the data are of {there}"
        raise ProfileError(message)
    return chosen[place] or next(iter(names), "")


def _lineage(files: Files, tally: _Tally) -> dict[str, Any]:
    return {
        "files": files.lineage(),
        "rows": tally.summary.rows,
        "rows_of_others": tally.others,
        "time": {"first": show_if(tally.times.first), "last": show_if(tally.times.last)},
        "program": f"driftwatch {__version__}",
    }
