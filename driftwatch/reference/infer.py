"""Which columns do the data have, of which type, in which role?

Types are inferred from the first rows, and hold for all: a later value that does not fit is an
error with its place, never a guess. Roles go by the names of driftwatch's own format.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from driftwatch.nouns.errors import ProfileError
from driftwatch.nouns.profiles import CATEGORICAL_TYPES, NUMERIC_TYPES, SCORES, ColumnType
from driftwatch.reference.choices import ROLES, Choices, ColumnRole
from driftwatch.reference.kinds import FEW_VALUES, length_of, type_of
from driftwatch.reference.readers import Chunk
from driftwatch.reference.readers.ndjson import ENVELOPE, FEATURES
from driftwatch.reference.values import Raw, numbers_and_odd

SUMMARISED: frozenset[ColumnRole] = frozenset({"feature", "prediction", "score", "label"})
OPTIMISTIC: frozenset[ColumnRole] = frozenset({"score", "label"})  # on training rows
_FIRST_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """A column: where it stands in the file, and what it is."""

    path: str
    name: str
    type: ColumnType
    role: ColumnRole
    length: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read: the columns to summarise, numeric ones first, and those that say about rows.

    `left_out` are the columns that are not read and why, `warnings` what a person should know.
    """

    numeric: tuple[Found, ...]
    categorical: tuple[Found, ...]
    texts: tuple[Found, ...]
    vectors: tuple[Found, ...]
    others: Mapping[ColumnRole, Found]
    paths: frozenset[str]
    left_out: Mapping[str, str]
    warnings: tuple[str, ...]

    @property
    def columns(self) -> tuple[Found, ...]:
        """All columns to summarise, in the order of the schema."""
        return self.numeric + self.categorical + self.texts + self.vectors

    def without(self, left_out: Mapping[str, str]) -> "Plan":
        """Give the plan without these columns, by name, with the reasons."""
        return replace(
            self,
            numeric=tuple(c for c in self.numeric if c.name not in left_out),
            categorical=tuple(c for c in self.categorical if c.name not in left_out),
            texts=tuple(c for c in self.texts if c.name not in left_out),
            vectors=tuple(c for c in self.vectors if c.name not in left_out),
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
        kind, doubt = type_of(pieces)
        kind = _as_asked(choices.types.get(name), kind, role)
        length = length_of(pieces) if kind == "vector" else 0
        if name in choices.dropped:
            left_out[name] = "dropped as asked"
        elif choices.rows == "training" and role in OPTIMISTIC:
            left_out[name] = "on training rows it is better than it will ever be again"
        elif kind == "vector" and not length:
            left_out[name] = "its values are no lists of numbers, two or more and always as many"
        elif kind is None and role in SUMMARISED:
            left_out[name] = doubt
        else:
            found.append(Found(path, name, kind or "categorical", role, length))
            doubted = doubt and role in SUMMARISED and name not in choices.types
            warnings += [f"{name}: {doubt}"] if doubted else []
    classed = _classed(found, first, choices)
    warnings += _odd_classes(found, classed, first)
    return _plan(classed, frozenset(first), left_out, warnings)


def _as_asked(
    asked: ColumnType | None, kind: ColumnType | None, role: ColumnRole
) -> ColumnType | None:
    """Give the type that was asked for; only features are taken for texts without being asked."""
    if asked is not None:
        return asked
    return "categorical" if kind == "text" and role != "feature" else kind


def _classed(
    found: Sequence[Found], first: Mapping[str, list[Raw]], choices: Choices
) -> list[Found]:
    """Give label and prediction as categories, where both are classes written as numbers."""
    label = next((column for column in found if column.role == "label"), None)
    if label is None or not _is_class(label, first):
        return list(found)
    return [
        replace(column, type="categorical")
        if column.role in ("label", "prediction")
        and column.name not in choices.types
        and column.type in ("integer", "numeric")
        and _is_class(column, first)
        else column
        for column in found
    ]


def _odd_classes(
    found: Sequence[Found], classed: Sequence[Found], first: Mapping[str, list[Raw]]
) -> Iterator[str]:
    """Say what stands beside the numbers of classes: it is a class of its own."""
    for before, after in zip(found, classed, strict=True):
        misfits = (numbers_and_odd(raw)[2] for raw in first[after.path])
        odd = next(filter(None, misfits), None) if before.type != after.type else None
        if odd is not None:
            yield f"{after.name}: {odd}, and so a class beside the numbers; mend it if it is none"


def _is_class(column: Found, first: Mapping[str, list[Raw]]) -> bool:
    if column.type not in ("integer", "numeric"):
        return column.type in CATEGORICAL_TYPES
    values = np.unique(np.concatenate([numbers_and_odd(raw)[0] for raw in first[column.path]]))
    values = values[np.isfinite(values)]
    return len(values) <= FEW_VALUES and bool(np.all(values == np.rint(values)))


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
    segments = () if choices.unattended else choices.segments
    asked = [*choices.types, *choices.roles, *choices.dropped, *choices.required, *segments]
    for name in asked:
        if name not in known:
            message = f"there is no column {name!r:.80}; the data have {', '.join(known)}"
            raise ProfileError(message)


def _role(path: str, *, own: bool) -> ColumnRole:
    if path.startswith(SCORES):
        return "score"
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
        if column.role in others and not _of_classes(column, others[column.role]):
            message = (
                f"{others[column.role].name} and {column.name} are both the {column.role}; say "
                f"--role {column.name}=feature, or --drop one of them"
            )
            raise ProfileError(message)
        others.setdefault(column.role, column)
    summarised = [c for c in found if c.role in SUMMARISED]
    for column in summarised:
        if column.role == "score" and column.type not in NUMERIC_TYPES:
            message = f"the score {column.name} is {column.type}, and should be numeric"
            raise ProfileError(message)
        if column.type == "timestamp" and "time" not in others:
            left_out[column.name] = "a time, and without event times (--time) it has no age"
    summarised = [c for c in summarised if c.name not in left_out]
    summarised.sort(key=lambda column: column.role != "feature")
    return Plan(
        tuple(c for c in summarised if c.type in NUMERIC_TYPES),
        tuple(c for c in summarised if c.type in CATEGORICAL_TYPES),
        tuple(c for c in summarised if c.type == "text"),
        tuple(c for c in summarised if c.type == "vector"),
        others,
        paths,
        left_out,
        tuple(warnings),
    )


def _of_classes(one: Found, other: Found) -> bool:
    """Say whether both are the probabilities of classes."""
    return one.name.startswith(SCORES) and other.name.startswith(SCORES)
