"""A strict reader of the part of JSON Schema that our tests' schemas use; others raise KeyError."""

import re
from collections.abc import Callable, Mapping
from typing import Any

TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
}
SAYS_NOTHING = {"$schema", "$id", "$defs", "title", "description", "format", "default"}


def problems(root: Mapping[str, Any], value: Any) -> list[str]:
    """List what is wrong with a value by a schema."""
    return list(_wrong(root, root, value, "$"))


def _wrong(root: Mapping[str, Any], schema: Mapping[str, Any], value: Any, at: str) -> list[str]:
    found = []
    for keyword, told in schema.items():
        if keyword not in SAYS_NOTHING:
            found += CHECKS[keyword](root, schema, told, value, at)
    return found


def _type(root, schema, told, value, at):
    names = [told] if isinstance(told, str) else told
    return [] if any(TYPES[n](value) for n in names) else [f"{at}: {value!r} is no {told}"]


def _properties(root, schema, told, value, at):
    if not isinstance(value, dict):
        return []
    inner = [(k, told[k]) for k in value if k in told]
    return [p for k, s in inner for p in _wrong(root, s, value[k], f"{at}.{k}")]


def _additional(root, schema, told, value, at):
    extras = (
        [k for k in value if k not in schema.get("properties", {})]
        if isinstance(value, dict)
        else []
    )
    if told is False:
        return [f"{at}: {k} is not known" for k in extras]
    return (
        []
        if told is True
        else [p for k in extras for p in _wrong(root, told, value[k], f"{at}.{k}")]
    )


def _items(root, schema, told, value, at):
    if not isinstance(value, list):
        return []
    return [p for i, v in enumerate(value) for p in _wrong(root, told, v, f"{at}[{i}]")]


def _ref(root, schema, told, value, at):
    found = root
    for part in told.removeprefix("#/").split("/"):
        found = found[part]
    return _wrong(root, found, value, at)


def _one_of(root, schema, told, value, at):
    all_found = [_wrong(root, branch, value, at) for branch in told]
    if sum(not found for found in all_found) == 1:
        return []
    return min((found for found in all_found if found), key=len, default=[f"{at}: fits several"])


def _number(holds: Callable[[Any, Any], bool]):
    def check(root, schema, told, value, at):
        counts = isinstance(value, int | float) and not isinstance(value, bool)
        return [f"{at}: {value} against {told}"] if counts and not holds(value, told) else []

    return check


def _length(kind: type, holds: Callable[[int, int], bool]):
    def check(root, schema, told, value, at):
        wrong = isinstance(value, kind) and not holds(len(value), told)
        return [f"{at}: length {len(value)} against {told}"] if wrong else []

    return check


CHECKS: Mapping[str, Callable[..., list[str]]] = {
    "type": _type,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "$ref": _ref,
    "oneOf": _one_of,
    "required": lambda r, s, told, v, at: (
        [f"{at}: {k} is missing" for k in told if k not in v] if isinstance(v, dict) else []
    ),
    "enum": lambda r, s, told, v, at: [] if v in told else [f"{at}: {v!r} is none of {told}"],
    "const": lambda r, s, told, v, at: [] if v == told else [f"{at}: {v!r} is not {told!r}"],
    "pattern": lambda r, s, told, v, at: (
        [f"{at}: {v!r} does not fit {told}"]
        if isinstance(v, str) and not re.search(told, v)
        else []
    ),
    "minimum": _number(lambda v, told: v >= told),
    "maximum": _number(lambda v, told: v <= told),
    "exclusiveMinimum": _number(lambda v, told: v > told),
    "minLength": _length(str, lambda n, told: n >= told),
    "maxLength": _length(str, lambda n, told: n <= told),
    "minItems": _length(list, lambda n, told: n >= told),
    "maxItems": _length(list, lambda n, told: n <= told),
    "maxProperties": _length(dict, lambda n, told: n <= told),
}
