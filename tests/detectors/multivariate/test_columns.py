"""Which columns take part, and what counts a value that is missing, new, or far out?"""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.comparison import KolmogorovSmirnov
from detectors.multivariate import MultivariateSettings, Transforms, fit
from tests.detectors.multivariate.clouds import (
    correlated,
    derived_of,
    fit_numbers,
    named,
    no_words,
    sides,
)

RANDOM = np.random.default_rng(50)
FEW = MultivariateSettings(pairs=3, projections=2)
JOINT = ["projection 1", "projection 2", "reconstruction error", "mahalanobis distance"]


@pytest.mark.parametrize(
    "numbers",
    [
        np.zeros((0, 5)),
        np.zeros((3, 0)),
        np.zeros((3, 5)),
        np.full((3, 5), np.nan),
        np.full((3, 5), np.inf),
        RANDOM.normal(size=(1, 9)),
        RANDOM.normal(size=(3, 1)),
        np.array([[1e308, -1e308, 1e307], [1, 2, 3]]),
        np.array([[1e9, 1e9 + 1e-6, 1e9], [1, 2, 3]]),
        np.stack([np.full(40, 7.0), RANDOM.normal(size=40)]),
        np.array([[1.0, np.nan, np.nan], [np.nan, 2, np.nan], [np.nan, np.nan, 3]]),
    ],
    ids=lambda numbers: f"{numbers.shape} {numbers.reshape(-1)[:1]}",
)
def test_of_what_cannot_be_joined_nothing_is_made(numbers):
    transforms = fit_numbers(numbers)
    assert transforms.names == ()
    assert derived_of(transforms, numbers).shape == (0, numbers.shape[1])
    again = Transforms.from_json(json.loads(json.dumps(transforms.to_json(), allow_nan=False)))
    assert derived_of(again, numbers).shape == (0, numbers.shape[1])


@pytest.mark.parametrize("rows", [2, 4, 30])
def test_fewer_rows_than_columns_are_enough_for_some(rows):
    numbers = RANDOM.normal(size=(30, rows))
    transforms = fit_numbers(numbers)
    made = derived_of(transforms, RANDOM.normal(size=(30, 200)))
    assert len(made) == len(transforms.names) >= 20
    assert np.isfinite(made).all()


def test_columns_that_are_copies_of_each_other_make_what_does_not_need_more():
    copies = np.stack([np.arange(9.0)] * 3)
    transforms = fit_numbers(copies, FEW)
    made = named(transforms, np.array([[3.0, 3], [3, 3], [3, 8]]))
    assert not any("projection" in name for name in made)
    assert made["reconstruction error"][0] == pytest.approx(0, abs=1e-3)
    assert made["reconstruction error"][1] > 1


def test_a_constant_column_takes_no_part():
    numbers = RANDOM.normal(size=(3, 50))
    numbers[1] = 4.0
    assert fit_numbers(numbers, FEW).encoding.names == ("x0", "x2")


def test_columns_beyond_the_bound_are_those_that_go_least_with_another():
    numbers = RANDOM.normal(size=(6, 500))
    numbers[4] += 3 * numbers[1]
    chosen = fit_numbers(numbers, MultivariateSettings(columns=2)).encoding.names
    assert chosen == ("x1", "x4")


def test_of_very_many_rows_only_some_are_looked_at(monkeypatch):
    numbers = RANDOM.normal(size=(2, 1000))
    numbers[:, 1::2] = 1e6
    monkeypatch.setattr("detectors.multivariate.transforms.VALUES", 1000)
    np.testing.assert_allclose(fit_numbers(numbers).encoding.spread, 1, atol=0.2)


def test_a_name_that_a_column_has_is_not_given_again():
    numbers = RANDOM.normal(size=(3, 50))
    columns = ["a", "b", "a + b"]
    some = MultivariateSettings(pairs=3, projections=1)
    made = fit(columns, numbers, *no_words(50), [], some, taken={"projection 1"}).names
    assert "a + b'" in made
    assert "projection 1'" in made
    assert len({*made, *columns, "projection 1"}) == len(made) + 4


def test_a_pair_of_which_one_is_missing_is_missing():
    transforms = fit_numbers(RANDOM.normal(size=(3, 500)), FEW)
    made = named(transforms, np.array([[1.0], [np.nan], [2.0]]))
    assert {name for name, value in made.items() if not np.isnan(value[0])} == {
        "x0 + x2",
        "x0 - x2",
    }


def test_an_infinite_value_counts_as_missing():
    transforms = fit_numbers(RANDOM.normal(size=(3, 500)), FEW)
    rows = np.array([[1.0, 1], [np.nan, np.inf], [2.0, 2]])
    made = derived_of(transforms, rows)
    np.testing.assert_array_equal(made[:, 0], made[:, 1])


def test_a_value_that_is_often_missing_counts_as_the_mean():
    numbers = RANDOM.normal(5, 1, size=(3, 4000))
    numbers[1, ::3] = np.nan
    transforms = fit_numbers(numbers, FEW)
    mean = transforms.encoding.centre[1]
    made = named(transforms, np.array([[4.0, 4], [np.nan, mean], [6, 6]]))
    for name in JOINT:
        assert made[name][0] == made[name][1]


def test_a_column_that_ceases_to_come_does_not_pass_for_a_shift():
    # Where it hardly ever lacked before, the rows that lack it have no joint features.
    rows = correlated(RANDOM, 9000, 5, 0.4)
    current = rows[:, 6000:].copy()
    current[2, RANDOM.random(3000) < 0.5] = np.nan
    reference, now = sides(fit_numbers(rows[:, :3000]), rows[:, 3000:6000], current)
    said = KolmogorovSmirnov().compare(reference, now)
    made = len(reference.layout.numeric) - 5
    assert said.p_value[5:].min() > 0.01 / made
    lacking = now.missing[5:] / now.rows
    assert lacking.max() == lacking[-1] == pytest.approx(0.5, abs=0.05)


def test_a_jump_of_a_value_that_was_often_missing_pulls_towards_the_middle():
    numbers = correlated(RANDOM, 4000, 3, 0.2)
    numbers[1, ::2] = np.nan
    transforms = fit_numbers(numbers, FEW)
    emptied = numbers.copy()
    emptied[1] = np.nan
    before, after = (named(transforms, rows)["mahalanobis distance"] for rows in (numbers, emptied))
    assert after.mean() < 0.95 * before.mean()


def test_values_far_beyond_the_reference_are_cut_off_and_raise_nothing():
    transforms = fit_numbers(RANDOM.normal(size=(3, 500)))
    far = derived_of(transforms, np.array([[1e308, -1e308], [-1e308, 3], [0, 1e300]]))
    assert np.isfinite(far).all()
    assert named(transforms, np.array([[1e308], [1e308], [0.0]]))["x0 + x1"] == [512.0]


STRANGE = st.sampled_from([0.0, 1.0, -1.0, 1e-300, 1e9, 1e300, -1e308, np.nan, np.inf])


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 5), st.integers(0, 2), st.integers(0, 12), st.data())
def test_anything_can_be_fitted_and_applied_without_a_warning(p, q, n, data):
    number = st.one_of(STRANGE, st.floats(-10, 10))
    numbers = np.array(data.draw(st.lists(number, min_size=p * n, max_size=p * n))).reshape(p, n)
    coded = data.draw(st.lists(st.integers(-1, 2), min_size=q * n, max_size=q * n))
    codes = np.array(coded, dtype=np.int32).reshape(q, n)
    columns, words = [f"x{j}" for j in range(p)], [["a", "", "\ud800"]] * q
    rows = numbers, codes, words
    transforms = fit(columns, *rows, [f"c{j}" for j in range(q)], MultivariateSettings(mmd=2))
    made = transforms.apply(*rows)
    assert made.shape == (len(transforms.names), n)
    assert len(set(transforms.names)) == len(transforms.names)
    assert not np.isinf(made).any()
    document = json.loads(json.dumps(transforms.to_json(), allow_nan=False))
    np.testing.assert_array_equal(Transforms.from_json(document).apply(*rows), made)


WORDS = ["fr", "de", "it", "es"]


def kinds(codes, amounts=None):
    amounts = RANDOM.normal(size=len(codes)) if amounts is None else amounts
    return amounts[None, :], np.array([codes], dtype=np.int32)


def test_a_category_is_as_large_as_its_share_of_the_reference():
    numbers, codes = kinds([0] * 50 + [1] * 30 + [2] * 20)
    encoding = fit(["x"], numbers, codes, [WORDS], ["country"]).encoding
    z = encoding.apply(*kinds([0, 1, 2, 3, -1]), [WORDS])[1]
    shares = np.array([0.5, 0.3, 0.2, 0.0])
    spread = np.sqrt(0.5 * 0.12**2 + 0.3 * 0.08**2 + 0.2 * 0.18**2)
    np.testing.assert_allclose(z[:4], (shares - 0.38) / spread, atol=2e-6)
    assert np.isnan(z[4])


def test_rare_categories_count_as_new_ones_do():
    numbers, codes = kinds([0] * 50 + [1] * 30 + [2] * 20)
    some = MultivariateSettings(categories=2)
    transforms = fit(["x"], numbers, codes, [WORDS], ["country"], some)
    made = transforms.apply(*kinds([2, 3], np.zeros(2)), [WORDS])
    np.testing.assert_array_equal(made[:, 0], made[:, 1])


def test_two_categories_take_part_even_if_they_are_equally_frequent():
    numbers, codes = kinds([0, 1] * 50)
    transforms = fit(["x"], numbers, codes, [WORDS], ["country"])
    assert "x + country" in transforms.names
    z = transforms.encoding.apply(*kinds([0, 1, 2]), [WORDS])[1]
    assert sorted(z.tolist()) == [-1, 0, 1]


def test_three_equally_frequent_categories_take_no_part():
    numbers, codes = kinds([0, 1, 2] * 50)
    assert fit(["x"], numbers, codes, [WORDS], ["country"]).names == ()


def test_the_order_of_the_words_in_a_batch_does_not_matter():
    numbers, codes = kinds([0] * 50 + [1] * 30 + [2] * 20)
    transforms = fit(["x"], numbers, codes, [WORDS], ["country"])
    one = transforms.apply(numbers, codes, [WORDS])
    other = transforms.apply(numbers, 3 - codes, [WORDS[::-1]])
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"pairs": -1}, "pairs is 0 or more, not -1"),
        ({"columns": 1}, "columns is 2 or more, not 1"),
        ({"mmd": 63}, "an even number up to 1024, not 63"),
        ({"mmd": 2000}, "an even number up to 1024, not 2000"),
        ({"variance": 1.0}, "between 0 and 1, not 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        MultivariateSettings(**wrong)


def damaged(**parts):
    return {**fit_numbers(RANDOM.normal(size=(2, 50))).to_json(), **parts}


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({}, "have format None; this program reads format 1"),
        (damaged(format=2), "have format 2; this program reads format 1"),
        (damaged(pairs={"left": [0]}), "columns are damaged: KeyError"),
        (damaged(encoding=None), "columns are damaged: TypeError"),
        ([], "have format None"),
    ],
)
def test_a_document_that_is_not_of_transforms_is_refused(document, says):
    with pytest.raises(ValueError, match=says):
        Transforms.from_json(document)
