"""Into which pane does each observation fall?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftwatch.nouns.records import Tally
from driftwatch.window.grouping import Tallies, group_by_pane
from tests.unit.window.samples import HOUR, MINUTE, NOON

YEARS = st.integers(-(50 * 365 * 24 * 60), 50 * 365 * 24 * 60)


@given(st.lists(st.one_of(st.integers(-20, 20), YEARS), max_size=30))
def test_every_time_lies_in_the_pane_of_its_group(minutes):
    times = NOON + np.array(minutes, np.int64) * MINUTE + 1
    panes = group_by_pane(times, MINUTE)
    assert panes.start[panes.group].tolist() == (times - 1).tolist()
    assert panes.start.tolist() == sorted(set(panes.start.tolist()))


@pytest.mark.parametrize("apart", [MINUTE, 10_000 * HOUR], ids=["close", "far apart"])
def test_panes_are_half_open(apart):
    times = np.array([NOON - 1, NOON, NOON + MINUTE - 1, NOON + apart])
    panes = group_by_pane(times, MINUTE)
    assert panes.start.tolist() == [NOON - MINUTE, NOON, NOON + apart]
    assert panes.group.tolist() == [0, 1, 1, 2]


def test_tallies_are_counted_by_pane_and_by_name():
    tallies = Tallies(MINUTE)
    tallies.add("late", np.array([NOON, NOON + 1]), "fraud", "3")
    tallies.add("late", np.array([NOON + 2, NOON + HOUR]), "fraud", "3")
    tallies.add("late", np.array([NOON]), "fraud", "4")
    tallies.add("received", np.zeros(0, np.int64))
    assert tallies.counted() == {
        Tally("late", NOON, "fraud", "3"): 3,
        Tally("late", NOON + HOUR, "fraud", "3"): 1,
        Tally("late", NOON, "fraud", "4"): 1,
    }
