"""Summaries add up: however rows are split, grouped, sent and merged, the same is counted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.summaries import Summary, combine, decode, encode, merge
from tests.detectors.samples import assert_same, group, layout_of, numbers, summarise
from tests.detectors.summaries.strategies import REFERENCE, columns, joined, rows_of, taken


@settings(deadline=None, max_examples=50)
@given(columns(), columns(), columns())
def test_merging_is_associative(a, b, c):
    x, y, z = (summarise(REFERENCE, part) for part in (a, b, c))
    assert_same((x + y) + z, x + (y + z))


@settings(deadline=None, max_examples=50)
@given(columns(), columns())
def test_merging_is_commutative(a, b):
    x, y = summarise(REFERENCE, a), summarise(REFERENCE, b)
    assert_same(x + y, y + x)


@settings(deadline=None, max_examples=50)
@given(columns())
def test_no_rows_change_nothing(a):
    x = summarise(REFERENCE, a)
    assert_same(x + Summary.empty(REFERENCE), x, rtol=0.0)


@settings(deadline=None, max_examples=50)
@given(columns(), columns())
def test_adding_then_merging_is_merging_then_adding(a, b):
    together = summarise(REFERENCE, joined(a, b))
    assert_same(summarise(REFERENCE, a) + summarise(REFERENCE, b), together)


@settings(deadline=None, max_examples=50)
@given(columns(least=1), st.data())
def test_rows_split_into_groups_add_up_to_the_rows_at_once(a, data):
    n = rows_of(a)
    groups = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    split = group(REFERENCE, a, groups, 4)
    total = Summary.empty(REFERENCE)
    for g in range(4):
        assert_same(split.summary(g), summarise(REFERENCE, taken(a, groups == g)))
        total += split.summary(g)
    assert_same(total, summarise(REFERENCE, a))


@settings(deadline=None, max_examples=50)
@given(columns(least=1), columns(least=1), st.data())
def test_combining_groups_is_grouping_by_the_combined_groups(a, b, data):
    n, k = rows_of(a), rows_of(b)
    split = np.array(data.draw(st.lists(st.integers(0, 4), min_size=n + k, max_size=n + k)))
    to = np.array(data.draw(st.lists(st.integers(0, 2), min_size=5, max_size=5)))
    pieces = [group(REFERENCE, a, split[:n], 5), group(REFERENCE, b, split[n:], 5)]
    combined = combine(pieces, [to, to], 3)
    at_once = group(REFERENCE, joined(a, b), to[split], 3)
    np.testing.assert_array_equal(combined.index, at_once.index)
    np.testing.assert_array_equal(combined.counts, at_once.counts)
    for g in range(3):
        assert_same(combined.summary(g), at_once.summary(g))


@settings(deadline=None, max_examples=50)
@given(columns(least=1))
def test_every_row_is_counted_once_in_every_feature(a):
    summary = summarise(REFERENCE, a)
    cells = np.add.reduceat(summary.counts, REFERENCE.start[:-1])
    assert cells.tolist() == [summary.rows] * 4


@settings(deadline=None, max_examples=50)
@given(columns(), columns(), columns())
def test_merging_bodies_is_merging_summaries(a, b, c):
    parts = [summarise(REFERENCE, part) for part in (a, b, c)]
    assert_same(merge(REFERENCE, map(encode, parts)), parts[0] + parts[1] + parts[2])


@settings(deadline=None, max_examples=50)
@given(columns())
def test_a_body_holds_all_of_a_summary(a):
    summary = summarise(REFERENCE, a)
    assert_same(decode(REFERENCE, encode(summary)), summary, rtol=0.0)


@settings(deadline=None, max_examples=50)
@given(columns(least=1), st.data())
def test_a_group_is_written_as_its_dense_summary_would_be(a, data):
    n = rows_of(a)
    groups = data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    split = group(REFERENCE, a, groups, 3)
    assert [split.encode(g) for g in range(3)] == [encode(split.summary(g)) for g in range(3)]


def test_many_groups_are_counted_as_each_alone():
    # So many groups that pairs are sorted instead of counted, over more than one block of columns.
    random = np.random.default_rng(5)
    data = numbers(*random.normal(size=(9, 5000)))
    layout = layout_of(data)
    groups = random.integers(0, 300, 5000)
    split = group(layout, data, groups, 300)
    for g in range(0, 300, 37):
        rows = {name: column[groups == g] for name, column in data.items()}
        assert_same(split.summary(g), summarise(layout, rows))


def test_moments_of_far_off_values_keep_their_digits():
    random = np.random.default_rng(6)
    data = numbers(1e9 + random.normal(size=60_000))
    layout = layout_of({"x0": data["x0"][:1000]})
    parts = [
        summarise(layout, {"x0": part}) for part in np.split(data["x0"], range(1000, 60_000, 1000))
    ]
    merged = merge(layout, map(encode, parts))
    assert merged.moments[0, 0] == pytest.approx(data["x0"].mean(), rel=1e-15)
    assert merged.deviation[0] == pytest.approx(data["x0"].std(), rel=1e-9)


def test_summaries_of_different_layouts_are_not_added():
    one, other = layout_of(numbers([1.0, 2])), layout_of(numbers([1.0, 3]))
    with pytest.raises(ValueError, match=f"layout {other.digest} cannot be added"):
        Summary.empty(one) + Summary.empty(other)
