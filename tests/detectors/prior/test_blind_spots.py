"""Where estimates mislead, and what tells of it."""

import numpy as np

from detectors.prior import (
    BlackBoxShift,
    CalibratedLikelihood,
    HistogramLikelihood,
    PriorShiftTest,
)
from detectors.summaries.labelled import tabulate
from tests.detectors.prior.samples import (
    counted,
    reference_of_normals,
    rows_of_normals,
    summary_of,
)

ESTIMATORS = (
    HistogramLikelihood(),
    BlackBoxShift(),
    BlackBoxShift(soft=True),
    CalibratedLikelihood(),
)


def scores_moved(random, n, share, by):
    """Draw a window where class 1's values, at N(1.5, 1) in the reference, have moved by `by`."""
    labels = (random.random(n) < share).astype(int)
    values = random.normal(size=n) + (1.5 + by) * labels
    score = 1 / (1 + np.exp(-(np.log(1000 / 4000) + 1.5 * values - 1.125)))
    return np.column_stack([1 - score, score]), labels


def test_concept_shift_fools_every_estimate_and_x2_catches_it_at_moderate_n():
    random = np.random.default_rng(31)
    reference = reference_of_normals(random)
    p, labels = scores_moved(random, 4000, 0.5, -0.8)
    current = summary_of(reference.layout, p, np.full(len(labels), -1))
    for estimator in ESTIMATORS:
        said = estimator.estimate(reference, current)
        assert said.high[1] < 0.47  # the truth is .5, and the interval is sure that it is not
        assert said.explained is False
        assert said.p_value < 1e-4


def test_labels_that_change_without_the_scores_are_not_seen():
    # Half of class 1 becomes class 0 whatever the score: P(y given x) moved, P(x) did not.
    random = np.random.default_rng(32)
    reference = reference_of_normals(random)
    p, labels = rows_of_normals(random, (4000, 1000))
    labels = np.where(random.random(5000) < 0.5, 0, labels)
    current = summary_of(reference.layout, p, labels)
    said = HistogramLikelihood().estimate(reference, current)
    assert said.explained
    assert said.low[1] > current.labels[1] / current.rows + 0.05


def test_covariate_shift_is_not_taken_for_prior_shift():
    # Only rows of middling score come; among equal scores nothing changed.
    random = np.random.default_rng(33)
    reference = reference_of_normals(random)
    p, labels = rows_of_normals(random, (4000, 1000))
    middle = np.abs(np.log(p[:, 1] / p[:, 0])) < 1
    current = summary_of(reference.layout, p[middle], labels[middle])
    assert HistogramLikelihood().estimate(reference, current).explained is False


def test_prior_shift_is_explained():
    random = np.random.default_rng(34)
    reference = reference_of_normals(random)
    p, labels = scores_moved(random, 4000, 0.6, 0.0)
    current = summary_of(reference.layout, p, np.full(len(labels), -1))
    for estimator in ESTIMATORS:
        said = estimator.estimate(reference, current)
        assert said.low[1] < 0.6 < said.high[1]
        assert said.explained


def test_on_many_rows_a_harmless_misfit_rejects_but_is_still_explained():
    # Scores drift by a hundredth of a standard deviation; a million rows on both sides see it.
    random = np.random.default_rng(35)
    reference = reference_of_normals(random, (800_000, 200_000))
    p, labels = scores_moved(random, 1_000_000, 0.4, 0.0)
    odds = np.log(p[:, 1] / p[:, 0]) * 1.03
    score = 1 / (1 + np.exp(-odds))
    moved = np.column_stack([1 - score, score])
    current = tabulate(reference.layout, moved, labels, np.full(len(labels), -1))
    said = HistogramLikelihood().estimate(reference, current)
    assert said.p_value < 1e-6
    assert np.sqrt((said.x2 - said.df) / said.df) > 1  # grows with n, and so is no effect
    assert said.effect < 0.05
    assert said.variation < 0.02
    assert said.explained
    strict = HistogramLikelihood(shift=PriorShiftTest(effect=0.0))
    assert strict.estimate(reference, current).explained is False


def test_few_reference_rows_of_a_class_draw_the_plain_estimate_to_the_middle():
    # 250 reference rows of each class, and a window that holds 5% of class 1.
    random = np.random.default_rng(36)
    errors = {True: [], False: []}
    for _ in range(60):
        p, labels = rows_of_normals(random, (250, 250), 1.0)
        reference = reference_of_normals(random, (250, 250), 1.0)
        p, labels = rows_of_normals(random, (2850, 150), 1.0)
        odds = np.log(p[:, 1] / p[:, 0]) - np.log(150 / 2850)
        score = 1 / (1 + np.exp(-odds))
        both = np.column_stack([1 - score, score])
        current = tabulate(reference.layout, both, labels, np.full(3000, -1))
        for less_noise, found in errors.items():
            said = HistogramLikelihood(bins=20, less_noise=less_noise)
            found.append(said.estimate(reference, current).prior[1] - 0.05)
    plain, better = (np.nanmean(errors[k]) for k in (False, True))
    assert plain > 0.04
    assert abs(better) < plain / 2


def test_a_window_of_a_class_that_the_reference_never_held_is_not_explained():
    # Its scores are where no class of the reference has any.
    p = np.array([[0.9, 0.1], [0.7, 0.3], [0.5, 0.5], [0.3, 0.7], [0.1, 0.9]])
    counts = np.array([[300, 30], [100, 60], [0, 0], [60, 100], [30, 300]])
    now = np.array([100, 50, 500, 50, 100])
    said = HistogramLikelihood().estimate(
        counted(p, counts), counted(p, np.zeros_like(counts), now)
    )
    assert said.explained is False
