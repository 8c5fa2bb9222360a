"""Since when, how small, and when is it over?"""

import numpy as np
import pytest

from detectors.sequential.pages import Called
from detectors.sequential.resolution import is_back, rows_needed
from detectors.sequential.since import first_hour
from detectors.sequential.sizing import smallest_shift
from tests.simulations.streams import HOURLY, Normal, World, draw, probabilities

WORLD = World.of(2, seed=61)
COMPONENTS = WORLD.detector.components
MEDIAN = 7  # {x0 < median}


def pair_of(side: int) -> int:
    found = (COMPONENTS.column == MEDIAN) & (COMPONENTS.side == side)
    return int(np.flatnonzero(found)[0])


@pytest.mark.parametrize("began", [0, 5, 11])
def test_the_hour_since_which_rows_speak_against_the_reference_is_found(began: int):
    counts = [
        draw(WORLD.rng, WORLD.layout, probabilities(WORLD.layout, {0: Normal(mean)}), 2000)
        for mean in [0.0] * began + [0.6] * (12 - began)
    ]
    k, n = COMPONENTS.count(np.stack(counts), np.full(2, -1))
    called = Called(0, 1.0, confirmed=True, pairs=(pair_of(1),), theta=0.25)
    hours = np.arange(100, 112)
    assert first_hour(COMPONENTS, called, hours, k, n) == began


def test_a_return_is_told_from_noise_on_four_phi_over_the_squared_tolerance():
    pairs = np.array([pair_of(0)])
    assert rows_needed(COMPONENTS, pairs, np.array([0])).tolist() == [pytest.approx(1600)]


def test_a_feature_is_back_when_each_set_is_within_its_bound():
    pairs = np.array([pair_of(0), pair_of(1)])
    n = np.array([2000, 2000])
    assert is_back(COMPONENTS, pairs, np.array([1000, 1000]), n)
    assert not is_back(COMPONENTS, pairs, np.array([1100, 1100]), n)
    assert not is_back(COMPONENTS, pairs, np.array([900, 900]), n)


def test_what_the_sizing_promises_is_seen():
    """A shift of the size that is seen within ten hours pages within about so many."""
    hours, n = 10, 1000
    size = float(smallest_shift(COMPONENTS, n, hours)[0])
    mean = size / (2 * 0.3989)  # of a share of one half, h is twice the density times the shift
    world = World.of(2, seed=62, tuning=HOURLY)
    found = world.delay(n, {0: Normal(mean)}, runs=5, most=60)
    assert hours / 4 <= found <= 1.5 * hours


def test_more_rows_and_more_hours_let_smaller_shifts_be_seen():
    sizes = [smallest_shift(COMPONENTS, n, t)[0] for n, t in ((100, 1), (1000, 1), (1000, 24))]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] > COMPONENTS.tuning.tolerance


def test_a_part_of_the_budget_and_a_surer_page_take_larger_shifts():
    def size(**how: float) -> float:
        return float(smallest_shift(COMPONENTS, 1000, 6, **how)[0])

    assert size(chance=0.5) < size(chance=0.9) < size(chance=0.99)
    assert size() < size(share=0.5) < 1.1 * size()


def test_what_not_even_all_rows_show_has_no_smallest_shift():
    assert np.isinf(smallest_shift(COMPONENTS, 1, 1)).all()
