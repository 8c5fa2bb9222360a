"""The ratio of the deviations is that of the raw values, and says what it cannot see."""

import numpy as np
import pytest
from scipy import stats

from detectors.comparison import DeviationRatio, Undefined
from detectors.comparison.deviation_ratio import _kurtosis
from tests.detectors.comparison.test_blind_spots import UNIFORM, compare
from tests.detectors.samples import layout_of, numbers, summarise


def sides(reference, current):
    layout = layout_of(numbers(reference))
    return summarise(layout, numbers(reference)), summarise(layout, numbers(current))


def test_it_is_the_ratio_of_raw_deviations():
    random = np.random.default_rng(18)
    reference, current = random.gamma(2, size=3000), random.gamma(3, size=70)
    said = DeviationRatio().compare(*sides(reference, current))
    assert said.statistic[0] == pytest.approx(current.std(ddof=1) / reference.std(ddof=1), rel=1e-9)


@pytest.mark.parametrize(
    ("draw", "exact"),
    [("normal", 3.0), ("uniform", 1.8), ("exponential", 9.0), ("laplace", 6.0)],
)
def test_the_kurtosis_of_the_cells_is_that_of_the_distribution(draw, exact):
    random = np.random.default_rng(19)
    reference, current = (getattr(random, draw)(size=rows) for rows in (100_000, 5000))
    raw = stats.kurtosis(reference, fisher=False)
    assert _kurtosis(*sides(reference, current))[0] == pytest.approx(raw, rel=0.04)
    assert raw == pytest.approx(exact, rel=0.06)


def test_of_normal_values_it_is_the_f_test():
    random = np.random.default_rng(20)
    reference, current = random.normal(size=100_000), random.normal(0, 1.2, 200)
    said = DeviationRatio().compare(*sides(reference, current))
    ratio = (current.std(ddof=1) / reference.std(ddof=1)) ** 2
    assert said.p_value[0] == pytest.approx(2 * stats.f.sf(ratio, 199, 99_999), rel=0.15)
    low = np.sqrt(ratio / stats.f.ppf(0.975, 199, 99_999))
    high = np.sqrt(ratio / stats.f.ppf(0.025, 199, 99_999))
    assert [said.low[0], said.high[0]] == pytest.approx([low, high], rel=0.005)


def test_units_do_not_matter_and_swapping_the_sides_inverts_it():
    random = np.random.default_rng(21)
    reference, current = random.normal(size=500), random.normal(0, 2, 200)
    forth = DeviationRatio().compare(*sides(reference, current)).statistic[0]
    back = DeviationRatio().compare(*sides(100 * current + 7, 100 * reference + 7)).statistic[0]
    assert forth == pytest.approx(1 / back, rel=1e-9)


def test_one_row_says_nothing_of_the_spread():
    said = DeviationRatio().compare(*sides(UNIFORM, [5.0]))
    assert (said.p_value[0], said.low[0], said.high[0]) == (1.0, 0.0, np.inf)


def test_a_constant_has_no_spread_to_measure_by_but_may_be_measured():
    frozen = DeviationRatio().compare(*sides(UNIFORM, [0.5] * 100))
    assert (frozen.statistic[0], frozen.p_value[0]) == (0.0, 0.0)
    said = DeviationRatio().compare(*sides([0.5] * 100, UNIFORM))
    assert said.undefined[0] == Undefined.CONSTANT_REFERENCE


def test_it_does_not_see_a_shift_of_every_value():
    assert compare(DeviationRatio(), numbers(UNIFORM), numbers(UNIFORM + 5))[0] == pytest.approx(1)
