"""How far may a share go without harm?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from detectors.sequential.bounds import RATIO, Bounds, level_of, tolerated, upper_share


def test_the_bound_of_a_share_is_clopper_and_pearsons():
    """By scipy's binomtest, an independent implementation."""
    for k, m in ((0, 50), (3, 50), (499, 1000), (999, 1000)):
        exact = stats.binomtest(k, m).proportion_ci(0.98, "exact").high
        assert upper_share(k, m, 0.01) == pytest.approx(exact, rel=1e-9)


def test_of_a_share_of_all_or_of_nothing_nothing_is_known():
    assert upper_share([50, 0], [50, 0], 0.01).tolist() == [1.0, 1.0]


@given(st.integers(0, 10_000), st.integers(1, 10_000), st.floats(1e-9, 0.1), st.floats(1, 100))
def test_clusters_and_certainty_only_widen_it(k: int, m: int, level: float, phi: float):
    k = min(k, m)
    bound = upper_share(k, m, level)
    assert k / m <= bound <= 1
    assert bound <= upper_share(k, m, level / 2) + 1e-12
    assert bound <= upper_share(k, m, level, phi) + 1e-9


@given(st.floats(0, 1), st.floats(0, 0.5))
def test_the_tolerance_is_cohens_h(share: float, h: float):
    widened = float(tolerated(share, h))
    measured = 2 * (np.arcsin(np.sqrt(widened)) - np.arcsin(np.sqrt(share)))
    assert measured == pytest.approx(h, abs=1e-6) or widened == pytest.approx(1)


def test_rare_rates_are_not_widened_by_more_than_a_quarter():
    """Fraud that goes from .5% to 1% would never be seen otherwise."""
    assert tolerated(0.005, 0.05, ratio=RATIO) == pytest.approx(0.00625)
    assert tolerated(0.005, 0.05) > 0.009


def test_a_side_that_cannot_be_exceeded_is_dead():
    bounds = Bounds.of(np.array([50, 10]), np.array([50, 50]), level=0.01)
    assert bounds.alive.tolist() == [[False, True], [True, True]]


def test_the_level_is_shared_among_all_sides_of_all_sets():
    assert level_of(1000) == pytest.approx(0.01 / 2000)
    assert level_of(0) == pytest.approx(0.005)
