"""Derived features agree with what others published, or with another way to compute them."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist

from detectors.multivariate import MultivariateSettings
from detectors.multivariate.directions import Directions
from detectors.multivariate.fourier import RandomFourier, median_distance
from detectors.multivariate.mmd import LEAST, LEVELS, MeanDiscrepancy, null_quantiles
from detectors.multivariate.projections import random_projections
from tests.detectors.multivariate.clouds import PLAIN, correlated, derived_of, fit_numbers, named

RANDOM = np.random.default_rng(41)
FIT = correlated(RANDOM, 4000, 6, 0.5) * np.arange(1, 7)[:, None] + 10
ROWS = correlated(RANDOM, 500, 6, 0.3) * np.arange(1, 7)[:, None] + 10


def standardised(rows):
    return (rows - FIT.mean(axis=1, keepdims=True)) / FIT.std(axis=1, keepdims=True)


def test_reconstruction_error_is_what_is_left_by_the_singular_vectors():
    _, values, vectors = np.linalg.svd(standardised(FIT).T, full_matrices=False)
    held = np.cumsum(values**2) / (values**2).sum()
    k = int((held <= 0.65).sum()) + 1  # as scikit-learn's PCA(n_components=.65) chooses them
    z = standardised(ROWS).T
    left = z - z @ vectors[:k].T @ vectors[:k]
    ours = named(fit_numbers(FIT, PLAIN), ROWS)["reconstruction error"]
    assert 1 < k < 6
    np.testing.assert_allclose(ours, np.sqrt((left**2).sum(axis=1)), atol=1e-5)


def test_reconstruction_error_of_two_columns_by_hand():
    # Correlation .6: the components are (1, 1) and (1, -1) over sqrt 2, and the first holds .8.
    x = np.array([1.0, 1, -1, -1, 1, -1, 1, 1, -1, -1])
    y = np.array([1.0, 1, -1, -1, -1, 1, 1, 1, -1, -1])
    assert np.corrcoef(x, y)[0, 1] == pytest.approx(0.6)
    error = named(fit_numbers(np.stack([x, y]), PLAIN), np.array([[3.0, 2], [1, 2]]))
    np.testing.assert_allclose(error["reconstruction error"], [2 / np.sqrt(2), 0], atol=1e-5)
    # (x' S^-1 x) with S = [[1, .6], [.6, 1]]: (9 + 1 - 2 * .6 * 3) / (1 - .36) = 10, and 5.
    np.testing.assert_allclose(error["mahalanobis distance"] ** 2, [10, 5], atol=1e-5)


def test_mahalanobis_distance_is_that_of_scipy_on_the_columns_as_they_came():
    inverse = np.linalg.inv(np.cov(FIT, bias=True))
    mean = FIT.mean(axis=1)[None, :]
    theirs = cdist(ROWS.T, mean, "mahalanobis", VI=inverse)[:, 0]
    ours = named(fit_numbers(FIT, PLAIN), ROWS)["mahalanobis distance"]
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_pairs_are_sums_and_differences_of_standardised_columns():
    made = named(fit_numbers(FIT, MultivariateSettings(pairs=15)), ROWS)
    z = standardised(ROWS)
    np.testing.assert_allclose(made["x1 + x4"], z[1] + z[4], atol=2e-6)
    np.testing.assert_allclose(made["x1 - x4"], z[1] - z[4], atol=2e-6)
    assert sum(" + " in name for name in made) == 15


def test_pairs_are_those_of_the_largest_correlation():
    rows = RANDOM.normal(size=(4, 2000))
    rows[3] = -0.9 * rows[0] + 0.3 * rows[3]
    rows[2] = 0.5 * rows[1] + 0.8 * rows[2]
    names = fit_numbers(rows, MultivariateSettings(pairs=2)).names
    assert [name for name in names if " + " in name] == ["x0 + x3", "x1 + x2"]


def test_projections_have_variance_one_and_no_mean_on_rows_like_the_reference():
    transforms = fit_numbers(FIT, MultivariateSettings(pairs=0))
    new = derived_of(transforms, correlated(RANDOM, 20_000, 6, 0.5) * np.arange(1, 7)[:, None] + 10)
    assert len([name for name in transforms.names if "projection" in name]) == 20
    np.testing.assert_allclose(new[:20].mean(axis=1), 0, atol=0.15)
    np.testing.assert_allclose(new[:20].std(axis=1), 1, atol=0.1)


def test_directions_of_negligible_variance_are_dropped():
    variances = np.array([1.0, 2e-6, 0.5e-6])
    found = Directions.fit(np.diag(variances), 0.65, 3)
    np.testing.assert_allclose(found.variances, [1, 2e-6])
    drawn = random_projections(found, 50, RANDOM)
    np.testing.assert_array_equal(drawn[:, 2], 0)


def test_random_fourier_features_multiply_to_the_gaussian_kernel():
    rows = RANDOM.normal(size=(4, 300))
    features = RandomFourier.fit(rows, 20_000, RANDOM).apply(rows)
    distances = cdist(rows.T, rows.T)
    kernel = np.exp(-(distances**2) / (2 * median_distance(rows, RANDOM) ** 2))
    assert np.abs(features.T @ features - kernel).max() < 0.05


def test_the_bandwidth_is_the_median_distance_of_two_rows():
    rows = RANDOM.normal(size=(4, 300))
    distances = cdist(rows.T, rows.T)[np.triu_indices(300, k=1)]
    assert median_distance(rows, RANDOM) == pytest.approx(np.median(distances), rel=1e-9)


def test_the_discrepancy_is_that_of_the_kernel_on_all_pairs_of_rows():
    a, b = RANDOM.normal(size=(3, 400)), RANDOM.normal(0.4, 1.2, size=(3, 300))
    test = MeanDiscrepancy((), RandomFourier.fit(a, 10_000, RANDOM), np.zeros(LEVELS))
    means = (test.fourier.apply(side).mean(axis=1) for side in (a, b))
    ours = test.judge(*means, 400, 300).statistic
    scale = median_distance(a, RANDOM)
    aa, bb, ab = (
        np.exp(-(cdist(x.T, y.T) ** 2) / (2 * scale**2)).mean() for x, y in ((a, a), (b, b), (a, b))
    )
    assert ours == pytest.approx(aa + bb - 2 * ab, rel=0.1)


def p_value_at(value: float, weights: list[float]) -> float:
    quantiles = null_quantiles(np.array(weights), np.random.default_rng(7))
    levels = np.geomspace(1, LEAST, LEVELS)
    return float(levels[np.searchsorted(quantiles, value, side="right") - 1])


@pytest.mark.parametrize(("value", "p"), [(0.1, 0.9458), (0.7, 0.5064), (2.0, 0.1240)])
def test_the_mixture_of_chi_squares_has_imhofs_probabilities(value, p):
    # Imhof, Computing the Distribution of Quadratic Forms in Normal Variables (1961), table 1, Q1.
    assert p_value_at(value, [0.6, 0.3, 0.1]) == pytest.approx(p, rel=0.035)


@pytest.mark.parametrize("p", [0.5, 0.05, 0.005, 0.0005])
def test_the_mixture_of_equal_weights_is_a_chi_square(p):
    assert p_value_at(2 * stats.chi2.isf(p, 5), [2.0] * 5) == pytest.approx(p, rel=0.25)
