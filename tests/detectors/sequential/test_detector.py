"""What the evidence owes, pane by pane."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.sequential.detector import Detector
from detectors.sequential.dispersion import Dispersion
from detectors.sequential.pages import HOURS
from detectors.sequential.state import State
from detectors.sequential.tuning import Tuning
from tests.simulations.streams import HOURLY, Normal, World, draw, probabilities

MOVED = {0: Normal(1.0)}


def test_nothing_pages_in_2160_undrifted_hours():
    """The short form of the simulation: 0 in 2,160 hours has a 95% bound of 3 / 2160 = 1 / 720."""
    world = World.of(10, seed=31)
    assert world.watch(2160, world.steady(1000)).pages == []


def test_a_shift_is_seen_in_hours_and_the_right_feature_is_named():
    world = World.of(10, seed=32)
    quiet = world.watch(24, world.steady(1000))
    p = probabilities(world.layout, {3: Normal(0.25)})
    found = world.watch(24, world.steady(1000, p), quiet.state, 24, until="covariate")
    assert found.hours <= 4
    assert [c.feature for c in found.pages[0].called] == [3]
    assert found.pages[0].excess >= 0


def test_the_five_features_that_moved_are_ranked_first():
    hits = total = 0
    for seed in range(5):
        world = World.of(30, seed=40 + seed)
        p = probabilities(world.layout, {j: Normal(0.5) for j in range(5)})
        for page in world.watch(4, world.steady(1000, p)).pages:
            hits += sum(c.feature < 5 for c in page.called[:5])
            total += len(page.called[:5])
    assert total >= 15
    assert hits / total >= 0.95


def test_what_stands_out_by_itself_is_confirmed():
    world = World.of(10, seed=33)
    p = probabilities(world.layout, MOVED)
    [called, *_] = world.watch(3, world.steady(1000, p), until="covariate").pages[0].called
    assert called.confirmed


def test_no_rows_are_no_evidence():
    world = World.of(2, seed=34)
    state = world.detector.begin()
    nothing = np.zeros(world.layout.width, np.int64)
    for hour in range(3000):
        state = world.detector.pane(state, hour, nothing).state
    assert not state.mass.any()


def test_rows_enter_in_the_order_of_time():
    world = World.of(1, seed=35)
    p = probabilities(world.layout)
    state = world.detector.pane(
        world.detector.begin(), 5, draw(world.rng, world.layout, p, 9)
    ).state
    with pytest.raises(ValueError, match="hour 4 comes after hour 5"):
        world.detector.pane(state, 4, draw(world.rng, world.layout, p, 9))


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_an_hour_is_the_same_however_its_panes_are_saved_and_loaded(data: st.DataObject):
    world = World.of(3, seed=36, tuning=Tuning(slots=6))
    detector = world.detector
    p = probabilities(world.layout, {1: Normal(0.4)})
    panes = [(hour, draw(world.rng, world.layout, p, 40)) for hour in range(5) for _ in range(6)]
    saved = {data.draw(st.integers(0, len(panes) - 1)) for _ in range(4)}
    plain, loaded = detector.begin(), detector.begin()
    for place, (hour, counts) in enumerate(panes):
        plain = detector.pane(plain, hour, counts).state
        loaded = detector.pane(loaded, hour, counts).state
        if place in saved:
            loaded = State.decode(loaded.encode(), detector.components)
    assert plain.encode() == loaded.encode()


def test_the_evidence_of_an_hour_is_a_function_of_its_counts():
    """In one pane or in six, the same rows close the hour with the same evidence."""
    world = World.of(3, seed=37, tuning=Tuning(slots=6))
    detector, p = world.detector, probabilities(world.layout)
    panes = [draw(world.rng, world.layout, p, 50) for _ in range(6)]
    first = detector.pane(detector.begin(), 0, draw(world.rng, world.layout, p, 50)).state
    whole = detector.pane(first, 1, sum(panes), share=6.0).state
    parts = first
    for counts in panes:
        parts = detector.pane(parts, 1, counts).state
    one, six = (detector.until(state, 2).state for state in (whole, parts))
    np.testing.assert_allclose(one.mass, six.mass, rtol=1e-6)
    np.testing.assert_array_equal(one.day_k, six.day_k)


def test_a_page_takes_away_what_it_was_called_by_and_the_feature_rests_for_the_hour():
    world = World.of(4, seed=38, tuning=replace(HOURLY, slots=2))
    p = probabilities(world.layout, MOVED)
    before = world.watch(1, world.steady(2000)).state
    outcome = world.detector.pane(before, 1, draw(world.rng, world.layout, p, 2000))
    [page] = [page for page in outcome.pages if page.family == "covariate"]
    components = world.detector.components
    gone = np.isin(components.group, page.groups)
    assert not outcome.state.mass[:, :, gone].any()
    assert outcome.state.mass[:, :, ~gone].any()
    again = world.detector.pane(outcome.state, 1, draw(world.rng, world.layout, p, 2000))
    assert all(c.feature != 0 for page in again.pages for c in page.called)
    later = world.detector.pane(again.state, 2, draw(world.rng, world.layout, p, 2000))
    assert any(c.feature == 0 for page in later.pages for c in page.called)


def test_a_value_that_takes_over_is_stuck():
    """A sensor that repeats its last value: nothing is missing, nothing is out of range."""
    world = World.of(3, seed=39)
    usual = probabilities(world.layout)
    stuck = usual.copy()
    cells = slice(*world.layout.start[1:3])
    stuck[cells] = 0.0
    stuck[world.layout.start[1] + 9] = 1.0
    quiet = world.watch(5, world.steady(500))
    found = world.watch(4, world.steady(500, stuck), quiet.state, 5, until="quality")
    assert found.hours <= 2
    [page] = [page for page in found.pages if page.family == "quality"]
    assert [c.feature for c in page.called] == [1]
    assert usual[cells].max() < 0.5


def test_a_large_shift_is_not_a_stuck_value():
    world = World.of(3, seed=40)
    p = probabilities(world.layout, {1: Normal(1.5)})
    found = world.watch(48, world.steady(500, p))
    components = world.detector.components
    pairs = [c.pairs[0] for page in found.pages for c in page.called]
    assert pairs
    assert not (components.column[pairs] >= len(components.reference.sets)).any()


def test_the_daily_clock_is_tested_once_the_day_is_over_and_takes_an_hours_page_as_the_days():
    tuning = Tuning(slots=1, daily=0.2)
    world = daily(World.of(2, seed=41, tuning=tuning))
    p = probabilities(world.layout, {0: Normal(0.12)})
    state = world.detector.begin()
    pages = []
    for hour in range(10 * HOURS):
        outcome = world.detector.pane(state, hour, draw(world.rng, world.layout, p, 300))
        state = outcome.state
        pages += outcome.pages
    assert {page.clock for page in pages} >= {"day"}
    assert all(page.hour % HOURS == 0 for page in pages if page.clock == "day")


def daily(world: World) -> World:
    """Give a world that has a daily clock, and hours that say little."""
    reference = world.detector.components.reference
    sets = len(reference.sets)
    reference = replace_reference(reference, Dispersion.said(8.0, sets), Dispersion.said(1.0, sets))
    tuning = world.detector.components.tuning
    return replace(world, detector=Detector.of(reference, tuning))


def replace_reference(reference, dispersion, days):
    return type(reference)(reference.sets, reference.summary, dispersion, days, reference.slots)


def test_the_budget_is_shared_by_the_families_that_there_are():
    world = World.of(1, seed=42)
    assert world.detector.components.families == ("covariate", "quality")
    assert Tuning().shared(("covariate", "quality")) == pytest.approx(
        {"covariate": 0.6, "quality": 0.4}
    )


def test_damaged_evidence_is_refused():
    world = World.of(1, seed=43)
    body = world.watch(3, world.steady(100)).state.encode()
    components = world.detector.components
    for damaged in (body[:10], b"x" + body[1:], body[:60] + b"\xff" + body[61:], body[:-3]):
        with pytest.raises(ValueError, match="evidence"):
            State.decode(damaged, components)


@pytest.mark.parametrize(
    "wrong",
    [
        {"alpha": 0},
        {"tolerance": 1.0},
        {"daily": 1.0},
        {"delta": 0.0},
        {"slots": 0},
        {"shares": {"covariate": 0.0}},
        {"shares": {"weather": 1.0}},
    ],
)
def test_settings_without_sense_are_refused(wrong: dict[str, float]):
    with pytest.raises(ValueError, match=r"\w"):
        Tuning(**wrong)
