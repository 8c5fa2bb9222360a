"""What makes rows look like training rows, and what does not."""

import numpy as np
import pytest

from driftwatch.reference.suspicion import Repeats, suspicions

RNG = np.random.default_rng(5)
N = 4000
LABEL = (np.arange(N) % 4 == 0).astype(np.float64)


def signs(**given):
    told = {
        "sample": RNG.normal(size=(3, N)),
        "score": None,
        "label": LABEL,
        "prediction": np.full(N, np.nan),
        "labels": {"no": 3000, "yes": 1000},
        "repeated": 0.0,
    }
    return list(suspicions(**(told | given)))


def test_honest_rows_raise_no_suspicion():
    score = 1 / (1 + np.exp(-(LABEL * 2 + RNG.normal(size=N))))
    assert signs(score=score, prediction=(score > 0.7).astype(np.float64)) == []


@pytest.mark.parametrize("turned", [False, True])
def test_a_score_that_tells_the_labels_apart_too_well_is_suspicious(turned):
    score = LABEL * 0.4 + RNG.random(N) * 0.3
    (sign,) = signs(score=1 - score if turned else score)
    assert sign == "the score tells the two labels apart almost perfectly (AUC 1.0000)"


def test_the_area_under_the_curve_counts_ties_half():
    # Constant scores separate nothing: AUC .5, far from suspicious.
    assert signs(score=np.full(N, 0.3)) == []


def test_few_rows_of_a_class_prove_nothing():
    label = np.zeros(N)
    label[:29] = 1
    assert signs(score=label, label=label, prediction=label) == []


def test_predictions_that_equal_the_label_are_suspicious():
    prediction = LABEL.copy()
    prediction[:3] = 1 - prediction[:3]
    assert signs(prediction=prediction) == ["99.92% of the predictions equal the label"]
    prediction[:5] = 1 - LABEL[:5]
    assert signs(prediction=prediction) == []


@pytest.mark.parametrize("classes", [2, 3])
def test_classes_of_exactly_one_size_are_suspicious(classes):
    labels = {str(i): 500 for i in range(classes)}
    assert signs(labels=labels) == [f"the {classes} classes have exactly 500 rows each"]
    assert signs(labels=labels | {"0": 501}) == []


def test_classes_of_one_size_in_few_rows_are_chance():
    assert signs(labels={"no": 49, "yes": 49}) == []


def test_repeated_rows_are_suspicious_where_chance_does_not_repeat():
    assert signs(repeated=0.06) == ["6.0% of the rows have the same numbers as an earlier row"]
    assert signs(repeated=0.05) == []
    assert signs(repeated=0.9, sample=RNG.integers(0, 50, (3, N)).astype(np.float64)) == []


@pytest.mark.parametrize("kept", [10**6, 2000])
def test_repeats_are_counted_exactly_or_estimated_in_bounded_memory(kept):
    rows = RNG.normal(size=(3, 20_000))
    rows[1, ::7] = np.nan
    repeats = Repeats(kept)
    for part in (rows, rows[:, :5000], rows[:, :5000], rows[:, 7000:8000]):
        repeats.add(part)
    # 11,000 of 31,000 rows; the estimate from 2,000 distinct rows errs by about one percent.
    assert repeats.share == pytest.approx(11 / 31, abs=1e-12 if kept > 20_000 else 0.03)


def test_rows_that_differ_in_one_number_or_place_are_no_repeats():
    repeats = Repeats()
    repeats.add(np.array([[1.0, 2.0, 1.0], [2.0, 1.0, np.nan], [0.0, 0.0, 0.0]]))
    assert repeats.share == 0


def test_missing_numbers_and_signed_zeros_repeat():
    repeats = Repeats()
    repeats.add(np.array([[np.nan, -np.nan, np.nan], [0.0, -0.0, 0.0]]))
    assert repeats.share == pytest.approx(2 / 3)


def test_no_rows_repeat_nothing():
    assert Repeats().share == 0
