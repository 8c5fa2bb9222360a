"""Every comparison has an answer for columns that hold next to nothing; none warns."""

import itertools
from functools import cache

import numpy as np
import pytest

from detectors.comparison import DEFAULTS, Undefined, Wasserstein, WassersteinUnits
from detectors.summaries import Summary
from tests.detectors.comparison.test_contract import VARIANTS
from tests.detectors.samples import layout_of, numbers, summarise

HUGE = np.finfo(np.float64).max
COLUMNS = {
    "empty": [],
    "one row": [1.0],
    "all missing": [np.nan] * 5,
    "infinite": [np.inf, -np.inf, np.inf],
    "constant": [7.0] * 5,
    "zero": [0.0, -0.0, 0.0],
    "one value among missing ones": [np.nan, 3.0, np.nan],
    "two values": [1.0, 2.0],
    "huge": [HUGE, -HUGE, HUGE, 1.0],
    "tiny": [5e-324, 0.0, 1e-310],
    "near 2**53": [2.0**53, 2.0**53 - 1, 2.0**53 + 2],
    "usual": list(np.linspace(-1, 1, 50)),
}
KINDS = {
    "empty": [],
    "all missing": [None] * 4,
    "one": ["a"] * 4,
    "unseen": ["new"] * 4,
    "usual": ["a", "b", "a", "c"] * 10,
    "megabyte": ["x" * (1 << 20), "a"],
}


@cache
def beside_each_other() -> list[tuple[Summary, Summary]]:
    """Give every column beside every other, and every list of categories beside every other."""
    sides = []
    for reference, current in itertools.product(COLUMNS.values(), repeat=2):
        layout = layout_of(numbers(reference))
        sides.append(tuple(summarise(layout, numbers(side)) for side in (reference, current)))
    for reference, current in itertools.product(KINDS.values(), repeat=2):
        layout = layout_of({"kind": [*reference, "a"]})
        sides.append(tuple(summarise(layout, {"kind": side}) for side in (reference, current)))
    return sides


@pytest.mark.parametrize("comparison", VARIANTS, ids=repr)
def test_any_column_beside_any_other_is_defined_or_has_a_reason(comparison):
    for sides in beside_each_other():
        said = comparison.compare(*sides)
        assert np.isnan(said.statistic[0]) == (said.undefined[0] != Undefined.DEFINED)


def reason(kind, reference, current):
    layout = layout_of(numbers(reference))
    comparison = {d.kind: d for d in reversed(VARIANTS)}[kind]
    said = comparison.compare(
        summarise(layout, numbers(reference)), summarise(layout, numbers(current))
    )
    return Undefined(int(said.undefined[0]))


@pytest.mark.parametrize(
    ("kind", "reference", "current", "expected"),
    [
        ("psi", "usual", "empty", Undefined.NO_ROWS),
        ("psi", "empty", "empty", Undefined.NO_REFERENCE),
        ("psi", "all missing", "usual", Undefined.NO_REFERENCE),
        ("psi", "usual", "all missing", Undefined.ALL_MISSING),
        ("psi", "usual", "infinite", Undefined.ALL_MISSING),
        ("psi", "constant", "usual", Undefined.DEFINED),
        ("kolmogorov_smirnov", "constant", "usual", Undefined.DEFINED),
        ("jensen_shannon", "constant", "usual", Undefined.DEFINED),
        ("wasserstein", "constant", "usual", Undefined.CONSTANT_REFERENCE),
        ("wasserstein", "huge", "usual", Undefined.TOO_LARGE),
        ("missing", "usual", "all missing", Undefined.DEFINED),
        ("missing", "all missing", "usual", Undefined.DEFINED),
        ("missing", "usual", "empty", Undefined.NO_ROWS),
        ("out_of_range", "usual", "all missing", Undefined.ALL_MISSING),
        ("mean_difference", "usual", "one row", Undefined.DEFINED),
        ("mean_difference", "huge", "usual", Undefined.TOO_LARGE),
        ("cohens_d", "constant", "constant", Undefined.CONSTANT_REFERENCE),
        ("deviation_ratio", "constant", "usual", Undefined.CONSTANT_REFERENCE),
        ("deviation_ratio", "usual", "constant", Undefined.DEFINED),
        ("cramer_von_mises", "usual", "infinite", Undefined.ALL_MISSING),
        ("anderson_darling", "constant", "usual", Undefined.DEFINED),
        ("modal_share", "usual", "all missing", Undefined.ALL_MISSING),
        ("g_test", "usual", "usual", Undefined.NOT_APPLICABLE),
        ("cohens_h", "usual", "usual", Undefined.NOT_APPLICABLE),
        ("chi_square", "usual", "usual", Undefined.NOT_APPLICABLE),
        ("total_variation", "usual", "usual", Undefined.NOT_APPLICABLE),
        ("unseen", "usual", "usual", Undefined.NOT_APPLICABLE),
    ],
)
def test_the_reason_is_the_one_that_a_person_would_give(kind, reference, current, expected):
    assert reason(kind, COLUMNS[reference], COLUMNS[current]) is expected


@pytest.mark.parametrize("kind", ["kolmogorov_smirnov", "wasserstein", "out_of_range"])
def test_categories_have_no_statistic_of_numbers(kind):
    layout = layout_of({"kind": ["a", "b"]})
    both = summarise(layout, {"kind": ["a", "b"]})
    said = {d.kind: d for d in DEFAULTS}[kind].compare(both, both)
    assert said.undefined.tolist() == [Undefined.NOT_APPLICABLE]


def test_a_constant_that_becomes_another_is_seen():
    layout = layout_of(numbers([7.0] * 1000))
    sides = summarise(layout, numbers([7.0] * 1000)), summarise(layout, numbers([8.0] * 100))
    said = {d.kind: d.compare(*sides) for d in DEFAULTS}
    assert said["kolmogorov_smirnov"].statistic[0] == 1.0
    assert said["jensen_shannon"].statistic[0] == pytest.approx(1.0, abs=1e-12)
    assert said["psi"].statistic[0] > 10
    assert said["out_of_range"].statistic[0] == 1.0
    assert WassersteinUnits().compare(*sides).statistic[0] == 1.0


def test_a_window_of_unseen_categories_only_is_as_far_as_can_be():
    layout = layout_of({"kind": ["a", "b"] * 500})
    reference = summarise(layout, {"kind": ["a", "b"] * 500})
    said = {
        d.kind: d.compare(reference, summarise(layout, {"kind": ["z"] * 100})) for d in DEFAULTS
    }
    assert said["unseen"].statistic[0] == 1.0
    assert said["total_variation"].statistic[0] == 1.0
    assert said["jensen_shannon"].statistic[0] == pytest.approx(1.0)
    assert said["chi_square"].p_value[0] < 1e-15
    new = {d.kind: d.compare(reference, summarise(layout, {"kind": ["z"] * 100})) for d in VARIANTS}
    for kind in ("hellinger", "l_infinity", "cramers_v"):
        assert new[kind].statistic[0] == pytest.approx(1.0)
    assert new["cohens_h"].statistic[0] == pytest.approx(np.pi)


def test_ten_thousand_categories_are_compared():
    words = [f"word {i}" for i in range(10_000)]
    layout = layout_of({"kind": words * 2})
    both = summarise(layout, {"kind": words})
    assert all(d.compare(both, both).undefined[0] in {0, 1} for d in VARIANTS)
    assert summarise(layout, {"kind": words}).counts[-3] == 9_900


def test_features_with_and_without_values_do_not_disturb_each_other():
    columns = numbers(*(COLUMNS[name] * 4 for name in ("two values", "usual", "constant")))
    least = min(map(len, columns.values()))
    columns = {name: column[:least] for name, column in columns.items()} | {
        "gone": np.full(least, np.nan)
    }
    layout = layout_of(columns)
    together = summarise(layout, columns)
    for name, column in columns.items():
        alone = layout_of({name: column})
        single = summarise(alone, {name: column})
        for detector in (*DEFAULTS, Wasserstein(), WassersteinUnits()):
            j = layout.names.index(name)
            said = detector.compare(together, together)
            np.testing.assert_array_equal(
                said.statistic[j], detector.compare(single, single).statistic[0]
            )
