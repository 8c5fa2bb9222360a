"""Intervals cover the truth, and the test of prior shift errs, as often as they promise.

The full simulation is `tests/simulations/prior.py`: 36 settings, 4,000 repetitions each. Here are
six of them, with 400 repetitions: coverage may leave .92 to .99, and the size of X2 .035 to .07, by
what a binomial rate of 400 strays once in 100,000 times.
"""

import numpy as np
import pytest
from scipy import stats

from detectors.prior import BlackBoxShift, CalibratedLikelihood, HistogramLikelihood
from detectors.prior.cells import Cells
from tests.detectors.prior.samples import drawn
from tests.simulations import prior

SHORT = prior.rows(short=True)


def test_the_short_simulation_takes_six_settings_and_one_of_concept_shift():
    assert len(SHORT) == 6 * 3 + 1


@pytest.mark.parametrize("row", SHORT, ids=lambda row: row.name)
def test_the_simulated_rate_keeps_its_bound(row):
    assert row.holds, f"{row.value:.3f}, not {row.bound}"


def test_the_full_simulation_has_36_settings():
    assert len(set(prior.SETTINGS)) == 36


@pytest.mark.parametrize("world", ["two", "three"])
def test_what_is_simulated_at_once_is_what_the_estimator_says(world):
    random = np.random.default_rng(41)
    shares = (0.7, 0.3) if world == "two" else (0.2, 0.3, 0.5)
    pairs = [
        (
            drawn(world, shares, 2000, random, labels=True),
            drawn(world, shares[::-1], 500, random, labels=False),
        )
        for _ in range(8)
    ]
    said = [HistogramLikelihood().estimate(*pair) for pair in pairs]
    # Each with its own cells side by side, as the simulation has them.
    made = [Cells.of(*pair) for pair in pairs]
    cells = Cells(np.stack([c.reference for c in made]), np.stack([c.current for c in made]))
    found = prior.estimated(cells)
    np.testing.assert_allclose(found.share, [s.prior[1] for s in said], atol=1e-8)
    np.testing.assert_allclose(found.low, [s.low[1] for s in said], atol=1e-8)
    np.testing.assert_allclose(found.high, [s.high[1] for s in said], atol=1e-8)
    np.testing.assert_allclose(found.p_value, [s.p_value for s in said], atol=1e-6)


REPETITIONS = 300


@pytest.mark.parametrize("world", ["two", "three"])
@pytest.mark.parametrize(
    "estimator",
    [BlackBoxShift(), BlackBoxShift(soft=True), CalibratedLikelihood(), HistogramLikelihood()],
    ids=repr,
)
def test_the_other_intervals_cover_the_truth_too(estimator, world):
    # 95% intervals on drawn references and windows: no more misses of a class than a binomial rate
    # of .08 gives once in 100,000 times, and some, for they are not idle.
    random = np.random.default_rng(42)
    shares = np.array((0.6, 0.4) if world == "two" else (0.3, 0.3, 0.4))
    before = (0.75, 0.25) if world == "two" else (0.5, 0.3, 0.2)
    misses = np.zeros(len(shares))
    for _ in range(REPETITIONS):
        reference = drawn(world, before, 3000, random, labels=True)
        said = estimator.estimate(reference, drawn(world, shares, 1500, random, labels=False))
        misses += (shares < said.low) | (shares > said.high)
    assert misses.max() <= stats.binom.ppf(1 - 1e-5, REPETITIONS, 0.08)
    assert misses.min() > 0
