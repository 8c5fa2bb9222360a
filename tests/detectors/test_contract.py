"""No detector is left out, and each keeps the laws that all of them owe.

The detectors are found by looking at the package, the laws of each are asked of all in its union.
What one folder's detectors owe beside that stands in `<folder>/test_contract.py`.
"""

import dataclasses
import importlib
import inspect
import itertools
import pkgutil
import types
import typing

import numpy as np
import pytest
from hypothesis import given, settings

import detectors
from detectors.comparison import AnyComparison, Undefined
from detectors.gate import Gate
from detectors.kinds import AnyDetector
from detectors.multivariate import MaximumMeanDiscrepancy, MeanDiscrepancy
from detectors.prior import AnyEstimator, PriorShiftTest
from detectors.sequential.detector import Detector
from detectors.sequential.dispersion import Dispersion
from detectors.sequential.reference import Reference
from detectors.sequential.sets import Sets
from detectors.sequential.tuning import Tuning
from detectors.summaries import Layout, Summary, encode, numeric_feature
from tests.detectors.comparison.test_contract import DATA, LAYOUT, VARIANTS, moved
from tests.detectors.prior.samples import drawn
from tests.detectors.prior.test_contract import VARIANTS as ESTIMATORS
from tests.detectors.samples import layout_of, numbers, summarise
from tests.detectors.summaries.strategies import REFERENCE, columns

# What a detector does; a class that does one of these is one.
DOORS = {"compare", "estimate", "judge", "test", "pane"}
# What does so and is not configured by its kind, and so is in no union.
ALONE = {
    Gate: "the decision of a check, which has options of its own",
    Detector: "the pager, which has a section of its own",
    PriorShiftTest: "part of every estimator",
    MeanDiscrepancy: "fitted to a reference, for MaximumMeanDiscrepancy",
}
UNIONS = {
    "AnyComparison": AnyComparison,
    "AnyEstimator": AnyEstimator,
    "AnyDetector": AnyDetector,
}

DIRECTED = "it asks how the current rows lie to the reference"
REFERENCES = "it measures by the reference's own spread"
# Whether the statistic is the same with both sides exchanged; if not, why.
SYMMETRY = {
    "psi": "",
    "kolmogorov_smirnov": "",
    "wasserstein": REFERENCES,
    "wasserstein_units": "",
    "jensen_shannon": "",
    "chi_square": "",
    "total_variation": "",
    "missing": DIRECTED,
    "out_of_range": DIRECTED,
    "unseen": DIRECTED,
    "hellinger": "",
    "l_infinity": "",
    "kullback_leibler": "a divergence, not a distance: it is of one from the other",
    "cramer_von_mises": "",
    "anderson_darling": "",
    "g_test": "",
    "cramers_v": "",
    "mean_difference": "it has a sign, which turns",
    "cohens_d": "it has a sign, which turns",
    "deviation_ratio": "a ratio, of which the inverse comes back",
    "cohens_h": "",
    "modal_share": DIRECTED,
    "histogram_likelihood": DIRECTED,
    "bbse": DIRECTED,
    "mlls": DIRECTED,
    "observed_shares": DIRECTED,
    "mmd": "",
}

every = pytest.mark.parametrize("comparison", VARIANTS, ids=repr)


def modules() -> list[types.ModuleType]:
    found = pkgutil.walk_packages(detectors.__path__, "detectors.")
    return [importlib.import_module(module.name) for module in found]


def unions(looked: list[types.ModuleType]) -> dict[str, typing.Any]:
    """Find the unions by their name."""
    held = (item for module in looked for item in vars(module).items())
    return {name: made for name, made in held if name.startswith("Any") and typing.get_args(made)}


def found(looked: list[types.ModuleType]) -> set[type]:
    """Find the classes that do what a detector does."""
    made = {
        made
        for module in looked
        for _, made in inspect.getmembers(module, inspect.isclass)
        if made.__module__ == module.__name__ and dataclasses.is_dataclass(made)
    }
    return {made for made in made if DOORS & {name for name in vars(made) if name[0] != "_"}}


def left_out(looked: list[types.ModuleType], known: dict[str, typing.Any]) -> set[str]:
    listed = set(itertools.chain.from_iterable(map(typing.get_args, known.values())))
    return {made.__name__ for made in found(looked) - listed - ALONE.keys()}


def test_every_detector_is_in_a_union_or_stands_alone_by_name():
    assert left_out(modules(), unions(modules())) == set()


def test_every_union_is_asked_what_its_detectors_owe():
    assert unions(modules()) == UNIONS


def test_a_detector_that_is_in_no_union_is_noticed():
    @dataclasses.dataclass(frozen=True)
    class Forgotten:
        def compare(self, reference, current):
            return reference, current

    made = types.ModuleType("detectors.forgotten")
    Forgotten.__module__ = made.__name__
    made.Forgotten = Forgotten
    assert left_out([made], UNIONS) == {"Forgotten"}
    shorter = {"AnyDetector": typing.Union[typing.get_args(AnyDetector)[1:]]}  # noqa: UP007
    assert left_out(modules(), shorter) == {"PopulationStability"}


def test_every_kind_of_every_union_is_tried_with_all_its_variants_of_settings():
    tried = {type(variant) for variant in (*VARIANTS, *ESTIMATORS, MaximumMeanDiscrepancy())}
    assert tried == set(typing.get_args(AnyDetector))
    assert tried == set(itertools.chain.from_iterable(map(typing.get_args, UNIONS.values())))
    kinds = [made().kind for made in tried]
    assert len(set(kinds)) == len(kinds)
    assert set(kinds) == SYMMETRY.keys()


@settings(deadline=None, max_examples=50)
@given(one=columns(), other=columns())
def test_the_table_says_which_statistics_are_symmetric(one, other):
    sides = summarise(REFERENCE, one), summarise(REFERENCE, other)
    for comparison in (variant for variant in VARIANTS if not SYMMETRY[variant.kind]):
        forth, back = comparison.compare(*sides), comparison.compare(*sides[::-1])
        both = (forth.undefined == Undefined.DEFINED) & (back.undefined == Undefined.DEFINED)
        np.testing.assert_allclose(
            forth.statistic[both], back.statistic[both], 1e-9, 1e-12, err_msg=repr(comparison)
        )


@every
def test_the_table_says_no_statistic_to_be_asymmetric_that_is_not(comparison):
    one, other = summarise(LAYOUT, DATA), summarise(LAYOUT, moved(700, seed=4))
    forth, back = comparison.compare(one, other), comparison.compare(other, one)
    both = (forth.undefined == Undefined.DEFINED) & (back.undefined == Undefined.DEFINED)
    same = np.isclose(forth.statistic[both], back.statistic[both], rtol=1e-9, atol=1e-12)
    assert same.all() == (not SYMMETRY[comparison.kind])


def test_the_estimates_are_asymmetric_as_the_table_says():
    random = np.random.default_rng(8)
    one = drawn("two", (0.7, 0.3), 3000, random, labels=True)
    other = drawn("two", (0.4, 0.6), 3000, random, labels=True)
    for estimator in ESTIMATORS:
        assert SYMMETRY[estimator.kind]
        forth, back = estimator.estimate(one, other), estimator.estimate(other, one)
        assert abs(forth.prior[1] - back.prior[1]) > 0.1


def turned(layout: Layout) -> Layout:
    return Layout(layout.numeric[::-1], layout.categorical[::-1])


@every
def test_the_order_of_the_features_does_not_matter(comparison):
    here = comparison.compare(summarise(LAYOUT, DATA), summarise(LAYOUT, moved(700)))
    other = turned(LAYOUT)
    sides = [{n: side[n] for n in other.names} for side in (DATA, moved(700))]
    there = comparison.compare(*(summarise(other, side) for side in sides))
    order = [LAYOUT.names.index(name) for name in other.names]
    for field in dataclasses.fields(here):
        one, two = getattr(here, field.name)[order], getattr(there, field.name)
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-12)


@every
def test_a_feature_is_judged_alike_alone_and_among_others(comparison):
    together = comparison.compare(summarise(LAYOUT, DATA), summarise(LAYOUT, moved(700)))
    for j, name in enumerate(LAYOUT.names):
        number = [f for f in LAYOUT.numeric if f.name == name]
        word = [f for f in LAYOUT.categorical if f.name == name]
        alone = Layout(tuple(number), tuple(word))
        sides = (summarise(alone, {name: side[name]}) for side in (DATA, moved(700)))
        single = comparison.compare(*sides)
        np.testing.assert_allclose(
            single.statistic[0], together.statistic[j], rtol=1e-9, atol=1e-12
        )
        np.testing.assert_allclose(single.p_value[0], together.p_value[j], rtol=1e-6, atol=1e-12)


@every
def test_a_layout_without_features_has_no_statistics(comparison):
    nothing = Summary.empty(Layout(()))
    assert comparison.compare(nothing, nothing).statistic.shape == (0,)


ODD = {
    "empty": [],
    "one row": [1.0],
    "all missing": [np.nan] * 6,
    "constant": [2.0] * 6,
    "infinities": [np.inf, -np.inf] * 3,
    "out of range": [1e9] * 6,
}
ODD_WORDS = {
    "empty": [],
    "one row": ["a"],
    "all missing": [None] * 6,
    "constant": ["a"] * 6,
    "all unseen": ["never"] * 6,
}


@every
def test_a_side_of_next_to_nothing_has_a_defined_answer_on_either_side(comparison):
    usual = numbers(np.linspace(0, 1, 300))
    words = {"kind": ["a", "b", "c"] * 100}
    for side, kinds in ((usual, ODD), (words, ODD_WORDS)):
        (name,) = side
        layout = layout_of(side)
        whole = summarise(layout, side)
        for odd in kinds.values():
            part = summarise(layout, {name: odd})
            for said in (comparison.compare(whole, part), comparison.compare(part, whole)):
                defined = said.undefined == Undefined.DEFINED
                assert (np.isnan(said.statistic) == ~defined).all()
                assert (np.isnan(said.p_value) | ((said.p_value >= 0) & (said.p_value <= 1))).all()


def test_one_row_is_never_called_drift_by_a_p_value():
    # Whatever the row is, short of a value that the reference never had.
    usual = {"x": np.random.default_rng(9).normal(size=5000), "kind": ["a", "b"] * 2500}
    layout = layout_of(usual)
    reference = summarise(layout, usual)
    for x, kind in itertools.product((-2.0, 0.0, 2.0), ("a", "b")):
        current = summarise(layout, {"x": [x], "kind": [kind]})
        for comparison in VARIANTS:
            p = comparison.compare(reference, current).p_value
            assert not (p < 0.01).any(), comparison


def clouds(rows, seed, apart=0.0):
    random = np.random.default_rng(seed)
    return random.normal(size=(3, rows)) + apart


@pytest.fixture(scope="module")
def mmd():
    """Give the test, and what counts rows for it."""
    random = np.random.default_rng(10)
    test = MeanDiscrepancy.fit(clouds(3000, 1), 32, random, "mmd", ())
    layout = Layout(tuple(numeric_feature(name, ()) for name in test.names))

    def count(values):
        made = test.fourier.apply(values)
        return summarise(layout, dict(zip(test.names, made, strict=True)))

    return test, count


def test_a_discrepancy_keeps_the_laws_of_a_distance(mmd):
    test, count = mmd
    one, other = count(clouds(4000, 2)), count(clouds(500, 3, apart=0.4))
    before = encode(one), encode(other)
    forth, back = test.compare(one, other), test.compare(other, one)
    assert (encode(one), encode(other)) == before
    assert forth == test.compare(one, other)
    assert forth.statistic == pytest.approx(back.statistic, rel=1e-12)
    assert (forth.n, forth.m, back.n, back.m) == (500, 4000, 4000, 500)
    assert 0 < forth.statistic < 4
    assert test.compare(one, one).statistic == 0
    assert test.compare(one, one).p_value == 1
    named = MaximumMeanDiscrepancy().judge([test], one, other)
    assert named == {"mmd": forth}


def test_a_discrepancy_of_what_is_merged_is_that_of_all_rows(mmd):
    test, count = mmd
    reference, parts = count(clouds(4000, 2)), [clouds(300, 4), clouds(200, 5)]
    merged = test.compare(reference, count(parts[0]) + count(parts[1]))
    whole = test.compare(reference, count(np.concatenate(parts, axis=1)))
    assert merged.statistic == pytest.approx(whole.statistic, rel=1e-9)
    assert merged.p_value == whole.p_value


@pytest.mark.parametrize("kind", ["empty", "all missing", "infinities"])
def test_a_discrepancy_without_rows_on_either_side_is_undefined(mmd, kind):
    test, count = mmd
    usual = count(clouds(400, 6))
    odd = np.full((len(test.names), len(ODD[kind])), 0.0) + np.array(ODD[kind])
    nothing = summarise(usual.layout, dict(zip(test.names, odd, strict=True)))
    for said in (test.compare(usual, nothing), test.compare(nothing, usual)):
        assert np.isnan(said.statistic)
        assert np.isnan(said.p_value)


def test_a_discrepancy_of_one_row_or_of_constant_rows_is_defined(mmd):
    test, count = mmd
    usual = count(clouds(400, 6))
    for odd in (np.zeros((3, 1)), np.full((3, 50), 2.0)):
        said = test.compare(usual, count(odd))
        assert 0 <= said.statistic <= 4
        assert 0 < said.p_value <= 1


@pytest.fixture(scope="module")
def pager():
    reference = summarise(LAYOUT, DATA)
    sets = Sets.of(LAYOUT, reference, ["feature"] * len(LAYOUT.names))
    return Detector.of(Reference(sets, reference, Dispersion.said(1.0, len(sets))), Tuning())


def test_the_pager_changes_nothing_that_it_is_given_and_says_the_same_twice(pager):
    state, counts = pager.begin(), summarise(LAYOUT, moved(500)).counts
    before = state.encode(), counts.copy()
    first, second = (pager.pane(state, 0, counts) for _ in range(2))
    assert state.encode() == before[0]
    np.testing.assert_array_equal(counts, before[1])
    assert first.state.encode() == second.state.encode()
    assert [page.family for page in first.pages] == [page.family for page in second.pages]


def test_the_pager_is_silent_about_the_reference_itself_and_about_no_rows(pager):
    state = pager.begin()
    for hour in range(20):
        outcome = pager.pane(state, hour, summarise(LAYOUT, DATA).counts)
        assert outcome.pages == ()
        state = outcome.state
    silent = pager.begin()
    for hour in range(20):
        outcome = pager.pane(silent, hour, np.zeros(LAYOUT.width, np.int64))
        assert outcome.pages == ()
        silent = outcome.state


@pytest.mark.parametrize("kind", ODD)
def test_the_pager_answers_whatever_a_pane_holds(pager, kind):
    rows = {name: ODD[kind] for name in ("normal", "atoms", "holes")}
    rows["kind"] = (ODD_WORDS.get(kind) or ["never"] * len(ODD[kind]))[: len(ODD[kind])]
    outcome = pager.pane(pager.begin(), 0, summarise(LAYOUT, rows).counts)
    assert all(np.isfinite(value) or value == -np.inf for value in outcome.excess.values())
