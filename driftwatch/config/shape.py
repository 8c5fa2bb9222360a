"""Which settings does the JSON Schema know, and which of them are secret?"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from driftwatch.config.document import Node, Path

Schema = Mapping[str, Any]
Form = Literal["one", "list", "mapping"]


def schemas(schema: Schema) -> Iterator[Schema]:
    """Give every schema of an object, the root's and those it refers to."""
    yield schema
    yield from schema.get("$defs", {}).values()


def keys(schema: Schema) -> frozenset[str]:
    """Give the names of all settings at any depth."""
    return frozenset(key for part in schemas(schema) for key in part.get("properties", {}))


def secrets(schema: Schema) -> dict[str, Form]:
    """Give the names of secret settings, and the form of each."""
    return {
        key: form
        for part in schemas(schema)
        for key, value in part.get("properties", {}).items()
        for form in _forms(value, "one")
    }


def with_files(schema: dict[str, Any]) -> dict[str, Any]:
    """Add to each secret setting the `<secret>_file` that may stand in its place."""
    named = {key for key, form in secrets(schema).items() if form != "mapping"}
    for part in schemas(schema):
        own = part.get("properties", {})
        for key in [key for key in own if key in named and f"{key}_file" not in own]:
            if key in part.get("required", ()):
                part["required"].remove(key)
            text = f"A file that holds {key}, relative to the configuration file."
            own[f"{key}_file"] = {"type": "string", "description": text}
    return schema


def known_keys(schema: Schema, root: Node, path: Path) -> list[str]:
    """Give the settings that may stand in the mapping at a path of the file."""
    found = _along(schema, root, path)[-1]
    return sorted({key for branch in found for key in branch.get("properties", {})})


def kinds(schema: Schema, root: Node, path: Path) -> list[str]:
    """Give the kinds that a thing at a path may be of."""
    return sorted({kind for branch in _along(schema, root, path)[-1] for kind in _kinds(branch)})


def description(schema: Schema, root: Node, path: Path) -> str:
    """Say what is wanted at a path, in the words of the innermost setting that has some."""
    found = [part for at in _along(schema, root, path) for part in at if "properties" not in part]
    texts = [str(part["description"]) for part in found if "description" in part]
    return texts[-1] if texts else ""


def _along(schema: Schema, root: Node, path: Path) -> list[list[Schema]]:
    """Give the alternatives at each step of a path."""
    steps = [_branches(schema, schema, root)]
    for length, part in enumerate(path, start=1):
        node = root.at(path[:length])
        inner = [found for branch in steps[-1] if (found := _inner(branch, part))]
        outer = [found for found in inner if "description" in found and "properties" not in found]
        steps.append([b for found in inner for b in (*outer, *_branches(schema, found, node))])
    return steps


def _inner(branch: Schema, part: str | int) -> Schema | None:
    if isinstance(part, int):
        found = branch.get("items")
    else:
        found = branch.get("properties", {}).get(part)
        if found is None and isinstance(branch.get("additionalProperties"), dict):
            found = branch["additionalProperties"]
    return found if isinstance(found, dict) else None


def _branches(schema: Schema, at: Schema, node: Node | None) -> list[Schema]:
    """Give the alternatives at a place; those of another kind than the file says are left out."""
    if "$ref" in at:
        name = str(at["$ref"]).rpartition("/")[2]
        return _branches(schema, schema["$defs"][name], node)
    parts = [part for key in ("anyOf", "oneOf", "allOf") for part in at.get(key, ())]
    if not parts:
        return [at]
    found = [branch for part in parts for branch in _branches(schema, part, node)]
    kind = node.at(("kind",)) if node else None
    same = [b for b in found if kind and kind.value in _kinds(b)]
    return same or found


def _kinds(branch: Schema) -> list[Any]:
    kind = branch.get("properties", {}).get("kind", {})
    parts = [kind, *kind.get("anyOf", ())]
    return [k for part in parts for k in (*part.get("enum", ()), part.get("const")) if k]


def _forms(schema: Schema, form: Form) -> Iterator[Form]:
    if schema.get("writeOnly"):
        yield form
    for part in (part for key in ("anyOf", "oneOf", "allOf") for part in schema.get(key, ())):
        yield from _forms(part, form)
    if isinstance(schema.get("items"), dict):
        yield from _forms(schema["items"], "list")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _forms(schema["additionalProperties"], "mapping")
