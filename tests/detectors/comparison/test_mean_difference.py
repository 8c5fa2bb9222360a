"""The difference of means is Welch's, and says what it cannot see."""

import numpy as np
import pytest
from scipy import stats

from detectors.comparison import MeanDifference
from tests.detectors.comparison.test_blind_spots import UNIFORM
from tests.detectors.comparison.test_numbers import SHAPES
from tests.detectors.samples import layout_of, numbers, summarise


def said_of(reference, current):
    layout = layout_of(numbers(reference))
    return MeanDifference().compare(
        summarise(layout, numbers(reference)), summarise(layout, numbers(current))
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rows", [2, 30, 5000])
def test_it_is_scipys_test_of_unequal_variances(shape, rows):
    random = np.random.default_rng(15)
    current, reference = SHAPES[shape](random, rows, 1), SHAPES[shape](random, 2000, 0)
    theirs = stats.ttest_ind(current, reference, equal_var=False)
    low, high = theirs.confidence_interval(0.95)
    said = said_of(reference, current)
    assert said.statistic[0] == pytest.approx(current.mean() - reference.mean(), abs=1e-12)
    assert said.p_value[0] == pytest.approx(theirs.pvalue, rel=1e-6, abs=1e-300)
    assert [said.low[0], said.high[0]] == pytest.approx([low, high], rel=1e-6)


def test_swapping_the_sides_turns_it_around():
    forth, back = said_of(UNIFORM, UNIFORM[:900]), said_of(UNIFORM[:900], UNIFORM)
    assert forth.statistic[0] == pytest.approx(-back.statistic[0], rel=1e-9)
    assert forth.low[0] == pytest.approx(-back.high[0], rel=1e-9)
    assert forth.p_value[0] == pytest.approx(back.p_value[0], rel=1e-9)


def test_one_row_says_nothing_of_the_spread():
    said = said_of(UNIFORM, [100.0])
    assert (said.p_value[0], said.low[0], said.high[0]) == (1.0, -np.inf, np.inf)


def test_a_constant_that_becomes_another_is_certain_and_one_that_stays_is_not():
    moved, same = said_of([7.0] * 50, [8.0] * 50), said_of([7.0] * 50, [7.0] * 20)
    assert (moved.statistic[0], moved.p_value[0], moved.low[0]) == (1.0, 0.0, 1.0)
    assert (same.statistic[0], same.p_value[0]) == (0.0, 1.0)


def test_it_does_not_see_a_wider_spread():
    said = said_of(UNIFORM, 10 * (UNIFORM - 0.5) + 0.5)
    assert abs(said.statistic[0]) < 1e-9
    assert said.p_value[0] > 0.99


def test_a_few_far_values_make_the_mean():
    said = said_of(UNIFORM, np.append(UNIFORM, 1e6))
    assert said.statistic[0] > 90
    assert said.p_value[0] > 0.3
