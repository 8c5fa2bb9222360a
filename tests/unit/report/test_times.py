"""Times for people."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from driftwatch.report.times import show_if, show_time

SECOND = 10**6


@given(st.integers(0, 4 * 10**15))
def test_times_are_written_exactly(at: int) -> None:
    moment = datetime.fromisoformat(show_time(at)) - datetime(1970, 1, 1, tzinfo=UTC)
    assert (moment.days * 86400 + moment.seconds) * SECOND + moment.microseconds == at


def test_no_time_is_nothing() -> None:
    assert show_if(None) is None
    assert show_if(1_700_000_000 * SECOND) == "2023-11-14T22:13:20Z"
