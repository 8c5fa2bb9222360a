"""The Hellinger distance is that of the raw shares, and says what it cannot see."""

import numpy as np
import pytest
from scipy.spatial.distance import euclidean

from detectors.comparison import Hellinger, TotalVariation
from tests.detectors.comparison.test_blind_spots import UNIFORM, compare
from tests.detectors.comparison.test_numbers import shares_of
from tests.detectors.samples import layout_of, numbers, summarise

REFERENCE, CURRENT = [50, 30, 20, 0], [10, 60, 0, 30]


def test_it_is_the_distance_of_the_roots_of_the_shares():
    p, q = (np.sqrt(np.array(side) / 100) for side in (CURRENT, REFERENCE))
    said = Hellinger().compare(*shares_of(REFERENCE, CURRENT))
    assert said.statistic[0] == pytest.approx(euclidean(p, q) / np.sqrt(2), rel=1e-12)


def test_two_normal_distributions_are_as_far_apart_as_by_their_formula():
    # H^2 = 1 - exp(-(mean difference)^2 / 8) for equal variances; bins see a little less.
    random = np.random.default_rng(5)
    reference, current = random.normal(size=100_000), random.normal(1, 1, 100_000)
    layout = layout_of(numbers(reference))
    sides = summarise(layout, numbers(reference)), summarise(layout, numbers(current))
    exact = np.sqrt(1 - np.exp(-1 / 8))
    assert Hellinger(bins="doane").compare(*sides).statistic[0] == pytest.approx(exact, abs=0.005)
    assert exact - 0.03 < Hellinger().compare(*sides).statistic[0] < exact


def test_on_the_doane_histogram_it_is_that_of_the_raw_counts():
    random = np.random.default_rng(6)
    reference, current = random.gamma(2, size=5000), random.gamma(3, size=700)
    edges = np.histogram_bin_edges(reference, bins="doane")
    q, p = (np.histogram(side, edges)[0] / len(side) for side in (reference, current))
    q, p = (np.append(shares, max(1 - shares.sum(), 0)) for shares in (q, p))
    layout = layout_of(numbers(reference))
    sides = summarise(layout, numbers(reference)), summarise(layout, numbers(current))
    theirs = euclidean(np.sqrt(p), np.sqrt(q)) / np.sqrt(2)
    assert Hellinger(bins="doane").compare(*sides).statistic[0] == pytest.approx(theirs, abs=1e-9)


def test_its_square_is_at_most_the_total_variation_and_that_at_most_root_two_of_it():
    random = np.random.default_rng(7)
    for _ in range(50):
        sides = shares_of(random.integers(1, 90, 9), random.integers(0, 90, 9) + 1)
        h = Hellinger().compare(*sides).statistic[0]
        t = TotalVariation().compare(*sides).statistic[0]
        assert h**2 <= t + 1e-12
        assert t <= np.sqrt(2) * h + 1e-12


def test_it_does_not_see_what_moves_within_a_decile():
    within = np.where(UNIFORM > 0.9, 0.901 + (UNIFORM - 0.9) / 100, UNIFORM)
    assert compare(Hellinger(), numbers(UNIFORM), numbers(within))[0] < 1e-6


def test_of_few_undrifted_rows_it_is_large_and_its_p_value_says_so():
    few = numbers(np.random.default_rng(0).random(50))
    distance, p = compare(Hellinger(), numbers(UNIFORM), few)
    assert distance > 0.1
    assert p > 0.01
