"""Free text is three numbers: how long it is, and how much of it is new."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.comparison import KolmogorovSmirnov
from detectors.multivariate import Derived
from detectors.summaries import Layout, TextTransforms, fit_text, tabulate


def codes(*some: int) -> np.ndarray:
    return np.array(some, dtype=np.int32)


NOTES = fit_text("note", ["Paid on time", "paid late, 3 days", "unused"], codes(0, 1, 1, -1))


def test_each_text_is_measured():
    made = NOTES.apply(["paid", "PAID never", "zzz", ""], codes(0, 1, 2, 3, -1))
    np.testing.assert_array_equal(made[0], [4, 10, 3, 0, np.nan])
    # Characters keep their case: P was there, A, I and D were not; n was, v and r were not.
    np.testing.assert_allclose(made[1], [0, 5 / 10, 1, np.nan, np.nan])
    np.testing.assert_allclose(made[2], [0, 0.5, 1, np.nan, np.nan])


def test_texts_that_no_row_holds_are_not_known():
    assert NOTES.apply(["unused"], codes(0))[2] == [1.0]


def test_punctuation_has_characters_but_no_words():
    length, characters, words = NOTES.apply([",, !"], codes(0))[:, 0]
    assert (length, characters) == (4, 0.25)
    assert np.isnan(words)


def test_the_most_frequent_words_are_kept():
    many = [f"word{i}" for i in range(25_000)]
    texts = fit_text("t", many, codes(*range(25_000), *range(20_000)))
    made = texts.apply([many[0], many[19_999], many[20_000]], codes(0, 1, 2))
    assert made[2].tolist() == [0, 0, 1]


def test_a_text_of_a_megabyte_has_its_length_and_is_looked_at_in_part():
    long = "paid " * 20_000 + "q" * 900_000
    length, characters, words = NOTES.apply([long], codes(0))[:, 0]
    assert (length, characters, words) == (1_000_000, 0, 0)


def test_characters_beyond_the_basic_plane_and_half_ones_are_counted():
    made = NOTES.apply(["\U0001f600\U0010ffff", "\ud800"], codes(0, 1))
    assert made[0].tolist() == [2, 1]
    assert made[1].tolist() == [1, 1]


texts = st.lists(st.text(max_size=30), max_size=6)


@settings(deadline=None, max_examples=60)
@given(texts, texts)
def test_shares_lie_between_none_and_all_and_what_was_held_is_known(held, new):
    every = np.arange(len(held), dtype=np.int32)
    fitted = fit_text("t", held, every)
    for some in (held, new):
        made = fitted.apply(some, np.arange(len(some), dtype=np.int32))
        assert made[0].tolist() == [len(text) for text in some]
        shares = made[1:][~np.isnan(made[1:])]
        assert ((shares >= 0) & (shares <= 1)).all()
    known = fitted.apply(held, every)[1:]
    assert (known[~np.isnan(known)] == 0).all()


@settings(deadline=None, max_examples=40)
@given(texts, st.integers(0, 5))
def test_a_text_counts_the_same_whatever_others_come_along(some, at):
    together = NOTES.apply(some, np.arange(len(some), dtype=np.int32))
    for place, text in enumerate(some[at : at + 1], start=at):
        np.testing.assert_array_equal(NOTES.apply([text], codes(0))[:, 0], together[:, place])


def test_they_come_back_from_json():
    again = TextTransforms.from_json(json.loads(json.dumps(NOTES.to_json())))
    assert again.names == NOTES.names
    some = ["paid never", "on Zeit"]
    np.testing.assert_array_equal(again.apply(some, codes(0, 1)), NOTES.apply(some, codes(0, 1)))


def test_a_document_of_another_format_is_refused():
    with pytest.raises(ValueError, match="a text have format 3; this program reads format 1"):
        TextTransforms.from_json({**NOTES.to_json(), "format": 3})


def test_a_name_that_is_taken_is_not_given():
    assert fit_text("t", [], codes(), taken={"t length"}).names[0] == "t length'"


def drawn(random, vocabulary, weights, rows):
    words = random.choice(vocabulary, size=(rows, 8), p=weights)
    return [" ".join(row) for row in words.tolist()]


def test_undrifted_texts_of_ever_new_words_drift_only_if_counted_on_what_chose_the_words():
    # Zipf's law over 100,000 words: no half of the reference holds them all.
    random = np.random.default_rng(60)
    vocabulary = np.array([f"w{i}" for i in range(100_000)])
    weights = 1 / np.arange(1, 100_001)
    weights /= weights.sum()
    chose, counted, current = (drawn(random, vocabulary, weights, 3000) for _ in range(3))
    every = np.arange(3000, dtype=np.int32)
    fitted = fit_text("t", chose, every)
    derived = Derived(texts=(fitted,))
    none = np.zeros((0, 3000), dtype=np.int32), []
    group = np.zeros(3000, dtype=np.int64)
    p_values = []
    for reference in (counted, chose):
        rows = fitted.apply(reference, every)
        layout = Layout(derived.features(rows))
        sides = [
            tabulate(layout, some, *none, group, 1).summary(0)
            for some in (rows, fitted.apply(current, every))
        ]
        p_values.append(KolmogorovSmirnov().compare(*sides).p_value[2])
    assert p_values[0] > 0.01
    assert p_values[1] < 1e-9


def test_known_words_in_a_new_order_are_not_seen():
    one, other = NOTES.apply(["paid late, 3 days", "days late, 3 paid"], codes(0, 1)).T
    np.testing.assert_array_equal(one, other)
