"""Where nothing has moved, every p-value is below alpha as rarely as it promises.

The full simulations are `tests/simulations/error_rates.py` and `tests/simulations/gate.py`; these
are short ones. A bound is the binomial quantile at 1 - 1e-5 for the number of repetitions: 300 at
alpha .05 have at most 33 below, at .01 at most 13. The intervals, and what is not idle either,
stand in `comparison/test_error_rates.py`.
"""

import numpy as np
import pytest
from scipy import stats

from detectors.comparison import ChiSquare, GTest
from tests.simulations import error_rates, gate


@pytest.fixture(scope="module")
def compared():
    return list(error_rates.of_comparisons(error_rates.CALIBRATED, (20, 400), 1, 600))


def test_the_bounds_are_those_that_are_stated():
    assert (error_rates.at_most(0.05, 300), error_rates.at_most(0.01, 300)) == (33, 13)
    assert stats.binom.sf(33, 300, 0.05) <= 1e-5 < stats.binom.sf(32, 300, 0.05)


def broken(rows):
    return [f"{row.name}: {row.value:.4f}, not {row.bound}" for row in rows if not row.holds]


def test_the_p_value_of_a_comparison_is_below_alpha_no_more_often_than_it_says(compared):
    assert broken(compared) == []
    assert len(compared) > 150


def test_so_is_that_of_prior_shift():
    assert broken(error_rates.of_prior_shift(100)) == []


def test_so_is_that_of_the_mean_discrepancy():
    assert broken(error_rates.of_mean_discrepancy(2, 60, features=16)) == []


def test_every_comparison_that_has_a_p_value_is_among_them(compared):
    reference = error_rates.references(20, np.random.default_rng(1))
    current = error_rates.windows(reference.layout, 100, np.random.default_rng(2))
    tried = {row.name.partition(": ")[2].partition(", numbers")[0] for row in compared}
    tried |= {row.name.partition(": ")[2].partition(", words")[0] for row in compared}
    for detector in error_rates.CALIBRATED:
        has = not np.isnan(detector.compare(reference, current).p_value).all()
        assert has == (repr(detector) in tried)


def test_what_is_not_calibrated_errs_as_it_says():
    assert {type(d) for d in error_rates.UNCALIBRATED} == {ChiSquare, GTest}
    rows = error_rates.of_comparisons([ChiSquare(pooled_below=0.0)], (20,), 1, 600)
    assert not all(row.holds for row in rows)


def test_p_values_that_err_are_noticed():
    random = np.random.default_rng(3)
    assert all(row.holds for row in error_rates.sized("uniform", random.random(3000)))
    liberal = list(error_rates.sized("too small", random.random(3000) ** 1.3))
    assert not any(row.holds for row in liberal)


@pytest.fixture(scope="module")
def references():
    random = np.random.default_rng(6)
    return [gate.Drawn.of(20, random) for _ in range(3)]


SETTINGS = [
    gate.Setting(20, n, tolerance, 3, 40)
    for n, tolerance in [(100, 0.0), (1000, 0.0), (10_000, 0.0), (1000, 0.05)]
]
SHIFTED = dict(enumerate(gate.SHIFTS.values()))


@pytest.fixture(scope="module", params=SETTINGS, ids=lambda setting: setting.name)
def simulated(request, references):
    return request.param, gate.simulate(request.param, {}, 1, references)


def test_the_gate_is_closed_by_chance_no_more_often_than_alpha_and_delta(simulated):
    setting, found = simulated
    times = setting.references * setting.windows
    assert found.any_error <= gate.at_most(gate.PROMISED, times)


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_the_p_value_of_a_feature_is_below_alpha_no_more_often_than_it_says(simulated, alpha):
    # Windows of one reference have its luck in common: the bound takes delta too.
    setting, found = simulated
    times = setting.references * setting.windows * setting.d
    assert found.below(alpha) <= gate.at_most(alpha + 0.01, times)


def test_with_real_shifts_the_share_of_false_ones_stays_within_what_is_promised(references):
    found = gate.simulate(gate.Setting(20, 1000, 0.0, 3, 40), SHIFTED, 2, references)
    assert found.false_discovery <= gate.PROMISED
    assert all(found.power(j) >= 0.9 for j in SHIFTED)


def test_a_quarter_of_a_deviation_and_a_fifth_more_spread_are_seen_in_3000_rows(references):
    found = gate.simulate(gate.Setting(20, 3000, 0.05, 3, 20), SHIFTED, 3, references)
    assert all(found.power(j) == 1.0 for j in SHIFTED)


def test_a_harmless_change_of_everything_is_not_seen_in_10_000_rows(references):
    harmless = dict.fromkeys(range(20), gate.HARMLESS["mean + .02 sd"])
    found = gate.simulate(gate.Setting(20, 10_000, 0.05, 3, 20), harmless, 4, references)
    assert not found.drifted.any()


def test_the_windows_that_are_drawn_by_cell_are_those_of_rows():
    random = np.random.default_rng(5)
    drawn = gate.Drawn.of(2, random)
    (cells,) = drawn.windows(1, 100_000, random, {0: (0.25, 1.2)})
    rows = np.stack([random.normal(0.25, 1.2, 100_000), random.normal(size=100_000)])
    counted = gate.counted(drawn.summary.layout, rows)
    start = drawn.summary.layout.start
    for j in range(2):
        both = np.stack([s.counts[start[j] : start[j + 1]] for s in (cells, counted)])
        both = both[:, both.sum(axis=0) > 20]
        assert stats.chi2_contingency(both).pvalue > 1e-5
