"""What is counted of a batch, beside the columns that it holds?"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from detectors.multivariate import Derived
from detectors.prior import cell_names
from detectors.summaries.labelled import LabelledLayout
from driftwatch.nouns.profiles import SCORES, Column, Profile, Schema
from driftwatch.nouns.records import Batch, Float64, Int32

_Scalar = TypeVar("_Scalar", np.float64, np.int32)


def derive(batch: Batch, profile: Profile) -> Batch:
    """Give the batch with all columns of the profile's layout, in its order."""
    if profile.derived is None and profile.confidence is None:
        return batch
    return extend(batch, profile.schema, profile.derived, profile.confidence)


def extend(
    batch: Batch, schema: Schema, derived: Derived | None, confidence: LabelledLayout | None
) -> Batch:
    """Append the derived features to the numbers, and the cells of the probabilities to the codes.

    Several columns at once are looked at in features only: predictions, scores and labels are not
    among them.
    """
    numbers, codes, words = batch.numbers, batch.codes, batch.words
    if derived is not None:
        made = derived.apply(*features(batch, schema), batch.texts, batch.vectors)
        numbers = np.concatenate([numbers, made])
    if confidence is not None:
        cells = _cells(batch.numbers, schema, confidence)
        codes = np.concatenate([codes, cells[None]])
        words = (*words, list(cell_names(confidence)))
    return replace(batch, numbers=numbers, codes=codes, words=words)


def features(batch: Batch, schema: Schema) -> tuple[Float64, Int32, list[list[str]]]:
    """Give the numbers, codes and words of just the features, which transforms are made of."""
    numeric, categorical = _features(schema.numeric), _features(schema.categorical)
    return (
        _taken(batch.numbers, numeric),
        _taken(batch.codes, categorical),
        [batch.words[place] for place in categorical],
    )


def probabilities(numbers: Float64, schema: Schema, classes: Sequence[str]) -> Float64:
    """Give the probability of each class, float64[n, K]; of two, one score stands for both."""
    scores = {c.name: place for place, c in enumerate(schema.numeric) if c.role == "score"}
    if len(scores) == 1 and len(classes) == 2:
        score = numbers[next(iter(scores.values()))]
        return np.stack([1 - score, score], axis=1)
    found = np.full((numbers.shape[1], len(classes)), np.nan)
    for k, name in enumerate(classes):
        if (place := scores.get(f"{SCORES}{name}")) is not None:
            found[:, k] = numbers[place]
    return found


def _cells(numbers: Float64, schema: Schema, confidence: LabelledLayout) -> Int32:
    cells = confidence.find(probabilities(numbers, schema, confidence.classes))
    return np.where(cells < confidence.width, cells, -1).astype(np.int32)


def _features(columns: Sequence[Column]) -> list[int]:
    return [place for place, column in enumerate(columns) if column.role == "feature"]


def _taken(rows: NDArray[_Scalar], places: list[int]) -> NDArray[_Scalar]:
    """Take rows; without a copy where they are the first ones."""
    if places == list(range(len(places))):
        return rows[: len(places)]
    return rows[places]
