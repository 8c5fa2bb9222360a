"""Every statistic of numbers is that of the raw rows, for eight distributions, none left out.

100,000 reference rows and 10,000 current ones. What goes by bins that are forced into the layout is
exact; what goes by the distribution function errs by the binning, as far as is stated here.
"""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from detectors.comparison import Undefined
from tests.detectors.comparison.test_anderson_darling import theirs as anderson_darling
from tests.detectors.comparison.test_contract import VARIANTS
from tests.detectors.comparison.test_numbers import HEAVY, SHAPES, M, N
from tests.detectors.samples import layout_of, summarise

EXACT = 1e-9


@pytest.fixture(scope="module")
def drawn():
    random = np.random.default_rng(77)
    raw = {
        name: tuple(_with_holes(draw(random, rows, now), random) for rows, now in ((M, 0), (N, 1)))
        for name, draw in SHAPES.items()
    }
    layout = layout_of({name: sides[0] for name, sides in raw.items()})
    sides = [summarise(layout, {name: both[i] for name, both in raw.items()}) for i in (0, 1)]
    return raw, layout, sides


def _with_holes(values, random):
    return np.where(random.random(len(values)) < 0.03, np.nan, values)


def deciles(reference, *sides):
    """Count between the reference's decile cuts, of which those at its lowest value cut nothing."""
    cuts = np.unique(np.quantile(reference, np.arange(1, 10) / 10))
    cuts = cuts[cuts > reference.min()]
    return [
        np.bincount(np.searchsorted(cuts, side, side="right"), minlength=len(cuts) + 1)
        for side in sides
    ]


def doane(reference, *sides):
    """Count in the reference's Doane histogram, what lies outside in one more bin."""
    edges = np.histogram_bin_edges(reference, bins="doane")
    counts = [np.histogram(side, edges)[0] for side in sides]
    return [np.append(k, len(s) - k.sum()) for k, s in zip(counts, sides, strict=True)]


def shares(counts, smoothing=0.0):
    return [(k + smoothing) / (k.sum() + smoothing * len(k)) for k in counts]


def psi(reference, current):
    q, p = shares(deciles(reference, reference, current), 0.5)
    return ((p - q) * np.log(p / q)).sum()


def kullback_leibler(reference, current):
    q, p = shares(deciles(reference, reference, current), 0.5)
    return stats.entropy(p, q)


def jensen_shannon(reference, current):
    return jensenshannon(*shares(doane(reference, reference, current)), base=2)


def hellinger(reference, current):
    q, p = shares(deciles(reference, reference, current))
    return np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / np.sqrt(2)


def l_infinity(reference, current):
    q, p = shares(deciles(reference, reference, current))
    return np.abs(p - q).max()


def cramer_von_mises(reference, current):
    # Ties are broken evenly, as within a cell; scipy takes their middle.
    sides = (evenly(current), evenly(reference))
    return stats.cramervonmises_2samp(*sides, method="asymptotic").statistic


def evenly(side):
    """Spread equal values evenly over a stretch that holds nothing else."""
    side = np.sort(side)
    _, first, held = np.unique(side, return_index=True, return_counts=True)
    place = np.arange(len(side)) - np.repeat(first, held)
    return side + (place + 0.5) / np.repeat(held, held) * 1e-9


def cohens_d(reference, current):
    n, m = len(current), len(reference)
    pooled = ((n - 1) * current.var(ddof=1) + (m - 1) * reference.var(ddof=1)) / (n + m - 2)
    return (current.mean() - reference.mean()) / np.sqrt(pooled)


def out_of_range(reference, current):
    return np.mean((current < reference.min()) | (current > reference.max()))


# Theirs, of present rows, and how far ours may be: absolute, and of it where that is more.
THEIRS = {
    "psi": (psi, EXACT, 0),
    "kullback_leibler": (kullback_leibler, EXACT, 0),
    "jensen_shannon": (jensen_shannon, 1e-7, 0),
    "hellinger": (hellinger, EXACT, 0),
    "l_infinity": (l_infinity, EXACT, 0),
    "kolmogorov_smirnov": (lambda r, c: stats.ks_2samp(r, c).statistic, 0.0011, 0),
    "wasserstein": (lambda r, c: stats.wasserstein_distance(r, c) / r.std(), 0.0006, 0),
    "wasserstein_units": (stats.wasserstein_distance, 0.0012, 0),
    "cramer_von_mises": (cramer_von_mises, 0.01, 0.01),
    "anderson_darling": (anderson_darling, 0.06, 0.03),
    "mean_difference": (lambda r, c: c.mean() - r.mean(), EXACT, 1e-9),
    "cohens_d": (cohens_d, EXACT, 1e-9),
    "deviation_ratio": (lambda r, c: c.std(ddof=1) / r.std(ddof=1), EXACT, 1e-9),
    "out_of_range": (out_of_range, EXACT, 0),
}
HEAVIER = {"wasserstein": 0.01, "wasserstein_units": 0.05}  # W1 of heavy tails
# What is of all rows, or of the layout's own cells, is counted by hand below.
BY_HAND = {"missing", "modal_share"}
OURS = {variant.kind: variant for variant in reversed(VARIANTS)}


def test_no_statistic_of_numbers_is_left_out(drawn):
    numbers = {
        kind
        for kind, detector in OURS.items()
        if (detector.compare(*drawn[2]).undefined == Undefined.DEFINED).any()
    }
    assert numbers == THEIRS.keys() | BY_HAND


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", THEIRS)
def test_it_is_that_of_the_raw_rows_within_the_binning_error(drawn, kind, shape):
    raw, layout, sides = drawn
    said = OURS[kind].compare(*sides)
    reference, current = (side[~np.isnan(side)] for side in raw[shape])
    theirs, absolute, relative = THEIRS[kind]
    absolute = HEAVIER.get(kind, absolute) if shape in HEAVY else absolute
    ours = said.statistic[layout.names.index(shape)]
    assert ours == pytest.approx(theirs(reference, current), abs=absolute, rel=relative)


@pytest.mark.parametrize("shape", SHAPES)
def test_missing_and_the_fullest_cell_are_counted_by_hand(drawn, shape):
    raw, layout, sides = drawn
    j = layout.names.index(shape)
    current = raw[shape][1]
    assert OURS["missing"].compare(*sides).statistic[j] == np.isnan(current).mean()
    present = current[~np.isnan(current)]
    cells = np.bincount(np.searchsorted(layout.numeric[j].edges, present, side="right"))
    assert OURS["modal_share"].compare(*sides).statistic[j] == cells.max() / len(present)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["kolmogorov_smirnov", "mean_difference"])
def test_its_p_value_is_scipys_of_the_raw_rows(drawn, kind, shape):
    raw, layout, sides = drawn
    reference, current = (side[~np.isnan(side)] for side in raw[shape])
    theirs = {
        "kolmogorov_smirnov": lambda: stats.ks_2samp(reference, current, method="asymp").pvalue,
        "mean_difference": lambda: stats.ttest_ind(current, reference, equal_var=False).pvalue,
    }[kind]()
    ours = OURS[kind].compare(*sides).p_value[layout.names.index(shape)]
    # The binned distance of KS is at most .0011 less, which here is a tenth of its deviation.
    assert ours >= theirs * 0.98 - 1e-9
    assert ours <= theirs * (1.02 if kind == "mean_difference" else 1.6) + 1e-7
