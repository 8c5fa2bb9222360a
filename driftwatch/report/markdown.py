"""How is a document written for a comment on a pull request?

GitHub's Markdown. What comes from data is escaped: it makes no markup, no link, and calls nobody.
"""

import re
from collections.abc import Iterable

from driftwatch.report import cells
from driftwatch.report.document import Document, Section

LONGEST = 60_000  # characters; GitHub takes 65,536 of a comment
_SPECIAL = re.compile(r"[\\`*\[\]<>&|~#@$]|(?<!\w)_|_(?!\w)|(?<=\w):(?=//)|(?<=\w)\.(?=\w*[a-z])")


def write(document: Document) -> str:
    """Write the lead, a table for each section, and what is of second interest folded."""
    parts = [f"### {escape(document.title)}"] if document.title else []
    parts += [f"**{escape(line)}**" for line in document.lead[:1]]
    parts += [escape(line) for line in document.lead[1:]]
    length = sum(map(len, parts))
    for section in document.sections:
        written = _section(section)
        length += len(written)
        if length > LONGEST:
            parts.append("The rest is too long for a comment: --format html or json has it.")
            break
        parts.append(written)
    return "\n\n".join(parts)


def escape(text: str) -> str:
    """Write text so that it is shown as it is: each special character by its number."""
    return _SPECIAL.sub(lambda found: f"&#{ord(found.group())};", cells.show(text))


def _section(section: Section) -> str:
    if not section.rows:
        return f"{escape(section.name)}: {escape(section.empty)}"
    body = [_line(map(escape, section.columns)), _line(_rules(section))]
    body += [_line(map(escape, row)) for row in cells.rows(section)]
    table = "\n".join(body) + (f"\n\n{section.rest}" if section.rest else "")
    if section.folded:
        name = escape(section.name)
        return f"<details><summary>{name}</summary>\n\n{table}\n\n</details>"
    return f"#### {escape(section.name)}\n\n{table}"


def _rules(section: Section) -> list[str]:
    return ["---:" if cells.numbers(section, i) else "---" for i in range(len(section.columns))]


def _line(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"
