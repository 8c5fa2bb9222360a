"""How is a document drawn on a terminal?"""

import io

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from driftwatch.report import cells
from driftwatch.report.document import Document, Section

_STYLES = {
    "firing": "bold red",
    "pending": "yellow",
    "resolved": "green",
    "dead": "bold red",
    "delivered": "green",
    "waiting": "yellow",
    "drifted": "bold red",
    "undecided": "yellow",
    "not drifted": "green",
}
_TONES = {"": "bold", "good": "bold green", "bad": "bold red"}


def draw(document: Document, width: int, *, colour: bool) -> str:
    """Draw the lead, and every section as a table, not wider than so many columns."""
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, force_terminal=colour, no_color=not colour, highlight=False
    )
    styles = [_TONES[document.tone], *[""] * len(document.lead)]
    for line, style in zip(document.lead, styles, strict=False):
        console.print(Text(cells.show(line), style=style))
    if document.lead:
        console.print()
    for section in document.sections:
        if section.rows:
            console.print(_table(section))
        told = section.rest if section.rows else f"{section.name}: {section.empty}"
        if told:
            console.print(Text(told), "", sep="\n")
    return "\n".join(line.rstrip() for line in stream.getvalue().rstrip().splitlines())


def _table(section: Section) -> Table:
    table = Table(title=section.name, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(section.columns):
        numbers = cells.numbers(section, index)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in cells.rows(section):
        table.add_row(*(Text(text, style=_STYLES.get(text, "")) for text in row))
    return table
