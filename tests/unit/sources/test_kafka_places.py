"""Where reading goes on, for each row of the table of offsets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftwatch.nouns.records import Position, Skip, Skipped
from driftwatch.sources.kafka.places import Log, Place, place

LOG = Log("a", first=100, end=200)


def skip(why, first, following, lost=0):
    return Place(following, Skipped("t/0", why, first, following, lost))


@pytest.mark.parametrize(("start", "where"), [("earliest", 100), ("latest", 200)])
def test_with_nothing_stored_and_nothing_committed_start_decides(start, where):
    assert place("t/0", LOG, stored=None, start=start) == Place(where)


def test_with_nothing_stored_the_committed_offset_is_taken():
    assert place("t/0", LOG, stored=None, committed=150, start="latest") == Place(150)


def test_a_committed_offset_of_zero_is_an_offset():
    log = Log("a", first=0, end=200)
    assert place("t/0", log, stored=None, committed=0, start="latest") == Place(0)


def test_a_stored_offset_goes_before_the_committed_one():
    assert place("t/0", LOG, stored=Position(120, log="a"), committed=150) == Place(120)


def test_an_offset_before_the_logs_start_is_expired_and_counted():
    assert place("t/0", LOG, stored=Position(40, log="a")) == skip(Skip.EXPIRED, 40, 100, 60)


def test_a_committed_offset_before_the_logs_start_is_expired_too():
    assert place("t/0", LOG, stored=None, committed=40) == skip(Skip.EXPIRED, 40, 100, 60)


def test_an_offset_behind_the_end_is_in_its_place_until_the_broker_refuses_it():
    """Behind an open transaction the end that may be read is not the log's."""
    assert place("t/0", LOG, stored=Position(250, log="a")) == Place(250)


def test_a_refused_offset_behind_the_end_means_that_the_log_was_cut():
    found = place("t/0", LOG, stored=Position(250, log="a"), refused=True)
    assert found == skip(Skip.TRUNCATED, 250, 200)


def test_another_id_means_that_the_topic_was_made_anew():
    log = Log("b", first=0, end=10)
    assert place("t/0", log, stored=Position(5, log="a")) == skip(Skip.RECREATED, 5, 0)


@pytest.mark.parametrize(("before", "now"), [("", "b"), ("a", "")])
def test_without_an_id_nothing_is_concluded_from_it(before, now):
    assert place("t/0", Log(now, 0, 10), stored=Position(5, log=before)) == Place(5)


@given(
    offset=st.integers(0, 300),
    first=st.integers(0, 150),
    length=st.integers(0, 150),
    recreated=st.booleans(),
    refused=st.booleans(),
)
def test_a_skip_leads_from_the_stored_offset_to_where_reading_goes_on(
    offset, first, length, recreated, refused
):
    log = Log("b" if recreated else "a", first, first + length)
    found = place("t/0", log, stored=Position(offset, log="a"), refused=refused)
    if found.skipped is None:
        assert found.next == offset >= first
    else:
        assert (found.skipped.first, found.skipped.next) == (offset, found.next)
        assert found.next in (log.first, log.end)
        assert 0 <= found.skipped.lost <= max(0, found.next - offset)
