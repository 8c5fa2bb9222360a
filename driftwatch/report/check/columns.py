"""Which tables does a check have, and of what are their columns?

The one list: the document is filled by it, and the JSON Schema is made of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from driftwatch.report.document import Cell, Section, Shown

Type = Literal["text", "count", "share", "change", "p", "number"]

LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)

_SHOWN: Mapping[Type, Shown] = {"share": "share", "change": "points", "p": "p"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `maybe` says that a cell of it can be empty."""

    name: str
    type: Type
    maybe: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A section of a check; `most`, `folded` and `empty` as a Section has them."""

    name: str
    about: str
    columns: tuple[Column, ...]
    empty: str = "none"
    most: int | None = None
    folded: bool = False

    def filled(self, rows: Iterable[tuple[Cell, ...]]) -> Section:
        """Make the section of these rows."""
        return Section(
            name=self.name,
            columns=tuple(column.name for column in self.columns),
            rows=tuple(rows),
            empty=self.empty,
            shown={c.name: _SHOWN[c.type] for c in self.columns if c.type in _SHOWN},
            most=self.most,
            folded=self.folded,
        )


def _text(name: str, *, maybe: bool = False) -> Column:
    return Column(name, "text", maybe)


def _all(type_: Type, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, type_) for name in names)


_DECISION = (
    _text("feature"),
    _text("role"),
    _text("verdict"),
    Column("adjusted p", "p"),
    _text("what", maybe=True),
)

FEATURES = Table(
    "features",
    "The decision on each column, those that drifted first.",
    _DECISION,
    "none was asked about",
    most=50,
)
DERIVED = Table(
    "derived",
    "The decision on each feature derived of several columns at once, those that drifted first.",
    _DECISION,
    most=10,
    folded=True,
)
EVIDENCE = Table(
    "evidence",
    "The sets of values that tell most: up to three of a feature that drifted, one of others.",
    (
        _text("feature"),
        _text("share"),
        *_all("share", "before", "now"),
        *_all("change", "change"),
        *_all("share", "allowed"),
        *_all("p", "p"),
        Column("rows before", "count", maybe=False),
        Column("rows now", "count", maybe=False),
    ),
    most=30,
    folded=True,
)
NUMBERS = Table(
    "numbers",
    "How far each number has moved: its mean in standard deviations (Cohen's d), its spread.",
    (
        _text("feature"),
        *_all("number", "mean before", "mean now", "cohens d", "d low", "d high"),
        *_all("number", "spread ratio"),
    ),
    most=30,
    folded=True,
)
QUANTILES = Table(
    "quantiles",
    "The values below which a share of the rows lies, before and now.",
    (
        _text("feature"),
        _text("side"),
        *_all("number", *(f"p{100 * level:g}" for level in LEVELS)),
    ),
    most=40,
    folded=True,
)
CATEGORIES = Table(
    "categories",
    "The categories whose share changed most, and by how much (percentage points, Cohen's h).",
    (
        _text("feature"),
        _text("category"),
        *_all("share", "before", "now"),
        *_all("change", "change", "low", "high"),
        *_all("number", "cohens h"),
    ),
    most=40,
    folded=True,
)
QUALITY = Table(
    "quality",
    "Shares of rows without a value, with a category never seen, with a number out of range.",
    (
        _text("feature"),
        *_all("share", "missing before", "missing now", "unseen before", "unseen now"),
        *_all("share", "out of range before", "out of range now"),
    ),
    most=50,
    folded=True,
)
PRIOR = Table(
    "prior",
    "The shares of the classes that the current scores let expect, with 95% intervals.",
    (_text("class"), *_all("share", "reference", "estimate", "low", "high")),
    "not estimated",
)
JOINT = Table(
    "joint",
    "Tests of all columns at once and of vectors, which have no part in the decision.",
    (
        _text("test"),
        *_all("number", "statistic"),
        *_all("p", "p"),
        Column("rows before", "count", maybe=False),
        Column("rows now", "count", maybe=False),
    ),
    "none is held by the profile",
    folded=True,
)
DATA = Table(
    "data",
    "What was compared.",
    (
        _text("side"),
        _text("what"),
        _text("of", maybe=True),
        Column("rows", "count", maybe=False),
        _text("first", maybe=True),
        _text("last", maybe=True),
        _text("fingerprint"),
    ),
)
NOTES = Table("notes", "What else to know.", (_text("note"),))

TABLES = (
    FEATURES,
    PRIOR,
    NOTES,
    DERIVED,
    EVIDENCE,
    QUANTILES,
    NUMBERS,
    CATEGORIES,
    QUALITY,
    JOINT,
    DATA,
)
