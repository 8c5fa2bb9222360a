"""On data that have not moved, derived features are believed to have as rarely as they promise.

If a p-value were exactly right, the number below alpha would be binomial; the bound is its quantile
at 1 - 1e-5, so that a right p-value fails a test here once in 100,000.
"""

import numpy as np
import pytest
from scipy import stats

from detectors.comparison import KolmogorovSmirnov
from detectors.multivariate import MultivariateSettings
from detectors.multivariate.mmd import LEAST, LEVELS, MeanDiscrepancy
from tests.detectors.multivariate.clouds import PLAIN, correlated, fit_numbers, sides

REPETITIONS = 400


def at_most(alpha: float, repetitions: int) -> float:
    return stats.binom.ppf(1 - 1e-5, repetitions, alpha)


def skewed(random, rows):
    """Draw rows of a lognormal, a discrete, a uniform and a normal column that hang together."""
    x = correlated(random, rows, 4, 0.4)
    return np.stack([np.exp(x[0]), np.rint(x[1]), stats.norm.cdf(x[2]), x[3]])


@pytest.fixture(scope="module")
def fitted():
    random = np.random.default_rng(46)
    settings = MultivariateSettings(mmd=64, pairs=0)
    return [fit_numbers(skewed(random, 4000), settings) for _ in range(4)], random


@pytest.fixture(scope="module", params=[(20, 1000), (100, 400), (1000, 1000)], ids=str)
def p_values(request, fitted):
    n, m = request.param
    some, random = fitted
    found = []
    for transforms in some:
        test, encoding = transforms.mmd, transforms.encoding
        for _ in range(REPETITIONS // len(some)):
            means = []
            for rows in (m, n):
                values = encoding.standardised(skewed(random, rows)[encoding.numeric])
                means.append(test.fourier.apply(values).mean(axis=1))
            found.append(test.judge(*means, m, n).p_value)
    return np.array(found)


@pytest.mark.parametrize("alpha", [0.5, 0.1, 0.05, 0.01, 0.001])
def test_of_the_mean_discrepancy(p_values, alpha):
    assert (p_values <= alpha).sum() <= at_most(alpha, REPETITIONS)


def test_the_p_values_of_the_mean_discrepancy_are_not_idle_either(p_values):
    assert (p_values <= 0.1).sum() >= stats.binom.ppf(1e-5, REPETITIONS, 0.08)


def test_the_usual_gamma_distribution_would_be_several_times_too_liberal_in_the_tail():
    # The gamma of the same mean and variance, at the quantiles that were drawn instead.
    random = np.random.default_rng(47)
    rows = random.normal(size=(10, 4000))
    test = MeanDiscrepancy.fit(rows, 64, random, "mmd", ())
    weights = np.maximum(np.linalg.eigvalsh(np.cov(test.fourier.apply(rows), bias=True)), 0)
    mean, variance = weights.sum(), 2 * (weights**2).sum()
    gamma = stats.gamma(mean**2 / variance, scale=variance / mean)
    levels = np.geomspace(1, LEAST, LEVELS)
    at = np.searchsorted(-levels, -0.001)
    assert levels[at] / gamma.sf(test.quantiles[at]) > 1.5


@pytest.fixture(scope="module")
def derived_p_values():
    """Compare 2,000 rows with 500, each time by other transforms and another reference."""
    random = np.random.default_rng(49)
    settings = MultivariateSettings(projections=2)
    found = []
    for _ in range(100):
        transforms = fit_numbers(skewed(random, 2000), settings)
        reference, current = sides(transforms, skewed(random, 2000), skewed(random, 500))
        p = KolmogorovSmirnov().compare(reference, current).p_value
        found.append(dict(zip(reference.layout.names, p, strict=True)))
    return found


@pytest.mark.parametrize(
    "name",
    ["x0 + x1", "x0 - x1", "projection 1", "reconstruction error", "mahalanobis distance"],
)
def test_of_each_derived_feature(derived_p_values, name):
    p = np.array([values[name] for values in derived_p_values])
    assert (p < 0.05).sum() <= at_most(0.05, len(p))
    assert (p < 0.005).sum() <= at_most(0.005, len(p))
    assert (p < 0.5).sum() >= stats.binom.ppf(1e-5, len(p), 0.4)


def errors(random, *, halves: bool, current: int) -> float:
    """Give the p-value of the reconstruction errors of d=100, m=10k against undrifted rows."""
    rows = correlated(random, 10_000, 100, 0.3)
    fitted, counted = (rows[:, :5000], rows[:, 5000:]) if halves else (rows, rows)
    transforms = fit_numbers(fitted, PLAIN)
    reference, now = sides(transforms, counted, correlated(random, current, 100, 0.3))
    at = reference.layout.names.index("reconstruction error")
    return KolmogorovSmirnov().compare(reference, now).p_value[at]


def test_reconstruction_errors_counted_on_the_other_half_do_not_drift_by_themselves():
    random = np.random.default_rng(48)
    p = np.array([errors(random, halves=True, current=5000) for _ in range(12)])
    assert (p < 0.05).sum() <= at_most(0.05, 12)
    assert (p < 0.001).sum() <= at_most(0.001, 12)


def test_reconstruction_errors_counted_on_the_rows_that_fitted_them_do():
    random = np.random.default_rng(48)
    p = np.array([errors(random, halves=False, current=5000) for _ in range(4)])
    assert (p < 0.01).all()
