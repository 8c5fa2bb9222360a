"""Which of many tests may be believed, when some of them err by chance?

Each function turns the last axis of an array into *levels*: the smallest alpha at which a test is
believed, so that `level <= alpha` decides. Tests that are NaN could not be made: they do not count,
and stay NaN.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LEAST = 1e-300  # evidence below it is none, for its inverse


def bonferroni(p_values: ArrayLike) -> Floats:
    r"""Bound the chance that any of the tests errs, however they depend on each other.

    The level of each of K tests is min(1, K p). Misleads, if anything, by silence: with many tests
    a real but small effect is not seen.

    Parameters
    ----------
    p_values : float64[..., K], in [0, 1]

    Returns
    -------
    float64[..., K], levels of the family-wise error rate

    References: Dunn, Multiple Comparisons among Means (1961).

    >>> bonferroni([0.01, 0.04, 0.5, np.nan])
    array([0.03, 0.12, 1.  ,  nan])
    """
    p = _checked(p_values, "p-values", 1.0)
    tests = np.isfinite(p).sum(axis=-1, keepdims=True)
    levels: Floats = np.minimum(p * tests, 1.0)
    return levels


def bonferroni_within(p_values: ArrayLike, group: ArrayLike, groups: int) -> Floats:
    r"""Bound the chance that any test of a group errs, for each of many groups.

    The level of a group is min(1, K p) of the least p of its K tests. Misleads as `bonferroni`.

    Parameters
    ----------
    p_values : float64[K], in [0, 1]
    group : int64[K], in [0, groups)

    Returns
    -------
    float64[groups]; NaN of a group without a test

    References: Dunn, Multiple Comparisons among Means (1961).

    >>> bonferroni_within([0.01, 0.2, 0.4, np.nan], [0, 0, 1, 2], 3)
    array([0.02, 0.4 ,  nan])
    """
    p = _checked(p_values, "p-values", 1.0)
    known = np.isfinite(p)
    of = np.asarray(group, dtype=np.intp)[known]
    tests = np.bincount(of, minlength=groups)
    least = np.ones(groups)
    np.minimum.at(least, of, p[known])
    return np.where(tests > 0, np.minimum(least * tests, 1.0), np.nan)


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    r"""Bound the expected share of errors among the tests believed.

    The level of the test with the i-th smallest of K p-values is the least K p_(j) / j of j >= i.
    Holds for independent tests, and for those with positive dependence (Benjamini and Yekutieli,
    2001): features that move together are; tests that exclude each other are not.

    Misleads who reads it as the chance that one test errs: it is the share among all believed.

    Parameters
    ----------
    p_values : float64[..., K], in [0, 1]

    Returns
    -------
    float64[..., K], levels of the false discovery rate

    References: Benjamini and Hochberg, Controlling the False Discovery Rate (1995).

    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.5])
    array([0.04      , 0.05333333, 0.05333333, 0.5       ])
    """
    return _step_up(_checked(p_values, "p-values", 1.0))


def e_benjamini_hochberg(e_values: ArrayLike) -> Floats:
    r"""Bound the expected share of errors among the tests believed, from e-values.

    An e-value is evidence whose mean is at most 1 without an effect. The level of the test with the
    i-th largest of K e-values is the least K / (j e_(j)) of j >= i, at most 1. Holds however the
    tests depend on each other, which `benjamini_hochberg` does not.

    Misleads, if anything, by silence: an e-value of 1 / p from the same data is worth less than p.

    Parameters
    ----------
    e_values : float64[..., K], 0 to infinity

    Returns
    -------
    float64[..., K], levels of the false discovery rate

    References: Wang and Ramdas, False Discovery Rate Control with E-Values (2022).

    >>> e_benjamini_hochberg([100, 25, 0.5, 2])
    array([0.04      , 0.08      , 1.        , 0.66666667])
    """
    e = _checked(e_values, "e-values", np.inf)
    return _step_up(np.divide(1.0, e, out=np.where(np.isnan(e), np.nan, np.inf), where=e > LEAST))


def _step_up(p: Floats) -> Floats:
    """Give the least K p_(j) / j of j >= i for each, at most 1."""
    order = np.argsort(p, axis=-1)  # NaN last
    ordered = np.take_along_axis(p, order, axis=-1)
    known = ~np.isnan(ordered)
    tests = np.maximum(known.sum(axis=-1, keepdims=True), 1)
    scaled = np.where(known, ordered, np.inf) * (tests / np.arange(1, p.shape[-1] + 1))
    least = np.minimum.accumulate(scaled[..., ::-1], axis=-1)[..., ::-1]
    levels = np.empty_like(p)
    np.put_along_axis(levels, order, np.where(known, np.minimum(least, 1.0), np.nan), axis=-1)
    return levels


def _checked(values: ArrayLike, name: str, most: float) -> Floats:
    checked = np.asarray(values, dtype=np.float64)
    if not checked.ndim:
        message = f"{name} come as an array of at least one axis, not as a single number"
        raise ValueError(message)
    wrong = checked[(checked < 0) | (checked > most)]
    if wrong.size:
        message = f"{name} lie between 0 and {most:g}; {wrong[0]:g} does not"
        raise ValueError(message)
    return checked
