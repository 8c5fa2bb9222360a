"""What every estimator owes, on each one in the union and on each of its variants."""

import dataclasses
import importlib
import inspect
import pkgutil
import typing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detectors.prior
from detectors.prior import (
    DEFAULTS,
    AnyEstimator,
    BlackBoxShift,
    CalibratedLikelihood,
    HistogramLikelihood,
    ObservedShares,
    PriorShiftTest,
)
from detectors.prior.cells import Cells
from detectors.summaries.labelled import (
    encode,
)
from tests.detectors.prior.samples import (
    THREE,
    WORLDS,
    counted,
    densities,
    drawn,
    population,
    window,
)

VARIANTS = [
    *(estimator() for estimator in typing.get_args(AnyEstimator)),
    BlackBoxShift(soft=True),
    HistogramLikelihood(less_noise=False),
    CalibratedLikelihood(stop="quapy"),
]
FROM_SCORES = [v for v in VARIANTS if not isinstance(v, ObservedShares)]
EXACT = [v for v in FROM_SCORES if v != CalibratedLikelihood(stop="quapy")]
every = pytest.mark.parametrize("estimator", VARIANTS, ids=repr)
from_scores = pytest.mark.parametrize("estimator", FROM_SCORES, ids=repr)
exact = pytest.mark.parametrize("estimator", EXACT, ids=repr)
worlds = pytest.mark.parametrize("world", list(WORLDS))
SHARES = {"two": (0.55, 0.45), "three": (0.1, 0.3, 0.6)}
HUGE = 10**12


def same(one, other) -> bool:
    pairs = ((getattr(one, f.name), getattr(other, f.name)) for f in dataclasses.fields(one))
    return all(np.array_equal(a, b, equal_nan=not isinstance(a, tuple | str)) for a, b in pairs)


def test_no_estimator_is_left_out_of_the_union():
    union, made = typing.get_args(AnyEstimator), []
    for found in pkgutil.iter_modules(detectors.prior.__path__, "detectors.prior."):
        module = importlib.import_module(found.name)
        classes = inspect.getmembers(module, inspect.isclass)
        made += [c for _, c in classes if c.__module__ == module.__name__ and hasattr(c, "kind")]
    assert {c for c in made if dataclasses.is_dataclass(c)} == set(union)
    assert len({u().kind for u in union}) == len(union)
    assert {type(d) for d in DEFAULTS} <= set(union)


@every
def test_an_estimator_is_its_configuration(estimator):
    assert dataclasses.replace(estimator) == estimator
    assert hash(estimator) == hash(dataclasses.replace(estimator))
    with pytest.raises(dataclasses.FrozenInstanceError):
        estimator.kind = "other"


@exact
@worlds
def test_on_data_without_end_the_shares_are_recovered(estimator, world):
    said = estimator.estimate(population(world, HUGE), window(world, SHARES[world], HUGE))
    np.testing.assert_allclose(said.prior, SHARES[world], atol=2e-8)
    assert (said.low < said.prior).all()
    assert (said.prior < said.high).all()
    assert (said.high - said.low < 1e-4).all()
    assert said.explained
    assert said.p_value > 0.99


@from_scores
@worlds
def test_the_reference_itself_has_the_shares_of_its_labels(estimator, world):
    reference = population(world, 20_000)
    said = estimator.estimate(reference, reference)
    np.testing.assert_allclose(said.prior, said.reference, atol=3e-3)
    assert (said.low <= said.reference).all()
    assert (said.reference <= said.high).all()
    assert said.explained
    assert said.n == said.m == reference.rows


@every
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.floats(0.05, 1), min_size=3, max_size=3))
def test_shares_are_shares_within_their_interval_which_is_within_0_and_1(estimator, seed, sizes):
    random = np.random.default_rng(seed)
    shares = np.array(sizes) / np.sum(sizes)
    reference = drawn("three", (0.4, 0.3, 0.3), 900, random, labels=True)
    said = estimator.estimate(reference, drawn("three", shares, 200, random, labels=True))
    if said.refused:
        assert np.isnan(said.prior).all()
        return
    assert said.prior.sum() == pytest.approx(1)
    assert (said.low >= 0).all()
    assert (said.high <= 1).all()
    assert (said.low <= said.prior).all()
    assert (said.prior <= said.high).all()


@every
def test_estimating_changes_nothing_and_says_the_same_again(estimator):
    random = np.random.default_rng(3)
    reference = drawn("two", (0.7, 0.3), 3000, random, labels=True)
    current = drawn("two", (0.5, 0.5), 500, random, labels=True)
    before = encode(reference), encode(current)
    first, second = (estimator.estimate(reference, current) for _ in range(2))
    assert same(first, second)
    assert (encode(reference), encode(current)) == before


@every
def test_two_halves_merged_are_estimated_as_the_whole(estimator):
    random = np.random.default_rng(4)
    parts = [drawn("three", (0.4, 0.3, 0.3), 2000, random, labels=True) for _ in range(2)]
    current = [drawn("three", (0.2, 0.3, 0.5), 300, random, labels=True) for _ in range(2)]
    p = THREE[np.argsort(parts[0].layout.find(THREE))]
    whole = [counted(p, (one + other).cells[:-1, :-1]) for one, other in (parts, current)]
    merged = estimator.estimate(parts[0] + parts[1], current[0] + current[1])
    at_once = estimator.estimate(*whole)
    np.testing.assert_allclose(merged.prior, at_once.prior, atol=1e-9)
    np.testing.assert_allclose(merged.high, at_once.high, atol=1e-9)


@every
def test_the_order_of_the_classes_does_not_matter(estimator):
    random = np.random.default_rng(5)
    counts = np.stack([random.multinomial(2000, f) for f in densities("three").T], axis=1)
    now = random.multinomial(800, densities("three") @ (0.2, 0.3, 0.5))
    labels = np.stack([now // 2, now // 3, now - now // 2 - now // 3], axis=1)
    turn = [2, 0, 1]
    plain = estimator.estimate(counted(THREE, counts), counted(THREE, labels))
    turned = estimator.estimate(
        counted(THREE[:, turn], counts[:, turn]), counted(THREE[:, turn], labels[:, turn])
    )
    np.testing.assert_allclose(turned.prior, plain.prior[turn], atol=1e-7)
    np.testing.assert_allclose(turned.low, plain.low[turn], atol=1e-7)
    np.testing.assert_allclose(turned.x2, plain.x2, rtol=1e-6)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"bins": 1}, "2 or more bins"),
        ({"alpha": 0}, "alpha"),
        ({"alpha": 1.0}, "alpha"),
        ({"effect": -0.1}, "0 or more"),
        ({"variation": -0.1}, "0 or more"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        PriorShiftTest(**settings)


def test_an_estimator_of_one_bin_is_refused():
    with pytest.raises(ValueError, match="2 or more bins"):
        HistogramLikelihood(bins=1)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(2, 12))
def test_joined_cells_keep_every_row_and_none_is_left_without_reference_rows(held, bins):
    reference = np.array([held, held[::-1]])
    cells = Cells(reference, np.ones(len(held), dtype=np.int64)).joined(bins)
    assert cells.reference.sum(axis=1).tolist() == [sum(held), sum(held)]
    assert cells.n == len(held)
    if reference.any():
        assert not cells.current[~cells.known].any()
