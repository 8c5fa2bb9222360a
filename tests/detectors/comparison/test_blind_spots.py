"""What each comparison cannot see, as its description says."""

import numpy as np
import pytest
from scipy import stats

from detectors.comparison import (
    ChiSquare,
    JensenShannon,
    KolmogorovSmirnov,
    Missing,
    OutOfRange,
    PopulationStability,
    TotalVariation,
    Unseen,
    Wasserstein,
)
from tests.detectors.samples import layout_of, numbers, summarise

UNIFORM = (np.arange(10_000) + 0.5) / 10_000


def compare(detector, reference, current):
    layout = layout_of(reference)
    said = detector.compare(summarise(layout, reference), summarise(layout, current))
    return said.statistic[0], said.p_value[0]


def test_psi_does_not_see_what_moves_within_a_decile():
    within = np.where(UNIFORM > 0.9, 0.901 + (UNIFORM - 0.9) / 100, UNIFORM)
    assert compare(PopulationStability(), numbers(UNIFORM), numbers(within))[0] < 1e-4


def test_psi_of_few_undrifted_rows_is_large_and_its_p_value_says_so():
    random = np.random.default_rng(0)
    few = numbers(random.random(50))
    psi, p = compare(PopulationStability(), numbers(UNIFORM), few)
    assert psi > 0.05
    assert p > 0.01


def test_ks_does_not_see_a_change_in_the_far_tail():
    far = np.where(UNIFORM > 0.999, 1e6, UNIFORM)
    assert compare(KolmogorovSmirnov(), numbers(UNIFORM), numbers(far))[1] > 0.9


def test_wasserstein_is_small_where_a_few_values_make_the_spread():
    heavy = np.append(UNIFORM, 1e6)
    ratio = compare(Wasserstein(), numbers(heavy), numbers(np.append(UNIFORM + 0.5, 1e6)))[0]
    assert ratio < 1e-3
    assert compare(KolmogorovSmirnov(), numbers(heavy), numbers(UNIFORM + 0.5))[0] > 0.4


def test_jensen_shannon_does_not_see_how_far_mass_moved():
    spread = stats.norm.ppf(UNIFORM)
    near, far = (numbers(np.where(UNIFORM > 0.5, shift, spread)) for shift in (10.0, 1000.0))
    reference = numbers(spread)
    assert compare(JensenShannon(), reference, near) == compare(JensenShannon(), reference, far)


def test_chi_square_calls_a_shift_that_matters_to_nobody_certain():
    reference, current = ({"kind": ["a"] * a + ["b"] * b} for a, b in ((150, 150), (154, 146)))
    many = {"kind": current["kind"] * 500}
    layout = layout_of(reference)
    large = summarise(layout, {"kind": reference["kind"] * 500}), summarise(layout, many)
    assert ChiSquare().compare(*large).p_value[0] < 1e-10
    assert TotalVariation().compare(*large).statistic[0] < 0.014


def test_total_variation_of_few_undrifted_rows_is_not_zero_but_its_interval_reaches_it():
    words = {"kind": [f"w{i}" for i in range(20)] * 100}
    layout = layout_of(words)
    random = np.random.default_rng(1)
    few = summarise(layout, {"kind": random.choice(words["kind"], 60).tolist()})
    said = TotalVariation().compare(summarise(layout, words), few)
    assert said.statistic[0] > 0.1
    assert said.low[0] == 0.0


def test_missing_does_not_see_a_value_that_stands_for_missing():
    filled = np.where(UNIFORM < 0.3, -999.0, UNIFORM)
    assert compare(Missing(), numbers(UNIFORM), numbers(filled))[0] == 0.0
    assert compare(OutOfRange(), numbers(UNIFORM), numbers(filled))[0] == pytest.approx(0.3)


def test_out_of_range_does_not_see_a_wrong_value_within_the_range():
    assert compare(OutOfRange(), numbers(UNIFORM), numbers(np.full(100, 0.5)))[0] == 0.0


def test_unseen_does_not_see_a_known_category_where_it_should_not_be():
    assert compare(Unseen(), {"kind": ["a"] * 99 + ["b"]}, {"kind": ["b"] * 100})[0] == 0.0
