"""Cramer's V is scipy's, and says what it cannot see."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats.contingency import association

from detectors.comparison import CramersV
from tests.detectors.comparison.test_numbers import COUNTS, shares_of


@settings(deadline=None, max_examples=50)
@given(st.data(), COUNTS)
def test_it_is_scipys(data, reference):
    same = st.lists(st.integers(0, 400), min_size=len(reference), max_size=len(reference))
    current = data.draw(same.filter(any))
    said = CramersV().compare(*shares_of(reference, current))
    theirs = association(np.array([reference, current]), method="cramer")
    assert said.statistic[0] == pytest.approx(theirs, abs=1e-9)


def test_with_equal_weights_it_is_scipys_of_sides_of_one_size():
    reference, current = np.array([700, 200, 100]), np.array([20, 15, 15])
    theirs = association(np.array([reference, current * 20]), method="cramer")
    said = CramersV(weights="equal").compare(*shares_of(reference, current))
    assert said.statistic[0] == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("weights", ["rows", "equal"])
def test_it_is_one_where_nothing_is_in_common(weights):
    said = CramersV(weights=weights).compare(*shares_of([90, 10, 0, 0], [0, 0, 5, 2]))
    assert said.statistic[0] == pytest.approx(1.0)


def test_the_same_shift_looks_small_beside_a_large_reference():
    small, large = shares_of([50, 50], [80, 20]), shares_of([50_000, 50_000], [80, 20])
    rows, equal = CramersV(), CramersV(weights="equal")
    assert rows.compare(*small).statistic[0] > 0.3
    assert rows.compare(*large).statistic[0] < 0.02
    at_all_sizes = [equal.compare(*sides).statistic[0] for sides in (small, large)]
    assert at_all_sizes[0] == pytest.approx(at_all_sizes[1])


def test_of_few_undrifted_rows_it_is_large_and_its_p_value_says_so():
    random = np.random.default_rng(1)
    said = CramersV(weights="equal").compare(
        *shares_of([100] * 20, random.multinomial(60, [0.05] * 20))
    )
    assert said.statistic[0] > 0.2
    assert said.p_value[0] > 0.01
