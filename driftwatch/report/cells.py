"""How is a cell written for people?"""

import math

from driftwatch.report.document import Cell, Section, Shown

_LEAST = 1e-4  # of a p-value; nobody needs to know by how much it is smaller


def show(cell: Cell, shown: Shown = "number") -> str:
    """Write a cell. What records hold may be hostile: nothing in it controls a terminal."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, str):
        return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cell)
    return _number(cell, shown)


def show_share(share: float) -> str:
    """Write a share in percent: a decimal, and as many as a rare one needs."""
    return f"{_percent(share)}%"


def numbers(section: Section, column: int) -> bool:
    """Say whether a column holds nothing but numbers."""
    return all(isinstance(row[column], int | float | None) for row in section.rows)


def rows(section: Section, *, whole: bool = False) -> list[list[str]]:
    """Write the rows that people are shown, or all of them."""
    ways = [section.shown.get(column, "number") for column in section.columns]
    chosen = section.rows if whole else section.first
    return [[show(c, way) for c, way in zip(row, ways, strict=True)] for row in chosen]


def _number(number: float, shown: Shown) -> str:
    match shown:
        case "share":
            return show_share(number)
        case "points":
            return f"{_percent(number, plus='+')} pp"
        case "p":
            return f"<{_LEAST:g}" if number < _LEAST else f"{number:.2g}"
        case "number":
            return f"{number:.6g}" if isinstance(number, float) else str(number)


def _percent(share: float, plus: str = "-") -> str:
    """Write hundredths with two digits that tell how far it is from 0 and 1, one at least."""
    rare = min(abs(share), abs(1 - abs(share)))
    decimals = 1 if not rare or rare >= 0.01 else min(math.ceil(-math.log10(rare)) - 1, 6)
    return f"{100 * share:{plus}.{decimals}f}"
