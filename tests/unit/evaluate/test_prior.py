"""Each window's estimated shares of the classes, and what stands there where there are none."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import structlog

from detectors.prior import DEFAULTS, Estimated, HistogramLikelihood, Refused
from detectors.summaries import Layout, Summary, categorical_feature, numeric_feature, tabulate
from detectors.summaries.labelled import Labelled, labelled_layout
from detectors.summaries.labelled import tabulate as tabulate_labelled
from driftwatch.evaluate.statistics import Detector, evaluate
from driftwatch.nouns.judgements import Case, Opened, Subject, Verdicts, Window
from driftwatch.nouns.profiles import Column, Profile, Schema
from driftwatch.nouns.records import Population

COLUMNS = (Column("score", "numeric", "score"), Column("label", "categorical", "label"))


def scores(sizes: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Draw scores, and the labels that belong to them."""
    labels = np.repeat([0, 1], sizes)
    return np.random.default_rng(sizes).beta(2 + 4 * labels, 6 - 3 * labels), labels


def summary(layout: Layout, sizes: tuple[int, int], *, labels: bool) -> Summary:
    score, truth = scores(sizes)
    codes = (truth if labels else np.full(len(truth), -1)).astype(np.int32)
    row = np.zeros(len(score), np.int64)
    return tabulate(layout, score[None], codes[None], [["no", "yes"]], row, 1).summary(0)


def profile() -> Profile:
    score, labels = scores((9000, 1000))
    both = np.stack([1 - score, score], axis=1)
    cells = labelled_layout(("no", "yes"), both)
    words = categorical_feature("label", {"no": 9, "yes": 1})
    layout = Layout((numeric_feature("score", score, forced=cells.edges[0].tolist()),), (words,))
    return Profile(
        model="fraud",
        version="3",
        schema=Schema(COLUMNS),
        layout=layout,
        reference=summary(layout, (9000, 1000), labels=True),
        fingerprint="ref-1",
        labelled=tabulate_labelled(cells, both, np.full(len(labels), -1), labels),
    )


PROFILE = profile()


def judged(
    detectors: tuple[Detector, ...] = DEFAULTS,
    *,
    reference: Profile = PROFILE,
    sizes: tuple[int, int] = (700, 300),
    labels: bool = False,
) -> Verdicts:
    window = Window("1h", 0, 1, summary(PROFILE.layout, sizes, labels=labels))
    subject = Subject(Population("fraud", "3"), reference, (window,))
    [verdicts] = evaluate(Case(Opened("fraud", None, 1, 1, {}), (subject,), now=0), detectors)
    return verdicts


@dataclass(frozen=True)
class Fails:
    kind: str = "fails"

    def estimate(self, reference: Labelled, current: Labelled) -> Estimated:
        raise KeyError(current.rows)


def test_shares_are_estimated_from_a_window_that_has_no_labels() -> None:
    found = judged().priors["histogram_likelihood"]
    assert found.classes == ("no", "yes")
    assert found.n == 1000
    assert found.low[1] < 0.3 < found.high[1]
    assert found.high[1] - found.low[1] < 0.15
    assert found.reference.tolist() == [0.9, 0.1]
    assert found.explained is True


def test_labels_that_have_come_are_counted_beside_the_estimate() -> None:
    assert judged().priors["observed_shares"].refused is Refused.NO_LABELS
    found = judged(labels=True).priors["observed_shares"]
    assert found.prior.tolist() == pytest.approx([0.7, 0.3])
    assert found.n == 1000


def test_a_reference_without_labels_is_said_to_have_none() -> None:
    bare = replace(PROFILE, labelled=None, schema=Schema(COLUMNS[:1]))
    found = judged(reference=bare).priors
    assert set(found) == {"histogram_likelihood", "observed_shares"}
    for said in found.values():
        assert said.refused is Refused.NO_REFERENCE_LABELS
        assert said.reason == "the reference holds no labels to learn from"


def test_a_model_of_features_alone_is_asked_for_no_shares() -> None:
    columns = Schema((Column("score", "numeric"), Column("label", "categorical")))
    assert judged(reference=replace(PROFILE, labelled=None, schema=columns)).priors == {}


def test_an_estimator_that_fails_gives_no_estimate_and_leaves_the_others_alone() -> None:
    with structlog.testing.capture_logs() as logged:
        found = judged((Fails(), HistogramLikelihood())).priors
    assert found["fails"].refused is Refused.FAILED
    assert found["fails"].reason == "it failed: KeyError: 1000"
    assert found["histogram_likelihood"].refused is Refused.NOT_REFUSED
    assert [(entry["event"], entry["detector"]) for entry in logged] == [
        ("detector.failed", "fails")
    ]


def test_estimates_and_statistics_are_asked_of_their_own_detectors() -> None:
    verdicts = judged()
    assert verdicts.statistics == {}
    assert list(verdicts.priors) == [detector.kind for detector in DEFAULTS]
