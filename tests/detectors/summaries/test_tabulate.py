"""However rows are cut into blocks, what is counted is the definition, to the last bit."""

import importlib
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.summaries import Layout
from tests.detectors.samples import group, layout_of, numbers, summarise
from tests.detectors.summaries.strategies import REFERENCE, columns, rows_of, taken

SIZE = st.integers(1, 60)


@contextmanager
def blocks_of(block: int, gathered: int, sparse: int):
    """Go through all the ways in which values are counted, on few of them."""
    counting = importlib.import_module("detectors.summaries.tabulate")
    finding = importlib.import_module("detectors.summaries.cells")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding, "BLOCK", block)
        patch.setattr(counting, "BLOCK", block)
        patch.setattr(counting, "GATHERED", gathered)
        patch.setattr(counting, "SPARSE", sparse)
        yield


def added(values):
    """Add up as numpy does along one row."""
    return np.add.reduceat(values, [0])[0] if len(values) else 0.0


def assert_is_the_definition(layout, data, summary):
    """Search for each value, count, and add up row by row; nothing may differ by a bit."""
    for j, feature in enumerate(layout.numeric):
        values = np.asarray(data[feature.name], dtype=np.float64)
        finite = np.isfinite(values)
        k = len(feature.edges)
        cells = np.searchsorted(feature.edges, values, side="right")
        cells[~finite] = k + 1 + np.isnan(values[~finite])
        filled = np.where(finite, values, 0.0)
        here = slice(layout.start[j], layout.start[j + 1])
        np.testing.assert_array_equal(summary.counts[here], np.bincount(cells, minlength=k + 3))
        sums = np.bincount(cells, weights=filled, minlength=k + 3)
        ends = layout.tail_cells[j]
        expected = np.where(ends >= 0, sums[np.maximum(ends - layout.start[j], 0)], 0.0)
        np.testing.assert_array_equal(summary.tails[j], expected)
        mean = added(filled) / max(finite.sum(), 1)
        squares = np.where(finite, filled - mean, 0.0) ** 2
        assert summary.moments[j].tolist() == [mean, added(squares)]
        assert summary.low[j] == min(values[finite], default=np.inf)
        assert summary.high[j] == max(values[finite], default=-np.inf)


@settings(deadline=None, max_examples=60)
@given(columns(least=1), st.data(), SIZE, SIZE, st.sampled_from([0, 6, 10**6]))
def test_numbers_are_counted_as_a_search_for_each_would_count_them(
    a, data, block, gathered, sparse
):
    n = rows_of(a)
    groups = np.array(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)))
    with blocks_of(block, gathered, sparse):
        split = group(REFERENCE, a, groups, 5)
    for g in range(5):
        assert_is_the_definition(REFERENCE, taken(a, groups == g), split.summary(g))


@settings(deadline=None, max_examples=50)
@given(columns(least=1), st.data(), SIZE, SIZE, st.sampled_from([0, 6, 10**6]))
def test_blocks_change_no_bit_of_any_group(a, data, block, gathered, sparse):
    n = rows_of(a)
    groups = data.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    whole = group(REFERENCE, a, groups, 10)
    with blocks_of(block, gathered, sparse):
        cut = group(REFERENCE, a, groups, 10)
    assert [cut.encode(g) for g in range(10)] == [whole.encode(g) for g in range(10)]
    np.testing.assert_array_equal(cut.index, whole.index)
    np.testing.assert_array_equal(cut.counts, whole.counts)


def test_large_and_small_groups_of_every_shape_are_counted_exactly():
    # One group of more values than a block has, some of a few thousand rows, and many of a few.
    random = np.random.default_rng(11)
    n = 90_000
    data = numbers(
        random.normal(size=n),
        random.standard_cauchy(n),
        random.lognormal(sigma=3, size=n),
        random.poisson(50, n),
        np.where(random.random(n) < 0.6, 0.0, random.random(n)),
        np.where(random.random(n) < 0.1, np.nan, random.normal(size=n)),
        random.choice([np.inf, -np.inf, 1.0, 2.0], n),
        np.zeros(n),
    )
    sample = {name: values[:20_000] for name, values in data.items()}
    layout = layout_of(sample)
    held = [70_000, 6000, 3000, *[100] * 60, *[3] * 300]
    groups = random.permutation(np.repeat(np.arange(len(held) + 1), [*held, n - sum(held)]))
    split = group(layout, data, groups, len(held) + 1)
    for g in (0, 1, 2, 3, 40, 100, 250, len(held)):
        own = {name: values[groups == g] for name, values in data.items()}
        assert_is_the_definition(layout, own, split.summary(g))


def test_words_of_many_groups_are_counted_as_each_group_alone():
    random = np.random.default_rng(12)
    words = np.array(["a", "b", "c", "new", None], dtype=object)
    data = {"kind": words[random.integers(0, 5, 3000)].tolist()}
    layout = layout_of({"kind": ["a", "b", "c", "d"] * 2}, keep=2)
    groups = random.integers(0, 40, 3000)
    split = group(layout, data, groups, 40)
    for g in range(0, 40, 7):
        own = [w for w, at in zip(data["kind"], groups, strict=True) if at == g]
        assert split.summary(g).counts.tolist() == summarise(layout, {"kind": own}).counts.tolist()


def test_a_layout_without_features_counts_rows_alone():
    assert group(Layout(()), {}, [0, 2, 2], 3).rows.tolist() == [1, 0, 2]
