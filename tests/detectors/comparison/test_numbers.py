"""The numbers are those of others: of the literature, of scipy on raw data, of hand counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from detectors.comparison import (
    ChiSquare,
    JensenShannon,
    KolmogorovSmirnov,
    Missing,
    OutOfRange,
    PopulationStability,
    TotalVariation,
    Unseen,
    Wasserstein,
    WassersteinUnits,
)
from detectors.comparison.kolmogorov_smirnov import two_sided_sf
from tests.detectors.samples import layout_of, numbers, summarise

M, N = 100_000, 10_000
SHAPES = {
    "normal, moved": lambda r, n, now: r.normal(0.2 * now, 1, n),
    "normal, wider": lambda r, n, now: r.normal(0, 1 + 0.2 * now, n),
    "lognormal": lambda r, n, now: r.lognormal(0.1 * now, 1, n),
    "Student t2": lambda r, n, now: r.standard_t(2, n) + 0.1 * now,
    "bimodal": lambda r, n, now: r.normal(0, 1, n) + 3 * np.sign(r.random(n) - 0.5 + 0.1 * now),
    "zero-inflated exponential": lambda r, n, now: np.where(
        r.random(n) < 0.5 - 0.1 * now, 0, r.exponential(1, n)
    ),
    "Poisson": lambda r, n, now: r.poisson(4 + 0.2 * now, n).astype(float),
    "null": lambda r, n, _: r.normal(0, 1, n),
}
HEAVY = {"lognormal", "Student t2"}
each_shape = pytest.mark.parametrize("shape", SHAPES)


@pytest.fixture(scope="module")
def drawn():
    random = np.random.default_rng(2024)
    raw = {name: (draw(random, M, 0), draw(random, N, 1)) for name, draw in SHAPES.items()}
    layout = layout_of({name: sides[0] for name, sides in raw.items()})
    sides = [summarise(layout, {name: both[i] for name, both in raw.items()}) for i in (0, 1)]
    return raw, layout, sides


def at(drawn, shape, detector):
    said = detector.compare(*drawn[2])
    return said, drawn[1].names.index(shape)


@each_shape
def test_ks_is_scipys_within_the_mass_of_the_largest_bin(drawn, shape):
    said, j = at(drawn, shape, KolmogorovSmirnov())
    theirs = stats.ks_2samp(*drawn[0][shape]).statistic
    assert theirs - 0.0011 <= said.statistic[j] <= theirs + 1e-12


@each_shape
def test_ks_p_value_is_that_of_its_own_distance(drawn, shape):
    said, j = at(drawn, shape, KolmogorovSmirnov())
    theirs = stats.kstwo.sf(said.statistic[j], round(M * N / (M + N)))
    assert said.p_value[j] == pytest.approx(theirs, rel=0.05, abs=1e-7)


@each_shape
def test_wasserstein_is_scipys_within_the_binning_error(drawn, shape):
    reference, current = drawn[0][shape]
    said, j = at(drawn, shape, Wasserstein())
    theirs = stats.wasserstein_distance(reference, current) / reference.std()
    assert said.statistic[j] == pytest.approx(theirs, abs=0.01 if shape in HEAVY else 0.0006)


@each_shape
def test_wasserstein_in_units_is_the_ratio_times_the_deviation(drawn, shape):
    ratio, j = at(drawn, shape, Wasserstein())
    units, _ = at(drawn, shape, WassersteinUnits())
    spread = drawn[0][shape][0].std()
    assert units.statistic[j] == pytest.approx(ratio.statistic[j] * spread, rel=1e-9)


@pytest.mark.parametrize("far", [10.0, 1e6, 1e12])
def test_wasserstein_is_right_beside_one_far_value(far):
    # A straight line over the wide empty cell would give a fourth of it.
    usual = (np.arange(5000) + 0.5) / 5000
    reference, current = np.append(usual, far), np.append(usual + 0.5, far)
    layout = layout_of(numbers(reference))
    said = WassersteinUnits().compare(
        summarise(layout, numbers(reference)), summarise(layout, numbers(current))
    )
    theirs = stats.wasserstein_distance(reference, current)
    assert said.statistic[0] == pytest.approx(theirs, rel=1e-3)


@each_shape
def test_psi_is_the_raw_one_on_the_deciles(drawn, shape):
    reference, current = drawn[0][shape]
    said, j = at(drawn, shape, PopulationStability(smoothing=0.0))
    layout = drawn[1]
    feature = layout.numeric[j]
    cuts = np.unique(np.quantile(reference, np.arange(1, 10) / 10))
    cuts = cuts[cuts > reference.min()]
    np.testing.assert_array_equal(feature.edges[feature.deciles], cuts)
    q, p = (
        np.bincount(np.searchsorted(cuts, side, side="right"), minlength=len(cuts) + 1) / len(side)
        for side in (reference, current)
    )
    assert said.statistic[j] == pytest.approx(((p - q) * np.log(p / q)).sum(), abs=1e-12)


@each_shape
def test_jensen_shannon_is_the_raw_one_on_the_doane_histogram(drawn, shape):
    reference, current = drawn[0][shape]
    said, j = at(drawn, shape, JensenShannon())
    edges = np.histogram_bin_edges(reference, bins="doane")
    q, p = (np.histogram(side, edges)[0] / len(side) for side in (reference, current))
    q, p = (np.append(shares, max(1 - shares.sum(), 0)) for shares in (q, p))
    assert said.statistic[j] == pytest.approx(jensenshannon(p, q, base=2), abs=1e-9)


def shares_of(reference, current):
    """Summaries whose categories have the given counts."""
    words = [f"w{i:02}" for i in range(len(reference))]
    columns = [{"kind": np.repeat(words, counts).tolist()} for counts in (reference, current)]
    layout = layout_of({"kind": words * 2})
    return [summarise(layout, side) for side in columns]


def test_psi_of_a_published_shift():
    # sum (p - q) ln(p / q) by hand: .6 ln(3.4) + 3 * .2 ln(5) = 1.699928.
    sides = shares_of([25, 25, 25, 25], [85, 5, 5, 5])
    said = PopulationStability(smoothing=0.0).compare(*sides)
    assert said.statistic[0] == pytest.approx(1.699928, abs=5e-7)


def test_psi_is_smoothed_by_half_a_row_a_bin():
    p, q = np.array([9.5, 1.5, 0.5]) / 11.5, np.array([5.5, 5.5, 2.5]) / 13.5
    sides = shares_of([5, 5, 2], [9, 1, 0])
    said = PopulationStability().compare(*sides)
    assert said.statistic[0] == pytest.approx(((p - q) * np.log(p / q)).sum(), rel=1e-12)


def test_unsmoothed_psi_is_infinite_where_a_bin_is_empty_and_bounded_by_a_floor():
    sides = shares_of([5, 5], [10, 0])
    assert PopulationStability(smoothing=0.0).compare(*sides).statistic[0] == np.inf
    floored = PopulationStability(smoothing=0.0, floor=1e-4).compare(*sides).statistic[0]
    expected = 0.5 * np.log(2) + (1e-4 - 0.5) * np.log(1e-4 / 0.5)
    assert floored == pytest.approx(expected, rel=1e-12)


COUNTS = st.lists(st.integers(6, 400), min_size=2, max_size=12)


@settings(deadline=None, max_examples=50)
@given(st.data(), COUNTS)
def test_chi_square_without_pooling_is_scipys(data, reference):
    same = st.lists(st.integers(6, 400), min_size=len(reference), max_size=len(reference))
    current = data.draw(same)
    said = ChiSquare(pooled_below=0).compare(*shares_of(reference, current))
    theirs = stats.chi2_contingency([reference, current], correction=False)
    assert said.statistic[0] == pytest.approx(theirs.statistic, rel=1e-9, abs=1e-9)
    assert said.p_value[0] == pytest.approx(theirs.pvalue, rel=1e-7, abs=1e-14)


def test_chi_square_pools_what_is_rare():
    # A fifth of the reference's size: categories of fewer than 25 there are pooled, 12 + 8 = 20,
    # of which 4 are expected: too few still, so the next smallest, of 40, joins them.
    reference, current = [200, 240, 40, 12, 8], [50, 30, 10, 6, 4]
    said = ChiSquare().compare(*shares_of(reference, current))
    theirs = stats.chi2_contingency([[200, 240, 60], [50, 30, 20]], correction=False)
    assert said.statistic[0] == pytest.approx(theirs.statistic, rel=1e-12)
    assert said.p_value[0] == pytest.approx(theirs.pvalue, rel=1e-9)


def test_chi_square_does_not_take_one_new_word_for_drift():
    said = ChiSquare().compare(*shares_of([3000, 2000, 0], [29, 20, 1]))
    assert said.p_value[0] > 0.5


@settings(deadline=None, max_examples=50)
@given(st.data(), COUNTS)
def test_total_variation_is_half_the_sum_of_differences(data, reference):
    same = st.lists(st.integers(0, 400), min_size=len(reference), max_size=len(reference))
    current = data.draw(same.filter(any))
    said = TotalVariation().compare(*shares_of(reference, current))
    p, q = (np.array(k) / sum(k) for k in (current, reference))
    assert said.statistic[0] == pytest.approx(np.abs(p - q).sum() / 2, abs=1e-12)


@pytest.mark.parametrize(("base", "scipys"), [(2, 2), ("e", np.e)])
def test_jensen_shannon_of_categories_is_scipys(base, scipys):
    reference, current = [50, 30, 20, 0], [10, 60, 0, 30]
    said = JensenShannon(base=base).compare(*shares_of(reference, current))
    assert said.statistic[0] == pytest.approx(jensenshannon(reference, current, base=scipys))


# Scipy's own computation takes a millisecond per row and distance far out, so few are tried there.
@pytest.mark.parametrize(
    ("rows", "tolerance", "furthest", "tried"),
    [(20, 2e-4, 4.2, 200), (50, 3e-5, 6, 200), (1000, 1e-7, 6, 60), (10**6, 1e-7, 1.4, 60)],
)
def test_ks_tail_is_scipys_kstwo(rows, tolerance, furthest, tried):
    distance = np.linspace(0.05, furthest, tried) / np.sqrt(rows)
    ours = two_sided_sf(distance, np.full(tried, float(rows)))
    theirs = stats.kstwo.sf(distance, rows)
    near = theirs > 0.05
    np.testing.assert_allclose(ours[near], theirs[near], rtol=0, atol=tolerance)
    assert (ours >= 0.95 * theirs - tolerance).all()
    assert (ours <= 1.06 * theirs + max(tolerance, 1e-7)).all()


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 8, 13, 19])
def test_ks_tail_of_few_rows_is_never_too_small(rows):
    distance = np.linspace(0.01, 0.99, 99)
    ours = two_sided_sf(distance, np.full(99, float(rows)))
    theirs = stats.kstwo.sf(distance, rows)
    assert (ours >= theirs - 1e-12).all()
    likely = theirs < 0.3
    np.testing.assert_allclose(ours[likely], theirs[likely], atol=0.02)


def test_missing_is_a_share_with_wilsons_interval():
    layout = layout_of(numbers([1.0] * 10))
    current = summarise(layout, numbers([np.nan] * 3 + [1.0] * 27))
    said = Missing().compare(summarise(layout, numbers([1.0] * 10)), current)
    theirs = stats.binomtest(3, 30).proportion_ci(method="wilson")
    assert said.statistic[0] == pytest.approx(0.1)
    assert [said.low[0], said.high[0]] == pytest.approx([theirs.low, theirs.high], rel=1e-9)


def test_a_difference_of_shares_has_newcombes_interval():
    # Newcombe (1998), table II, column (a): 56/70 - 48/80 has (.0524, .3339) by method 10.
    layout = layout_of(numbers([1.0]))
    current, reference = (
        summarise(layout, numbers([np.nan] * k + [1.0] * (n - k))) for k, n in ((56, 70), (48, 80))
    )
    said = Missing(measure="difference").compare(reference, current)
    assert said.statistic[0] == pytest.approx(0.2)
    assert [said.low[0], said.high[0]] == pytest.approx([0.0524, 0.3339], abs=5e-5)


def test_a_change_of_a_common_share_is_pearsons_test():
    layout = layout_of(numbers([1.0]))
    current, reference = (
        summarise(layout, numbers([np.nan] * k + [1.0] * (n - k))) for k, n in ((56, 70), (48, 80))
    )
    theirs = stats.chi2_contingency([[56, 14], [48, 32]], correction=False).pvalue
    assert Missing().compare(reference, current).p_value[0] == pytest.approx(theirs, rel=1e-9)


def test_a_change_of_a_rare_share_is_the_exact_binomial_test():
    layout = layout_of(numbers([1.0]))
    current, reference = (
        summarise(layout, numbers([np.nan] * k + [1.0] * (n - k))) for k, n in ((4, 100), (2, 900))
    )
    theirs = 2 * stats.binom.sf(3, 6, 0.1)
    assert Missing().compare(reference, current).p_value[0] == pytest.approx(theirs, rel=1e-9)


def test_out_of_range_counts_both_ends_and_not_what_is_missing():
    layout = layout_of(numbers(np.linspace(0, 1, 500)))
    reference = summarise(layout, numbers(np.linspace(0, 1, 500)))
    current = summarise(layout, numbers([-0.1, 0.0, 0.5, 1.0, 1.1, np.nan, np.inf]))
    said = OutOfRange().compare(reference, current)
    assert (said.statistic[0], said.n[0]) == (0.4, 5)


def test_a_cut_beyond_the_range_does_not_widen_it():
    from detectors.summaries import Layout, numeric_feature

    layout = Layout((numeric_feature("x0", np.linspace(0, 1, 500), forced=[-5.0, 5.0]),))
    reference = summarise(layout, numbers(np.linspace(0, 1, 500)))
    said = OutOfRange().compare(reference, summarise(layout, numbers([2.0, 0.5, -2.0, 7.0])))
    assert (said.statistic[0], reference.below[0]) == (0.75, 0)


def test_unseen_is_a_share_of_rows_that_have_a_category():
    layout = layout_of({"kind": ["a", "b", "rare"]}, keep=2)
    reference = summarise(layout, {"kind": ["a", "b"]})
    said = Unseen().compare(reference, summarise(layout, {"kind": ["new", "rare", "a", "b", None]}))
    assert (said.statistic[0], said.n[0]) == (0.25, 4)
