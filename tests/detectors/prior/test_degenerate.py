"""Empty, one-sided and strange data have a defined answer, and no warning."""

import numpy as np
import pytest

from detectors.prior import (
    BlackBoxShift,
    CalibratedLikelihood,
    HistogramLikelihood,
    ObservedShares,
    Refused,
)
from detectors.summaries.labelled import Labelled, LabelledLayout, labelled_layout, tabulate
from tests.detectors.prior.samples import THREE, TWO, counted, population, window

FROM_SCORES = [
    HistogramLikelihood(),
    HistogramLikelihood(less_noise=False),
    BlackBoxShift(),
    BlackBoxShift(soft=True),
    CalibratedLikelihood(),
]
every = pytest.mark.parametrize("estimator", [*FROM_SCORES, ObservedShares()], ids=repr)
from_scores = pytest.mark.parametrize("estimator", FROM_SCORES, ids=repr)

NOTHING = np.zeros_like(TWO, dtype=np.int64)
ONE_CLASS = np.column_stack([np.full(5, 50), np.zeros(5, dtype=np.int64)])
ALIKE = np.full((5, 2), 50)


@from_scores
@pytest.mark.parametrize(
    ("reference", "current", "refused"),
    [
        (counted(TWO, NOTHING), window("two", (0.5, 0.5), 500), Refused.NO_REFERENCE_LABELS),
        (
            counted(TWO, NOTHING, np.full(5, 99)),
            window("two", (0.5, 0.5), 500),
            Refused.NO_REFERENCE_LABELS,
        ),
        (counted(TWO, ONE_CLASS), window("two", (0.5, 0.5), 500), Refused.CLASS_WITHOUT_ROWS),
        (population("two", 5000), counted(TWO, NOTHING), Refused.NO_ROWS),
        (counted(TWO, ALIKE), window("two", (0.5, 0.5), 500), Refused.ILL_CONDITIONED),
    ],
    ids=["empty reference", "no labels", "one class", "empty window", "classes alike"],
)
def test_what_cannot_be_estimated_is_refused_with_its_reason(
    estimator, reference, current, refused
):
    said = estimator.estimate(reference, current)
    assert said.refused == refused
    assert len(said.reason) > 20
    for values in (said.prior, said.low, said.high):
        assert np.isnan(values).all()


@every
def test_all_rows_in_one_cell_are_refused_or_said_without_a_warning(estimator):
    layout = LabelledLayout(("a", "b"), (np.zeros(0),))
    p = np.full((60, 2), 0.5)
    one = tabulate(layout, p, np.zeros(60, dtype=int), np.arange(60) % 2)
    said = estimator.estimate(one, one)
    if isinstance(estimator, ObservedShares):
        assert said.prior.tolist() == [0.5, 0.5]
    else:
        assert said.refused == Refused.ILL_CONDITIONED
    assert said.explained is None
    assert np.isnan(said.p_value)


@every
def test_a_window_of_one_row_has_an_interval_that_says_nothing(estimator):
    one = np.zeros_like(TWO, dtype=np.int64)
    one[2, 0] = 1
    said = estimator.estimate(population("two", 5000), counted(TWO, one))
    assert not said.refused
    assert said.high[1] - said.low[1] > 0.5


@every
def test_rows_where_the_reference_has_none_do_not_break_it(estimator):
    counts = population("three", 6000).cells[:-1, :-1].copy()
    p = THREE[np.argsort(population("three", 600).layout.find(THREE))]
    counts[p.argmax(axis=1) == 2] = 0
    counts[0] += 1
    said = estimator.estimate(counted(p, counts), counted(p, np.full(counts.shape, 40)))
    assert said.explained is False or isinstance(estimator, ObservedShares)
    assert said.variation > 0.15


def test_scores_that_are_no_probabilities_are_estimated_by_order_only():
    random = np.random.default_rng(8)
    labels = np.repeat([0, 1], 2000)
    scores = random.normal(size=4000) * 30 + 60 * labels
    both = np.column_stack([1 - scores, scores])
    layout = labelled_layout(("no", "yes"), both)
    reference = tabulate(layout, both, labels, labels)
    chosen = np.r_[0:2000, 2000:2500]
    current = tabulate(layout, both[chosen], labels[chosen], np.full(2500, -1))
    said = HistogramLikelihood().estimate(reference, current)
    assert said.low[1] < 0.2 < said.high[1]
    assert CalibratedLikelihood().estimate(reference, current).refused == Refused.NOT_PROBABILITIES


def test_scores_that_run_against_the_labels_cannot_be_calibrated():
    turned = counted(TWO, population("two", 5000).cells[:-1, 1::-1])
    said = CalibratedLikelihood().estimate(turned, turned)
    assert said.refused == Refused.ILL_CONDITIONED
    assert "run against the labels" in said.reason


def test_observed_shares_need_labels():
    said = ObservedShares().estimate(population("two", 5000), window("two", (0.5, 0.5), 500))
    assert said.refused == Refused.NO_LABELS
    assert "labels" in said.reason


@every
def test_counts_of_different_layouts_are_refused(estimator):
    with pytest.raises(ValueError, match="nothing to do with each other"):
        estimator.estimate(population("two", 500), population("three", 500))


def test_classes_of_a_hundred_are_estimated():
    random = np.random.default_rng(9)
    k, n = 100, 40_000
    labels = random.integers(0, k, n)
    p = np.full((n, k), 0.2 / (k - 1))
    guess = np.where(random.random(n) < 0.8, labels, random.integers(0, k, n))
    p[np.arange(n), guess] = 0.8
    layout = LabelledLayout(tuple(map(str, range(k))), tuple(np.zeros(0) for _ in range(k)))
    reference = tabulate(layout, p, guess, labels)
    chosen = labels < 50
    current = tabulate(layout, p[chosen], guess[chosen], np.full(chosen.sum(), -1))
    for estimator in (HistogramLikelihood(), BlackBoxShift(), CalibratedLikelihood()):
        said = estimator.estimate(reference, current)
        assert not said.refused
        assert said.prior[:50].sum() > 0.97


def test_no_rows_at_all_are_refused_on_both_sides():
    empty = Labelled.empty(population("two", 10).layout)
    for estimator in FROM_SCORES:
        assert estimator.estimate(empty, empty).refused == Refused.NO_REFERENCE_LABELS
