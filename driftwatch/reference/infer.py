"""Which columns do the data have, of which type, in which role?

Types are inferred from the first rows, and hold for all: a later value that does not fit is an
error with its place, never a guess. Roles go by the names of driftwatch's own format.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from driftwatch.nouns.errors import ProfileError
from driftwatch.nouns.profiles import NUMERIC_TYPES, ColumnType
from driftwatch.reference.choices import ROLES, Choices, ColumnRole
from driftwatch.reference.readers import Chunk
from driftwatch.reference.readers.ndjson import ENVELOPE, FEATURES
from driftwatch.reference.values import (
    Numbers,
    Objects,
    Raw,
    Texts,
    Times,
    Words,
    is_number,
    is_time,
)

SUMMARISED: frozenset[ColumnRole] = frozenset({"feature", "prediction", "score"})
_FIRST_ROWS = 10_000
_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)")
_CODE = re.compile(r"[+-]?0[0-9]+")  # leading zeros are meant: a postcode, no number
_ZONE = re.compile(r"(Z|z|[+-]\d\d:?\d\d)$")
_KINDS: tuple[tuple[ColumnType, Callable[[str], object]], ...] = (
    ("boolean", re.compile("true|false", re.IGNORECASE).fullmatch),
    ("integer", _INTEGER.fullmatch),
    ("numeric", is_number),
    ("timestamp", is_time),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A column: where it stands in the file, and what it is."""

    path: str
    name: str
    type: ColumnType
    role: ColumnRole


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read: the columns to summarise, numeric ones first, and those that say about rows.

    `left_out` are the columns that are not read and why, `warnings` what a person should know.
    """

    numeric: tuple[Found, ...]
    categorical: tuple[Found, ...]
    others: Mapping[ColumnRole, Found]
    paths: frozenset[str]
    left_out: Mapping[str, str]
    warnings: tuple[str, ...]

    @property
    def columns(self) -> tuple[Found, ...]:
        """All columns to summarise, in the order of the schema."""
        return self.numeric + self.categorical

    def without(self, left_out: Mapping[str, str]) -> "Plan":
        """Give the plan without these columns, by name, with the reasons."""
        return replace(
            self,
            numeric=tuple(c for c in self.numeric if c.name not in left_out),
            categorical=tuple(c for c in self.categorical if c.name not in left_out),
            left_out={**self.left_out, **left_out},
        )

    def as_numeric(self, names: Iterable[str]) -> "Plan":
        """Give the plan with these integer columns as numeric ones."""
        wider = frozenset(names)
        return replace(
            self,
            numeric=tuple(
                replace(c, type="numeric") if c.name in wider else c for c in self.numeric
            ),
        )


def infer(chunks: Iterable[Chunk], choices: Choices) -> Plan:
    """Say what the columns are, from the first rows and from what a person chose."""
    first = _first(chunks)
    own = any(path.startswith(FEATURES) for path in first)
    names = _names(first, own)
    _check_names(choices, names.values())
    left_out, warnings, found = {}, [], []
    for path, pieces in first.items():
        name = names[path]
        role = choices.roles.get(name) or _role(path, own=own)
        kind, doubt = _type(pieces)
        kind = choices.types.get(name) or kind
        if name in choices.dropped:
            left_out[name] = "dropped as asked"
        elif kind is None and role in SUMMARISED:
            left_out[name] = doubt
        else:
            found.append(Found(path, name, kind or "categorical", role))
            doubted = doubt and role in SUMMARISED and name not in choices.types
            warnings += [f"{name}: {doubt}"] if doubted else []
    return _plan(found, frozenset(first), left_out, warnings)


def _first(chunks: Iterable[Chunk]) -> dict[str, list[Raw]]:
    columns: dict[str, list[Raw]] = {}
    rows = 0
    for chunk in chunks:
        part = chunk.taken(np.arange(min(len(chunk.row), _FIRST_ROWS - rows)))
        for path, raw in part.columns.items():
            columns.setdefault(path, []).append(raw)
        rows += len(part.row)
        if rows >= _FIRST_ROWS:
            break
    if not rows:
        message = "the data hold no rows, so there is nothing to trust a model on"
        raise ProfileError(message)
    return columns


def _names(paths: Iterable[str], own: bool) -> dict[str, str]:
    """Name each path; a feature keeps its full path where its name is one of the envelope's."""
    if not own:
        return {path: path for path in paths}
    bare = {path: path.removeprefix(FEATURES) for path in paths}
    taken = {path for path in bare if not path.startswith(FEATURES)}
    return {p: p if p != name and name in taken else name for p, name in bare.items()}


def _check_names(choices: Choices, names: Iterable[str]) -> None:
    known = sorted(names)
    asked = [*choices.types, *choices.roles, *choices.dropped, *choices.required]
    for name in asked:
        if name not in known:
            message = f"there is no column {name!r:.80}; the data have {', '.join(known)}"
            raise ProfileError(message)


def _role(path: str, *, own: bool) -> ColumnRole:
    if path in ROLES and (not own or path in ENVELOPE):
        return next(role for role in ROLES if role == path)
    return "feature"


def _plan(
    found: Sequence[Found], paths: frozenset[str], left_out: dict[str, str], warnings: list[str]
) -> Plan:
    others: dict[ColumnRole, Found] = {}
    for column in found:
        if column.role == "feature":
            continue
        if column.role in others:
            message = (
                f"{others[column.role].name} and {column.name} are both the {column.role}; say "
                f"--role {column.name}=feature, or --drop one of them"
            )
            raise ProfileError(message)
        others[column.role] = column
    summarised = [c for c in found if c.role in SUMMARISED]
    for column in summarised:
        if column.role == "score" and column.type not in NUMERIC_TYPES:
            message = f"the score {column.name} is {column.type}, and should be numeric"
            raise ProfileError(message)
        if column.type == "timestamp" and "time" not in others:
            left_out[column.name] = "a time, and without event times (--time) it has no age"
    summarised = [c for c in summarised if c.name not in left_out]
    return Plan(
        tuple(c for c in summarised if c.type in NUMERIC_TYPES),
        tuple(c for c in summarised if c.type not in NUMERIC_TYPES),
        others,
        paths,
        left_out,
        tuple(warnings),
    )


def _type(pieces: Sequence[Raw]) -> tuple[ColumnType | None, str]:
    """Give the type of a column and a doubt about it; no type where it cannot be summarised."""
    first = pieces[0]
    match first:
        case Numbers(integral=integral):
            return ("integer" if integral else "numeric"), ""
        case Words(boolean=boolean):
            return ("boolean" if boolean else "categorical"), ""
        case Times():
            return "timestamp", ""
        case Texts():
            return _type_of_texts(_present(pieces))
        case Objects():
            return _type_of_objects(_present(pieces))


def _present(pieces: Sequence[Raw]) -> list[object]:
    return [
        value
        for piece in pieces
        if isinstance(piece, Texts | Objects)
        for value in piece.values
        if value is not None and value != ""
    ]


def _type_of_texts(values: Sequence[object]) -> tuple[ColumnType | None, str]:
    texts = [str(value) for value in dict.fromkeys(values)]
    if not texts:
        return None, "no value in the first rows; say its --type to keep it"
    if any(map(_CODE.fullmatch, texts)):
        return "categorical", ""
    for kind, fits in _KINDS:
        if all(map(fits, texts)):
            return kind, _doubt_of_zone(texts) if kind == "timestamp" else ""
    return "categorical", _doubt_of_words(texts)


def _type_of_objects(values: Sequence[object]) -> tuple[ColumnType | None, str]:
    kinds = {*map(type, values)}
    simple: dict[frozenset[type], ColumnType] = {
        frozenset({bool}): "boolean",
        frozenset({int}): "integer",
        frozenset({float}): "numeric",
        frozenset({int, float}): "numeric",
    }
    if not kinds:
        return None, "no value in the first rows; say its --type to keep it"
    if kinds & {list, dict}:
        return None, "holds lists or objects, which are not summarised"
    if kinds != {str}:
        kind = simple.get(frozenset(kinds))
        named = ", ".join(sorted(kind.__name__ for kind in kinds))
        return (kind, "") if kind else ("categorical", f"its values are of mixed types: {named}")
    texts = [str(value) for value in dict.fromkeys(values)]
    if all(map(is_time, texts)):
        return "timestamp", _doubt_of_zone(texts)
    return "categorical", "its numbers are texts" if all(map(is_number, texts)) else ""


def _doubt_of_zone(texts: Sequence[str]) -> str:
    return "" if all(map(_ZONE.search, texts)) else "its times name no zone and are taken as UTC"


def _doubt_of_words(texts: Sequence[str]) -> str:
    odd = [text for text in texts if not is_number(text)]
    if len(odd) * 2 > len(texts):
        return ""
    return f"taken as categorical, for not all of its values are numbers, such as {odd[0]!r:.40}"
