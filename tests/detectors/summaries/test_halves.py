"""A vocabulary that is chosen on one half of the reference is counted on the other.

Zipf's law over 100,000 values: ever new ones come though nothing moved. Of 30 right p-values more
than the binomial quantile at 1 - 1e-5 are below alpha once in 100,000 times.
"""

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from detectors.comparison import ChiSquare, LInfinity, PopulationStability, Unseen
from detectors.summaries import Layout, categorical_feature, tabulate

REPETITIONS = 30
VALUES = 100_000
EVER = np.cumsum(1 / np.arange(1, VALUES + 1))
DETECTORS = (Unseen(), ChiSquare(), PopulationStability(), LInfinity())


def drawn(random, rows):
    return np.searchsorted(EVER, random.random(rows) * EVER[-1])


def counted(layout, values):
    found, codes = np.unique(values, return_inverse=True)
    words = [[str(value) for value in found.tolist()]]
    rows = np.zeros((0, len(values))), codes[None, :].astype(np.int32), words
    return tabulate(layout, *rows, np.zeros(len(values), dtype=np.int64), 1).summary(0)


@pytest.fixture(scope="module")
def p_values():
    """Give p-values of each detector, counted on the other half and on the rows that chose."""
    random = np.random.default_rng(62)
    found = []
    for _ in range(REPETITIONS):
        chose, other, current = (drawn(random, rows) for rows in (10_000, 10_000, 3000))
        counts = Counter(map(str, chose.tolist()))
        layout = Layout((), (categorical_feature("kind", counts),))
        now = counted(layout, current)
        sides = [counted(layout, side) for side in (other, chose)]
        found.append([[d.compare(side, now).p_value[0] for d in DETECTORS] for side in sides])
    return np.array(found)


@pytest.mark.parametrize("at", range(len(DETECTORS)), ids=[d.kind for d in DETECTORS])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_ever_new_values_are_no_drift(p_values, at, alpha):
    below = (p_values[:, 0, at] < alpha).sum()
    assert below <= stats.binom.ppf(1 - 1e-5, REPETITIONS, alpha)


@pytest.mark.parametrize("at", range(len(DETECTORS)), ids=[d.kind for d in DETECTORS])
def test_counted_on_the_rows_that_chose_them_they_would_be(p_values, at):
    assert (p_values[:, 1, at] < 0.001).all()
