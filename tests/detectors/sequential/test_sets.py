"""Which sets are watched, and how are they counted?"""

import numpy as np
import pytest

from detectors.sequential.sets import ATOMS, FAMILIES, Kind, Sets
from detectors.summaries import Layout, numeric_feature
from tests.detectors.samples import Columns, layout_of, summarise

RNG = np.random.default_rng(1)
NUMBERS = RNG.standard_normal(5000)
WORDS = ["DE", "FR", "IT", None]
COLUMNS: Columns = {
    "amount": NUMBERS,
    "country": [WORDS[i % 4] for i in range(5000)],
}
ROLES = ["feature", "feature"]


def sets_of(columns: Columns, roles: list[str], **settings: float) -> Sets:
    layout = layout_of(columns)
    return Sets.of(layout, summarise(layout, columns), roles, **settings)


def named(sets: Sets) -> list[str]:
    return [sets.name(i) for i in range(len(sets))]


def test_a_number_has_fifteen_cuts_three_central_ranges_and_ten_bins():
    sets = sets_of({"amount": NUMBERS}, ["feature"])
    mine = np.flatnonzero(sets.family == FAMILIES.index("covariate"))
    # The first bin is the cut at the first decile: equal sets are one, with the weight of both.
    assert len(mine) == 15 + 3 + 10 - 1
    assert sets.weight[mine].sum() == pytest.approx(1)
    shares = {0.5 / 15: 14, 0.5 / 15 + 0.025: 1, 0.25 / 3: 3, 0.025: 9}
    found = np.sort(sets.weight[mine])
    assert found == pytest.approx(np.sort(np.repeat(list(shares), list(shares.values()))))


def test_cuts_lie_at_the_quantiles_of_the_reference():
    sets = sets_of({"amount": NUMBERS}, ["feature"])
    layout = sets.layout
    k, n = sets.count(summarise(layout, {"amount": NUMBERS}).counts)
    cuts = [0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999]
    assert np.abs(k[:15] / n[:15] - cuts).max() < 1 / 256


@pytest.mark.parametrize("family", ["covariate", "quality"])
def test_the_weights_of_a_family_sum_to_one_at_most(family: str):
    sets = sets_of(COLUMNS, ROLES)
    total = sets.weight[sets.family == FAMILIES.index(family)].sum()
    assert 0.5 < total <= 1 + 1e-12


def test_counts_are_those_of_the_raw_data():
    sets = sets_of(COLUMNS, ROLES)
    values = np.append(RNG.standard_normal(300) * 3, [np.nan, np.inf, 99.0])
    words = ["DE"] * 100 + ["XX"] * 50 + [None] * 53 + ["IT"] * 100
    k, n = sets.count(summarise(sets.layout, {"amount": values, "country": words}).counts)
    found = dict(zip(named(sets), zip(k.tolist(), n.tolist(), strict=True), strict=True))
    edges = sets.layout.numeric[0].edges
    finite = values[np.isfinite(values)]
    outside = int(((finite < edges[0]) | (finite >= edges[-1])).sum())
    assert found["amount missing"] == (1, 303)
    assert found["amount out of range"] == (outside, 301)
    assert found["country is DE"] == (100, 250)
    assert found["country missing"] == (53, 303)
    assert found["country is a value never seen before"] == (50, 250)
    cut = next(i for i in range(len(sets)) if sets.kind[i] == Kind.RANGE)
    edge = edges[int(sets.end[cut] - sets.layout.start[0]) - 1]
    assert k[cut] == (finite < edge).sum()


def test_many_summaries_are_counted_at_once():
    sets = sets_of(COLUMNS, ROLES)
    parts = [
        summarise(sets.layout, {"amount": NUMBERS[:n], "country": COLUMNS["country"][:n]}).counts
        for n in (7, 900, 0)
    ]
    k, n = sets.count(np.stack(parts))
    assert k.shape == n.shape == (3, len(sets))
    np.testing.assert_array_equal(k[1], sets.count(parts[1])[0])
    assert not n[2].any()


def test_a_scores_decision_is_a_set_of_its_own():
    scores = RNG.uniform(size=5000)
    layout = Layout((numeric_feature("score", scores, forced=(0.731,)),))
    summary = summarise(layout, {"score": scores})
    without, with_ = (
        named(Sets.of(layout, summary, ["score"], threshold=cut)) for cut in (None, 0.731)
    )
    assert set(with_) - set(without) == {"score < 0.731"}


def test_frequent_single_values_are_sets_of_their_own():
    amounts = np.concatenate([RNG.uniform(1, 100, 4000), np.zeros(700), np.full(300, 50.0)])
    names = named(sets_of({"amount": amounts}, ["feature"]))
    assert {"amount = 0", "amount = 50"} <= set(names)
    many = np.repeat(np.arange(40.0), 50)
    names = named(sets_of({"amount": many}, ["feature"]))
    assert sum(" = " in name for name in names) <= ATOMS + 10


@pytest.mark.parametrize("value", [[1.0] * 50, [np.nan] * 50, [1.0, 2.0]])
def test_a_column_that_holds_next_to_nothing_has_its_quality_watched_at_least(value: list[float]):
    sets = sets_of({"amount": np.array(value)}, ["feature"])
    assert "amount missing" in named(sets)


@pytest.mark.parametrize(
    ("role", "families"),
    [
        ("feature", ("covariate", "quality")),
        ("prediction", ("prior", "quality")),
        ("score", ("prior", "quality")),
        ("label", ("prior",)),
        ("derived", ("multivariate",)),
        ("segment", ()),
    ],
)
def test_a_columns_role_says_which_families_watch_it(role: str, families: tuple[str, ...]):
    assert sets_of({"amount": NUMBERS}, [role]).families == families


def test_the_digest_differs_where_the_dictionary_does():
    base, other = sets_of(COLUMNS, ROLES), sets_of(COLUMNS, ["feature", "prediction"])
    assert base.digest == sets_of(COLUMNS, ROLES).digest != other.digest


def test_one_role_for_each_feature():
    with pytest.raises(ValueError, match="1 roles are given for 2 features"):
        sets_of(COLUMNS, ["feature"])
