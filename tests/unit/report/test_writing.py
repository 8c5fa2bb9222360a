"""A document is drawn for people, and written for programs."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from driftwatch.report.document import Document, Section
from driftwatch.report.json import write
from driftwatch.report.terminal import draw

CELLS = st.none() | st.text(max_size=12) | st.integers() | st.booleans()


def _document(*rows: tuple[object, ...]) -> Document:
    return Document((Section("alerts", ("alert", "next try"), rows, "none is there"),))


def test_json_has_a_key_for_each_column() -> None:
    written = json.loads(write(_document(("a", None), ("b", 2))))
    assert written == {"alerts": [{"alert": "a", "next_try": None}, {"alert": "b", "next_try": 2}]}


def test_a_table_without_rows_says_so_in_words() -> None:
    assert draw(_document(), 80, colour=False) == "alerts: none is there"


def test_a_table_shows_every_cell() -> None:
    text = draw(_document(("first", None), ("second", 12)), 80, colour=False)
    assert "next try" in text
    assert [line.split() for line in text.splitlines()[-2:]] == [["first", "-"], ["second", "12"]]


def test_colour_is_only_for_terminals() -> None:
    firing = _document(("a", "firing"))
    assert "\x1b[1;31m" in draw(firing, 80, colour=True)
    assert "\x1b" not in draw(firing, 80, colour=False)


def test_markup_in_a_cell_is_text() -> None:
    assert "[bold]x[/bold]" in draw(_document(("[bold]x[/bold]", None)), 80, colour=True)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=4))
def test_any_cell_can_be_written_and_none_controls_the_terminal(
    rows: list[tuple[object, ...]],
) -> None:
    drawn = draw(_document(*rows), 80, colour=False)
    assert all(c.isprintable() or c == "\n" for c in drawn)
    assert write(_document(*rows)).isascii()
