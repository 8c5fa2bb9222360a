"""Do these rows look like the ones that the model was trained on?

Scores, errors and calibration on training rows are optimistic, and balanced classes move the
priors. Four signs are looked for, each with its limit below; none is proof, and all are said.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from driftwatch.reference.sampling import scramble

SEPARATED = 0.999  # area under the ROC curve of the score against a label of two classes
AGREEING = 0.999  # share of predictions that equal the label
REPEATED = 0.05  # share of rows whose numbers equal those of an earlier row
FEWEST = 30  # rows of each class, for the first two
BALANCED_FROM = 100  # labelled rows, for equal class counts to be no accident
RICH = 100  # distinct values of a column that makes chance repeats unlikely; three are wanted
_KEPT = 50_000


class Repeats:
    """How many rows repeat an earlier one, estimated from those with the smallest hashes.

    A row is chosen by its content, so that all of its repeats are chosen with it; memory is bounded
    whatever the number of rows.
    """

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._limit = int(np.iinfo(np.uint64).max)
        self._hashes = np.zeros(0, np.uint64)
        self._counts = np.zeros(0, np.int64)
        self._new: list[NDArray[np.uint64]] = []

    def add(self, numbers: NDArray[np.float64]) -> None:
        """Take note of rows, float64[columns, n]."""
        hashes = np.zeros(numbers.shape[1], np.uint64)
        for place, column in enumerate(numbers):
            canonical = np.where(np.isnan(column), np.nan, column + 0.0)
            hashes = scramble(hashes ^ canonical.view(np.uint64), place, 0)
        self._new.append(hashes[hashes < self._limit])
        if sum(map(len, self._new)) > self._kept:
            self._merge()

    @property
    def share(self) -> float:
        """The share of rows that repeat an earlier one."""
        self._merge()
        rows = int(self._counts.sum())
        return 1 - len(self._hashes) / rows if rows else 0.0

    def _merge(self) -> None:
        hashes = np.concatenate([self._hashes, *self._new])
        weights = np.ones(len(hashes), np.int64)
        weights[: len(self._counts)] = self._counts
        met, at = np.unique(hashes, return_inverse=True)
        counts = np.bincount(at, weights, minlength=len(met)).astype(np.int64)
        if len(met) > self._kept:
            self._limit = int(met[self._kept])
        self._hashes, self._counts, self._new = met[: self._kept], counts[: self._kept], []


def suspicions(
    *,
    sample: NDArray[np.float64],
    score: NDArray[np.float64] | None,
    label: NDArray[np.float64],
    prediction: NDArray[np.float64],
    labels: Mapping[str, int],
    repeated: float,
) -> Iterator[str]:
    """Say what makes rows look like training rows.

    `sample` is float64[features, k] without times; `label` and `prediction` are codes of the same
    classes, NaN where missing; `labels` counts the classes of all rows.
    """
    classes = len(labels)
    if score is not None and classes == 2:
        area = _separation(score, label)
        if area > SEPARATED:
            yield f"the score tells the two labels apart almost perfectly (AUC {area:.4f})"
    if classes >= 2:
        agreeing = _agreement(prediction, label)
        if agreeing > AGREEING:
            yield f"{agreeing:.2%} of the predictions equal the label"
        if len({*labels.values()}) == 1 and sum(labels.values()) >= BALANCED_FROM:
            yield f"the {classes} classes have exactly {next(iter(labels.values())):,} rows each"
    rich = sum(len(np.unique(column[np.isfinite(column)])) > RICH for column in sample)
    if rich >= 3 and repeated > REPEATED:
        yield f"{repeated:.1%} of the rows have the same numbers as an earlier row"


def _separation(score: NDArray[np.float64], label: NDArray[np.float64]) -> float:
    """Give the area under the ROC curve, whichever class is the positive one; ties count half."""
    known = np.isfinite(score) & np.isfinite(label)
    classes, place = np.unique(label[known], return_inverse=True)
    sizes = np.bincount(place, minlength=2)
    if len(classes) != 2 or sizes.min() < FEWEST:
        return 0.0
    values, rank = np.unique(score[known], return_inverse=True)
    first = np.bincount(rank[place == 0], minlength=len(values))
    second = np.bincount(rank[place == 1], minlength=len(values))
    below = np.cumsum(first) - first / 2
    area = float(np.sum(second * below)) / float(sizes.prod())
    return max(area, 1 - area)


def _agreement(prediction: NDArray[np.float64], label: NDArray[np.float64]) -> float:
    known = np.isfinite(prediction) & np.isfinite(label)
    _, sizes = np.unique(label[known], return_counts=True)
    if len(sizes) < 2 or sizes.min() < FEWEST:
        return 0.0
    return float(np.mean(prediction[known] == label[known]))
