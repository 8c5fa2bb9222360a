"""How is a document written as one page that needs nothing else?

No script, no picture, no font and nothing fetched: a page to keep beside a build, or to mail.
"""

from html import escape

from driftwatch.report import cells, drawing
from driftwatch.report.document import Document, Section

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --doubt: #9a6700 }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #ff7b72; --doubt: #d29922 } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.4rem } h2, summary { font-size: 1.1rem; font-weight: 600 }
summary { cursor: pointer } section { margin: 1.5rem 0 }
.lead { font-weight: 600; font-size: 1.15rem }
.good { color: var(--good) } .bad { color: var(--bad) } .doubt { color: var(--doubt) }
.table { overflow-x: auto }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; overflow-wrap: anywhere;
         border-bottom: 1px solid var(--line); min-width: 3.5rem }
th { white-space: nowrap } .number { text-align: right; white-space: nowrap }
"""
_TONES = {"drifted": "bad", "not drifted": "good", "undecided": "doubt"}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def write(document: Document) -> str:
    """Write the whole page; every section with all of its rows."""
    title = _text(document.title)
    lead = [f'<p class="lead {document.tone}">{_text(line)}</p>' for line in document.lead[:1]]
    lead += [f"<p>{_text(line)}</p>" for line in document.lead[1:]]
    head = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        f"<h1>{title}</h1>",
    ]
    charts = [f"<section>{drawing.draw(chart)}</section>" for chart in document.charts]
    sections = map(_section, document.sections)
    return "\n".join([*head, *lead, *charts, *sections, "</body>", "</html>", ""])


def _section(section: Section) -> str:
    name = _text(section.name)
    body = _table(section) if section.rows else f"<p>{_text(section.empty)}</p>"
    if section.folded:
        body = f"<details><summary>{name}</summary>{body}</details>"
    else:
        body = f"<h2>{name}</h2>{body}"
    return f"<section>{body}</section>"


def _table(section: Section) -> str:
    kinds = [
        ' class="number"' if cells.numbers(section, i) else "" for i in range(len(section.columns))
    ]
    names = zip(kinds, section.columns, strict=True)
    head = "".join(f'<th scope="col"{kind}>{_text(name)}</th>' for kind, name in names)
    rows = "\n".join(_row(row, kinds) for row in cells.rows(section, whole=True))
    return (
        f'<div class="table"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n'
        "</tbody></table></div>"
    )


def _row(row: list[str], kinds: list[str]) -> str:
    written = []
    for text, kind in zip(row, kinds, strict=True):
        tone = _TONES.get(text)
        marked = f' class="{tone}"' if tone else kind
        written.append(f"<td{marked}>{_text(text)}</td>")
    return f"<tr>{''.join(written)}</tr>"


def _text(text: str) -> str:
    return escape(cells.show(text))
