"""Counts by score, prediction and label add up, and are written and read without loss."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.summaries.labelled import (
    Labelled,
    LabelledLayout,
    decode,
    encode,
    labelled_layout,
    tabulate,
)

BINARY = LabelledLayout(("no", "yes"), (np.array([0.25, 0.5, 0.75]),))
MANY = LabelledLayout(("a", "b", "c"), (np.array([0.5, 0.7]), np.zeros(0), np.array([0.6])))
LAYOUTS = pytest.mark.parametrize("layout", [BINARY, MANY], ids=["two", "three"])
NUMBERS = st.one_of(st.floats(0, 1), st.sampled_from([0.25, 0.5, 0.75, 0.0, 1.0, np.nan, np.inf]))


@st.composite
def rows(draw, layout, most: int = 12):
    k, n = len(layout.classes), draw(st.integers(0, most))
    p = np.array(draw(st.lists(NUMBERS, min_size=n * k, max_size=n * k))).reshape(n, k)
    codes = st.lists(st.integers(-1, k - 1), min_size=n, max_size=n)
    return p, np.array(draw(codes), dtype=np.int64), np.array(draw(codes), dtype=np.int64)


def assert_same(one: Labelled, other: Labelled, rtol: float = 1e-12) -> None:
    np.testing.assert_array_equal(one.cells, other.cells)
    np.testing.assert_array_equal(one.predicted, other.predicted)
    np.testing.assert_allclose(one.sums, other.sums, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(one.soft, other.soft, rtol=rtol, atol=rtol)


@LAYOUTS
@settings(max_examples=40)
@given(st.data())
def test_merging_is_associative_and_commutative(layout, data):
    a, b, c = (tabulate(layout, *data.draw(rows(layout))) for _ in range(3))
    assert_same((a + b) + c, a + (b + c))
    assert_same(a + b, b + a)
    assert_same(a + Labelled.empty(layout), a, rtol=0.0)


@LAYOUTS
@settings(max_examples=40)
@given(st.data())
def test_rows_split_anywhere_add_up_to_the_rows_at_once(layout, data):
    p, predicted, labels = data.draw(rows(layout))
    at = data.draw(st.integers(0, len(p)))
    halves = (
        tabulate(layout, p[part], predicted[part], labels[part])
        for part in (slice(at), slice(at, None))
    )
    assert_same(sum(halves, Labelled.empty(layout)), tabulate(layout, p, predicted, labels))


@LAYOUTS
@settings(max_examples=40)
@given(st.data())
def test_every_row_is_counted_once_by_cell_and_once_by_prediction(layout, data):
    p, predicted, labels = data.draw(rows(layout))
    summary = tabulate(layout, p, predicted, labels)
    assert summary.rows == summary.predicted.sum() == len(p)
    np.testing.assert_array_equal(summary.cells.sum(axis=0), summary.predicted.sum(axis=0))
    np.testing.assert_allclose(summary.sums.sum(axis=0), summary.soft.sum(axis=1), atol=1e-12)


@LAYOUTS
@settings(max_examples=40)
@given(st.data())
def test_bytes_hold_all_of_a_summary(layout, data):
    summary = tabulate(layout, *data.draw(rows(layout)))
    assert_same(decode(layout, encode(summary)), summary, rtol=0.0)


def test_large_counts_keep_every_row():
    summary = tabulate(BINARY, np.full((3, 2), 0.5), np.array([0, 1, 1]), np.array([1, 1, -1]))
    large = Labelled(
        BINARY, summary.cells * 10**15, summary.predicted * 10**15, summary.sums, summary.soft
    )
    assert_same(decode(BINARY, encode(large)), large, rtol=0.0)


def test_cells_are_half_open_and_follow_the_second_class_of_two():
    score = np.array([0.0, 0.2499, 0.25, 0.5, 0.75, 1.0, np.nan])
    assert BINARY.find(np.column_stack([1 - score, score])).tolist() == [0, 0, 1, 2, 3, 3, 4]


def test_cells_of_more_classes_follow_the_largest_probability():
    p = np.array([[0.4, 0.3, 0.3], [0.5, 0.3, 0.2], [0.8, 0.1, 0.1], [0.1, 0.9, 0], [0, 0.4, 0.6]])
    assert MANY.find(p).tolist() == [0, 1, 2, 3, 5]
    assert MANY.find(np.array([[0.2, 0.2, np.inf]])).tolist() == [MANY.width]


def test_a_row_without_a_score_still_counts_its_prediction_and_label():
    summary = tabulate(BINARY, np.full((1, 2), np.nan), np.array([1]), np.array([0]))
    assert summary.cells[-1].tolist() == [1, 0, 0]
    assert summary.predicted[1].tolist() == [1, 0, 0]
    assert not summary.sums.any()
    assert not summary.soft.any()


def test_cuts_leave_equal_numbers_between_them():
    p = np.random.default_rng(1).dirichlet([1, 1, 1], 30_000)
    layout = labelled_layout(("a", "b", "c"), p)
    unknown = np.full(len(p), -1)
    held = tabulate(layout, p, unknown, unknown).cells[:-1].sum(axis=1).reshape(3, 10)
    assert (held / held.sum(axis=1, keepdims=True)).min() > 0.099


@pytest.mark.parametrize("p", [np.zeros((0, 2)), np.full((5, 2), np.nan), np.full((5, 2), 0.5)])
def test_scores_without_spread_make_one_cell(p):
    assert labelled_layout(("no", "yes"), p).width == 1


def test_a_forced_cut_is_kept():
    assert 0.5 in labelled_layout(("no", "yes"), np.full((9, 2), 0.3), forced=(0.5,)).edges[0]


@pytest.mark.parametrize(
    ("classes", "edges", "said"),
    [
        (("a",), ([],), "two or more classes"),
        (("a", "a"), ([],), "different names"),
        (("a", "b"), ([], []), "2 classes need 1 arrays"),
        (("a", "b", "c"), ([],), "3 classes need 3 arrays"),
        (("a", "b"), ([0.2, 0.2],), "rise strictly"),
        (("a", "b"), ([np.nan],), "must be finite"),
    ],
)
def test_a_layout_that_makes_no_sense_is_refused(classes, edges, said):
    with pytest.raises(ValueError, match=said):
        LabelledLayout(classes, tuple(np.array(e) for e in edges))


@pytest.mark.parametrize("codes", [[2], [-2], [0, 0]])
def test_codes_of_no_class_are_refused(codes):
    with pytest.raises(ValueError, match="must be 1 codes from -1 to 1"):
        tabulate(BINARY, np.full((1, 2), 0.5), np.array(codes), np.array([0]))


def test_counts_of_different_layouts_are_not_added():
    with pytest.raises(ValueError, match="nothing to do with each other"):
        Labelled.empty(BINARY) + Labelled.empty(MANY)


BODY = encode(tabulate(BINARY, np.full((9, 2), 0.5), np.arange(9) % 2, np.arange(9) % 3 - 1))


@given(st.integers(0, len(BODY) - 1))
def test_a_truncated_body_is_refused(length):
    with pytest.raises(ValueError, match=r"not labelled counts|damaged"):
        decode(BINARY, BODY[:length])


def test_a_body_of_another_layout_or_format_is_refused():
    with pytest.raises(ValueError, match=f"of layout {BINARY.digest}, not of {MANY.digest}"):
        decode(MANY, BODY)
    with pytest.raises(ValueError, match="have format 2; this program reads format 1"):
        decode(BINARY, BODY[:4] + bytes([2]) + BODY[5:])


def test_a_body_that_counts_a_cell_outside_is_refused():
    damaged = bytearray(BODY)
    damaged[32] = 255  # the first gap
    with pytest.raises(ValueError, match="damaged: they count a cell"):
        decode(BINARY, bytes(damaged))


def test_layouts_that_differ_have_different_digests():
    others = [
        LabelledLayout(("yes", "no"), BINARY.edges),
        LabelledLayout(("no", "yes"), (np.array([0.25, 0.5]),)),
    ]
    assert len({BINARY.digest, MANY.digest, *(o.digest for o in others)}) == 4
    assert LabelledLayout(("no", "yes"), (BINARY.edges[0].copy(),)).digest == BINARY.digest
