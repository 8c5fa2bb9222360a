"""All columns at once, by the tests that a profile holds, whose features are no columns."""

from dataclasses import dataclass, replace

import numpy as np
import structlog

from detectors.comparison import PopulationStability
from detectors.multivariate import (
    Discrepancy,
    MaximumMeanDiscrepancy,
    MultivariateSettings,
    derive,
)
from detectors.summaries import Layout, Summary, categorical_feature, numeric_feature, tabulate
from driftwatch.evaluate.statistics import Detector, evaluate
from driftwatch.nouns.judgements import Case, Opened, Subject, Verdicts, Window
from driftwatch.nouns.profiles import Column, Profile, Schema
from driftwatch.nouns.records import Int32, Population

NONE: tuple[Int32, list[list[str]], list[str]] = np.zeros((0, 4000), np.int32), [], []
SETTINGS = MultivariateSettings(projections=1, mmd=16)


def rows(correlation: float, seed: int) -> np.ndarray:
    """Draw pairs of numbers that stand still one by one."""
    covariance = [[1, correlation], [correlation, 1]]
    return np.random.default_rng(seed).multivariate_normal([0, 0], covariance, size=4000).T


DERIVED = derive(["a", "b"], rows(0.0, 0), *NONE, SETTINGS)


def layout() -> Layout:
    sample = rows(0.0, 1)
    own = [numeric_feature(name, column) for name, column in zip("ab", sample, strict=True)]
    made = DERIVED.features(DERIVED.apply(sample, *NONE[:2]))
    return Layout((*own, *made), (categorical_feature("c", {"x": 1}),))


LAYOUT = layout()


def summary(correlation: float, seed: int) -> Summary:
    drawn = rows(correlation, seed)
    numbers = np.concatenate([drawn, DERIVED.apply(drawn, *NONE[:2])])
    words = np.zeros((1, 4000), np.int32)
    return tabulate(LAYOUT, numbers, words, [["x"]], np.zeros(4000, np.int64), 1).summary(0)


PROFILE = Profile(
    model="fraud",
    version="3",
    schema=Schema((Column("a", "numeric"), Column("b", "numeric"), Column("c", "categorical"))),
    layout=LAYOUT,
    reference=summary(0.0, 2),
    fingerprint="ref-1",
    derived=DERIVED,
)


def judged(correlation: float, *detectors: Detector, reference: Profile = PROFILE) -> Verdicts:
    window = Window("1h", 0, 1, summary(correlation, 3))
    subject = Subject(Population("fraud", "3"), reference, (window,))
    [verdicts] = evaluate(Case(Opened("fraud", None, 1, 1, {}), (subject,), now=0), detectors)
    return verdicts


@dataclass(frozen=True)
class Fails:
    kind: str = "fails"

    def judge(self, tests: object, reference: Summary, current: Summary) -> dict[str, Discrepancy]:
        raise KeyError(current.rows)


def test_columns_that_move_together_are_seen_where_each_stands_still() -> None:
    moved = judged(0.5, MaximumMeanDiscrepancy(), PopulationStability())
    assert moved.discrepancies["mmd"].p_value < 0.001
    assert moved.discrepancies["mmd"].n == 4000
    psi = dict(zip(moved.features, moved.statistics["psi"].statistic, strict=True))
    assert max(psi["a"], psi["b"]) < 0.02
    assert psi["a + b"] > 0.02
    assert judged(0.0, MaximumMeanDiscrepancy()).discrepancies["mmd"].p_value > 0.01


def test_the_features_of_a_test_are_no_columns_of_their_own() -> None:
    found = judged(0.0, PopulationStability())
    assert found.features[:2] == ("a", "b")
    assert found.features[-1] == "c"
    assert not any(name.startswith("mmd") for name in found.features)
    roles = dict(zip(found.features, found.roles, strict=True))
    assert roles["a"] == roles["c"] == "feature"
    assert roles["a + b"] == "derived"
    for column in ("statistic", "p_value", "n", "undefined"):
        assert len(getattr(found.statistics["psi"], column)) == len(found.features)
    assert np.isfinite(found.statistics["psi"].statistic).all()


def test_without_tests_in_the_profile_there_is_nothing() -> None:
    bare = replace(PROFILE, derived=derive(["a", "b"], rows(0.0, 0), *NONE))
    assert judged(0.0, MaximumMeanDiscrepancy(), reference=bare).discrepancies == {}
    none = replace(PROFILE, derived=None)
    assert judged(0.0, MaximumMeanDiscrepancy(), reference=none).discrepancies == {}


def test_one_that_fails_leaves_the_others_alone() -> None:
    with structlog.testing.capture_logs() as logged:
        found = judged(0.0, Fails(), MaximumMeanDiscrepancy())
    assert list(found.discrepancies) == ["mmd"]
    assert [(entry["event"], entry["detector"]) for entry in logged] == [
        ("detector.failed", "fails")
    ]
