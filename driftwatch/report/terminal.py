"""How is a document drawn on a terminal?"""

import io

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from driftwatch.report.document import Cell, Document, Section

_STYLES = {
    "firing": "bold red",
    "pending": "yellow",
    "resolved": "green",
    "dead": "bold red",
    "delivered": "green",
    "waiting": "yellow",
}


def draw(document: Document, width: int, *, colour: bool) -> str:
    """Draw every section as a table, not wider than so many columns."""
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, force_terminal=colour, no_color=not colour, highlight=False
    )
    for section in document.sections:
        console.print(_table(section) if section.rows else Text(f"{section.name}: {section.empty}"))
    return "\n".join(line.rstrip() for line in stream.getvalue().rstrip().splitlines())


def _table(section: Section) -> Table:
    table = Table(title=section.name, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(section.columns):
        numbers = all(isinstance(row[index], int | float | None) for row in section.rows)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in section.rows:
        table.add_row(*(_cell(cell) for cell in row))
    return table


def _cell(cell: Cell) -> Text:
    """Show a cell. What records hold may be hostile: nothing in it reaches the terminal raw."""
    if cell is None:
        return Text("-")
    text = f"{cell:.6g}" if isinstance(cell, float) else str(cell)
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return Text(shown, style=_STYLES.get(shown, ""))
