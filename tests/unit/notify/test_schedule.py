"""The schedule of Standard Webhooks, as formats.md section 2 gives it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftwatch.notify.schedule import WAITS, clamped, wait_before

MINUTE, HOUR = 60, 3600


def test_the_waits_are_those_of_the_standard() -> None:
    middle = [wait_before(tries, 0.5) for tries in range(10)]
    assert middle == pytest.approx(
        [0, 5, 5 * MINUTE, 30 * MINUTE, *(h * HOUR for h in (2, 5, 10, 14, 20, 24))]
    )


def test_the_tenth_try_is_the_last() -> None:
    assert wait_before(10, 0.5) is None


@given(st.integers(1, 9), st.floats(0, 1, exclude_max=True))
def test_jitter_moves_a_wait_by_a_tenth_at_most(tries: int, chance: float) -> None:
    wait = wait_before(tries, chance)
    assert wait is not None
    assert 0.9 * WAITS[tries] <= wait <= 1.1 * WAITS[tries] * (1 + 1e-12)


def test_jitter_spreads_waits() -> None:
    assert wait_before(3, 0.0) == pytest.approx(1620)
    assert wait_before(3, 0.999999) == pytest.approx(1980, rel=1e-4)


@pytest.mark.parametrize(
    ("asked", "waited"), [(30.0, 30.0), (-5.0, 0.0), (99e9, 3600.0), (3600.0, 3600.0)]
)
def test_what_a_receiver_asks_for_is_bounded(asked: float, waited: float) -> None:
    assert clamped(asked) == waited
