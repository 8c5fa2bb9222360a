"""Estimates agree with published numbers, with scipy, and with the formulas written out plainly."""

import numpy as np
import pytest
from scipy import optimize, special, stats

from detectors.prior import (
    BlackBoxShift,
    CalibratedLikelihood,
    HistogramLikelihood,
    ObservedShares,
)
from detectors.prior.calibration import calibrate
from detectors.prior.cells import Cells
from detectors.prior.likelihood import mixture_shares, most_likely
from detectors.prior.precision import Precision
from detectors.prior.shift import misfit
from tests.detectors.prior.samples import (
    THREE,
    TWO,
    WORLDS,
    counted,
    densities,
    drawn,
    population,
)

PLAIN = HistogramLikelihood(less_noise=False)


def of_a_test(sensitivity, specificity, m=10_000):
    """Give the reference of a yes-no test with m rows of each class."""
    p = np.array([[0.9, 0.1], [0.1, 0.9]])
    sick, sound = round(m * sensitivity), round(m * specificity)
    return p, counted(p, np.array([[sound, m - sick], [m - sound, sick]]))


@pytest.mark.parametrize(
    ("sensitivity", "specificity", "positive", "prevalence"),
    [
        # Rogan and Gladen (1978): (apparent + specificity - 1) / (sensitivity + specificity - 1).
        (0.90, 0.85, 0.30, 0.20),
        (0.80, 0.80, 0.65, 0.75),
        (0.99, 0.95, 0.14, 0.09 / 0.94),
    ],
)
def test_of_a_yes_no_test_every_method_gives_rogan_and_gladens_prevalence(
    sensitivity, specificity, positive, prevalence
):
    p, reference = of_a_test(sensitivity, specificity)
    held = np.array([round(1e4 * (1 - positive)), round(1e4 * positive)])
    current = counted(p, np.zeros((2, 2), dtype=np.int64), held)
    assert BlackBoxShift().estimate(reference, current).prior[1] == pytest.approx(prevalence)
    assert PLAIN.estimate(reference, current).prior[1] == pytest.approx(prevalence, abs=2e-4)
    soft = BlackBoxShift(soft=True).estimate(reference, current)
    assert soft.prior[1] == pytest.approx(prevalence)
    if sensitivity == specificity:  # calibration has one temperature for both
        said = CalibratedLikelihood().estimate(reference, current)
        assert said.prior[1] == pytest.approx(prevalence, abs=1e-8)


def test_a_prevalence_below_what_false_alarms_explain_is_nothing():
    p, reference = of_a_test(0.9, 0.85)
    current = counted(p, np.zeros((2, 2), dtype=np.int64), np.array([900, 100]))
    for estimator in (BlackBoxShift(), PLAIN, HistogramLikelihood()):
        said = estimator.estimate(reference, current)
        assert said.prior.tolist() == [1.0, 0.0]
        assert said.low[1] == 0.0
        assert said.high[1] > 0.0


def test_the_interval_of_a_yes_no_test_is_rogan_and_gladens():
    # Var = [P(1-P)/n + (1-p)^2 a(1-a)/m0 + p^2 b(1-b)/m1] / (a + b - 1)^2 with specificity a and
    # sensitivity b; for two bins the likelihood gives the same.
    a, b, n, m = 0.85, 0.9, 2000, 10_000
    p, reference = of_a_test(b, a, m)
    held = np.array([1400, 600])
    current = counted(p, np.zeros((2, 2), dtype=np.int64), held)
    share = 0.2
    variance = 0.3 * 0.7 / n + (1 - share) ** 2 * a * (1 - a) / m + share**2 * b * (1 - b) / m
    reach = 1.959963984540054 * np.sqrt(variance) / (a + b - 1)
    for estimator in (BlackBoxShift(), PLAIN):
        said = estimator.estimate(reference, current)
        assert (said.high[1] - said.low[1]) / 2 == pytest.approx(reach, rel=2e-3)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        # Newcombe (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_observed_shares_have_newcombes_published_intervals(k, n, low, high):
    current = counted(TWO, np.array([[n - k, k], *[[0, 0]] * 4]))
    said = ObservedShares().estimate(population("two", 500), current)
    assert said.prior[1] == k / n
    assert said.low[1] == pytest.approx(low, abs=5e-5)
    assert said.high[1] == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize("world", list(WORLDS))
def test_the_most_likely_shares_are_those_that_scipy_finds(world):
    random = np.random.default_rng(21)
    k = WORLDS[world][0].shape[1]
    reference = drawn(world, np.full(k, 1 / k), 3000, random, labels=True)
    current = drawn(world, random.dirichlet(np.ones(k)), 700, random, labels=False)
    cells = Cells.of(reference, current)
    f, q = cells.densities[:, cells.known], cells.shares[cells.known]

    def loss(free):
        return -q @ np.log(special.softmax([0.0, *free]) @ f)

    found = optimize.minimize(loss, np.zeros(k - 1), method="BFGS", options={"gtol": 1e-9})
    expected = special.softmax([0.0, *found.x])
    np.testing.assert_allclose(most_likely(f, q), expected, atol=1e-6)
    np.testing.assert_allclose(most_likely(cells.densities, cells.shares), expected, atol=1e-6)


def test_halving_and_expectation_maximisation_agree_on_two_classes():
    random = np.random.default_rng(22)
    f = random.dirichlet(np.ones(9), size=(50, 2))
    q = random.dirichlet(np.ones(9), size=50)
    by_steps = mixture_shares(f, q, np.full((50, 2), 0.5))
    np.testing.assert_allclose(most_likely(f, q), by_steps, atol=1e-5)


def test_the_variance_is_the_formula_of_two_classes_written_out():
    random = np.random.default_rng(23)
    f0, f1 = random.dirichlet(np.ones(8), size=2)
    p, n, m0, m1 = 0.3, 500, 4000, 900
    mix = p * f1 + (1 - p) * f0
    d = (f1 - f0) / mix
    j = mix @ d**2

    def variance(f):
        return f @ d**2 - (f @ d) ** 2

    noise = (f0 * (1 - f0) / m0 + f1 * (1 - f1) / m1) @ (1 / mix)
    expected = j / n + p**2 * variance(f1) / m1 + (1 - p) ** 2 * variance(f0) / m0
    here = Precision.at(np.stack([f0, f1]), np.array([1 - p, p]), np.array([m0, m1]))
    assert here.apparent[0, 0] == pytest.approx(j)
    assert here.steep[0, 0] == pytest.approx(j - noise)
    assert here.signal == pytest.approx(1 - noise / j)
    found = here.covariance(np.asarray(n))
    assert found[1, 1] == pytest.approx(expected / (j - noise) ** 2)
    assert found[0, 1] == pytest.approx(-found[1, 1])


def test_x2_is_the_formula_written_out():
    random = np.random.default_rng(24)
    reference = drawn("two", (0.6, 0.4), 5000, random, labels=True)
    current = drawn("two", (0.4, 0.6), 2000, random, labels=False)
    cells = Cells.of(reference, current)
    p = np.array([0.45, 0.55])
    f, q = cells.densities[:, cells.known], cells.shares[cells.known]
    mix = p @ f
    variance = mix / cells.n + (p**2 / cells.m) @ f
    x2, df = misfit(cells, p)
    assert x2 == pytest.approx(((q - mix) ** 2 / variance).sum())
    assert df == len(q) - 2
    said = PLAIN.estimate(reference, current)
    assert said.p_value == pytest.approx(stats.chi2.sf(said.x2, said.df))


def test_small_cells_are_pooled_until_five_rows_are_expected():
    reference = np.array([[1000, 500, 3, 2, 1], [200, 900, 4, 3, 2]])
    current = np.array([700, 700, 2, 1, 0])
    _, df = misfit(Cells(reference, current), np.array([0.5, 0.5]))
    assert df == 1  # two large cells, one of the small ones together


def test_densities_are_smoothed_by_half_a_row():
    cells = Cells(np.array([[10, 0, 0], [5, 5, 0]]), np.array([1, 1, 1]))
    expected = [[10.25 / 10.5, 0.25 / 10.5, 0], [5.25 / 10.5, 5.25 / 10.5, 0]]
    np.testing.assert_allclose(cells.densities, expected)


def test_calibration_is_what_scipy_finds():
    random = np.random.default_rng(25)
    p = random.dirichlet([1, 1, 1], 400)
    truth = special.softmax(np.log(p) / 2.2 + [0.5, 0.0, -0.8], axis=1)
    counts = np.stack([random.multinomial(50, row) for row in truth])

    def loss(free):
        return -(counts * special.log_softmax(free[0] * np.log(p) + [0, *free[1:]], axis=1)).sum()

    found = optimize.minimize(loss, [1.0, 0, 0], method="BFGS", options={"gtol": 1e-5}).x
    fitted = calibrate(p, counts)
    assert fitted.steepness == pytest.approx(found[0], abs=1e-6)
    np.testing.assert_allclose(fitted.bias - fitted.bias[0], [0, *found[1:]], atol=1e-6)
    error = np.sqrt(fitted.covariance[0, 0])
    assert abs(fitted.steepness - 1 / 2.2) < 4 * error
    # Its own score equation: on the labelled rows the mean probability is the share of labels.
    np.testing.assert_allclose(
        fitted.apply(p).mean(axis=0), counts.sum(axis=0) / counts.sum(), atol=1e-10
    )


def test_scores_that_separate_the_classes_end_at_the_steepest_calibration():
    p = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert calibrate(p, np.array([[50, 0], [0, 50]])).steepness <= 100


def plainly(posteriors, prior, stop):
    """Follow Saerens (2002) over rows, as quapy's EMQ is documented to stop (or further)."""
    now, previous, steps = prior, None, 0
    while steps < (1000 if stop == "quapy" else 100_000):
        weighted = posteriors * now / prior
        now = (weighted / weighted.sum(axis=1, keepdims=True)).mean(axis=0)
        change = np.inf if previous is None else np.abs(now - previous)
        if stop == "quapy" and np.mean(change) < 1e-4 and steps > 10:
            break
        if stop == "converged" and np.max(change) < 1e-10:
            break
        previous, steps = now, steps + 1
    return now


@pytest.mark.parametrize("stop", ["quapy", "converged"])
@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize("sharp", [0.3, 3.0])
def test_expectation_maximisation_on_rows_is_that_of_saerens(stop, k, sharp):
    random = np.random.default_rng(26)
    posteriors = random.dirichlet(np.full(k, sharp), 800)
    prior = random.dirichlet(np.full(k, 5))
    found = mixture_shares((posteriors / prior).T, np.full(800, 1 / 800), prior, stop)
    np.testing.assert_allclose(found, plainly(posteriors, prior, stop), atol=1e-12)


def test_calibrated_likelihood_is_saerens_on_the_calibrated_cells():
    random = np.random.default_rng(27)
    reference = drawn("three", (0.4, 0.3, 0.3), 5000, random, labels=True)
    current = drawn("three", (0.2, 0.2, 0.6), 1000, random, labels=False)
    p = THREE[np.argsort(reference.layout.find(THREE))]
    counts = reference.cells[:-1, :-1]
    fitted = calibrate(p, counts)
    rows = np.repeat(fitted.apply(p), current.cells[:-1].sum(axis=1), axis=0)
    prior = counts.sum(axis=1) @ fitted.apply(p) / counts.sum()
    for stop in ("quapy", "converged"):
        said = CalibratedLikelihood(stop=stop).estimate(reference, current)
        np.testing.assert_allclose(said.prior, plainly(rows, prior, stop), atol=1e-10)


def test_black_box_shift_is_the_published_formula():
    # Lipton et al. (2018): w = C^-1 mu with C[i, j] = P(prediction i, label j); prior = w p_ref.
    random = np.random.default_rng(28)
    reference = drawn("three", (0.4, 0.3, 0.3), 5000, random, labels=True)
    current = drawn("three", (0.2, 0.3, 0.5), 2000, random, labels=False)
    c = reference.predicted[:-1, :-1] / reference.rows
    mu = current.predicted[:-1].sum(axis=1) / current.rows
    weights = np.linalg.inv(c) @ mu
    said = BlackBoxShift().estimate(reference, current)
    assert (weights > 0).all()
    np.testing.assert_allclose(said.prior, weights * c.sum(axis=0), atol=1e-12)


def test_densities_of_the_samples_are_distributions():
    for world in WORLDS:
        np.testing.assert_allclose(densities(world).sum(axis=0), 1)
