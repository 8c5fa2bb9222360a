"""Each hour of the day may have a reference of its own."""

from dataclasses import replace

import numpy as np

from detectors.sequential.detector import Detector
from detectors.sequential.reference import SLOT_ROWS, Reference, Slots
from tests.simulations.streams import Normal, World, draw, probabilities

DAYS = 4


def at(hour: int) -> Normal:
    return Normal(0.8 * np.sin(2 * np.pi * hour / 24))


def with_slots(world: World, *, rows: int) -> World:
    """Give a world the hours of the day as they are in truth."""
    reference = world.detector.components.reference
    counts = [
        draw(world.rng, world.layout, probabilities(world.layout, usual=at(hour)), rows)
        for hour in range(24)
    ]
    k, n = reference.sets.count(np.stack(counts))
    slots = Slots(24, np.arange(24), np.full(24, rows), k, n)
    summary = replace(reference.summary, rows=24 * rows, counts=np.sum(counts, axis=0))
    found = Reference(reference.sets, summary, reference.dispersion, slots=slots)
    return replace(world, detector=Detector.of(found, world.detector.components.tuning))


def cycling(world: World, moved: float = 0.0) -> list[str]:
    """Watch some days of the cycle, and name the families that paged."""
    state, pages = world.detector.begin(), []
    for hour in range(24 * DAYS):
        usual = replace(at(hour), mean=at(hour).mean + moved)
        p = probabilities(world.layout, usual=usual)
        outcome = world.detector.pane(state, hour, draw(world.rng, world.layout, p, 500))
        state = outcome.state
        pages += [page.family for page in outcome.pages]
    return pages


def test_what_each_day_brings_is_no_drift_where_hours_have_rows_enough():
    assert cycling(with_slots(World.of(2, seed=51), rows=SLOT_ROWS)) == []


def test_hours_with_too_few_rows_are_pooled():
    pooled = with_slots(World.of(2, seed=51), rows=SLOT_ROWS - 1)
    assert pooled.detector.components.reference.places == {}
    assert "covariate" in cycling(pooled)


def test_a_shift_under_the_cycle_is_seen():
    assert "covariate" in cycling(with_slots(World.of(2, seed=51), rows=SLOT_ROWS), 0.3)


def test_hours_of_the_week_begin_on_monday():
    empty = np.zeros((0, 0), np.int64)
    week = Slots(168, empty[0:0].reshape(-1), empty[0:0].reshape(-1), empty, empty)
    monday = 4 * 24  # 1970-01-05, in hours since 1970
    assert [week.of(monday + hour) for hour in (0, 1, 167, 168)] == [0, 1, 167, 0]
