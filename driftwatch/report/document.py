"""What do people read, before it is drawn for a terminal or written as JSON, Markdown or HTML?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Cell = str | int | float | bool | None
Shown = Literal["number", "share", "points", "p"]
Tone = Literal["", "good", "bad"]


@dataclass(frozen=True, slots=True)
class Section:
    """A table: `columns` in small words, rows of as many cells; `empty` is said without rows.

    Programs are given the cells as they are. For people, `shown` says how the numbers of a column
    are written, `most` how many rows are enough (the first ones matter most), and `folded` that
    the section is of second interest.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str
    shown: Mapping[str, Shown] = field(default_factory=dict)
    most: int | None = None
    folded: bool = False

    @property
    def first(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows that are enough for people."""
        return self.rows[: self.most]

    @property
    def rest(self) -> str:
        """What is said of the rows that are not shown; empty where all are."""
        more = len(self.rows) - len(self.first)
        return f"and {more:,} more, which --format json and html show" if more else ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over time on a logarithmic scale, for renderers that can draw.

    Each series has a value for each `step` from `start` on (microseconds), None where there is
    none. `limit` is a line across, `marks` are moments with what happened then.
    """

    name: str
    start: int
    step: int
    series: Mapping[str, tuple[float | None, ...]]
    limit: float
    marks: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """All that one command has to say.

    `title` and the sentences of `lead` come before the sections, the most important first; `tone`
    says whether that is good news. `charts` are drawn where that can be done. `facts` is JSON that
    only programs are given.
    """

    sections: tuple[Section, ...]
    title: str = ""
    lead: tuple[str, ...] = ()
    tone: Tone = ""
    charts: tuple[Chart, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
