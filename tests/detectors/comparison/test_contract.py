"""What every comparison owes, on each one in the union and on each of its variants."""

import dataclasses
import importlib
import inspect
import pkgutil
import typing

import numpy as np
import pytest
from hypothesis import given, settings

import detectors.comparison
from detectors.comparison import (
    DEFAULTS,
    AnyComparison,
    ChiSquare,
    CohensD,
    CramersV,
    GTest,
    Hellinger,
    JensenShannon,
    KullbackLeibler,
    LInfinity,
    Missing,
    ModalShare,
    OutOfRange,
    PopulationStability,
    Undefined,
    Unseen,
)
from detectors.summaries import encode
from tests.detectors.samples import layout_of, summarise
from tests.detectors.summaries.strategies import REFERENCE, columns, joined

COMPARISONS = typing.get_args(AnyComparison)
VARIANTS = [
    *(comparison() for comparison in COMPARISONS),
    PopulationStability(smoothing=0.0),
    PopulationStability(smoothing=0.0, floor=1e-4),
    JensenShannon(base="e"),
    JensenShannon(bins="deciles"),
    JensenShannon(leftover=False),
    ChiSquare(pooled_below=0.0),
    Missing(measure="difference"),
    OutOfRange(measure="difference"),
    Unseen(measure="difference"),
    Hellinger(bins="doane"),
    LInfinity(bins="doane"),
    KullbackLeibler(bins="doane", of="reference", base=2),
    KullbackLeibler(smoothing=0.0),
    KullbackLeibler(smoothing=0.0, floor=1e-4),
    GTest(pooled_below=0.0),
    CramersV(weights="equal"),
    CohensD(scale="reference"),
    ModalShare(measure="difference"),
]
ONE = {
    "kolmogorov_smirnov",
    "jensen_shannon",
    "total_variation",
    "missing",
    "out_of_range",
    "unseen",
    "hellinger",
    "l_infinity",
    "cramers_v",
    "modal_share",
}
SHARES = {"missing", "out_of_range", "unseen", "modal_share"}
SIGNED = {"mean_difference", "cohens_d"}
UNMOVED = {"deviation_ratio": 1.0}  # where it is not 0

RANDOM = np.random.default_rng(11)
ROWS = 4000
DATA = {
    "normal": RANDOM.normal(size=ROWS),
    "atoms": np.where(RANDOM.random(ROWS) < 0.4, 0.0, RANDOM.exponential(size=ROWS)),
    "holes": np.where(RANDOM.random(ROWS) < 0.2, np.nan, RANDOM.poisson(3, ROWS)),
    "kind": RANDOM.choice(["a", "b", "c", "d"], ROWS, p=[0.5, 0.3, 0.19, 0.01]).tolist(),
}
LAYOUT = layout_of(DATA, keep=3)
REFERENCE_SUMMARY = summarise(LAYOUT, DATA)
every = pytest.mark.parametrize("comparison", VARIANTS, ids=repr)


def moved(rows: int, seed: int = 0) -> dict:
    random = np.random.default_rng(seed)
    return {
        "normal": random.normal(0.4, 1.2, rows),
        "atoms": np.where(random.random(rows) < 0.2, 0.0, random.exponential(2, size=rows)),
        "holes": np.where(random.random(rows) < 0.5, np.nan, random.poisson(4, rows)),
        "kind": random.choice(["a", "b", "c", "e"], rows).tolist(),
    }


def left_out(folder, union) -> list[str]:
    """Name the detectors of a package that its union lacks: dataclasses with a `kind`."""
    missing = []
    for found in pkgutil.iter_modules(folder.__path__, folder.__name__ + "."):
        module = importlib.import_module(found.name)
        for name, made in inspect.getmembers(module, inspect.isclass):
            own = made.__module__ == module.__name__ and hasattr(made, "compare")
            if own and made not in union:
                missing.append(name)
    return missing


def test_no_detector_is_left_out_of_the_union():
    assert left_out(detectors.comparison, COMPARISONS) == []


def test_a_detector_that_is_left_out_is_noticed():
    assert left_out(detectors.comparison, COMPARISONS[1:]) == [COMPARISONS[0].__name__]


def test_every_kind_is_different():
    kinds = [comparison().kind for comparison in COMPARISONS]
    assert len(set(kinds)) == len(kinds) > 8


def test_the_defaults_are_of_the_union_each_kind_once():
    assert {type(d) for d in DEFAULTS} <= set(COMPARISONS)
    assert len({d.kind for d in DEFAULTS}) == len(DEFAULTS)


@pytest.mark.parametrize("comparison", COMPARISONS)
def test_a_detector_is_a_frozen_dataclass_tagged_by_its_kind(comparison):
    assert comparison.__dataclass_params__.frozen
    tag = {f.name: f for f in dataclasses.fields(comparison)}["kind"]
    assert typing.get_args(typing.get_type_hints(comparison)["kind"]) == (tag.default,)


@pytest.mark.parametrize("comparison", COMPARISONS)
def test_a_detector_says_what_it_measures_and_when_it_misleads(comparison):
    text = inspect.getdoc(comparison)
    first = text.splitlines()[0]
    assert first.endswith(".")
    assert len(first) < 80
    for section in ("Measures", "isleads", "Shapes", ">>>"):
        assert section in text


@every
def test_comparing_changes_nothing_and_says_the_same_twice(comparison):
    current = summarise(LAYOUT, moved(500))
    before = encode(REFERENCE_SUMMARY), encode(current)
    first = comparison.compare(REFERENCE_SUMMARY, current)
    second = comparison.compare(REFERENCE_SUMMARY, current)
    assert (encode(REFERENCE_SUMMARY), encode(current)) == before
    for field in dataclasses.fields(first):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


@every
def test_the_result_has_one_entry_a_feature_of_the_stated_types(comparison):
    said = comparison.compare(REFERENCE_SUMMARY, summarise(LAYOUT, moved(500)))
    types = {f.name: getattr(said, f.name).dtype for f in dataclasses.fields(said)}
    floats = dict.fromkeys(("statistic", "p_value", "low", "high"), np.dtype(np.float64))
    assert types == floats | {"n": np.int64, "m": np.int64, "undefined": np.int8}
    assert {getattr(said, name).shape for name in types} == {(4,)}


@settings(deadline=None, max_examples=50)
@given(reference=columns(), current=columns())
def test_every_statistic_lies_in_its_range_and_is_defined_or_has_a_reason(reference, current):
    before, after = summarise(REFERENCE, reference), summarise(REFERENCE, current)
    for comparison in VARIANTS:
        lies_in_its_range_or_has_a_reason(comparison, comparison.compare(before, after))


def lies_in_its_range_or_has_a_reason(comparison, said):
    defined = said.undefined == Undefined.DEFINED
    assert (np.isnan(said.statistic) == ~defined).all(), comparison
    highest = 1.0 if comparison.kind in ONE else np.inf
    lowest = -1.0 if getattr(comparison, "measure", "") == "difference" else 0.0
    lowest = -np.inf if comparison.kind in SIGNED else lowest
    shown = said.statistic[defined]
    assert ((lowest <= shown) & (shown <= highest)).all(), comparison
    for p in (said.p_value[defined], said.p_value[~defined]):
        assert (np.isnan(p) | ((p >= 0) & (p <= 1))).all(), comparison
    within = (said.low <= said.statistic + 1e-12) & (said.statistic <= said.high + 1e-12)
    assert (np.isnan(said.low) | within).all(), comparison
    assert np.isnan(said.p_value[~defined]).all(), comparison


@every
def test_every_defined_statistic_has_a_p_value_or_an_interval(comparison):
    said = comparison.compare(REFERENCE_SUMMARY, summarise(LAYOUT, moved(500)))
    defined = said.undefined == Undefined.DEFINED
    assert defined.any()
    assert (~np.isnan(said.p_value[defined]) | ~np.isnan(said.low[defined])).all()
    assert (said.n[defined] > 0).all()
    assert (said.m[defined] > 0).all()


@every
def test_nothing_has_drifted_from_itself(comparison):
    said = comparison.compare(REFERENCE_SUMMARY, REFERENCE_SUMMARY)
    defined = said.undefined == Undefined.DEFINED
    unmoved = UNMOVED.get(comparison.kind, 0.0)
    if getattr(comparison, "measure", "") != "share":
        np.testing.assert_allclose(said.statistic[defined], unmoved, atol=1e-7)
    p = said.p_value[defined]
    np.testing.assert_allclose(p[~np.isnan(p)], 1.0, atol=1e-9)
    if comparison.kind not in SHARES:
        low, high = said.low[defined], said.high[defined]
        open_ended = comparison.kind in SIGNED or comparison.kind in UNMOVED
        reached = (low < unmoved) & (unmoved < high) if open_ended else low == 0
        assert (np.isnan(low) | reached).all()


@settings(deadline=None, max_examples=50)
@given(one=columns(least=1), other=columns(least=1))
def test_merging_then_comparing_is_comparing_all_rows(one, other):
    reference = summarise(REFERENCE, joined(other, one, one))
    parts = summarise(REFERENCE, one) + summarise(REFERENCE, other)
    whole = summarise(REFERENCE, joined(one, other))
    for comparison in VARIANTS:
        merged, at_once = (comparison.compare(reference, rows) for rows in (parts, whole))
        told = repr(comparison)
        np.testing.assert_array_equal(merged.undefined, at_once.undefined, told)
        np.testing.assert_allclose(merged.statistic, at_once.statistic, 1e-6, 1e-9, err_msg=told)


@every
def test_a_shift_in_everything_is_seen_in_everything(comparison):
    # Whatever a detector applies to; "atoms" and "holes" keep within their range.
    said = comparison.compare(REFERENCE_SUMMARY, summarise(LAYOUT, moved(3000)))
    shifted = {
        "missing": [False, False, True, False],
        "out_of_range": [False, False, False, False],
        "unseen": [False, False, False, True],
        "modal_share": [False, False, False, False],
    }.get(comparison.kind, [True] * 4)
    applies = said.undefined == Undefined.DEFINED
    sure = np.where(np.isnan(said.p_value), said.low > 0, said.p_value < 1e-6)
    assert sure[applies].any() or not any(np.array(shifted)[applies])
    assert (sure[applies] >= np.array(shifted)[applies]).all()


@every
def test_summaries_of_different_layouts_are_not_compared(comparison):
    other = layout_of({"x": np.array([1.0, 2.0])})
    with pytest.raises(ValueError, match="cannot be compared"):
        comparison.compare(REFERENCE_SUMMARY, summarise(other, {"x": np.array([1.0])}))
