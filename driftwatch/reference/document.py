"""How is a profile written to a file that people can read, and how is a damaged one told?

One JSON document. Its fingerprint is the SHA-256 of the canonical form of everything else in it, so
that truncation and edits are noticed, while whitespace is free. Floats are written so that they
read back to the same bits.
"""

import base64
import hashlib
import itertools
import json
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.summaries import CategoricalFeature, Layout, NumericFeature, Summary
from detectors.summaries.layout import TAIL
from driftwatch.nouns.errors import DriftwatchError, ProfileError
from driftwatch.nouns.profiles import NUMERIC_TYPES, Column, ColumnType, Profile, Role, Schema

FORMAT = 1
KIND = "driftwatch profile"
_Float = float | Literal["inf", "-inf", "nan"]


class _Column(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: str
    type: ColumnType
    role: Role
    required: bool
    counts: list[int]


class _Numeric(_Column, tag="numeric", tag_field="summary"):
    mean: _Float
    squares: _Float
    low: _Float
    high: _Float
    edges: list[float]
    deciles: list[int]
    doane: list[int]
    tails: list[list[_Float]]


class _Categorical(_Column, tag="categorical", tag_field="summary"):
    categories: list[str]
    seen: str


class _Document(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    kind: str
    format: int
    model: str
    version: str
    rows: int
    lineage: dict[str, Any]
    columns: list[_Numeric | _Categorical]


def seal(profile: Profile) -> Profile:
    """Give the profile with the fingerprint of its content."""
    return replace(profile, fingerprint=_fingerprint(_content(profile)))


def dump(profile: Profile) -> bytes:
    """Write a profile as a document, with the fingerprint of its content."""
    content = _content(profile)
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
        return _profile(msgspec.convert(raw, _Document), claimed)
    except (ValueError, OverflowError, RecursionError) as error:
        message = f"it is no valid profile of format {FORMAT}: {error}"
        raise ProfileError(message) from error


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        raw = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        message = f"it is not JSON, or truncated ({error}); build it with driftwatch profile"
        raise ProfileError(message) from error
    if not isinstance(raw, dict) or raw.get("kind") != KIND:
        message = (
            f'it is JSON, but no profile (no "kind": "{KIND}"); build it with driftwatch profile'
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


def _content(profile: Profile) -> dict[str, Any]:
    layout, reference = profile.layout, profile.reference
    columns = []
    for place, column in enumerate(profile.schema.columns):
        counts = reference.counts[layout.start[place] : layout.start[place + 1]]
        head = {
            "name": column.name,
            "type": column.type,
            "role": column.role,
            "required": column.required,
        }
        if place < len(layout.numeric):
            columns.append(head | _numeric(layout.numeric[place], reference, place, counts))
        else:
            feature = layout.categorical[place - len(layout.numeric)]
            columns.append(head | _categorical(feature, counts))
    return {
        "model": profile.model,
        "version": profile.version,
        "rows": int(reference.rows),
        "lineage": dict(profile.lineage),
        "columns": columns,
    }


def _numeric(
    feature: NumericFeature, reference: Summary, place: int, counts: NDArray[np.int64]
) -> dict[str, Any]:
    mean, squares = reference.moments[place]
    return {
        "summary": "numeric",
        "mean": _written(mean),
        "squares": _written(squares),
        "low": _written(reference.low[place]),
        "high": _written(reference.high[place]),
        "edges": feature.edges.tolist(),
        "deciles": feature.deciles.tolist(),
        "doane": feature.doane.tolist(),
        "counts": counts.tolist(),
        "tails": [[_written(x) for x in side] for side in reference.tails[place]],
    }


def _written(number: float) -> _Float:
    """Name what JSON has no number for: the extremes of no values, and sums that overflowed."""
    if math.isfinite(number):
        return float(number)
    return "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"


def _categorical(feature: CategoricalFeature, counts: NDArray[np.int64]) -> dict[str, Any]:
    return {
        "summary": "categorical",
        "categories": list(feature.categories),
        "counts": counts.tolist(),
        "seen": base64.b64encode(feature.seen.astype("<u8").tobytes()).decode(),
    }


def _profile(document: _Document, fingerprint: str) -> Profile:
    numeric = [c for c in document.columns if isinstance(c, _Numeric)]
    categorical = [c for c in document.columns if isinstance(c, _Categorical)]
    if document.columns != [*numeric, *categorical]:
        message = "its numeric columns do not come first"
        raise ValueError(message)
    for column in document.columns:
        _check(column)
    layout = Layout(
        tuple(
            NumericFeature(
                column.name,
                np.array(column.edges, np.float64),
                np.array(column.deciles, np.int64),
                np.array(column.doane, np.int64),
            )
            for column in numeric
        ),
        tuple(
            CategoricalFeature(column.name, tuple(column.categories), _seen(column))
            for column in categorical
        ),
    )
    return Profile(
        model=document.model,
        version=document.version,
        schema=Schema(tuple(Column(c.name, c.type, c.role, c.required) for c in document.columns)),
        layout=layout,
        reference=_summary(layout, document, numeric),
        fingerprint=fingerprint,
        lineage=document.lineage,
    )


def _check(column: _Numeric | _Categorical) -> None:
    numeric = isinstance(column, _Numeric)
    cells = len(column.edges) if isinstance(column, _Numeric) else len(column.categories)
    wrong = ""
    if (column.type in NUMERIC_TYPES) != numeric:
        wrong = f"its summary does not fit its type {column.type}"
    elif len(column.counts) != cells + 3 or min(column.counts) < 0:
        wrong = f"{cells + 3} counts of at least 0 are wanted"
    elif isinstance(column, _Numeric):
        edges = column.edges
        if [len(side) for side in column.tails] != [TAIL, TAIL]:
            wrong = f"its tails are not twice {TAIL} sums"
        elif any(after <= before for before, after in itertools.pairwise(edges)):
            wrong = "its edges do not rise"
        elif not all(0 <= place < len(edges) for place in [*column.deciles, *column.doane]):
            wrong = "a position of its deciles or Doane edges lies outside the edges"
    if wrong:
        message = f"column {column.name!r:.80}: {wrong}"
        raise ValueError(message)


def _seen(column: _Categorical) -> NDArray[np.uint64]:
    return np.frombuffer(base64.b64decode(column.seen, validate=True), "<u8").astype(np.uint64)


def _summary(layout: Layout, document: _Document, numeric: list[_Numeric]) -> Summary:
    p = len(numeric)
    return Summary(
        layout=layout,
        rows=document.rows,
        counts=np.array([n for column in document.columns for n in column.counts], np.int64),
        tails=np.array([c.tails for c in numeric], np.float64).reshape(p, 2, TAIL),
        moments=np.array([(c.mean, c.squares) for c in numeric], np.float64).reshape(p, 2),
        low=np.array([c.low for c in numeric], np.float64),
        high=np.array([c.high for c in numeric], np.float64),
    )


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
