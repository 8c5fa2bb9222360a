"""Cohen's d is that of the raw values, and says what it cannot see."""

import numpy as np
import pytest

from detectors.comparison import CohensD, KolmogorovSmirnov, Undefined
from tests.detectors.comparison.test_blind_spots import UNIFORM, compare
from tests.detectors.samples import layout_of, numbers, summarise


def said_of(reference, current, **settings):
    layout = layout_of(numbers(reference))
    return CohensD(**settings).compare(
        summarise(layout, numbers(reference)), summarise(layout, numbers(current))
    )


def test_it_is_the_difference_over_the_pooled_deviation():
    random = np.random.default_rng(16)
    reference, current = random.normal(0, 2, 300), random.normal(1, 3, 40)
    pooled = (299 * reference.var(ddof=1) + 39 * current.var(ddof=1)) / 338
    d = (current.mean() - reference.mean()) / np.sqrt(pooled)
    said = said_of(reference, current)
    assert said.statistic[0] == pytest.approx(d, rel=1e-9)
    # Hedges and Olkin (1985), equation 5.E.8.
    reach = 1.959964 * np.sqrt(1 / 300 + 1 / 40 + d**2 / 680)
    assert [said.low[0], said.high[0]] == pytest.approx([d - reach, d + reach], rel=1e-6)


def test_it_may_be_over_the_deviation_of_the_reference_alone():
    said = said_of([1.0, 2, 3, 4, 5], [3.0, 13, 23], scale="reference")
    assert said.statistic[0] == pytest.approx(10 / np.sqrt(2.5))


def test_units_do_not_matter():
    random = np.random.default_rng(17)
    reference, current = random.normal(size=500), random.normal(0.3, 1, 200)
    euros, cents = said_of(reference, current), said_of(100 * reference + 7, 100 * current + 7)
    assert euros.statistic[0] == pytest.approx(cents.statistic[0], rel=1e-9)


def test_without_spread_there_is_none():
    said = said_of([7.0] * 9, [8.0] * 9)
    assert said.undefined[0] == Undefined.CONSTANT_REFERENCE


def test_it_does_not_see_a_wider_spread():
    assert abs(compare(CohensD(), numbers(UNIFORM), numbers(9 * (UNIFORM - 0.5) + 0.5))[0]) < 1e-9


def test_it_is_small_where_a_few_values_make_the_deviation():
    heavy, moved = numbers(np.append(UNIFORM, 1e6)), numbers(np.append(UNIFORM + 0.5, 1e6))
    assert compare(CohensD(), heavy, moved)[0] < 1e-3
    assert compare(KolmogorovSmirnov(), heavy, moved)[0] > 0.4
