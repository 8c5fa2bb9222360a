"""The Anderson-Darling test is scipy's, and says what it cannot see."""

import warnings

import numpy as np
import pytest
from scipy import stats

from detectors.comparison import AndersonDarling, CramerVonMises, KolmogorovSmirnov
from detectors.comparison.bridges import anderson_darling_sf
from detectors.summaries import Layout, numeric_feature
from tests.detectors.comparison.test_blind_spots import UNIFORM, compare
from tests.detectors.comparison.test_numbers import SHAPES, M, N
from tests.detectors.samples import numbers, summarise


def sides(reference, current, forced=()):
    layout = Layout((numeric_feature("x0", reference, forced=forced),))
    return summarise(layout, numbers(reference)), summarise(layout, numbers(current))


def theirs(reference, current):
    """Undo scipy's (A^2 - 1) / sigma by Scholz and Stephens' sigma, their equation 4, k = 2."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its table's ends, and of a change to come
        standard = stats.anderson_ksamp([reference, current], midrank=True).statistic
    n, m = len(reference), len(current)
    rows, h_large = n + m, 1 / n + 1 / m
    steps = 1 / np.arange(1, rows)
    h = steps.sum()
    left = h - np.cumsum(steps)  # sum of 1 / j over j > i
    g = (left[:-1] / (rows - np.arange(1, rows - 1))).sum()
    a = (4 * g - 6) + (10 - 6 * g) * h_large
    b = (2 * g - 4) * 4 + 16 * h + (2 * g - 14 * h - 4) * h_large - 8 * h + 4 * g - 6
    c = (6 * h + 2 * g - 2) * 4 + (4 * h - 4 * g + 6) * 2 + (2 * h - 6) * h_large + 4 * h
    d = (2 * h + 6) * 4 - 8 * h
    variance = (a * rows**3 + b * rows**2 + c * rows + d) / ((rows - 1.0) * (rows - 2) * (rows - 3))
    return 1 + standard * np.sqrt(variance)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_scipys_within_the_binning_error(shape):
    random = np.random.default_rng(12)
    reference, current = (SHAPES[shape](random, rows, now) for rows, now in ((M, 0), (N, 1)))
    said = AndersonDarling().compare(*sides(reference, current))
    assert said.statistic[0] == pytest.approx(theirs(reference, current), rel=0.03, abs=0.03)


@pytest.mark.parametrize(("n", "m"), [(8, 12), (30, 25)])
def test_it_is_scipys_exactly_where_no_cell_holds_two_different_values(n, m):
    random = np.random.default_rng(13)
    reference, current = random.normal(size=m).round(1), random.normal(0.5, 1, n).round(1)
    said = AndersonDarling().compare(*sides(reference, current, forced=current))
    assert said.statistic[0] == pytest.approx(theirs(reference, current), rel=1e-9)


def test_its_tail_has_the_published_percentage_points():
    # Marsaglia and Marsaglia (2004) for 1%; the others also D'Agostino and Stephens, table 4.2.
    points = np.array([1.248, 1.933, 2.492, 3.878125])
    np.testing.assert_allclose(anderson_darling_sf(points), [0.25, 0.1, 0.05, 0.01], rtol=0.005)


def test_its_tail_never_rises_and_is_exact_far_out():
    values = np.linspace(0, 100, 20_000)
    tail = anderson_darling_sf(values)
    assert (tail[0], tail.max()) == (1.0, 1.0)
    assert (np.diff(tail) <= 1e-7).all()
    # Zolotarev: the product over j > 1 of 1 / (1 - 2 / (j (j + 1))) is 3.
    far = np.array([30.0, 90.0])
    np.testing.assert_allclose(
        anderson_darling_sf(far), np.sqrt(3) * stats.chi2.sf(2 * far, 1), rtol=0.03
    )


def test_it_sees_a_change_in_the_tail_that_the_others_do_not():
    # Half a percent of the rows leaves the middle for the outermost percent.
    moved = np.where((UNIFORM > 0.5) & (UNIFORM < 0.505), 0.999, UNIFORM)
    p = {
        detector.kind: compare(detector, numbers(UNIFORM), numbers(moved))[1]
        for detector in (AndersonDarling(), CramerVonMises(), KolmogorovSmirnov())
    }
    assert p["anderson_darling"] < min(p["cramer_von_mises"], p["kolmogorov_smirnov"])


def test_it_does_not_see_how_far_out_a_value_lies():
    near, far = (numbers(np.where(UNIFORM > 0.999, out, UNIFORM)) for out in (1.5, 1e9))
    reference = numbers(UNIFORM)
    assert compare(AndersonDarling(), reference, near) == compare(AndersonDarling(), reference, far)
