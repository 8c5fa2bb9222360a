"""The Kullback-Leibler divergence is scipy's entropy, with its zeros dealt with as stated."""

import numpy as np
import pytest
from scipy import stats

from detectors.comparison import KullbackLeibler, PopulationStability
from tests.detectors.comparison.test_blind_spots import UNIFORM, compare
from tests.detectors.comparison.test_numbers import shares_of
from tests.detectors.samples import numbers

REFERENCE, CURRENT = np.array([50, 30, 15, 5]), np.array([10, 60, 29, 1])
RAW = {"smoothing": 0.0}


def of(reference, current, **settings):
    return KullbackLeibler(**settings).compare(*shares_of(reference, current)).statistic[0]


@pytest.mark.parametrize(("base", "scipys"), [("e", np.e), (2, 2)])
def test_unsmoothed_it_is_scipys_entropy_in_both_directions(base, scipys):
    forth = stats.entropy(CURRENT, REFERENCE, base=scipys)
    back = stats.entropy(REFERENCE, CURRENT, base=scipys)
    assert of(REFERENCE, CURRENT, base=base, **RAW) == pytest.approx(forth, rel=1e-12)
    ours = of(REFERENCE, CURRENT, base=base, of="reference", **RAW)
    assert ours == pytest.approx(back, rel=1e-12)


def test_both_directions_together_are_psi():
    sides = shares_of(REFERENCE, CURRENT)
    both = sum(KullbackLeibler(of=of).compare(*sides).statistic for of in ("current", "reference"))
    np.testing.assert_allclose(both, PopulationStability().compare(*sides).statistic, rtol=1e-12)


def test_a_zero_is_smoothed_by_half_a_row_a_bin():
    theirs = stats.entropy([9.5, 0.5, 5.5], [5.5, 5.5, 0.5])
    assert of([5, 5, 0], [9, 0, 5]) == pytest.approx(theirs, rel=1e-12)


def test_without_smoothing_a_zero_makes_it_infinite_on_the_second_side_only():
    assert of([10, 0], [5, 5], **RAW) == np.inf
    assert of([5, 5], [10, 0], **RAW) == pytest.approx(np.log(2))


def test_a_floor_raises_shares_which_then_add_up_to_one_again():
    theirs = stats.entropy([0.5, 0.5], [1, 1e-4])
    assert of([10, 0], [5, 5], floor=1e-4, **RAW) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("settings", [{"smoothing": -1.0}, {"floor": 1.0}, {"floor": -0.1}])
def test_what_cannot_be_is_refused(settings):
    with pytest.raises(ValueError, match="kullback_leibler takes a smoothing of 0 or more"):
        KullbackLeibler(**settings)


def test_it_does_not_see_what_moves_within_a_decile():
    within = np.where(UNIFORM > 0.9, 0.901 + (UNIFORM - 0.9) / 100, UNIFORM)
    assert compare(KullbackLeibler(), numbers(UNIFORM), numbers(within))[0] < 1e-6


def test_one_near_empty_bin_makes_it_large_in_one_direction():
    reference, current = [9_999, 1], [50, 50]
    assert of(reference, current) > 3
    assert of(reference, current, of="reference") < 0.7
