"""A numeric feature is cut where it will be asked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.summaries import categorical_feature, hash_words, numeric_feature

RANDOM = np.random.default_rng(2)
NORMAL = RANDOM.normal(size=20_000)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(), max_size=60), st.integers(2, 64))
def test_edges_of_anything_are_finite_and_strictly_increasing(sample, bins):
    feature = numeric_feature("x", sample, bins=bins)
    assert np.isfinite(feature.edges).all()
    assert (feature.edges[1:] > feature.edges[:-1]).all()
    for positions in (feature.deciles, feature.doane):
        assert (np.diff(positions) > 0).all()
        assert len(positions) == 0 or 0 <= positions[0] <= positions[-1] < len(feature.edges)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60))
def test_the_doane_edges_hold_every_value_of_the_sample(sample):
    feature = numeric_feature("x", sample)
    doane = feature.edges[feature.doane]
    assert doane[0] == min(sample)
    assert doane[-1] > max(sample)


def test_deciles_are_those_of_the_sample():
    feature = numeric_feature("x", NORMAL)
    tenths = np.quantile(NORMAL, np.arange(1, 10) / 10)
    np.testing.assert_array_equal(feature.edges[feature.deciles], tenths)


def test_doane_edges_are_those_of_numpy_but_for_the_last():
    feature = numeric_feature("x", NORMAL)
    theirs = np.histogram_bin_edges(NORMAL, bins="doane")
    doane = feature.edges[feature.doane]
    np.testing.assert_array_equal(doane[:-1], theirs[:-1])
    assert doane[-1] == np.nextafter(theirs[-1], np.inf)


def test_no_bin_holds_much_more_than_its_share():
    feature = numeric_feature("x", NORMAL, bins=100)
    counts = np.histogram(NORMAL, feature.edges)[0]
    assert counts.max() <= len(NORMAL) / 100 + 1


@pytest.mark.parametrize(("rows", "levels"), [(99_999, 4), (100_000, 6)])
def test_the_outermost_quantiles_need_a_hundred_thousand_values(rows, levels):
    sample = RANDOM.random(rows)
    edges = set(numeric_feature("x", sample).edges)
    wanted = np.quantile(sample, [0.001, 0.01, 0.99, 0.999, 0.0001, 0.9999])
    assert sum(q in edges for q in wanted) == levels


def test_an_atom_has_a_bin_of_its_own():
    sample = np.where(RANDOM.random(5000) < 0.3, 0.25, RANDOM.random(5000))
    edges = numeric_feature("x", sample).edges.tolist()
    assert edges[edges.index(0.25) + 1] == np.nextafter(0.25, 1)


def test_a_forced_cut_is_an_edge_even_out_of_range():
    edges = numeric_feature("x", NORMAL, forced=[0.5, 9.0]).edges
    assert {0.5, 9.0} <= set(edges)


def test_a_forced_cut_must_be_finite():
    with pytest.raises(ValueError, match="forced cuts of x must be finite numbers"):
        numeric_feature("x", NORMAL, forced=[np.nan])


def test_a_constant_is_cut_on_both_sides():
    feature = numeric_feature("x", [3.0, 3.0, np.nan])
    both = [3.0, np.nextafter(3.0, 4)]
    assert feature.edges[feature.doane].tolist() == both
    assert feature.edges[feature.deciles].tolist() == both


@pytest.mark.parametrize("sample", [[], [np.nan, np.nan], [np.inf]])
def test_a_column_without_a_finite_value_has_no_edges(sample):
    feature = numeric_feature("x", sample)
    assert (len(feature.edges), len(feature.deciles), len(feature.doane)) == (0, 0, 0)


def test_deciles_that_are_all_the_lowest_value_cut_that_value_out():
    sample = np.append(np.zeros(98), [1.0, 2.0])
    feature = numeric_feature("x", sample)
    assert feature.edges[feature.deciles].tolist() == [0.0, np.nextafter(0.0, 1)]


def test_the_most_frequent_categories_are_kept_and_ties_go_by_name():
    feature = categorical_feature("kind", {"d": 1, "c": 2, "b": 1, "a": 1}, keep=3)
    assert feature.categories == ("c", "a", "b")


def test_all_values_are_seen():
    feature = categorical_feature("kind", {"b": 1, "a": 1, "c": 2}, keep=1)
    np.testing.assert_array_equal(feature.seen, np.sort(hash_words(["a", "b", "c"])))
