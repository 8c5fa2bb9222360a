"""The share of the most frequent value is that of the raw rows, and says what it cannot see."""

import numpy as np
import pytest
from scipy import stats

from detectors.comparison import ChiSquare, ModalShare
from tests.detectors.comparison.test_blind_spots import UNIFORM
from tests.detectors.comparison.test_numbers import shares_of
from tests.detectors.samples import layout_of, numbers, summarise


def sides(reference, current):
    layout = layout_of(reference)
    return summarise(layout, reference), summarise(layout, current)


def test_it_is_the_share_of_the_value_that_comes_most_often():
    random = np.random.default_rng(23)
    reference, current = random.poisson(3, 5000), random.poisson(6, 300)
    said = ModalShare().compare(*sides(numbers(reference), numbers(current)))
    assert said.statistic[0] == np.bincount(current).max() / 300
    less = ModalShare(measure="difference").compare(*sides(numbers(reference), numbers(current)))
    usual = np.bincount(reference).max() / 5000
    assert less.statistic[0] == pytest.approx(said.statistic[0] - usual, abs=1e-12)


def test_its_p_value_is_of_that_value_times_the_number_of_cells():
    said = ModalShare().compare(*shares_of([500, 300, 200], [20, 15, 65]))
    theirs = stats.chi2_contingency([[65, 35], [200, 800]], correction=False).pvalue
    assert said.p_value[0] == pytest.approx(3 * theirs, rel=1e-9)


def test_a_sensor_that_sticks_is_seen_at_once():
    stuck = np.append(UNIFORM[:80] * 100, np.full(20, 0.41237))
    said = ModalShare().compare(*sides(numbers(UNIFORM), numbers(stuck)))
    assert said.p_value[0] < 1e-15
    assert said.statistic[0] >= 0.2


def test_a_frequent_value_that_was_so_before_is_not():
    zeros = np.where(UNIFORM < 0.6, 0.0, UNIFORM)
    said = ModalShare().compare(*sides(numbers(zeros), numbers(zeros[::20])))
    assert said.statistic[0] == pytest.approx(0.6)
    assert said.p_value[0] == 1.0


def test_many_other_and_unseen_categories_are_not_one_value():
    words = {"kind": ["a"] * 50 + [f"w{i}" for i in range(100)]}
    layout = layout_of(words, keep=1)
    current = summarise(layout, {"kind": ["a"] * 10 + [f"new{i}" for i in range(90)]})
    said = ModalShare().compare(summarise(layout, words), current)
    assert said.statistic[0] == pytest.approx(0.1)


@pytest.mark.parametrize("measure", ["share", "difference"])
def test_its_interval_covers_the_true_share(measure):
    # Of 400 pairs of samples at least 95% should; the bound is the binomial quantile at 1e-5.
    random = np.random.default_rng(24)
    p, q = [0.2] * 5, [0.24, 0.19, 0.19, 0.19, 0.19]
    truth = 0.2 if measure == "share" else -0.04
    covered = 0
    for _ in range(400):
        pair = shares_of(random.multinomial(3000, q), random.multinomial(200, p))
        said = ModalShare(measure=measure).compare(*pair)
        covered += bool(said.low[0] <= truth <= said.high[0])
    assert covered >= stats.binom.ppf(1e-5, 400, 0.95)


def test_it_does_not_see_a_frequent_value_that_gives_way_to_another_in_its_difference():
    swapped = shares_of([700, 300], [30, 70])
    assert ModalShare(measure="difference").compare(*swapped).statistic[0] == 0.0
    assert ChiSquare().compare(*swapped).p_value[0] < 1e-10


def test_a_narrow_distribution_out_of_range_looks_like_one_value():
    beyond = 10 + UNIFORM[:100]
    said = ModalShare().compare(*sides(numbers(UNIFORM), numbers(beyond)))
    assert said.statistic[0] == 1.0
