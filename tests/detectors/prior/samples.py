"""Labelled counts of known populations, whole or drawn."""

import numpy as np

from detectors.summaries.labelled import Labelled, LabelledLayout, labelled_layout, tabulate

# Cells of calibrated probabilities, and how much of the reference falls into each: the labels of a
# cell are shared as its probabilities say, so that densities are known exactly.
TWO = np.array([[0.95, 0.05], [0.8, 0.2], [0.6, 0.4], [0.35, 0.65], [0.1, 0.9]])
TWO_HELD = np.array([40, 25, 15, 12, 8]) / 100
THREE = np.array(
    [
        [0.9, 0.05, 0.05],
        [0.6, 0.3, 0.1],
        [0.15, 0.8, 0.05],
        [0.3, 0.5, 0.2],
        [0.05, 0.1, 0.85],
        [0.25, 0.15, 0.6],
    ]
)
THREE_HELD = np.array([30, 20, 15, 10, 15, 10]) / 100
WORLDS = {"two": (TWO, TWO_HELD), "three": (THREE, THREE_HELD)}


def layout_for(p: np.ndarray) -> LabelledLayout:
    """Make a layout that gives each row of probabilities a cell of its own."""
    classes = tuple("abcdefgh"[: p.shape[1]])
    if len(classes) == 2:
        return LabelledLayout(classes, (np.sort(p[:, 1])[1:],))
    best = p.argmax(axis=1)
    cuts = (np.sort(p[best == k, k])[1:] for k in range(len(classes)))
    return LabelledLayout(classes, tuple(cuts))


def counted(p: np.ndarray, counts: np.ndarray, unlabelled: np.ndarray | None = None) -> Labelled:
    """Make the summary of counts[c, y] labelled rows (and unlabelled ones) in each cell of p."""
    layout = layout_for(p)
    none = np.zeros(len(p), dtype=np.int64) if unlabelled is None else unlabelled
    columns = np.column_stack([counts, none])
    order = layout.find(p)
    summary = Labelled.empty(layout)
    summary.cells[order] = columns
    summary.sums[order] = columns.sum(axis=1)[:, None] * p
    np.add.at(summary.predicted, p.argmax(axis=1), columns)
    summary.soft[:] = p.T @ columns
    return summary


def population(world: str, rows: int) -> Labelled:
    """Give the reference of a world, with `rows` rows in exactly its proportions."""
    p, held = WORLDS[world]
    return counted(p, np.rint(rows * held[:, None] * p).astype(np.int64))


def densities(world: str) -> np.ndarray:
    p, held = WORLDS[world]
    joint = held[:, None] * p
    return joint / joint.sum(axis=0)


def window(world: str, shares, rows: int) -> Labelled:
    """Give an unlabelled window after a pure prior shift, in exactly its proportions."""
    p, _ = WORLDS[world]
    held = np.rint(rows * densities(world) @ np.asarray(shares)).astype(np.int64)
    return counted(p, np.zeros_like(p, dtype=np.int64), held)


def drawn(world: str, shares, rows: int, random: np.random.Generator, *, labels: bool) -> Labelled:
    """Draw rows of classes with given shares."""
    p, _ = WORLDS[world]
    sizes = random.multinomial(rows, shares)
    f = densities(world)
    counts = np.stack([random.multinomial(m, f[:, y]) for y, m in enumerate(sizes)], axis=1)
    return counted(p, counts) if labels else counted(p, counts * 0, counts.sum(axis=1))


def rows_of_normals(random, sizes, apart=1.5):
    """Draw scores of two classes, N(0, 1) and N(apart, 1), as calibrated probabilities."""
    labels = np.repeat([0, 1], sizes)
    values = random.normal(size=len(labels)) + apart * labels
    odds = np.log(sizes[1] / sizes[0]) + apart * values - apart**2 / 2
    score = 1 / (1 + np.exp(-odds))
    return np.column_stack([1 - score, score]), labels


def summary_of(layout: LabelledLayout, p, labels) -> Labelled:
    return tabulate(layout, p, p.argmax(axis=1), np.asarray(labels))


def reference_of_normals(random, sizes=(4000, 1000), apart=1.5) -> Labelled:
    p, labels = rows_of_normals(random, sizes, apart)
    return summary_of(labelled_layout(("no", "yes"), p), p, labels)
