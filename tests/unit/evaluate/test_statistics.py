"""One call of each detector for each population and window; what fails decides nothing."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import structlog

from detectors.comparison import Compared, Undefined
from detectors.summaries import CategoricalFeature, Layout, NumericFeature, Summary, hash_words
from driftwatch.evaluate.statistics import evaluate
from driftwatch.nouns.judgements import Case, Opened, Subject, Window
from driftwatch.nouns.profiles import Column, Profile, Schema
from driftwatch.nouns.records import Population

LAYOUT = Layout(
    numeric=(
        NumericFeature("amount", np.array([0.0, 1.0]), np.array([0, 1]), np.array([0, 1])),
        NumericFeature("score", np.array([0.0, 1.0]), np.array([0, 1]), np.array([0, 1])),
    ),
    categorical=(CategoricalFeature("country", ("DE",), hash_words(["DE"])),),
)
PROFILE = Profile(
    model="fraud",
    version="3",
    schema=Schema(
        (
            Column("amount", "numeric"),
            Column("score", "numeric", role="score"),
            Column("country", "categorical"),
        )
    ),
    layout=LAYOUT,
    reference=Summary.empty(LAYOUT),
    fingerprint="ref-1",
)


@dataclass(frozen=True)
class Rows:
    """Gives the number of rows for every feature."""

    kind: str = "rows"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        nothing, n = np.full(3, np.nan), np.full(3, current.rows)
        return Compared(n.astype(float), nothing, nothing, nothing, n, n, np.zeros(3, np.int8))


@dataclass(frozen=True)
class Fails:
    kind: str = "fails"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        raise KeyError(current.rows)


@dataclass(frozen=True)
class TooFew:
    kind: str = "too_few"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        one, n = np.zeros(1), np.zeros(1, np.int64)
        return Compared(one, one, one, one, n, n, n.astype(np.int8))


def case(*versions: str) -> Case:
    windows = tuple(
        Window(name, 0, end, replace(Summary.empty(LAYOUT), rows=end))
        for name, end in (("1h", 1), ("1d", 24))
    )
    subjects = tuple(Subject(Population("fraud", v), PROFILE, windows) for v in versions)
    return Case(Opened("fraud", None, 24, 24, {}), subjects, now=0)


def test_every_window_of_every_population_gets_its_verdicts() -> None:
    found = evaluate(case("3", "4"), [Rows()])
    assert [(v.population.version, v.window, v.end, v.rows) for v in found] == [
        ("3", "1h", 1, 1),
        ("3", "1d", 24, 24),
        ("4", "1h", 1, 1),
        ("4", "1d", 24, 24),
    ]
    assert [v.statistics["rows"].n.tolist() for v in found[:2]] == [[1] * 3, [24] * 3]


def test_features_carry_their_roles_in_the_order_of_the_layout() -> None:
    found = evaluate(case("3"), [Rows()])[0]
    assert found.features == LAYOUT.names == ("amount", "score", "country")
    assert found.roles == ("feature", "score", "feature")
    assert found.reference == "ref-1"


@pytest.mark.parametrize("broken", [Fails(), TooFew()])
def test_a_detector_that_fails_decides_nothing_and_harms_no_other(
    broken: Fails | TooFew,
) -> None:
    with structlog.testing.capture_logs() as logged:
        found = evaluate(case("3"), [broken, Rows()])[0]
    failed = found.statistics[broken.kind]
    assert np.isnan(failed.statistic).all()
    assert failed.undefined.tolist() == [Undefined.FAILED] * 3
    assert failed.n.tolist() == [0] * 3
    assert found.statistics["rows"].n.tolist() == [1] * 3
    assert [(e["event"], e["detector"], e["window"]) for e in logged] == [
        ("detector.failed", broken.kind, "1h"),
        ("detector.failed", broken.kind, "1d"),
    ]
    assert logged[0]["why"]


def test_what_was_said_of_a_window_is_not_computed_again() -> None:
    before = evaluate(case("3"), [Rows()])
    again = evaluate(case("3", "4"), [Fails("rows")], before)
    assert list(map(id, again[:2])) == list(map(id, before))
    assert [v.statistics["rows"].undefined[0] for v in again[2:]] == [Undefined.FAILED] * 2


def test_under_another_reference_all_is_compared_anew() -> None:
    before = [replace(v, reference="ref-0") for v in evaluate(case("3"), [Fails("rows")])]
    found = evaluate(case("3"), [Rows()], before)
    assert [v.statistics["rows"].n[0] for v in found] == [1, 24]


def test_without_populations_there_are_no_verdicts() -> None:
    assert evaluate(case(), [Rows()]) == ()
