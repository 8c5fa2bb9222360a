"""Of what form is a check's JSON, for programs that read it?"""

from typing import Any

from driftwatch.report.check.columns import TABLES, Column, Table

KIND = "driftwatch check"
FORMAT = 1

_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "count": {"type": "integer", "minimum": 0},
    "share": {"type": "number", "minimum": 0, "maximum": 1},
    "change": {"type": "number", "minimum": -1, "maximum": 1},
    "p": {"type": "number", "minimum": 0, "maximum": 1},
    "number": {"type": "number"},
}
_VERDICT = {"enum": ["drifted", "not drifted", "undecided"]}
_LEAD = {
    "description": "What people read first: the decision, the shares of the classes, the sides.",
    "type": "array",
    "items": {"type": "string"},
}
_SIDE = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["profile", "data"]},
        "model": {"type": "string"},
        "version": {"type": "string"},
        "fingerprint": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
        "rows": {"type": "integer", "minimum": 0},
        "lineage": {"type": "object"},
    },
    "required": ["kind", "model", "version", "fingerprint", "rows", "lineage"],
}


def schema() -> dict[str, Any]:
    """Give the JSON Schema of what `check --format json` writes.

    Within a format, properties may be added and none is taken away or changes its meaning.
    """
    properties: dict[str, Any] = {
        "kind": {"const": KIND},
        "format": {"const": FORMAT},
        "program": {"type": "string"},
        "verdict": _VERDICT,
        "lead": _LEAD,
        "settings": _numbers("alpha", "tolerance", "delta"),
        "reference": _SIDE,
        "current": _SIDE,
        "prior_fit": {"anyOf": [_fit(), {"type": "null"}]},
        **{table.name: _table(table) for table in TABLES},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:driftwatch:check:{FORMAT}",
        "title": f"What driftwatch check found, format {FORMAT}",
        "description": "Further properties may come within a format: a reader ignores what it does "
        "not know. Shares lie between 0 and 1. null stands where a number cannot be told.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }


def _numbers(*names: str) -> dict[str, Any]:
    properties = {name: {"type": "number"} for name in names}
    return {"type": "object", "properties": properties, "required": list(names)}


def _fit() -> dict[str, Any]:
    """Describe whether a change of the classes' shares explains the current scores."""
    maybe = {"type": ["number", "null"]}
    properties = {
        "explained": {"type": ["boolean", "null"]},
        "p": maybe,
        "effect": maybe,
        "refused": {"type": "string"},
        "rows": {"type": "integer", "minimum": 0},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def _table(table: Table) -> dict[str, Any]:
    properties = {column.name.replace(" ", "_"): _column(column) for column in table.columns}
    row = {"type": "object", "properties": properties, "required": list(properties)}
    return {"description": table.about, "type": "array", "items": row}


def _column(column: Column) -> dict[str, Any]:
    if column.name == "verdict":
        return _VERDICT
    described = dict(_TYPES[column.type])
    if column.maybe:
        described["type"] = [described["type"], "null"]
    return described
