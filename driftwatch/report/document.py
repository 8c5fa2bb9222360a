"""What do people read, before it is drawn for a terminal or written as JSON?"""

from dataclasses import dataclass

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Section:
    """A table: `columns` in small words, rows of as many cells; `empty` is said without rows."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str


@dataclass(frozen=True, slots=True)
class Document:
    """All that one command has to say."""

    sections: tuple[Section, ...]
