"""Which unseen values came is known in bounded memory, with a bound on what is missed."""

from collections import Counter
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.summaries import HeavyHitters, Layout, categorical_feature
from detectors.summaries.newcomers import newcomers

values = st.lists(st.sampled_from("abcdefghijklmnop"), max_size=60)
batches = st.lists(values, min_size=1, max_size=8)


def sketch(some, keep=4):
    return HeavyHitters.of(Counter(some), keep)


def holds(found: HeavyHitters, exact: Counter) -> None:
    assert found.n == exact.total()
    assert len(found.counts) <= found.keep
    assert found.error * (found.keep + 1) <= found.n - sum(found.counts.values())
    for value, count in exact.items():
        assert found.counts.get(value, 0) <= count <= found.counts.get(value, 0) + found.error
    assert set(found.counts) <= set(exact)


@settings(deadline=None, max_examples=100)
@given(batches, st.randoms())
def test_counts_err_by_no_more_than_they_say_however_batches_are_merged(some, random):
    left = [sketch(batch) for batch in some]
    while len(left) > 1:
        one, other = (left.pop(random.randrange(len(left))) for _ in range(2))
        left.append(one + other)
    holds(left[0], Counter(value for batch in some for value in batch))


@settings(deadline=None, max_examples=50)
@given(values, values)
def test_the_order_of_two_does_not_matter(one, other):
    assert sketch(one) + sketch(other) == sketch(other) + sketch(one)


@settings(deadline=None, max_examples=50)
@given(batches)
def test_counts_are_exact_while_there_is_room(some):
    found = reduce(lambda one, other: one + other, (sketch(batch, keep=16) for batch in some))
    exact = Counter(value for batch in some for value in batch)
    assert (found.counts, found.error) == (exact, 0)


def test_every_value_of_more_than_its_share_is_held():
    random = np.random.default_rng(61)
    drawn = [f"v{i}" for i in random.zipf(1.5, 20_000).tolist()]
    parts = [sketch(drawn[at : at + 500], keep=20) for at in range(0, 20_000, 500)]
    found, exact = sum(parts[1:], start=parts[0]), Counter(drawn)
    frequent = {value for value, count in exact.items() if count > 20_000 / 21}
    assert frequent
    assert frequent <= set(found.counts)


def test_the_counters_that_there_is_no_room_for_are_taken_off_all():
    # By hand: of 7, 5, 3, 2 with two counters the third largest is taken off: 4 and 2 are left.
    found = HeavyHitters.of({"a": 7, "b": 5, "c": 3, "d": 2}, keep=2)
    assert (found.counts, found.n, found.error) == ({"a": 4, "b": 2}, 17, 3)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.text(max_size=300), st.integers(1, 2**40), max_size=9))
def test_bytes_hold_all_of_it(counts):
    found = HeavyHitters.of(counts, keep=5)
    assert HeavyHitters.decode(found.encode()) == found


def test_long_values_are_cut_and_told_apart():
    long = "x" * 1_000_000
    found = HeavyHitters.of({long + "a": 1, long + "b": 2}, keep=5)
    assert sorted(found.counts.values()) == [1, 2]
    assert max(map(len, found.counts)) < 250
    assert len(found.encode()) < 600


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not a sketch of values"),
        (b"dwsm" + bytes(40), "not a sketch of values"),
        (sketch("ab").encode()[:4] + b"\x09" + sketch("ab").encode()[5:], "has format 9"),
        (sketch("ab").encode()[:-1], "damaged: it ends 1 bytes too early"),
        (sketch("ab").encode() + b"\x00", "damaged"),
    ],
)
def test_bytes_of_something_else_are_refused(body, says):
    with pytest.raises(ValueError, match=says):
        HeavyHitters.decode(body)


def test_sketches_of_different_sizes_are_not_merged():
    with pytest.raises(ValueError, match="sketches of 4 and of 5 counters are not merged"):
        sketch("a", keep=4) + sketch("a", keep=5)


def test_only_values_that_the_reference_never_held_are_counted():
    # Kept: de. Held, though not kept: fr. Never: uk, pl. No row has xx.
    layout = Layout(
        (),
        (
            categorical_feature("country", {"de": 9, "fr": 1}, keep=1),
            categorical_feature("kind", {"a": 1}),
        ),
    )
    words = [["uk", "de", "fr", "pl", "xx"], ["a"]]
    codes = np.array([[0, 1, 2, 3, 0, -1], [0, 0, 0, 0, 0, 0]], dtype=np.int32)
    found = newcomers(layout, codes, words, np.zeros(6, np.int64))
    assert {place: sketch.counts for place, sketch in found[0].items()} == {0: {"uk": 2, "pl": 1}}
    assert list(found) == [0]


def test_no_rows_have_no_unseen_values():
    layout = Layout((), (categorical_feature("kind", {"a": 1}),))
    nothing = np.zeros((1, 0), dtype=np.int32)
    assert newcomers(layout, nothing, [[]], np.zeros(0, np.int64)) == {}
