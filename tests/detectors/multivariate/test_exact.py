"""Derived values are the same to the last bit, however and wherever they are made."""

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.multivariate import MultivariateSettings, Transforms
from detectors.multivariate.exact import FARTHEST, STEPS, ExactMap, on_grid
from tests.detectors.multivariate.clouds import correlated, derived_of, fit_numbers, no_words

RANDOM = np.random.default_rng(40)
ROWS = correlated(RANDOM, 3000, 12, 0.4)
ROWS[3] = np.rint(ROWS[3])
ROWS[5, ::7] = np.nan
TRANSFORMS = fit_numbers(ROWS[:, :1000], MultivariateSettings(seed=5))
AT_ONCE = derived_of(TRANSFORMS, ROWS)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 3000), max_size=6).map(sorted))
def test_it_does_not_matter_where_rows_are_split_into_batches(cuts):
    parts = [derived_of(TRANSFORMS, part) for part in np.split(ROWS, cuts, axis=1)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), AT_ONCE)


def test_it_does_not_matter_what_other_rows_come_along():
    for at in range(40):
        alone = derived_of(TRANSFORMS, ROWS[:, at : at + 1])
        np.testing.assert_array_equal(alone[:, 0], AT_ONCE[:, at])
    order = RANDOM.permutation(3000)
    np.testing.assert_array_equal(derived_of(TRANSFORMS, ROWS[:, order]), AT_ONCE[:, order])


def test_it_does_not_matter_in_which_memory_order_rows_come():
    other = np.asfortranarray(ROWS)
    np.testing.assert_array_equal(derived_of(TRANSFORMS, other), AT_ONCE)


@settings(deadline=None, max_examples=50)
@given(
    st.integers(1, 40).flatmap(
        lambda d: st.tuples(
            st.lists(st.floats(-1e6, 1e6), min_size=d, max_size=d),
            st.lists(st.floats(-1e6, 1e6), min_size=d, max_size=d),
        )
    )
)
def test_a_map_is_the_sum_in_whole_numbers(weights_and_row):
    weights, row = (np.array(part) for part in weights_and_row)
    mapping = ExactMap.near(weights[None, :])
    values = on_grid(row)[:, None]
    steps = [int(value * STEPS) for value in values[:, 0]]
    total = sum(int(w) * s for w, s in zip(mapping.weights[0], steps, strict=True))
    assert abs(total) < 2**53
    assert mapping.apply(values)[0, 0] == total / STEPS * mapping.scale[0]


def test_the_farthest_values_of_many_columns_are_still_added_exactly():
    weights = RANDOM.normal(size=(1, 2000))
    mapping = ExactMap.near(weights)
    worst = np.where(weights[0] > 0, FARTHEST, -FARTHEST)[:, None]
    total = sum(
        int(w) * int(v * STEPS) for w, v in zip(mapping.weights[0], worst[:, 0], strict=True)
    )
    assert 2**51 < total < 2**53
    assert mapping.apply(worst)[0, 0] == total / STEPS * mapping.scale[0]


def test_a_map_is_near_the_matrix_that_it_is_made_of():
    matrix = RANDOM.normal(size=(7, 30))
    values = on_grid(RANDOM.normal(size=(30, 100)))
    wanted = matrix @ values
    mapping = ExactMap.near(matrix)
    rounded = mapping.scale[:, None] / 2 * np.abs(values).sum(axis=0)  # of each weight, half a step
    assert (np.abs(mapping.apply(values) - wanted) <= rounded + 1e-12).all()
    assert rounded.max() < 1e-4


def test_a_profile_gives_the_same_features_back_to_the_last_bit():
    text = json.dumps(TRANSFORMS.to_json(), allow_nan=False)
    again = Transforms.from_json(json.loads(text))
    assert again.names == TRANSFORMS.names
    np.testing.assert_array_equal(derived_of(again, ROWS), AT_ONCE)
    assert json.dumps(again.to_json()) == text


def test_the_same_seed_gives_the_same_features_and_another_others():
    again = fit_numbers(ROWS[:, :1000], MultivariateSettings(seed=5))
    np.testing.assert_array_equal(derived_of(again, ROWS), AT_ONCE)
    other = fit_numbers(ROWS[:, :1000], MultivariateSettings(seed=6))
    first = TRANSFORMS.names.index("projection 1")
    assert (derived_of(other, ROWS[:, 1:2])[first] != AT_ONCE[first, 1]).all()


def test_what_comes_in_is_not_changed():
    before = ROWS.copy()
    TRANSFORMS.apply(ROWS, *no_words(3000))
    np.testing.assert_array_equal(ROWS, before)
