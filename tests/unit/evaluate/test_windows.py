"""The default detectors on windows that are empty, tiny, constant, or of nothing known.

Warnings are errors here as everywhere: a division by zero would fail these tests.
"""

from collections.abc import Sequence

import numpy as np
import pytest

from detectors.comparison import DEFAULTS, Undefined
from detectors.summaries import Layout, Summary, categorical_feature, numeric_feature, tabulate
from driftwatch.decide.rules import decide
from driftwatch.decide.settings import AlertSettings
from driftwatch.evaluate.statistics import evaluate
from driftwatch.nouns.judgements import Case, Opened, State, Subject, Verdicts, Window
from driftwatch.nouns.profiles import Column, Profile, Schema
from driftwatch.nouns.records import Population

HOUR = 3_600_000_000
SEED = np.random.default_rng(1)
AMOUNTS = SEED.gamma(2.0, 50.0, 5000)
COUNTRIES = ["DE"] * 3000 + ["FR"] * 2000
LAYOUT = Layout(
    (numeric_feature("amount", AMOUNTS), numeric_feature("flat", np.full(10, 7.0))),
    (categorical_feature("country", {"DE": 3000, "FR": 2000}),),
)
SCHEMA = Schema(
    (
        Column("amount", "numeric"),
        Column("flat", "numeric"),
        Column("country", "categorical", role="prediction"),
    )
)


def summary(amounts: Sequence[float], flat: float, countries: Sequence[str | None]) -> Summary:
    words = sorted({word for word in countries if word is not None})
    codes = np.array([-1 if c is None else words.index(c) for c in countries], np.int32)
    n = len(amounts)
    numbers = np.array([amounts, np.full(n, flat)], dtype=np.float64).reshape(2, n)
    group = np.zeros(n, dtype=np.int64)
    return tabulate(LAYOUT, numbers, codes.reshape(1, n), [words], group, 1).summary(0)


PROFILE = Profile(
    "fraud", "3", SCHEMA, LAYOUT, summary(list(AMOUNTS), 7.0, COUNTRIES), fingerprint="ref-1"
)
RULES = [
    "psi > 0.2, at least 500 rows, clear at 0.1",
    "missing > 0.05 and p < 0.001, at least 500 rows, clear at 0.02",
    "unseen > 0.01 and p < 0.001, at least 500 rows, clear at 0.005",
    "out_of_range > 0.05 and p < 0.001, at least 500 rows, clear at 0.02",
]
WINDOWS = {
    "empty": Summary.empty(LAYOUT),
    "one row": summary([12.0], 7.0, ["DE"]),
    "all missing": summary([np.nan] * 900, np.nan, [None] * 900),
    "constant": summary([12.0] * 900, 7.0, ["DE"] * 900),
    "not finite": summary([np.inf] * 900, -np.inf, ["DE"] * 900),
    "huge": summary([1e120] * 900, -1e120, ["DE"] * 900),
    "all unseen": summary(list(AMOUNTS[:900]), 7.0, ["XX"] * 900),
    "as before": summary(list(AMOUNTS[:1000]), 7.0, COUNTRIES[2500:3500]),
}


def judged(name: str) -> Verdicts:
    window = Window("1h", 0, HOUR, WINDOWS[name])
    subject = Subject(Population("fraud", "3"), PROFILE, (window,))
    (found,) = evaluate(Case(Opened("fraud", None, HOUR, HOUR, {}), (subject,), 0), DEFAULTS)
    return found


def fired(name: str) -> set[str]:
    settings = AlertSettings.model_validate({"rules": RULES})
    opened = Opened("fraud", None, HOUR, HOUR, {})
    alerts, _ = decide(opened, [judged(name)], settings, {("fraud", "3"): "ref-1"})
    return {alert.key.alert for alert in alerts if alert.state is State.FIRING}


@pytest.mark.parametrize("name", WINDOWS)
def test_every_statistic_is_a_number_or_says_why_not(name: str) -> None:
    for kind, compared in judged(name).statistics.items():
        defined = compared.undefined == Undefined.DEFINED
        assert (np.isnan(compared.statistic) == ~defined).all(), kind
        assert Undefined.FAILED not in compared.undefined, kind


@pytest.mark.parametrize(
    ("name", "why"),
    [("empty", Undefined.NO_ROWS), ("all missing", Undefined.ALL_MISSING)],
)
def test_without_values_there_is_no_statistic_and_a_reason(name: str, why: Undefined) -> None:
    psi = judged(name).statistics["psi"]
    assert psi.undefined.tolist() == [why] * 3


@pytest.mark.parametrize(
    ("name", "alerts"),
    [
        ("empty", set()),
        ("one row", set()),
        ("all missing", {"DataQuality"}),
        ("constant", {"CovariateShift", "PriorShift"}),
        ("all unseen", {"DataQuality", "PriorShift"}),
        ("as before", set()),
    ],
)
def test_the_usual_rules_fire_where_they_should(name: str, alerts: set[str]) -> None:
    assert fired(name) == alerts
