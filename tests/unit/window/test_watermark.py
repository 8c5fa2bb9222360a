"""When is a pane closed, and who has to wait?"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftwatch.nouns.records import Position
from driftwatch.window.settings import WindowSettings
from driftwatch.window.watermark import ahead, watermark
from tests.unit.window.samples import HOUR, MINUTE, NOON, SECOND

OF = WindowSettings(
    lateness=timedelta(minutes=2), idle=timedelta(minutes=1), ahead=timedelta(hours=2)
)
IDLE = NOON - MINUTE  # since then it has stood, at noon just long enough


def at(high: int | None, standing: int | None = None) -> Position:
    return Position(10, high, standing)


def closed(*positions: Position, now: int = NOON) -> int | None:
    return watermark({"kafka": {str(i): p for i, p in enumerate(positions)}}, OF, now)


def test_the_slowest_partition_decides():
    assert closed(at(NOON), at(NOON - 7 * MINUTE)) == NOON - 9 * MINUTE


def test_the_slowest_source_decides():
    sources = {"a": {"0": at(NOON)}, "b": {"0": at(NOON - HOUR)}}
    assert watermark(sources, OF, NOON) == NOON - HOUR - 2 * MINUTE


def test_only_whole_panes_are_closed():
    assert closed(at(NOON - 1)) == NOON - 3 * MINUTE
    assert closed(at(NOON)) == NOON - 2 * MINUTE


def test_nothing_is_closed_before_every_partition_was_read():
    assert closed(at(NOON), at(None)) is None
    assert closed() is None


def test_a_partition_without_a_record_is_waited_for_until_it_is_idle():
    assert closed(at(NOON), at(None, IDLE + 1)) is None
    assert closed(at(NOON), at(None, IDLE)) == NOON - 2 * MINUTE


def test_an_idle_partition_is_not_waited_for():
    assert closed(at(NOON), at(NOON - HOUR, IDLE)) == NOON - 2 * MINUTE


def test_a_partition_is_waited_for_until_it_has_stood_at_its_end_for_long_enough():
    slow = at(NOON - HOUR, IDLE + 1)
    assert closed(at(NOON), slow) == NOON - HOUR - 2 * MINUTE
    assert closed(at(NOON), slow, now=NOON + 1) == NOON - 2 * MINUTE


def test_a_partition_that_was_not_read_for_long_is_waited_for_if_it_does_not_stand_at_its_end():
    assert closed(at(NOON), at(NOON - HOUR), now=NOON + 100 * HOUR) == NOON - HOUR - 2 * MINUTE


def test_on_an_idle_night_the_last_panes_close_with_the_wall_clock():
    evening = (at(NOON, NOON), at(NOON - MINUTE, NOON))
    assert closed(*evening, now=NOON + 30 * SECOND) == NOON - 3 * MINUTE
    assert closed(*evening, now=NOON + 10 * MINUTE) == NOON + 8 * MINUTE
    assert closed(*evening, now=NOON + 8 * HOUR) == NOON + 8 * HOUR - 2 * MINUTE


def test_where_no_record_was_ever_seen_there_is_nothing_to_close():
    assert closed(at(None, IDLE), at(None, IDLE), now=NOON + HOUR) is None


def test_silence_does_not_hold_back_event_time_that_runs_ahead_of_the_clock():
    assert closed(at(NOON + HOUR, IDLE)) == NOON + HOUR - 2 * MINUTE


def test_a_producer_an_hour_behind_holds_back_all():
    assert closed(at(NOON), at(NOON), at(NOON - HOUR)) == NOON - HOUR - 2 * MINUTE


def test_a_partition_that_wakes_up_is_waited_for_again():
    assert closed(at(NOON), at(NOON - HOUR, IDLE)) == NOON - 2 * MINUTE
    assert closed(at(NOON), at(NOON - HOUR)) == NOON - HOUR - 2 * MINUTE


POSITIONS = st.builds(
    at,
    st.one_of(st.none(), st.integers(NOON - HOUR, NOON)),
    st.one_of(st.none(), st.integers(NOON - HOUR, NOON)),
)


@given(st.lists(POSITIONS, max_size=5), st.integers(NOON, NOON + HOUR), st.integers(0, HOUR))
def test_time_alone_never_moves_the_watermark_back(positions, now, later):
    before, after = closed(*positions, now=now), closed(*positions, now=now + later)
    if before is not None:
        assert after is not None
        assert after >= before


@given(st.lists(POSITIONS, max_size=5))
def test_the_watermark_is_a_whole_pane_and_no_later_than_what_is_waited_for(positions):
    found = closed(*positions)
    busy = [p.high for p in positions if p.high and (p.standing is None or p.standing > IDLE)]
    if found is not None:
        assert found % MINUTE == 0
        assert all(found <= high - 2 * MINUTE for high in busy)


def waiting(*positions: Position, now: int = NOON) -> frozenset[str]:
    return ahead({str(i): p for i, p in enumerate(positions)}, OF, now)


def test_a_partition_too_far_ahead_of_the_slowest_waits():
    slow, far = at(NOON - 2 * HOUR), at(NOON + 1)
    assert waiting(slow, far, at(NOON)) == {"1"}


def test_nobody_waits_for_a_partition_that_is_idle():
    assert waiting(at(NOON - 9 * HOUR, IDLE), at(NOON)) == frozenset()
    assert waiting(at(NOON - 9 * HOUR, IDLE + 1), at(NOON)) == {"1"}


def test_nobody_waits_for_a_partition_without_records():
    assert waiting(at(None), at(None, IDLE), at(NOON)) == frozenset()


def test_nobody_waits_when_all_are_idle():
    assert waiting(at(NOON, IDLE), at(NOON - 9 * HOUR, IDLE)) == frozenset()


@given(st.lists(POSITIONS, min_size=1, max_size=5))
def test_the_slowest_of_those_waited_for_never_waits_itself(positions):
    names = waiting(*positions)
    busy = [i for i, p in enumerate(positions) if p.high and (p.standing or NOON) > IDLE]
    if busy:
        slowest = min(busy, key=lambda i: positions[i].high or 0)
        assert str(slowest) not in names


@pytest.mark.parametrize("pane", [timedelta(minutes=5), timedelta(hours=1)])
def test_wider_panes_close_later(pane):
    of = WindowSettings(pane=pane, step=pane, windows=(pane,), lateness=timedelta())
    found = watermark({"kafka": {"0": at(NOON + HOUR - 1)}}, of, NOON)
    width = pane // timedelta(microseconds=1)
    assert found == NOON + HOUR - width
