"""Rows are counted by segment and pane, and every segment of a column adds up to the whole."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.summaries import Summary, decode, merge
from driftwatch.nouns.profiles import Column, Known, Profile
from driftwatch.nouns.records import Batch, Decoded, Part
from driftwatch.nouns.segments import LEAST, Segments
from driftwatch.window import delta
from driftwatch.window.delta import DeltaBuilder
from tests.unit.decode.samples import poll, profile
from tests.unit.window.samples import HOUR, MINUTE, NOON, SETTINGS

PLAIN = profile(
    "3", Column("amount", "numeric"), Column("country", "categorical"), Column("member", "boolean")
)
ENOUGH = replace(PLAIN.reference, rows=LEAST)
WORDS = ["DE", "FR", "UK", "other", "XX"]


def divided(**values: Sequence[str]) -> Profile:
    """Divide by the values of some columns, all of which the reference held often enough."""
    families = (
        Segments(column, tuple(of), (ENOUGH,) * (len(of) + 1)) for column, of in values.items()
    )
    return replace(PLAIN, segments=tuple(families))


DIVIDED = divided(country=["FR", "DE"], member=["true"])
Row = tuple[int, int, int, float]
rows = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(-1, len(WORDS) - 1), st.integers(-1, 1), st.floats(-50, 250)
    ),
    min_size=1,
    max_size=30,
)


def batch(of: Sequence[Row]) -> Batch:
    minutes, country, member, amounts = (np.array(side) for side in zip(*of, strict=True))
    return Batch(
        model="fraud",
        version="3",
        record=np.arange(len(of), dtype=np.int32),
        time=NOON + minutes.astype(np.int64) * MINUTE,
        numbers=amounts[None].astype(np.float64),
        codes=np.stack([country, member]).astype(np.int32),
        words=(WORDS, ["true", "false"]),
        key=np.zeros(len(of), np.uint64),
    )


def built(polls: Sequence[Sequence[Row]], of: Profile = DIVIDED) -> tuple[Part, ...]:
    known = Known(frozenset({"fraud"}), {("fraud", "3"): of})
    made, first = DeltaBuilder("s", {}, SETTINGS, 0, NOON), 0
    for one in polls:
        given_ = poll([b"{}"] * len(one), arrived=NOON + HOUR, first={"0": first})
        made.add(given_, Decoded([batch(one)], np.zeros(0, np.int32), [], []), known)
        first += len(one)
    return made.build(NOON).parts


def of_segment(parts: Sequence[Part], segment: str) -> dict[int, Summary]:
    return {p.pane: decode(PLAIN.layout, p.body) for p in parts if p.population.segment == segment}


@settings(max_examples=40, deadline=None)
@given(st.lists(rows, min_size=1, max_size=4))
def test_the_segments_of_a_column_add_up_to_the_whole(polls: list[list[Row]]) -> None:
    parts, without = built(polls), built(polls, PLAIN)
    whole = of_segment(parts, "")
    assert same(whole, of_segment(without, ""))
    for family in DIVIDED.segments:
        bodies: dict[int, list[bytes]] = {}
        for part in parts:
            if part.population.segment in family.names:
                bodies.setdefault(part.pane, []).append(part.body)
        assert same({pane: merge(PLAIN.layout, own) for pane, own in bodies.items()}, whole)


@settings(max_examples=20, deadline=None)
@given(st.lists(rows, min_size=1, max_size=4))
def test_polls_change_nothing(polls: list[list[Row]]) -> None:
    together = built([[row for one in polls for row in one]])
    apart = built(polls)
    assert {(p.population, p.pane) for p in together} == {(p.population, p.pane) for p in apart}
    for segment in {p.population.segment for p in together}:
        assert same(of_segment(together, segment), of_segment(apart, segment))


def test_each_row_is_of_its_own_segment_and_the_rest_is_other() -> None:
    [pane] = [
        [(part.population.segment, part.rows) for part in built([ROWS], divided(country=["FR"]))]
    ]
    assert pane == [("", 6), ("country=FR", 2), ("country=other", 4)]


ROWS = [(0, code, 0, 1.0) for code in (1, 1, 0, 3, 4, -1)]


def test_a_segment_that_is_not_watched_is_not_stored() -> None:
    few = replace(ENOUGH, rows=LEAST - 1)
    [family] = divided(country=["FR"]).segments
    profile_ = replace(PLAIN, segments=(replace(family, summaries=(ENOUGH, few)),))
    assert {p.population.segment for p in built([ROWS], profile_)} == {"", "country=FR"}


def test_what_many_segments_hold_makes_an_append_due(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """The cells of segments count against the same bound."""
    monkeypatch.setattr(delta, "CELLS", 40)
    known = {
        name: Known(frozenset({"fraud"}), {("fraud", "3"): of})
        for name, of in (("divided", DIVIDED), ("plain", PLAIN))
    }
    due = {}
    for name, of in known.items():
        made = DeltaBuilder("s", {}, SETTINGS, 0, NOON)
        given_ = poll([b"{}"] * len(ROWS), arrived=NOON)
        made.add(given_, Decoded([batch(ROWS)], np.zeros(0, np.int32), [], []), of)
        due[name] = made.due(NOON, SETTINGS.lateness, 1000)
    assert due == {"divided": True, "plain": False}


def same(one: dict[int, Summary], other: dict[int, Summary]) -> bool:
    assert one.keys() == other.keys()
    for pane, mine in one.items():
        theirs = other[pane]
        assert mine.rows == theirs.rows
        assert mine.counts.tolist() == theirs.counts.tolist()
        assert (mine.low.tolist(), mine.high.tolist()) == (
            theirs.low.tolist(),
            theirs.high.tolist(),
        )
        np.testing.assert_allclose(mine.moments, theirs.moments, rtol=1e-9, atol=1e-6)
        np.testing.assert_allclose(mine.tails, theirs.tails, rtol=1e-9, atol=1e-9)
    return True
