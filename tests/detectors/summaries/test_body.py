"""A body is read by what wrote it, and refused by all else."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.summaries import Layout, Summary, decode, encode, merge
from tests.detectors.samples import group, layout_of, numbers, summarise

RANDOM = np.random.default_rng(1)
DATA = numbers(RANDOM.normal(size=3000))
LAYOUT = layout_of(DATA)
BODY = encode(summarise(LAYOUT, DATA))


def test_a_body_of_another_layout_is_refused():
    other = layout_of(numbers(DATA["x0"] + 1))
    with pytest.raises(ValueError, match=f"of layout {LAYOUT.digest}, not of {other.digest}"):
        decode(other, BODY)


def test_a_body_of_a_later_format_is_refused():
    later = BODY[:4] + bytes([2]) + BODY[5:]
    with pytest.raises(ValueError, match="has format 2; this program reads format 1"):
        decode(LAYOUT, later)


@pytest.mark.parametrize("body", [b"", b"dws", b"PK\x03\x04" * 20])
def test_bytes_of_something_else_are_refused(body):
    with pytest.raises(ValueError, match="are not a summary"):
        decode(LAYOUT, body)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, len(BODY) - 1))
def test_a_truncated_body_is_refused(length):
    with pytest.raises(ValueError, match=r"not a summary|is damaged"):
        decode(LAYOUT, BODY[:length])


def test_a_body_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="damaged"):
        decode(LAYOUT, BODY + b"\0")


def test_a_cell_outside_of_the_layout_is_refused():
    few = bytearray(encode(summarise(LAYOUT, numbers([99.0]))))
    gap_size, at = few[5], struct.calcsize("<4sBBBx8sqqq")
    few[at : at + gap_size] = b"\xff" * gap_size
    with pytest.raises(ValueError, match="damaged: it counts a cell"):
        decode(LAYOUT, bytes(few))


def test_few_rows_take_few_bytes():
    wide = layout_of({f"x{j}": RANDOM.normal(size=2000) for j in range(50)})
    one = summarise(wide, {f"x{j}": np.array([0.1 * j]) for j in range(50)})
    assert len(encode(one)) < wide.width / 4
    assert len(encode(Summary.empty(wide))) < wide.width / 4


@pytest.mark.parametrize("copies", [1, 1 << 9, 1 << 20, 1 << 40])
def test_counts_of_every_size_are_kept(copies):
    many = summarise(LAYOUT, DATA)
    scaled = Summary(
        LAYOUT, many.rows * copies, many.counts * copies, many.tails, *many_floats(many)
    )
    np.testing.assert_array_equal(decode(LAYOUT, encode(scaled)).counts, many.counts * copies)


def many_floats(summary):
    return summary.moments, summary.low, summary.high


def test_a_layout_without_features_counts_rows():
    nothing = Layout(())
    three = group(nothing, {}, [0, 1, 1], 2)
    assert merge(nothing, [three.encode(0), three.encode(1)]).rows == 3


def test_no_bodies_make_the_empty_summary():
    assert merge(LAYOUT, []).rows == 0


def test_layouts_that_mean_the_same_have_one_digest():
    assert layout_of(DATA).digest == LAYOUT.digest
    assert len(LAYOUT.digest) == 16


@pytest.mark.parametrize(
    "other",
    [
        {"y0": DATA["x0"]},
        {"x0": DATA["x0"] * 2},
        {"x0": DATA["x0"], "kind": ["a"]},
        {"x0": DATA["x0"], "kind": ["b"]},
        {"x0": DATA["x0"], "kind": ["a", "b"]},
    ],
)
def test_layouts_that_differ_have_different_digests(other):
    kinds = [layout_of({"x0": DATA["x0"], "kind": [w]}).digest for w in "ab"]
    digest = layout_of(other).digest
    assert digest != LAYOUT.digest
    assert kinds.count(digest) <= 1
    assert kinds[0] != kinds[1]
