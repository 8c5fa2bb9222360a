"""Which values are wanted of a record, and where do they stand in it?"""

from dataclasses import dataclass
from typing import Literal

from driftwatch.decode.settings import RecordSettings
from driftwatch.nouns.profiles import SCORES, Column, Schema

Kind = Literal["number", "word", "truth", "time", "text", "vector", "name", "present"]
KINDS: dict[str, Kind] = {
    "numeric": "number",
    "integer": "number",
    "categorical": "word",
    "boolean": "truth",
    "timestamp": "time",
    "text": "text",
    "vector": "vector",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value that is read: where it stands, what it is, whether a record may go without it.

    A vector has `length` numbers.
    """

    path: tuple[str, ...]
    kind: Kind
    required: bool
    length: int = 0


def wanted(schema: Schema, settings: RecordSettings) -> list[Wanted]:
    """Say what is read: time, model, version, the columns, and what else must be there."""
    head = [
        Wanted(settings.time, "time", settings.missing_time == "reject"),
        Wanted(settings.model, "name", settings.default_model is None),
        Wanted(settings.version, "name", settings.default_version is None),
    ]
    columns = [
        Wanted(place(c, schema, settings), KINDS[c.type], is_required(c, settings), c.length)
        for c in (*schema.numeric, *schema.categorical, *schema.texts, *schema.vectors)
    ]
    return head + columns + [Wanted(p, "present", True) for p in others(schema, settings)]


def place(column: Column, schema: Schema, settings: RecordSettings) -> tuple[str, ...]:
    """Say where a column stands in a record.

    A feature stands under its name among the features. The only column of another role stands
    where the settings have it for that role; several of one role under their names at the top. The
    probability of a class stands under the class among the scores.
    """
    if column.name in settings.columns:
        return settings.columns[column.name]
    if column.role == "score" and column.name.startswith(SCORES):
        return (*settings.scores, column.name.removeprefix(SCORES))
    roles = {
        "prediction": settings.prediction,
        "score": settings.score,
        "label": settings.label,
        "key": settings.id,
        "time": settings.time,
    }
    if column.role not in roles:
        return (*settings.features, column.name)
    alone = sum(other.role == column.role for other in schema.columns) == 1
    return roles[column.role] if alone else (column.name,)


def is_required(column: Column, settings: RecordSettings) -> bool:
    """Say whether a record without this column is rejected."""
    return column.required or column.name in settings.required


def others(schema: Schema, settings: RecordSettings) -> list[tuple[str, ...]]:
    """Give the paths of what must be there, though it is no column of the schema."""
    names = {column.name for column in schema.columns}
    keys = [name for name in settings.required if name not in names]
    return [settings.columns.get(key, (key,)) for key in keys] if names else []


def objects(schema: Schema, settings: RecordSettings) -> list[tuple[str, ...]]:
    """Give the paths of objects that must be there: that of the features, if any stands in it."""
    inside = any(place(c, schema, settings) == (*settings.features, c.name) for c in schema.columns)
    return [settings.features] if inside and settings.features else []
