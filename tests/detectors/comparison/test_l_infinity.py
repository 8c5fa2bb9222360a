"""The largest change of a share is that of the raw shares, and says what it cannot see."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from detectors.comparison import LInfinity
from tests.detectors.comparison.test_blind_spots import UNIFORM, compare
from tests.detectors.comparison.test_numbers import COUNTS, shares_of
from tests.detectors.samples import numbers


@settings(deadline=None, max_examples=50)
@given(st.data(), COUNTS)
def test_it_is_the_largest_difference_of_shares(data, reference):
    same = st.lists(st.integers(0, 400), min_size=len(reference), max_size=len(reference))
    current = data.draw(same.filter(any))
    said = LInfinity().compare(*shares_of(reference, current))
    p, q = (np.array(k) / sum(k) for k in (current, reference))
    assert said.statistic[0] == pytest.approx(np.abs(p - q).max(), abs=1e-12)


def test_its_p_value_is_the_least_of_all_bins_times_their_number():
    reference, current = [400, 300, 300], [40, 20, 40]
    theirs = [
        stats.chi2_contingency([[k, 1000 - k], [n, 100 - n]], correction=False).pvalue
        for k, n in zip(reference, current, strict=True)
    ]
    said = LInfinity().compare(*shares_of(reference, current))
    assert said.p_value[0] == pytest.approx(3 * min(theirs), rel=1e-9)


def test_a_bin_that_holds_no_row_of_either_side_does_not_count_among_the_number():
    with_more = LInfinity().compare(*shares_of([400, 300, 300, 0], [40, 20, 40, 0]))
    without = LInfinity().compare(*shares_of([400, 300, 300], [40, 20, 40]))
    assert with_more.p_value[0] == without.p_value[0]


def test_its_interval_covers_the_true_distance():
    # Of 400 pairs of samples at least 95% should; the bound is the binomial quantile at 1e-5.
    random = np.random.default_rng(8)
    p, q = np.array([0.3, 0.3, 0.2, 0.2]), np.array([0.2, 0.3, 0.25, 0.25])
    covered = 0
    for _ in range(400):
        sides = shares_of(random.multinomial(2000, q), random.multinomial(200, p))
        said = LInfinity().compare(*sides)
        covered += bool(said.low[0] <= 0.1 <= said.high[0])
    assert covered >= stats.binom.ppf(1e-5, 400, 0.95)


def test_it_does_not_see_a_change_that_is_spread_over_many_bins():
    # Half of all rows move, each decile by at most ten points.
    half = numbers(UNIFORM / 2 + 0.5)
    assert compare(LInfinity(), numbers(UNIFORM), half)[0] == pytest.approx(0.1, abs=0.001)


def test_it_does_not_see_how_many_times_over_a_rare_category_came():
    said = LInfinity().compare(*shares_of([99_900, 100], [9_900, 100]))
    assert said.statistic[0] < 0.01
