"""Which unseen values came, by group: kept beside the counts, through bytes and merges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.summaries import (
    Layout,
    Summary,
    categorical_feature,
    decode,
    encode,
    merge,
    newcomers,
    numeric_feature,
    tabulate,
)
from detectors.summaries.heavy import KEEP

LAYOUT = Layout(
    (numeric_feature("x", np.arange(10.0)),),
    (categorical_feature("country", {"fr": 5, "de": 9}), categorical_feature("kind", {"a": 1})),
)
WORDS = [["fr", "uk", "us"], ["a", "new"]]


def summary(codes, group=0):
    """Count rows of one group, with the sketches of their unseen values."""
    codes = np.array(codes, np.int32)
    n = codes.shape[1]
    came = newcomers.newcomers(LAYOUT, codes, WORDS, np.full(n, group))
    grouped = tabulate(LAYOUT, np.zeros((1, n)), codes, WORDS, np.zeros(n, np.int64), 1)
    return decode(LAYOUT, grouped.encode(0) + newcomers.encode(came.get(group, {})))


def counts(of: Summary):
    return {place: dict(sketch.counts) for place, sketch in of.newcomers.items()}


def test_values_are_counted_by_group_and_feature():
    codes = np.array([[0, 1, 2, 2, -1], [1, 0, 1, 1, 1]], np.int32)
    found = newcomers.newcomers(LAYOUT, codes, WORDS, np.array([0, 0, 5, 5, 5]))
    assert {g: {p: dict(s.counts) for p, s in of.items()} for g, of in found.items()} == {
        0: {0: {"uk": 1}, 1: {"new": 1}},
        5: {0: {"us": 2}, 1: {"new": 3}},
    }


def test_where_all_values_are_known_nothing_is_held_and_nothing_written():
    plain = summary([[0, -1], [0, 0]])
    assert plain.newcomers == {}
    assert encode(plain) == encode(decode(LAYOUT, encode(plain)))
    assert newcomers.encode({}) == b""


def test_no_column_of_words_and_no_words_are_fine():
    none = np.full((2, 3), -1, np.int32)
    assert newcomers.newcomers(LAYOUT, none, [[], []], np.zeros(3, np.int64)) == {}


rows = st.lists(st.tuples(st.integers(-1, 2), st.integers(-1, 1)), min_size=1, max_size=30)


@given(rows, rows, rows)
def test_bodies_merge_as_summaries_add(first, second, third):
    one, two, three = (summary(np.array(part).T) for part in (first, second, third))
    added = counts(one + (two + three))
    assert counts((one + two) + three) == added
    assert counts(merge(LAYOUT, [encode(s) for s in (one, two, three)])) == added
    whole = summary(np.array([*first, *second, *third]).T)
    assert added == counts(whole)


def test_they_change_nothing_that_is_counted():
    with_them = summary([[1, 2, 0], [1, 1, 0]])
    without = Summary(
        LAYOUT,
        with_them.rows,
        with_them.counts,
        with_them.tails,
        with_them.moments,
        with_them.low,
        with_them.high,
    )
    assert encode(with_them).startswith(encode(without))
    assert len(encode(with_them)) < len(encode(without)) + 200


def test_what_is_held_is_bounded():
    words = [[f"v{i}" * 500 for i in range(1000)], []]
    codes = np.array([np.arange(1000), np.full(1000, -1)], np.int32)
    came = newcomers.newcomers(LAYOUT, codes, words, np.zeros(1000, np.int64))
    held = newcomers.encode(came[0])
    assert len(held) < KEEP * 300


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_sketches_that_are_cut_short_are_refused(cut):
    body = encode(summary([[1, 2, 0], [1, 1, 0]]))
    with pytest.raises(ValueError, match="damaged"):
        decode(LAYOUT, body[:-cut])
