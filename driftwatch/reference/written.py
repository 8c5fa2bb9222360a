"""How does what a profile holds become JSON, and JSON a profile again?

Floats are written so that they read back to the same bits. A document of format 1 has columns only.
"""

import base64
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.multivariate import Derived
from detectors.summaries import CategoricalFeature, Layout, NumericFeature, Summary
from detectors.summaries.layout import TAIL
from driftwatch.nouns.profiles import (
    CATEGORICAL_TYPES,
    CONFIDENCE,
    NUMERIC_TYPES,
    Column,
    ColumnType,
    Profile,
    Role,
    Schema,
)
from driftwatch.reference.beside import (
    WrittenBlocks,
    WrittenLabelled,
    WrittenSegments,
    blocks,
    labelled,
    segments,
    write_blocks,
    write_labelled,
    write_segments,
)

Number = float | Literal["inf", "-inf", "nan"]
DERIVED = "derived"


class _Column(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: str
    type: ColumnType
    role: Role | Literal["derived"]
    required: bool


class _Counted(_Column):
    counts: list[int]


class _Numeric(_Counted, tag="numeric", tag_field="summary"):
    mean: Number
    squares: Number
    low: Number
    high: Number
    edges: list[float]
    deciles: list[int]
    doane: list[int]
    tails: list[list[Number]]


class _Categorical(_Counted, tag="categorical", tag_field="summary"):
    categories: list[str]
    seen: str


class _Apart(_Column, tag="derived", tag_field="summary"):
    length: int = 0


class Document(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A profile's document, but its fingerprint."""

    kind: str
    format: int
    model: str
    version: str
    rows: int
    lineage: dict[str, Any]
    columns: list[_Numeric | _Categorical | _Apart]
    labelled: WrittenLabelled | None = None
    transforms: dict[str, Any] | None = None
    blocks: WrittenBlocks | None = None
    segments: list[WrittenSegments] | None = None


def write(profile: Profile) -> dict[str, Any]:
    """Give all that a profile holds, but its fingerprint."""
    found = {
        "model": profile.model,
        "version": profile.version,
        "rows": int(profile.reference.rows),
        "lineage": dict(profile.lineage),
        "columns": [*_counted(profile), *_apart(profile.schema)],
    }
    if profile.labelled is not None:
        found["labelled"] = write_labelled(profile.labelled)
    if profile.derived is not None:
        found["transforms"] = profile.derived.to_json()
    if profile.blocks is not None:
        found["blocks"] = write_blocks(profile.blocks)
    if profile.segments:
        found["segments"] = [write_segments(family) for family in profile.segments]
    return found


def _counted(profile: Profile) -> Iterator[dict[str, Any]]:
    """Write the features, in the layout's order; those that are no column are derived."""
    layout, reference = profile.layout, profile.reference
    columns = {column.name: _head(column) for column in profile.schema.columns}
    for place, name in enumerate(layout.names):
        numeric = place < len(layout.numeric)
        kind = "numeric" if numeric else "categorical"
        derived = {"name": name, "type": kind, "role": DERIVED, "required": False}
        head = columns.get(name, derived)
        counts = reference.counts[layout.start[place] : layout.start[place + 1]]
        if numeric:
            yield head | _numeric(layout.numeric[place], reference, place, counts)
        else:
            yield head | _categorical(layout.categorical[place - len(layout.numeric)], counts)


def _apart(schema: Schema) -> Iterator[dict[str, Any]]:
    """Write the columns of which only derived features are counted."""
    for column in (*schema.texts, *schema.vectors):
        yield _head(column) | {"summary": DERIVED, "length": column.length}


def _head(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "role": column.role,
        "required": column.required,
    }


def _numeric(
    feature: NumericFeature, reference: Summary, place: int, counts: NDArray[np.int64]
) -> dict[str, Any]:
    mean, squares = reference.moments[place]
    return {
        "summary": "numeric",
        "mean": _number(mean),
        "squares": _number(squares),
        "low": _number(reference.low[place]),
        "high": _number(reference.high[place]),
        "edges": feature.edges.tolist(),
        "deciles": feature.deciles.tolist(),
        "doane": feature.doane.tolist(),
        "counts": counts.tolist(),
        "tails": [[_number(x) for x in side] for side in reference.tails[place]],
    }


def _number(number: float) -> Number:
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


def read(document: Document, fingerprint: str) -> Profile:
    """Make the profile of a document; ValueError where it does not hold together."""
    numeric = [c for c in document.columns if isinstance(c, _Numeric)]
    categorical = [c for c in document.columns if isinstance(c, _Categorical)]
    apart = [c for c in document.columns if isinstance(c, _Apart)]
    if document.columns != [*numeric, *categorical, *apart]:
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
    derived = None if document.transforms is None else Derived.from_json(document.transforms)
    _check_derived(document.columns, derived)
    return Profile(
        model=document.model,
        version=document.version,
        schema=Schema(tuple(_columns(document.columns))),
        layout=layout,
        reference=_summary(layout, document.rows, [*numeric, *categorical], numeric),
        fingerprint=fingerprint,
        lineage=document.lineage,
        labelled=None if document.labelled is None else labelled(document.labelled),
        derived=derived,
        blocks=None if document.blocks is None else blocks(document.blocks),
        segments=tuple(segments(family, layout) for family in document.segments or ()),
    )


def _columns(columns: Sequence[_Column]) -> Iterator[Column]:
    for c in columns:
        if c.role != "derived":
            length = c.length if isinstance(c, _Apart) else 0
            yield Column(c.name, c.type, c.role, c.required, length)


def _check(column: _Numeric | _Categorical | _Apart) -> None:
    wrong = ""
    if not _fits(column):
        wrong = f"its summary does not fit its type {column.type}"
    elif isinstance(column, _Apart):
        wrong = "" if column.type == "text" or column.length > 1 else "its vectors have no length"
    else:
        cells = len(column.edges) if isinstance(column, _Numeric) else len(column.categories)
        if len(column.counts) != cells + 3 or min(column.counts) < 0:
            wrong = f"{cells + 3} counts of at least 0 are wanted"
        elif isinstance(column, _Numeric):
            wrong = _wrong_edges(column)
    if wrong:
        message = f"column {column.name!r:.80}: {wrong}"
        raise ValueError(message)


def _fits(column: _Numeric | _Categorical | _Apart) -> bool:
    match column:
        case _Numeric():
            return column.type in NUMERIC_TYPES
        case _Categorical():
            return column.type in CATEGORICAL_TYPES
        case _Apart():
            return column.type in ("text", "vector")


def _wrong_edges(column: _Numeric) -> str:
    edges = column.edges
    if [len(side) for side in column.tails] != [TAIL, TAIL]:
        return f"its tails are not twice {TAIL} sums"
    if any(after <= before for before, after in itertools.pairwise(edges)):
        return "its edges do not rise"
    if not all(0 <= place < len(edges) for place in [*column.deciles, *column.doane]):
        return "a position of its deciles or Doane edges lies outside the edges"
    return ""


def _check_derived(columns: Sequence[_Column], derived: Derived | None) -> None:
    """See that the transforms make just the features that are counted."""
    wanted = [c.name for c in columns if c.role == DERIVED and c.name != CONFIDENCE]
    made = list(derived.names) if derived else []
    if wanted != made:
        message = f"its transforms make {len(made)} features, and it counts {len(wanted)} of them"
        raise ValueError(message)


def _seen(column: _Categorical) -> NDArray[np.uint64]:
    return np.frombuffer(base64.b64decode(column.seen, validate=True), "<u8").astype(np.uint64)


def _summary(
    layout: Layout, rows: int, counted: Sequence[_Counted], numeric: Sequence[_Numeric]
) -> Summary:
    p = len(numeric)
    return Summary(
        layout=layout,
        rows=rows,
        counts=np.array([n for column in counted for n in column.counts], np.int64),
        tails=np.array([c.tails for c in numeric], np.float64).reshape(p, 2, TAIL),
        moments=np.array([(c.mean, c.squares) for c in numeric], np.float64).reshape(p, 2),
        low=np.array([c.low for c in numeric], np.float64),
        high=np.array([c.high for c in numeric], np.float64),
    )
