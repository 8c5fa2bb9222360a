"""Corrections for many tests: published examples, their relations, and their error rates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from detectors.corrections import benjamini_hochberg, bonferroni, e_benjamini_hochberg

# Benjamini and Hochberg (1995), section 3.2: fifteen hypotheses on thrombolysis.
THROMBOLYSIS = np.array(
    [
        *[0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344],
        *[0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000],
    ]
)
P_VALUES = arrays.arrays(
    np.float64, arrays.array_shapes(max_dims=2, max_side=12), elements=st.floats(0, 1)
)
each = pytest.mark.parametrize(
    "correct", [bonferroni, benjamini_hochberg, e_benjamini_hochberg], ids=lambda f: f.__name__
)


def test_bonferroni_believes_three_of_the_fifteen_published_hypotheses():
    assert np.flatnonzero(bonferroni(THROMBOLYSIS) <= 0.05).tolist() == [0, 1, 2]


def test_benjamini_and_hochberg_believe_four_of_the_fifteen_published_hypotheses():
    assert np.flatnonzero(benjamini_hochberg(THROMBOLYSIS) <= 0.05).tolist() == [0, 1, 2, 3]


@given(P_VALUES)
def test_benjamini_hochberg_is_what_scipy_says(p):
    np.testing.assert_allclose(
        benjamini_hochberg(p), stats.false_discovery_control(p, axis=-1), rtol=1e-13
    )


@given(P_VALUES)
def test_bonferroni_is_the_more_careful_one(p):
    assert (bonferroni(p) >= benjamini_hochberg(p) - 1e-15).all()
    assert (benjamini_hochberg(p) >= p).all()


@given(P_VALUES)
def test_the_order_of_the_tests_does_not_matter(p):
    for correct in (bonferroni, benjamini_hochberg):
        np.testing.assert_array_equal(correct(p[..., ::-1]), correct(p)[..., ::-1])


@given(arrays.arrays(np.float64, 9, elements=st.floats(1e-9, 1e9)))
def test_e_benjamini_hochberg_believes_the_k_largest_that_its_definition_names(e):
    # Wang and Ramdas (2022), definition: the largest k with k e_[k] / K >= 1 / alpha.
    alpha, falling = 0.05, np.sort(e)[::-1]
    enough = np.arange(1, 10) * falling / 9 * alpha
    if np.any(np.abs(enough - 1) < 1e-9):
        return  # at the limit itself rounding decides
    believed = np.flatnonzero(enough >= 1)
    k = 0 if not len(believed) else believed[-1] + 1
    assert (e_benjamini_hochberg(e) <= alpha).sum() >= k
    assert set(e[e_benjamini_hochberg(e) <= alpha]) == set(falling[:k])


@given(arrays.arrays(np.float64, 7, elements=st.floats(1e-6, 1)))
def test_e_benjamini_hochberg_on_inverse_p_values_is_benjamini_hochberg(p):
    np.testing.assert_allclose(e_benjamini_hochberg(1 / p), benjamini_hochberg(p), rtol=1e-12)


def test_evidence_without_end_is_believed_and_none_at_all_is_not():
    assert e_benjamini_hochberg([np.inf, 0.0, 1e-320]).tolist() == [0.0, 1.0, 1.0]


@each
def test_tests_that_could_not_be_made_do_not_count(correct):
    levels = correct([0.3, np.nan, 0.01, np.nan])
    np.testing.assert_array_equal(levels[[0, 2]], correct([0.3, 0.01]))
    assert np.isnan(levels[[1, 3]]).all()


@each
def test_none_and_one_test_are_left_as_they_are(correct):
    assert correct(np.zeros((3, 0))).shape == (3, 0)
    assert np.isnan(correct([np.nan])).all()
    assert correct([1.0]).tolist() == [1.0]


@each
def test_rows_are_corrected_each_on_its_own(correct):
    rows = np.array([[0.01, 0.02, 0.9], [0.5, 0.001, 0.3]])
    np.testing.assert_array_equal(correct(rows), np.stack([correct(row) for row in rows]))


@each
def test_one_test_keeps_its_level(correct):
    assert correct([0.5])[0] == (1.0 if correct is e_benjamini_hochberg else 0.5)


@pytest.mark.parametrize("wrong", [[-0.1], [1.1], 0.5])
def test_what_is_no_list_of_p_values_is_refused(wrong):
    with pytest.raises(ValueError, match="p-values"):
        benjamini_hochberg(wrong)


def test_negative_evidence_is_refused():
    with pytest.raises(ValueError, match="e-values lie between 0 and inf; -1 does not"):
        e_benjamini_hochberg([-1.0])


def test_on_tests_without_effects_errors_are_as_rare_as_promised():
    # 4,000 families of 20 dependent tests: with a right level the number of families with an error
    # is at most binomial; the bound is its quantile at 1 - 1e-5.
    random = np.random.default_rng(17)
    shared = random.normal(size=(4000, 1))
    z = (shared + random.normal(size=(4000, 20))) / np.sqrt(2)
    p, e = stats.norm.sf(z), np.exp(z - 0.5)
    most = stats.binom.ppf(1 - 1e-5, 4000, 0.05)
    for levels in (bonferroni(p), benjamini_hochberg(p), e_benjamini_hochberg(e)):
        assert (levels <= 0.05).any(axis=1).sum() <= most
    assert (p <= 0.05).any(axis=1).sum() > 3 * most


def test_among_the_believed_the_share_of_errors_is_as_promised():
    random = np.random.default_rng(18)
    z = random.normal(size=(2000, 50))
    z[:, :20] += 3.5
    believed = benjamini_hochberg(stats.norm.sf(z)) <= 0.1
    errors = believed[:, 20:].sum(axis=1) / np.maximum(believed.sum(axis=1), 1)
    # For independent tests it is 30 / 50 of .1 exactly; 5 standard errors are allowed.
    assert abs(errors.mean() - 0.06) < 5 * errors.std() / np.sqrt(2000)
