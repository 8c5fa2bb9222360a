"""How do a window's rows lie by score and by prediction, when only its summary is kept?

A summary counts each column by itself. That is all that an estimate needs of the current window:
which rows have both a score and a label matters in the reference alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detectors.summaries import CategoricalFeature, Layout, Summary
from detectors.summaries.labelled import Labelled, LabelledLayout

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Margins:
    """The places in a layout of the features that tell of classes; None where there is none.

    score : of two classes a numeric feature whose edges hold all cuts of the labelled layout; of
        more a categorical one, whose categories are `cell_names`
    prediction, label : categorical features, whose categories are the classes' names
    """

    score: int | None = None
    prediction: int | None = None
    label: int | None = None

    @classmethod
    def found(cls, reference: Labelled, layout: Layout, roles: Sequence[str]) -> "Margins":
        """Find them among all d features by their roles, the first of each that fits."""
        words = range(len(layout.numeric), len(layout.names))
        by_role: dict[str, list[int]] = {"score": [], "prediction": [], "label": []}
        for j, role in enumerate(roles):
            by_role.get(role, []).append(j)
        score = (j for j in by_role["score"] if _has_cells(reference.layout, layout, j))
        prediction, label = (
            next((j for j in by_role[role] if j in words), None) for role in ("prediction", "label")
        )
        return cls(next(score, None), prediction, label)


def cell_names(layout: LabelledLayout) -> tuple[str, ...]:
    """Name each cell of more than two classes, by its class and the place of its confidence bin.

    >>> cell_names(LabelledLayout(("a", "b", "c"), (np.array([0.6]), np.zeros(0), np.zeros(0))))
    ('a 1/2', 'a 2/2', 'b 1/1', 'c 1/1')
    """
    return tuple(
        f"{name} {place + 1}/{len(cuts) + 1}"
        for name, cuts in zip(layout.classes, layout.edges, strict=True)
        for place in range(len(cuts) + 1)
    )


def pair(reference: Labelled, current: Summary, at: Margins) -> tuple[Labelled, Labelled]:
    """Give what an estimator takes: the labelled reference, and the current window beside it.

    Where there is no score the cells are those of the prediction, on both sides. A row with a score
    and a label stands twice in the current counts, once by its score and without the label, once by
    the label and without a score: only the sums over labels, and over scores, are those of rows.

    The probabilities of the current rows are those which the reference's rows of the same cell have
    on average (of cells without such rows, the middle of their scores). So their sum is off by at
    most the width of the cell for each row, where the cell ends on both sides. Those of the
    reference by label are taken in the same way: what is lost within a cell is lost on both sides,
    and an estimate by mean probabilities stays right on average.

    >>> from detectors.summaries import numeric_feature, tabulate
    >>> from detectors.summaries import labelled
    >>> score, labels = np.array([0.2, 0.4, 0.6, 0.8]), np.array([0, 0, 1, 1])
    >>> both = np.stack([1 - score, score], axis=1)
    >>> cells = labelled.LabelledLayout(("no", "yes"), (np.array([0.5]),))
    >>> reference = labelled.tabulate(cells, both, labels, labels)
    >>> layout = Layout((numeric_feature("score", score, forced=[0.5]),))
    >>> now = np.array([[0.3, 0.7, 0.9]])
    >>> current = tabulate(layout, now, np.zeros((0, 3), np.int32), [], np.zeros(3, int), 1)
    >>> _, found = pair(reference, current.summary(0), Margins(score=0))
    >>> found.cells[:-1].sum(axis=1), found.sums.round(9)
    (array([1, 2]), array([[0.7, 0.3],
           [0.6, 1.4]]))
    """
    k = len(reference.layout.classes)
    predicted = _by_class(reference.layout, current, at.prediction)
    if at.score is None:
        reference = _by_prediction(reference)
        scored = predicted
    else:
        scored = _by_cell(reference.layout, current, at.score)
    found = Labelled.empty(reference.layout)
    found.cells[:, k] = scored
    found.cells[-1, :k] = _by_class(reference.layout, current, at.label)[:k]
    found.predicted[:, k] = predicted
    typical = _typical(reference)
    found.sums[:] = scored[:-1, None] * typical
    found.soft[:, k] = found.sums.sum(axis=0)
    return replace(reference, soft=typical.T @ reference.cells[:-1]), found


def _has_cells(labelled: LabelledLayout, layout: Layout, j: int) -> bool:
    p, binary = len(layout.numeric), len(labelled.classes) == 2
    if binary != (j < p):
        return False
    if binary:
        return bool(np.isin(labelled.edges[0], layout.numeric[j].edges).all())
    return set(layout.categorical[j - p].categories) <= set(cell_names(labelled))


def _by_cell(labelled: LabelledLayout, current: Summary, j: int) -> Counts:
    """Count the rows of each cell, and at the end those without a score, int64[w + 1]."""
    layout = current.layout
    if j >= len(layout.numeric):
        return _by_word(cell_names(labelled), current, j)
    edges = layout.numeric[j].edges
    cells = current.counts[layout.start[j] : layout.start[j + 1]]
    # Cell 0 lies below the first edge, so that cell i begins at edge i - 1.
    first = [0, *(np.searchsorted(edges, labelled.edges[0]) + 1), len(edges) + 1]
    return np.add.reduceat(cells, first)


def _by_class(labelled: LabelledLayout, current: Summary, j: int | None) -> Counts:
    """Count the rows of each class, and at the end those of none, int64[K + 1]."""
    if j is None:
        return np.array([0] * len(labelled.classes) + [current.rows], dtype=np.int64)
    return _by_word(labelled.classes, current, j)


def _by_word(names: Sequence[str], current: Summary, j: int) -> Counts:
    """Count the rows of each name, and at the end those of none of them, int64[len(names) + 1]."""
    layout = current.layout
    feature: CategoricalFeature = layout.categorical[j - len(layout.numeric)]
    cells = current.counts[layout.start[j] : layout.start[j + 1]]
    place = {name: at for at, name in enumerate(names)}
    none = len(names)
    at = [*(place.get(word, none) for word in feature.categories), none, none, none]
    counts = np.zeros(none + 1, dtype=np.int64)
    np.add.at(counts, at, cells)
    return counts


def _by_prediction(reference: Labelled) -> Labelled:
    """Take the predicted class for the cell, of which nothing is known of probabilities."""
    classes = reference.layout.classes
    middle, none = np.array([0.5]), np.zeros(0)
    edges = (middle,) if len(classes) == 2 else (none,) * len(classes)
    empty = Labelled.empty(LabelledLayout(classes, edges))
    predicted = reference.predicted
    return Labelled(empty.layout, predicted, predicted, empty.sums, empty.soft)


def _typical(reference: Labelled) -> Floats:
    """Give the mean probabilities of each cell's rows, float64[w, K]."""
    rows = reference.cells[:-1].sum(axis=1)
    typical: Floats = reference.sums / np.maximum(rows, 1)[:, None]
    empty = rows == 0
    if empty.any():
        typical[empty] = _middles(reference.layout)[empty]
    return typical


def _middles(layout: LabelledLayout) -> Floats:
    """Give probabilities that lie in the middle of each cell, float64[w, K]."""
    k = len(layout.classes)
    middles = np.zeros((layout.width, k))
    for own, cuts in enumerate(layout.edges):
        ends = np.concatenate([cuts[:1], cuts, cuts[-1:]]) if len(cuts) else np.full(2, 1 / k)
        middle = (ends[1:] + ends[:-1]) / 2
        cells = slice(layout.start[own], layout.start[own + 1])
        if k == 2:
            middles[cells] = np.stack([1 - middle, middle], axis=1)
        else:
            middles[cells] = ((1 - middle) / (k - 1))[:, None]
            middles[cells, own] = middle
    return middles
