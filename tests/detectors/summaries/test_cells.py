"""The cell of a value is the one between whose edges it lies, exactly."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.summaries import CategoricalFeature, Layout, NumericFeature, hash_words
from tests.detectors.samples import layout_of, numbers, summarise

ANY = st.floats(allow_nan=False, allow_infinity=False)
NONE = np.zeros(0, dtype=np.int64)


def expected(edges, values):
    cells = np.searchsorted(edges, values, side="right")
    cells[np.isinf(values)] = len(edges) + 1
    cells[np.isnan(values)] = len(edges) + 2
    return cells


def found(edges, values):
    layout = Layout((NumericFeature("x", edges, NONE, NONE),))
    column = values[None, :]
    return layout.number_cells.find(column, np.isfinite(column), slice(0, 1))[0]


@settings(deadline=None, max_examples=200)
@given(st.sets(ANY, max_size=40), st.lists(ANY, max_size=20))
def test_the_slots_find_what_a_binary_search_finds(edges, values):
    edges = np.unique(np.array(sorted(edges), dtype=np.float64))
    with np.errstate(over="ignore"):
        around = [np.nextafter(edges, -np.inf), edges, np.nextafter(edges, np.inf)]
    tried = np.concatenate([*around, values, [np.nan, np.inf, -np.inf]])
    np.testing.assert_array_equal(found(edges, tried), expected(edges, tried))


@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300, 5e-324])
@pytest.mark.parametrize("shape", ["normal", "cauchy", "lognormal", "integers", "atoms"])
def test_every_shape_and_scale_is_cut_exactly(shape, scale):
    random = np.random.default_rng(7)
    values = {
        "normal": lambda: random.normal(size=20_000),
        "cauchy": lambda: random.standard_cauchy(20_000),
        "lognormal": lambda: random.lognormal(sigma=3, size=20_000),
        "integers": lambda: random.poisson(50, 20_000).astype(float),
        "atoms": lambda: np.where(random.random(20_000) < 0.6, 0, random.random(20_000)),
    }[shape]()
    with np.errstate(over="ignore", under="ignore"):
        values = values * scale
    edges = layout_of(numbers(values)).numeric[0].edges
    np.testing.assert_array_equal(found(edges, values), expected(edges, values))


def test_features_beside_each_other_do_not_mix():
    random = np.random.default_rng(8)
    data = numbers(random.normal(size=500), random.exponential(size=500), np.zeros(500))
    layout = layout_of(data)
    column = np.array(list(data.values()))
    cells = layout.number_cells.find(column, np.isfinite(column), slice(0, 3))
    for j, values in enumerate(column):
        own = expected(layout.numeric[j].edges, values) + layout.start[j]
        np.testing.assert_array_equal(cells[j], own)


def test_words_are_kept_other_unseen_or_missing():
    layout = layout_of({"kind": ["a", "a", "b", "b", "c"]}, keep=2)
    summary = summarise(layout, {"kind": ["a", "b", "c", "new", None, "a"]})
    assert layout.categorical[0].categories == ("a", "b")
    assert summary.counts.tolist() == [2, 1, 1, 1, 1]
    assert summary.missing.tolist() == [1]
    assert summary.unseen.tolist() == [1]
    assert summary.present.tolist() == [5]


def test_a_reference_without_categories_has_seen_none():
    layout = Layout((), (CategoricalFeature("kind", (), np.zeros(0, dtype=np.uint64)),))
    assert summarise(layout, {"kind": ["a", None]}).counts.tolist() == [0, 1, 1]


def test_hashes_are_the_same_everywhere():
    # BLAKE2b of eight bytes, read little-endian: what Python's hashlib says.
    assert hash_words(["a", ""]).tolist() == [3405396810240292928, 13020603013274838756]


def test_text_that_is_no_unicode_has_a_hash_too():
    assert len(set(hash_words(["\ud800", "\udfff"]).tolist())) == 2


def test_tails_are_sums_of_the_outermost_cells():
    data = numbers(np.arange(1000.0))
    layout = layout_of(data)
    edges, values = layout.numeric[0].edges, data["x0"]
    ends = np.concatenate([[-np.inf], edges, [np.inf]])
    sums = [values[(values >= a) & (values < b)].sum() for a, b in itertools.pairwise(ends)]
    tails = summarise(layout, data).tails[0]
    assert tails[0].tolist() == sums[:8]
    assert tails[1].tolist() == sums[-8:]


def test_a_feature_with_few_cells_has_each_in_both_tails():
    layout = layout_of(numbers([1.0, 1.0, 1.0]))
    tails = summarise(layout, numbers([0.5, 1.0, 1.0, 3.0])).tails[0]
    assert tails[0].tolist() == [0.5, 2.0, 3.0, 0, 0, 0, 0, 0]
    assert tails[1].tolist() == [0, 0, 0, 0, 0, 0.5, 2.0, 3.0]
