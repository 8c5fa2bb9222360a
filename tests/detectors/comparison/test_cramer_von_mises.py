"""The Cramer-von Mises test is scipy's, and says what it cannot see."""

import numpy as np
import pytest
from scipy import stats

from detectors.comparison import CramerVonMises
from detectors.comparison.bridges import cramer_von_mises_sf
from detectors.summaries import Layout, numeric_feature
from tests.detectors.comparison.test_blind_spots import UNIFORM, compare
from tests.detectors.comparison.test_numbers import SHAPES, M, N
from tests.detectors.samples import layout_of, numbers, summarise

TIED = {"zero-inflated exponential", "Poisson"}


def sides(reference, current, forced=()):
    layout = Layout((numeric_feature("x0", reference, forced=forced),))
    return summarise(layout, numbers(reference)), summarise(layout, numbers(current))


@pytest.mark.parametrize("shape", [name for name in SHAPES if name not in TIED])
def test_it_is_scipys_within_the_binning_error(shape):
    random = np.random.default_rng(12)
    reference, current = (SHAPES[shape](random, rows, now) for rows, now in ((M, 0), (N, 1)))
    said = CramerVonMises().compare(*sides(reference, current))
    theirs = stats.cramervonmises_2samp(current, reference, method="asymptotic")
    assert said.statistic[0] == pytest.approx(theirs.statistic, rel=0.002, abs=0.002)
    assert said.p_value[0] == pytest.approx(theirs.pvalue, rel=0.02, abs=1e-7)


@pytest.mark.parametrize(("n", "m"), [(8, 12), (30, 25), (2, 40)])
def test_it_is_scipys_exactly_where_no_cell_holds_two_rows(n, m):
    random = np.random.default_rng(13)
    reference, current = random.normal(size=m), random.normal(0.5, 1, n)
    said = CramerVonMises().compare(*sides(reference, current, forced=current))
    theirs = stats.cramervonmises_2samp(current, reference, method="asymptotic")
    assert said.statistic[0] == pytest.approx(theirs.statistic, rel=1e-9)
    assert said.p_value[0] == pytest.approx(theirs.pvalue, abs=1e-6)


def test_its_tail_has_the_published_percentage_points():
    # Anderson and Darling (1952), table 1.
    points = np.array([0.34730, 0.46136, 0.74346, 1.16786])
    np.testing.assert_allclose(cramer_von_mises_sf(points), [0.1, 0.05, 0.01, 0.001], rtol=1e-4)


def test_its_tail_never_rises_and_is_exact_far_out():
    values = np.linspace(0, 60, 20_000)
    tail = cramer_von_mises_sf(values)
    assert (tail[0], tail.max()) == (1.0, 1.0)
    assert (np.diff(tail) <= 1e-8).all()
    # Zolotarev: beyond its first eigenvalue the tail is sqrt(2) P(Z^2 > pi^2 x).
    far = np.array([20.0, 50.0])
    theirs = np.sqrt(2) * stats.chi2.sf(np.pi**2 * far, 1)
    np.testing.assert_allclose(cramer_von_mises_sf(far), theirs, rtol=0.03)


def test_it_does_not_see_a_change_in_the_far_tail():
    far = np.where(UNIFORM > 0.999, 1e6, UNIFORM)
    assert compare(CramerVonMises(), numbers(UNIFORM), numbers(far))[1] > 0.9


def test_on_discrete_data_its_p_value_is_too_large():
    random = np.random.default_rng(14)
    rows = 300
    columns = numbers(*(random.random((400, 2000)) < 0.3))
    layout = layout_of(columns)
    current = summarise(layout, numbers(*(random.random((400, rows)) < 0.3)))
    p = CramerVonMises().compare(summarise(layout, columns), current).p_value
    assert (p < 0.05).sum() <= stats.binom.ppf(1e-5, 400, 0.05)
