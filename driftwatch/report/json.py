"""How is a document written for programs?"""

import json

from driftwatch.report.document import Document, Section


def write(document: Document) -> str:
    """Write an object with a list for each section, of objects with a key for each column."""
    found = {_key(section.name): _rows(section) for section in document.sections}
    return json.dumps(found, indent=2)


def _rows(section: Section) -> list[dict[str, object]]:
    keys = [_key(column) for column in section.columns]
    return [dict(zip(keys, row, strict=True)) for row in section.rows]


def _key(name: str) -> str:
    return name.replace(" ", "_")
