"""The page beside other tools says what was found, and hides no line that does not hold."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from tests.peers.page import page
from tests.peers.rows import Row, row, without_nan, worst

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "peers.md"
ONE = row("distance", "popmon", "drawn, score, chunk 0", theirs=1.0, ours=1.5, tolerance=1.0)


def test_the_page_is_that_of_the_lines_that_were_kept():
    rows = [Row(**line) for line in json.loads((HERE / "worst.json").read_text())]
    assert PAGE.read_text(encoding="utf-8") == page(rows)


def test_every_line_that_was_kept_and_claims_something_holds():
    rows = [Row(**line) for line in json.loads((HERE / "worst.json").read_text())]
    assert [row.statistic for row in rows if row.comparable and not row.holds] == []


def test_the_worst_line_is_the_one_that_takes_up_most_of_its_tolerance():
    near = replace(ONE, difference=0.4, tolerance=0.5, data="drawn, score, chunk 1")
    (kept,) = worst([ONE, near, ONE])
    assert (kept.data, kept.of) == (near.data, 3)


def test_a_line_that_does_not_hold_is_worse_than_all_others_and_is_told():
    broken = row("distance", "popmon", "drawn, score, chunk 2", theirs=1.0, ours=1.1)
    (kept,) = worst([ONE, broken])
    assert not kept.holds
    assert "**does not hold**" in page([kept])


@pytest.mark.parametrize("number", [math.nan, -1.0])
def test_a_number_that_is_none_or_too_far_off_does_not_hold(number):
    assert not row("distance", "popmon", "drawn", theirs=number, ours=1.0).holds


def test_equal_numbers_hold_even_where_both_are_infinite():
    assert row("distance", "popmon", "drawn", theirs=math.inf, ours=math.inf).holds


def test_numbers_that_are_none_are_written_as_nothing():
    missing = without_nan(row("p", "popmon", "drawn", theirs=math.nan, ours=0.0, comparable=False))
    assert (missing.theirs, missing.difference) == (None, None)
    assert "none" in page([missing])
