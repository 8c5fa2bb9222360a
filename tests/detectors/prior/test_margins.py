"""From a window's summary alone: the cells of its scores exactly, their probabilities nearly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.prior import (
    BlackBoxShift,
    CalibratedLikelihood,
    HistogramLikelihood,
    Margins,
    ObservedShares,
    Refused,
    cell_names,
    pair,
)
from detectors.summaries import Layout, Summary, categorical_feature, numeric_feature, tabulate
from detectors.summaries import labelled as cells

CLASSES = ("no", "yes")
ROLES = ("feature", "score", "prediction", "label")
AT = Margins(score=1, prediction=2, label=3)


def rows_of(random: np.random.Generator, sizes: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows that one model scores, which was calibrated where a fifth is of class yes."""
    labels = np.repeat([0, 1], sizes)
    odds = np.log(0.25) + 1.5 * (random.normal(size=len(labels)) + 1.5 * labels) - 1.5**2 / 2
    score = 1 / (1 + np.exp(-odds))
    return np.column_stack([1 - score, score]), labels


def reference_of(p: np.ndarray, labels: np.ndarray) -> tuple[cells.Labelled, Layout]:
    """Summarise labelled rows of two classes, and choose edges that hold the cells' cuts."""
    kept = cells.labelled_layout(CLASSES, p, forced=(0.5,))
    layout = Layout(
        (
            numeric_feature("other", p[:, 0]),
            numeric_feature("score", p[:, 1], forced=kept.edges[0].tolist()),
        ),
        (categorical_feature("said", {"no": 9, "yes": 1}), categorical_feature("was", {"no": 1})),
    )
    return cells.tabulate(kept, p, (p[:, 1] >= 0.5).astype(int), labels), layout


def summary_of(layout: Layout, p: np.ndarray, labels: np.ndarray) -> Summary:
    numbers = np.stack([p[:, 0], p[:, 1]])
    codes = np.stack([p[:, 1] >= 0.5, labels]).astype(np.int32)
    words = [["no", "yes"], ["no", "odd"]]
    return tabulate(layout, numbers, codes, words, np.zeros(len(p), np.int64), 1).summary(0)


@given(st.integers(0, 10**6), st.floats(0.02, 0.98), st.integers(0, 400))
@settings(max_examples=40, deadline=None)
def test_cells_are_counted_as_if_each_row_were_there(seed: int, share: float, n: int) -> None:
    random = np.random.default_rng(seed)
    reference, layout = reference_of(*rows_of(random, (300, 200)))
    p, labels = rows_of(random, (n - int(share * n) + 1, int(share * n) + 1))
    p[random.random(len(p)) < 0.1] = random.choice([np.nan, np.inf])
    _, found = pair(reference, summary_of(layout, p, labels), AT)
    exact = cells.tabulate(reference.layout, p, (p[:, 1] >= 0.5).astype(int), np.full(len(p), -1))
    assert found.cells[:-1, -1].tolist() == exact.cells[:-1, -1].tolist()
    assert found.cells[-1, -1] == exact.cells[-1, -1]
    assert found.predicted.tolist() == exact.predicted.tolist()
    assert found.labels.tolist() == [(labels == 0).sum(), 0]  # the layout never saw a yes


@given(st.integers(0, 10**6), st.floats(0.05, 0.95))
@settings(max_examples=40, deadline=None)
def test_the_sums_of_probabilities_are_off_by_less_than_the_cell_is_wide(
    seed: int, share: float
) -> None:
    random = np.random.default_rng(seed)
    reference, layout = reference_of(*rows_of(random, (300, 200)))
    p, labels = rows_of(random, (int(2000 * (1 - share)), int(2000 * share)))
    _, found = pair(reference, summary_of(layout, p, labels), AT)
    exact = cells.tabulate(reference.layout, p, labels, labels)
    width = np.diff(reference.layout.edges[0], prepend=0.0, append=1.0)
    most = found.cells[:-1].sum(axis=1) * width
    assert np.all(np.abs(found.sums - exact.sums) <= most[:, None] + 1e-9)
    assert np.abs(found.sums.sum(axis=0) - exact.sums.sum(axis=0)).max() > 0  # it is nearly so


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("estimator", [BlackBoxShift(soft=True), CalibratedLikelihood()], ids=repr)
def test_estimates_by_mean_probabilities_hardly_differ_from_those_by_each_rows_own(
    estimator: BlackBoxShift | CalibratedLikelihood, share: float
) -> None:
    random = np.random.default_rng(5)
    reference, layout = reference_of(*rows_of(random, (8000, 2000)))
    p, labels = rows_of(random, (int(4000 * (1 - share)), int(4000 * share)))
    near = estimator.estimate(*pair(reference, summary_of(layout, p, labels), AT))
    exact = estimator.estimate(reference, cells.tabulate(reference.layout, p, labels, labels))
    assert abs(near.prior[1] - exact.prior[1]) < 0.1 * (exact.high[1] - exact.low[1])


@pytest.mark.parametrize("estimator", [BlackBoxShift(), HistogramLikelihood()], ids=repr)
def test_estimates_by_counts_are_those_of_the_rows(
    estimator: BlackBoxShift | HistogramLikelihood,
) -> None:
    random = np.random.default_rng(6)
    reference, layout = reference_of(*rows_of(random, (8000, 2000)))
    p, labels = rows_of(random, (300, 700))
    rows = cells.tabulate(reference.layout, p, (p[:, 1] >= 0.5).astype(int), labels)
    near = estimator.estimate(*pair(reference, summary_of(layout, p, labels), AT))
    assert near.prior.tolist() == estimator.estimate(reference, rows).prior.tolist()


def test_without_a_score_the_predictions_are_the_cells() -> None:
    random = np.random.default_rng(7)
    reference, layout = reference_of(*rows_of(random, (8000, 2000)))
    p, labels = rows_of(random, (6000, 4000))
    sides = pair(reference, summary_of(layout, p, labels), Margins(prediction=2))
    found = HistogramLikelihood(less_noise=False).estimate(*sides)
    hard = BlackBoxShift().estimate(*sides)
    assert found.prior[1] == pytest.approx(hard.prior[1], abs=1e-3)  # but for the smoothing
    assert found.low[1] < 0.4 < found.high[1]
    assert found.explained is None  # two cells fit any two classes
    assert CalibratedLikelihood().estimate(*sides).refused is Refused.ILL_CONDITIONED


def test_without_anything_to_go_by_it_is_said_so() -> None:
    random = np.random.default_rng(8)
    reference, layout = reference_of(*rows_of(random, (800, 200)))
    current = summary_of(layout, *rows_of(random, (80, 20)))
    for estimator in (HistogramLikelihood(), BlackBoxShift(), CalibratedLikelihood()):
        assert estimator.estimate(*pair(reference, current, Margins())).refused is Refused.NO_ROWS
    nothing = pair(reference, current, Margins(score=1, prediction=2))
    assert ObservedShares().estimate(*nothing).refused is Refused.NO_LABELS


def test_columns_are_found_by_their_roles() -> None:
    reference, layout = reference_of(*rows_of(np.random.default_rng(9), (80, 20)))
    assert Margins.found(reference, layout, ROLES) == AT
    two = ("score", "score", "prediction", "prediction")
    assert Margins.found(reference, layout, two) == Margins(score=1, prediction=2)
    assert Margins.found(reference, layout, ("feature",) * 4) == Margins()


def test_a_numeric_score_without_the_cells_cuts_is_no_score() -> None:
    reference, _ = reference_of(*rows_of(np.random.default_rng(9), (80, 20)))
    coarse = Layout((numeric_feature("score", [0.1, 0.9], bins=2),))
    assert Margins.found(reference, coarse, ("score",)) == Margins()


def test_cells_of_many_classes_are_counted_by_name() -> None:
    random = np.random.default_rng(10)
    classes, p = ("a", "b", "c"), random.dirichlet((2, 1, 1), size=5000)
    labels = (random.random((len(p), 1)) > p.cumsum(axis=1)).sum(axis=1)
    kept = cells.labelled_layout(classes, p)
    names = cell_names(kept)
    layout = Layout((), (categorical_feature("confidence", dict.fromkeys(names, 1)),))
    reference = cells.tabulate(kept, p, p.argmax(axis=1), labels)
    now = p[labels != 0]
    codes = kept.find(now).astype(np.int32)[None, :]
    rows = np.zeros(len(now), np.int64)
    current = tabulate(layout, np.zeros((0, len(now))), codes, [list(names)], rows, 1).summary(0)
    at = Margins.found(reference, layout, ("score",))
    assert at == Margins(score=0)
    _, found = pair(reference, current, at)
    assert found.cells[:-1, -1].tolist() == np.bincount(codes[0], minlength=len(names)).tolist()
    said = HistogramLikelihood().estimate(reference, found)
    share = (labels[labels != 0] == 1).mean()
    assert said.low[0] < 0.02
    assert said.low[1] < share < said.high[1]
    soft = BlackBoxShift(soft=True).estimate(*pair(reference, current, at))
    assert soft.low[1] < share < soft.high[1]  # ten bins of confidence are coarse, on both sides
    _, none = pair(reference, Summary.empty(layout), at)
    assert HistogramLikelihood().estimate(reference, none).refused is Refused.NO_ROWS


def test_cells_that_the_reference_never_filled_have_probabilities_within_them() -> None:
    cuts = np.array([0.2, 0.6])
    layout = Layout((numeric_feature("score", [0.1, 0.9], bins=2, forced=cuts.tolist()),))
    empty = cells.Labelled.empty(cells.LabelledLayout(CLASSES, (cuts,)))
    scores = np.array([[0.1, 0.3, 0.7]])
    current = tabulate(layout, scores, np.zeros((0, 3), np.int32), [], np.zeros(3, int), 1)
    _, found = pair(empty, current.summary(0), Margins(score=0))
    assert found.sums[:, 1].tolist() == [0.2, 0.4, 0.6]  # outer ones by the cut that they have
