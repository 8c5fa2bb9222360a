"""The gate's numbers are scipy's, its blind spots are those it states, and it always answers."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats

from detectors.gate import Gate, Undecided
from detectors.sequential.sets import Kind, Sets
from detectors.summaries import Layout, encode
from tests.detectors.comparison.test_degenerate import COLUMNS, KINDS
from tests.detectors.samples import layout_of, numbers, summarise
from tests.detectors.summaries.strategies import REFERENCE, columns, joined

RANDOM = np.random.default_rng(5)
ROWS = 20_000
DATA = {
    "normal": RANDOM.normal(size=ROWS),
    "atoms": np.where(RANDOM.random(ROWS) < 0.4, 0.0, RANDOM.exponential(size=ROWS)),
    "holes": np.where(RANDOM.random(ROWS) < 0.02, np.nan, RANDOM.poisson(3, ROWS)),
    "kind": RANDOM.choice(["a", "b", "c", "d"], ROWS, p=[0.5, 0.3, 0.19, 0.01]).tolist(),
}
LAYOUT = layout_of(DATA, keep=3)
SUMMARY = summarise(LAYOUT, DATA)
SETS = Sets.of(LAYOUT, SUMMARY, ["feature"] * 4)


def judged(reference, current, gate=None, *, layout=None, roles=None):
    layout = layout or layout_of(reference)
    before, now = summarise(layout, reference), summarise(layout, current)
    sets = Sets.of(layout, before, roles or ["feature"] * len(layout.names))
    return (gate or Gate()).judge(sets, before, now)


def rows(n, seed=6, **changes):
    random = np.random.default_rng(seed)
    drawn = {
        "normal": random.normal(size=n),
        "atoms": np.where(random.random(n) < 0.4, 0.0, random.exponential(size=n)),
        "holes": np.where(random.random(n) < 0.02, np.nan, random.poisson(3, n)),
        "kind": random.choice(["a", "b", "c", "d"], n, p=[0.5, 0.3, 0.19, 0.01]).tolist(),
    }
    return drawn | changes


def judge(current, gate=None):
    return (gate or Gate()).judge(SETS, SUMMARY, summarise(LAYOUT, current))


@pytest.mark.parametrize("tolerance", [0.0, 0.05, 0.3])
def test_each_p_value_is_scipys_binomial_tail_beyond_clopper_and_pearsons_limit(tolerance):
    found = judge(rows(3000, normal=np.full(3000, 0.1)), Gate(tolerance=tolerance))
    k, n = SETS.count(summarise(LAYOUT, rows(3000, normal=np.full(3000, 0.1))).counts)
    kr, m = SETS.count(SUMMARY.counts)
    kr = np.where(SETS.kind == Kind.OUT_OF_RANGE, kr + 2, kr)  # its ends are two of the rows
    level = 0.01 / (2 * len(SETS))
    for side in (0, 1):
        inside, held = (k, kr) if side == 0 else (n - k, m - kr)
        limit = stats.beta.ppf(1 - level, held + 1, m - held)
        angle = np.arcsin(np.sqrt(limit)) + tolerance / 2
        allowed = np.where(held < m, np.sin(np.minimum(angle, np.pi / 2)) ** 2, 1.0)
        np.testing.assert_allclose(found.allowed[side], allowed, rtol=1e-9)
        tail = stats.binom.sf(inside - 1, n, allowed)
        alive = allowed < 1
        np.testing.assert_allclose(found.evidence[side][alive], tail[alive], rtol=1e-7, atol=1e-300)
        assert np.isnan(found.evidence[side][~alive]).all()


def test_features_are_decided_by_bonferroni_within_and_by_scipys_false_discovery_over_them():
    found = judge(rows(400, normal=np.random.default_rng(1).normal(0.25, 1, 400)))
    for j in range(4):
        own = found.evidence[:, SETS.feature == j]
        own = own[~np.isnan(own)]
        assert found.p_value[j] == pytest.approx(min(1, len(own) * own.min()), rel=1e-12)
    levels = stats.false_discovery_control(found.p_value, method="bh")
    np.testing.assert_allclose(found.level, levels, rtol=1e-12)
    assert found.drifted.tolist() == (levels <= 0.05).tolist()


@pytest.mark.parametrize(
    ("changes", "feature", "kind", "side"),
    [
        ({"normal": np.random.default_rng(2).normal(0.5, 1, 4000)}, "normal", Kind.RANGE, 1),
        ({"normal": np.random.default_rng(2).normal(0, 1.5, 4000)}, "normal", Kind.RANGE, 1),
        ({"normal": np.full(4000, 1e6)}, "normal", Kind.OUT_OF_RANGE, 0),
        ({"holes": np.full(4000, np.nan)}, "holes", Kind.MISSING, 0),
        ({"kind": ["a"] * 2000 + ["new"] * 2000}, "kind", Kind.UNSEEN, 0),
        ({"kind": ["b"] * 4000}, "kind", Kind.CATEGORY, 0),
    ],
)
def test_a_shift_is_found_in_its_feature_alone_and_by_the_set_that_tells(
    changes, feature, kind, side
):
    found = judge(rows(4000, **changes))
    j = LAYOUT.names.index(feature)
    assert found.drifted.tolist() == [i == j for i in range(4)]
    assert SETS.feature[found.telling[j]] == j
    assert SETS.kind[found.telling[j]] == kind
    assert found.side[j] == side or kind is Kind.RANGE


def test_a_harmless_change_is_none_however_many_rows_show_it():
    shifted = {"x0": np.random.default_rng(3).normal(0.02, 1, 500_000)}
    usual = {"x0": np.random.default_rng(4).normal(size=500_000)}
    assert not judged(usual, shifted).drifted[0]
    assert judged(usual, shifted, Gate(tolerance=0)).drifted[0]


def test_a_rare_rate_of_predictions_may_rise_by_a_quarter_at_most():
    # From .5% to .9% is an h of .05: harmless for a feature, and not for a share of fraud.
    random = np.random.default_rng(14)
    usual, now = (
        {"kind": np.where(random.random(200_000) < share, "fraud", "fine").tolist()}
        for share in (0.005, 0.0085)
    )
    assert not judged(usual, now, roles=["feature"]).drifted[0]
    found = judged(usual, now, roles=["prediction"])
    assert found.drifted[0]
    assert "fraud" in found.sets.name(int(found.telling[0]))


def test_many_rows_do_not_make_a_small_reference_exact():
    # 500 rows say that a half is within .1: half a million rows that have not drifted are beyond
    # what the 500 would allow if their shares were the truth.
    random, exact = np.random.default_rng(7), 0
    for _ in range(20):
        usual, many = random.normal(size=500), random.normal(size=500_000)
        found = judged(numbers(usual), numbers(many), Gate(tolerance=0))
        assert not found.drifted[0]
        exact += stats.binomtest(int((many < np.median(usual)).sum()), 500_000, 0.5).pvalue < 1e-9
    assert exact > 10


def test_it_does_not_see_what_moves_between_two_cuts():
    usual = np.random.default_rng(9).random(50_000)
    moved = np.where((usual > 0.41) & (usual < 0.49), 0.42, usual)
    found = judged({"x0": usual}, {"x0": moved})
    assert not found.drifted[0]
    assert stats.ks_2samp(usual, moved).pvalue < 1e-10


def test_it_does_not_see_a_correlation_that_moves():
    random = np.random.default_rng(10)
    usual, moved = (
        random.multivariate_normal([0, 0], [[1, r], [r, 1]], 20_000).T for r in (0.0, 0.9)
    )
    assert not judged(numbers(*usual), numbers(*moved)).drifted.any()


def test_the_ends_of_the_range_are_bounded_as_two_of_the_rows():
    # The reference's least and greatest are chosen by its rows: none lies outside by chance alone.
    random, times, delta, low = np.random.default_rng(11), 200, 0.9, 0
    for _ in range(times):
        usual = random.random(1000)
        found = judged({"x0": usual}, {"x0": usual[:10]}, Gate(tolerance=0, delta=delta))
        (outside,) = np.flatnonzero(found.sets.kind == Kind.OUT_OF_RANGE)
        low += bool(found.allowed[0, outside] < 1 - np.ptp(usual))
    level = delta / (2 * len(found.sets))
    assert low <= stats.binom.ppf(1 - 1e-5, times, level)


def test_all_limits_hold_together_as_often_as_delta_says():
    random, times, delta, wrong = np.random.default_rng(12), 100, 0.2, 0
    for _ in range(times):
        usual = random.random(2000)
        found = judged({"x0": usual}, {"x0": usual[:10]}, Gate(tolerance=0, delta=delta))
        ends = np.concatenate([[0.0], found.sets.layout.numeric[0].edges, [1.0]])
        shown = found.sets.kind != Kind.MISSING
        inside = ends[found.sets.end[shown]] - ends[found.sets.first[shown]]
        outside = found.sets.kind[shown] == Kind.OUT_OF_RANGE
        truth = np.where(outside, 1 - inside, inside)
        allowed = found.allowed[:, shown]
        wrong += bool((allowed < np.stack([truth, 1 - truth])).any())
    assert wrong <= stats.binom.ppf(1 - 1e-5, times, delta)


def test_judging_changes_nothing_and_says_the_same_twice():
    current = summarise(LAYOUT, rows(500))
    before = encode(SUMMARY), encode(current)
    first, second = (Gate().judge(SETS, SUMMARY, current) for _ in range(2))
    assert (encode(SUMMARY), encode(current)) == before
    for field in dataclasses.fields(first):
        if field.name != "sets":
            np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


def test_nothing_has_drifted_from_itself():
    found = Gate(tolerance=0).judge(SETS, SUMMARY, SUMMARY)
    assert not found.drifted.any()
    np.testing.assert_array_equal(found.p_value, 1.0)
    np.testing.assert_array_equal(found.before, found.now)


def test_the_order_of_the_features_does_not_matter():
    turned = Layout(LAYOUT.numeric[::-1], LAYOUT.categorical)
    current = rows(2000, normal=np.random.default_rng(3).normal(0.3, 1, 2000))
    sides = [{name: side[name] for name in turned.names} for side in (DATA, current)]
    there = judged(*sides, layout=turned)
    here = judge(current)
    order = [LAYOUT.names.index(name) for name in turned.names]
    np.testing.assert_array_equal(there.p_value, here.p_value[order])
    np.testing.assert_array_equal(there.level, here.level[order])


@settings(deadline=None, max_examples=30)
@given(one=columns(), other=columns(least=1))
def test_rates_are_rates_and_what_is_merged_is_judged_as_one(one, other):
    reference = summarise(REFERENCE, joined(other, one, one))
    sets = Sets.of(REFERENCE, reference, ["feature"] * len(REFERENCE.names))
    merged = summarise(REFERENCE, one) + summarise(REFERENCE, other)
    whole = summarise(REFERENCE, joined(one, other))
    found = Gate(tolerance=0).judge(sets, reference, merged)
    again = Gate(tolerance=0).judge(sets, reference, whole)
    np.testing.assert_array_equal(found.p_value, again.p_value)
    decided = found.undecided == Undecided.DECIDED
    assert (np.isnan(found.p_value) == ~decided).all()
    assert ((found.p_value[decided] >= 0) & (found.level[decided] <= 1)).all()
    assert (found.level[decided] >= found.p_value[decided]).all()
    assert not found.drifted[~decided].any()
    assert ((found.telling >= 0) == decided).all()


def test_what_cannot_be_judged_has_its_reason():
    usual = {"x": np.linspace(0, 1, 20_000), "kind": ["a", "b"] * 10_000}

    def reasons(current, reference=None):
        reference = reference or usual
        layout = layout_of(usual)
        return judged(reference, current, layout=layout).undecided.tolist()

    assert reasons({"x": [], "kind": []}) == [Undecided.NO_ROWS] * 2
    assert reasons({"x": [0.5], "kind": ["a"]}) == [Undecided.TOO_FEW, Undecided.DECIDED]
    none = {"x": [np.nan] * 5, "kind": [None] * 5}
    assert reasons({"x": [0.5] * 9, "kind": ["a"] * 9}, none) == [Undecided.TOO_FEW] * 2
    few = {"x": [0.1, 0.2], "kind": ["a", "b"]}
    assert reasons({"x": [0.5] * 3, "kind": ["a"] * 3}, few) == [Undecided.TOO_FEW] * 2
    assert reasons(usual, {"x": [], "kind": []}) == [Undecided.NO_REFERENCE] * 2


def test_columns_of_other_roles_are_left_alone():
    found = judged(DATA, rows(100), layout=LAYOUT, roles=["feature", "key", "label", "ignored"])
    assert np.isnan(found.level).tolist() == [False, True, False, True]


def test_every_column_of_next_to_nothing_is_judged_beside_every_other():
    for before, now in itertools.product(COLUMNS.values(), repeat=2):
        found = judged(numbers(before), numbers(now))
        assert np.isnan(found.p_value[0]) == (found.undecided[0] != Undecided.DECIDED)
    for before, now in itertools.product(KINDS.values(), repeat=2):
        found = judged({"kind": [*before, "a"]}, {"kind": now})
        assert np.isnan(found.p_value[0]) == (found.undecided[0] != Undecided.DECIDED)


def test_a_constant_that_becomes_another_is_drift():
    assert judged(numbers([7.0] * 5000), numbers([8.0] * 100)).drifted[0]
    assert not judged(numbers([7.0] * 5000), numbers([7.0] * 100)).drifted[0]


def test_summaries_of_another_layout_are_refused():
    other = layout_of(numbers([1.0, 2.0]))
    with pytest.raises(ValueError, match="cannot be judged by sets of layout"):
        Gate().judge(SETS, SUMMARY, summarise(other, numbers([1.0])))


@pytest.mark.parametrize(
    "wrong",
    [{"alpha": 0}, {"alpha": 1.0}, {"delta": 0.0}, {"tolerance": -0.1}, {"tolerance": 4.0}],
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match="the gate takes"):
        Gate(**wrong)
