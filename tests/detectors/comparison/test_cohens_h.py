"""Cohen's h is that of his tables, and says what it cannot see."""

import numpy as np
import pytest
from scipy import stats

from detectors.comparison import CohensH, TotalVariation
from tests.detectors.comparison.test_numbers import shares_of


@pytest.mark.parametrize(
    ("q", "p", "h"),
    # Cohen (1988), table 6.2.2: phi of .25 is 1.047, of .40 1.369, of .05 .451, of .50 1.571.
    [(50, 25, 1.571 - 1.047), (40, 5, 1.369 - 0.451), (25, 40, 1.369 - 1.047)],
)
def test_it_is_that_of_the_published_table(q, p, h):
    said = CohensH().compare(*shares_of([q, 100 - q], [p, 100 - p]))
    assert said.statistic[0] == pytest.approx(h, abs=0.001)


def test_it_is_that_of_the_category_that_changed_most():
    reference, current = np.array([500, 490, 10]), np.array([450, 450, 100])
    said = CohensH().compare(*shares_of(reference, current))
    each = 2 * np.arcsin(np.sqrt(current / 1000)) - 2 * np.arcsin(np.sqrt(reference / 1000))
    assert said.statistic[0] == pytest.approx(abs(each[2]), rel=1e-12)


def test_its_interval_covers_the_true_change():
    # Of 400 pairs of samples at least 95% should; the bound is the binomial quantile at 1e-5.
    random = np.random.default_rng(22)
    p, q = np.array([0.3, 0.3, 0.2, 0.2]), np.array([0.15, 0.3, 0.25, 0.3])
    truth = 2 * np.arcsin(np.sqrt(0.3)) - 2 * np.arcsin(np.sqrt(0.15))
    covered = 0
    for _ in range(400):
        sides = shares_of(random.multinomial(2000, q), random.multinomial(200, p))
        said = CohensH().compare(*sides)
        covered += bool(said.low[0] <= truth <= said.high[0])
    assert covered >= stats.binom.ppf(1e-5, 400, 0.95)


def test_it_sees_a_rare_category_that_comes_ten_times_as_often():
    sides = shares_of([99_900, 100], [9_900, 100])
    assert CohensH().compare(*sides).low[0] > 0.1
    assert TotalVariation().compare(*sides).statistic[0] < 0.01


def test_it_does_not_see_a_change_that_is_spread_over_many_categories():
    sides = shares_of([1000] * 40, [1500] * 20 + [500] * 20)
    assert TotalVariation().compare(*sides).statistic[0] == pytest.approx(0.25)
    assert CohensH().compare(*sides).statistic[0] < 0.1
