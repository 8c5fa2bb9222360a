"""What the values of a file mean: numbers, words, times, or a misfit."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftwatch.reference.values import (
    MISSING_TIME,
    Misfit,
    Numbers,
    Objects,
    Texts,
    Times,
    Words,
    coded,
    is_number,
    is_time,
    numbers,
    take,
    times,
)

NOON = 1_769_860_800_000_000  # 2026-01-31T12:00:00Z


def words(raw, **options):
    found, codes = coded(raw, **options)
    return [found[code] if code >= 0 else None for code in codes]


@given(st.lists(st.floats(allow_nan=False)))
def test_numbers_written_as_texts_read_back_to_the_last_bit(values):
    read = numbers(Texts([repr(value) for value in values]))
    assert read.tolist() == values


@pytest.mark.parametrize(
    "text",
    ["+1", " 1 ", ".5", "1.", "1e999", "-inf", "Infinity", "0012", "12345678901234567890123"],
)
def test_a_number_is_what_python_takes_for_one(text):
    assert numbers(Texts([text, "2"])).tolist() == [float(text), 2.0]


@pytest.mark.parametrize("text", ["", "NA", "n/a", "NaN", "null", "None"])
def test_the_usual_words_for_missing_are_missing_numbers(text):
    assert is_number(text)
    assert np.isnan(numbers(Texts(["1", text]))).tolist() == [False, True]


@pytest.mark.parametrize(
    ("raw", "row", "value"),
    [
        (Texts(["1", "x"]), 1, "'x'"),
        (Texts(["1", "2,3", ""]), 1, "'2,3'"),
        (Texts(["1", "2],[3"]), 1, "'2],[3'"),
        (Objects([None, 1, "2"]), 2, "'2'"),
        (Objects([1.5, True]), 1, "True"),
        (Objects([1, -(10**400)]), 1, "-1000"),
        (Objects([[1]]), 0, "[1]"),
        (Words(["1", "x"], np.array([0, 1])), 1, "'x'"),
        (Times(np.array([0])), 0, "a time"),
    ],
)
def test_a_value_that_is_no_number_is_a_misfit_with_its_row(raw, row, value):
    with pytest.raises(Misfit) as raised:
        numbers(raw)
    assert raised.value.row == row
    assert value in str(raised.value)
    assert "number" in str(raised.value)


def test_json_and_typed_numbers_keep_what_is_missing():
    for raw in (Objects([1, None, 2.5]), Numbers(np.array([1, np.nan, 2.5]), integral=False)):
        np.testing.assert_array_equal(numbers(raw), [1, np.nan, 2.5])
    np.testing.assert_array_equal(
        numbers(Words(["2.5", "1"], np.array([1, -1, 0], np.int32))), [1, np.nan, 2.5]
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (Texts(["a", "", "b", "a", "none"]), ["a", None, "b", "a", "none"]),
        (Objects(["a", None, "b", 3, False]), ["a", None, "b", "3", "false"]),
        (Numbers(np.array([3, np.nan, 7]), integral=True), ["3", None, "7"]),
        (Numbers(np.array([0.5, np.nan]), integral=False), ["0.5", None]),
        (Words(["b", "a"], np.array([1, -1, 0], np.int32)), ["a", None, "b"]),
        (Texts([]), []),
    ],
)
def test_words_are_what_stands_there(raw, expected):
    assert words(raw) == expected


def test_truth_has_two_words_however_it_is_spelt():
    assert words(Texts(["True", "FALSE", "", "1", "0"]), boolean=True) == [
        "true",
        "false",
        None,
        "true",
        "false",
    ]
    assert words(Objects([True, None, False]), boolean=True) == ["true", None, "false"]


@pytest.mark.parametrize(
    ("raw", "boolean", "row"),
    [
        (Texts(["true", "", "yes"]), True, 2),
        (Objects(["a", ["b"]]), False, 1),
        (Objects([None, {"b": 1}]), False, 1),
        (Times(np.array([0])), False, 0),
    ],
)
def test_what_is_no_word_is_a_misfit_with_its_row(raw, boolean, row):
    with pytest.raises(Misfit) as raised:
        coded(raw, boolean=boolean)
    assert raised.value.row == row


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31T13:00:00+01:00",
        "2026-01-31 12:00:00",
        "1769860800",
        "1769860800000",
        "1769860800000000",
    ],
)
def test_times_are_rfc_3339_or_counted_since_1970(value):
    assert times(Texts([value, ""])).tolist() == [NOON, MISSING_TIME]


def test_json_and_typed_times_are_alike():
    assert times(Objects([NOON // 10**6, None, NOON / 10**3])).tolist() == [
        NOON,
        MISSING_TIME,
        NOON,
    ]
    assert times(Objects(["2026-01-31T12:00:00Z", None])).tolist() == [NOON, MISSING_TIME]
    assert times(Numbers(np.array([NOON / 10**6]), integral=False)).tolist() == [NOON]
    coded_times = Words(["2026-01-31T12:00:00Z"], np.array([0, -1], np.int32))
    assert times(coded_times).tolist() == [NOON, MISSING_TIME]
    assert times(Times(np.array([NOON]))).tolist() == [NOON]


@given(st.lists(st.integers(-(2**51), 2**52)), st.sampled_from(["Z", "+00:00"]))
def test_a_written_time_is_exact_to_the_microsecond(moments, zone):
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    written = [(epoch + timedelta(microseconds=moment)).isoformat() for moment in moments]
    texts = [text.removesuffix("+00:00") + zone for text in written]
    assert times(Texts(texts)).tolist() == moments


@pytest.mark.parametrize(
    "text", ["now", "nowZ", "todayZ", "2026-13-01T00:00:00Z", "yesterday", "1e30"]
)
def test_what_is_no_time_is_a_misfit_with_its_row(text):
    with pytest.raises(Misfit, match="time") as raised:
        times(Texts(["2026-01-31T12:00:00Z" if text != "1e30" else "1", text]))
    assert raised.value.row == 1


def test_a_time_among_words_is_told_from_a_word():
    assert is_time("2026-01-31T12:00:00Z")
    assert not is_time("2026-01-31")  # A date: a category unless its type is given.
    assert not is_time("20260131")


def test_rows_are_taken_of_every_kind_of_column():
    rows = np.array([2, 0])
    columns = [
        Texts(["1", "2", "3"]),
        Objects([1, 2, 3]),
        Numbers(np.array([1.0, 2.0, 3.0]), integral=True),
        Words(["1", "2", "3"], np.array([0, 1, 2])),
    ]
    for column in columns:
        assert [math.floor(float(word)) for word in words(take(column, rows))] == [3, 1]
    assert times(take(Times(np.array([1, 2, 3])), rows)).tolist() == [3, 1]
