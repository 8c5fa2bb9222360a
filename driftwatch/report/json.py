"""How is a document written for programs?"""

import json
import math

from driftwatch.report.document import Cell, Document, Section


def write(document: Document) -> str:
    """Write an object of the facts, and a list for each section, of objects with a key a column.

    A number that is not finite is null, for JSON has none.
    """
    found = {_key(section.name): _rows(section) for section in document.sections}
    return json.dumps({**document.facts, **found}, indent=2, allow_nan=False)


def _rows(section: Section) -> list[dict[str, Cell]]:
    keys = [_key(column) for column in section.columns]
    return [dict(zip(keys, map(_finite, row), strict=True)) for row in section.rows]


def _finite(cell: Cell) -> Cell:
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _key(name: str) -> str:
    return name.replace(" ", "_")
