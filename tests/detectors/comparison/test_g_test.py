"""The G test is scipy's, pools what is rare, and says what it cannot see."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from detectors.comparison import GTest, TotalVariation
from tests.detectors.comparison.test_numbers import COUNTS, shares_of


def theirs(*counts):
    return stats.chi2_contingency(counts, correction=False, lambda_="log-likelihood")


@settings(deadline=None, max_examples=50)
@given(st.data(), COUNTS)
def test_without_pooling_it_is_scipys(data, reference):
    same = st.lists(st.integers(6, 400), min_size=len(reference), max_size=len(reference))
    current = data.draw(same)
    said = GTest(pooled_below=0).compare(*shares_of(reference, current))
    assert said.statistic[0] == pytest.approx(theirs(reference, current).statistic, abs=1e-9)
    expected = theirs(reference, current).pvalue
    assert said.p_value[0] == pytest.approx(expected, rel=1e-7, abs=1e-14)


def test_an_empty_cell_adds_nothing_of_its_own_side():
    said = GTest(pooled_below=0).compare(*shares_of([50, 50], [30, 0]))
    assert said.statistic[0] == pytest.approx(theirs([50, 50], [30, 0]).statistic, rel=1e-12)


def test_it_pools_what_is_rare():
    # A fifth of the reference's size: those of fewer than 50 there are pooled, 30 + 25 = 55.
    said = GTest().compare(*shares_of([200, 245, 30, 25], [50, 30, 12, 8]))
    assert said.statistic[0] == pytest.approx(theirs([200, 245, 55], [50, 30, 20]).statistic)


def test_what_cannot_be_pooled_is_refused():
    with pytest.raises(ValueError, match="g_test pools below 0 or more"):
        GTest(pooled_below=-1.0)


def test_it_calls_a_shift_that_matters_to_nobody_certain():
    large = shares_of([75_000, 75_000], [77_000, 73_000])
    assert GTest().compare(*large).p_value[0] < 1e-10
    assert TotalVariation().compare(*large).statistic[0] < 0.014


def test_on_few_rows_it_does_not_see_a_rare_category():
    said = GTest().compare(*shares_of([990, 10], [46, 4]))
    assert said.p_value[0] == 1.0
