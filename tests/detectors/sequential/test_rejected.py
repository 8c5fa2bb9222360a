"""What watching the rejected records owes: it keeps the budget, and sees a burst."""

from dataclasses import replace

import numpy as np
import pytest

from detectors.sequential.rejected import WEIGHT
from detectors.sequential.sets import FAMILIES
from detectors.sequential.state import State
from tests.simulations.rejected import (
    ALLOWANCE,
    ALONE,
    WATCHED,
    all_on_rejected,
    some,
    watch,
)
from tests.simulations.streams import HOURLY, World, draw, probabilities
from tests.simulations.table import pages_a_month

QUALITY = FAMILIES.index("quality")


def test_as_many_rejected_as_are_allowed_page_at_most_once_a_month():
    """The short form of the simulation, with all bets on them."""
    hours, world = 1440, all_on_rejected(World.of(1, seed=1, tuning=ALONE))
    pages = watch(world, hours, some(1000, ALLOWANCE))[1]
    assert pages_a_month("all bets on the boundary", len(pages), hours).holds


def test_a_burst_of_rejected_records_pages_for_quality_alone_within_hours():
    world = World.of(10, seed=2, tuning=WATCHED)
    state, quiet, _ = watch(world, 24, some(1000, ALLOWANCE))
    assert quiet == []
    _, pages, hours = watch(world, 24, some(1000, 0.1), state, 24, until="quality")
    assert hours <= 2
    assert [page.family for page in pages] == ["quality"]
    assert [called.feature for called in pages[0].called] == [10]  # after the features


def test_records_of_which_none_is_a_row_page_too():
    world = World.of(3, seed=3, tuning=WATCHED)
    _, pages, hours = watch(world, 5, lambda _: (0, 200), until="quality")
    assert hours == 1
    assert pages[0].called[0].feature == 3


def test_the_weights_of_the_family_leave_room_for_it():
    plain = World.of(4, seed=4).detector.components
    watched = World.of(4, seed=4, tuning=WATCHED).detector.components
    own = watched.column == watched.rejected
    assert watched.weight[:, own].sum() == pytest.approx(WEIGHT)
    for family in range(len(FAMILIES)):
        before = plain.weight[:, (plain.family == family)[plain.group]].sum()
        after = watched.weight[:, (watched.family == family)[watched.group] & ~own].sum()
        part = 1 - WEIGHT if family == QUALITY else 1.0
        assert after == pytest.approx(part * before)


def test_without_an_allowance_they_are_not_watched():
    world = World.of(2, seed=5)
    assert world.detector.components.rejected is None
    rows = draw(world.rng, world.layout, probabilities(world.layout), 100)
    with_some = world.detector.pane(world.detector.begin(), 0, rows, rejected=500)
    without = world.detector.pane(world.detector.begin(), 0, rows)
    assert with_some.state.encode() == without.state.encode()


def test_what_is_left_out_of_rows_and_rejected_counts_nothing():
    world = World.of(2, seed=6, tuning=WATCHED)
    nothing = np.zeros(world.layout.width, np.int64)
    state = world.detector.begin()
    assert world.detector.pane(state, 0, nothing).state.encode() == state.encode()


def test_the_state_goes_on_from_its_bytes_as_if_it_had_not_been_saved():
    world = World.of(2, seed=7, tuning=replace(WATCHED, slots=4))
    detector, p = world.detector, probabilities(world.layout)
    plain = loaded = detector.begin()
    for pane in range(60):
        counts = draw(world.rng, world.layout, p, 50)
        rejected = int(world.rng.binomial(5, 0.2))
        plain = detector.pane(plain, pane // 4, counts, rejected=rejected).state
        loaded = detector.pane(loaded, pane // 4, counts, rejected=rejected).state
        loaded = State.decode(loaded.encode(), detector.components)
        assert loaded.encode() == plain.encode()


def test_counts_of_several_hours_are_those_of_each():
    world = World.of(3, seed=8, tuning=WATCHED)
    components = world.detector.components
    hours = np.stack(
        [draw(world.rng, world.layout, probabilities(world.layout), n) for n in (5, 9)]
    )
    stuck = np.full(3, 4)
    k, n = components.count(hours, stuck, np.array([2, 0]))
    for at, rejected in enumerate((2, 0)):
        one = components.count(hours[at], stuck, rejected)
        assert np.array_equal(one, (k[at], n[at]))
    assert [list(k[:, components.rejected]), list(n[:, components.rejected])] == [[2, 0], [7, 9]]


@pytest.mark.parametrize("wrong", [{"allowance": 1.0}, {"allowance": -0.1}, {"clusters": 0.5}])
def test_settings_that_say_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match=r"rejected|clusters"):
        replace(HOURLY, **wrong)
