"""Does a JSON document keep a JSON Schema? As much of the standard as our schemas use."""

import math
import re
from collections.abc import Iterator
from typing import Any

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
KNOWN = {
    *("$schema", "$id", "$ref", "$defs", "title", "description"),
    *("type", "enum", "const", "anyOf", "minimum", "maximum", "pattern"),
    *("properties", "required", "items"),
}


def problems(schema: dict[str, Any], found: Any) -> list[str]:
    """Name the places where a document breaks a schema."""
    return list(_problems(schema, found, "$"))


def _problems(schema: dict[str, Any], found: Any, at: str) -> Iterator[str]:
    assert schema.keys() <= KNOWN, schema.keys() - KNOWN
    if "anyOf" in schema and all(list(_problems(s, found, at)) for s in schema["anyOf"]):
        yield f"{at}: none of the choices"
    if "const" in schema and found != schema["const"]:
        yield f"{at}: {found!r} is not {schema['const']!r}"
    if "enum" in schema and found not in schema["enum"]:
        yield f"{at}: {found!r} is none of {schema['enum']}"
    if "type" in schema and not _is(found, schema["type"]):
        yield f"{at}: {found!r} is no {schema['type']}"
        return
    yield from _of_values(schema, found, at)
    for i, item in enumerate(found if isinstance(found, list) else ()):
        yield from _problems(schema.get("items", {}), item, f"{at}[{i}]")
    if isinstance(found, dict):
        yield from (f"{at}: lacks {k}" for k in schema.get("required", ()) if k not in found)
        inner = schema.get("properties", {})
        for key in inner.keys() & found.keys():
            yield from _problems(inner[key], found[key], f"{at}.{key}")


def _of_values(schema: dict[str, Any], found: Any, at: str) -> Iterator[str]:
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    if isinstance(found, int | float) and not low <= found <= high:
        yield f"{at}: {found!r} is out of range"
    if isinstance(found, str) and not re.search(schema.get("pattern", ""), found):
        yield f"{at}: {found!r} is not like {schema['pattern']}"


def _is(found: Any, types: str | list[str]) -> bool:
    wanted = [types] if isinstance(types, str) else types
    if isinstance(found, bool):
        return "boolean" in wanted
    return any(isinstance(found, TYPES[name]) for name in wanted)
