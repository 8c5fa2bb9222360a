"""Does one value take over, as from a sensor that sticks?

Which one is not known beforehand. So each hour watches, of each feature, the cell that was the
fullest in the last pane before it: chosen from earlier rows, it is as good as fixed.
"""

import numpy as np
from numpy.typing import NDArray

from detectors.sequential.bounds import upper_share
from detectors.summaries import Layout, Summary

NONE = -1

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def single_cells(layout: Layout) -> NDArray[np.bool_]:
    """Say which cells may stand for a single value, bool[width].

    Not those of missing, infinite, unseen and other values, nor those beyond the lowest and the
    highest edge.
    """
    single = np.ones(layout.width, dtype=np.bool_)
    p = len(layout.numeric)
    for cells in (
        layout.missing_cells,
        layout.not_finite_cells,
        layout.not_finite_cells - 1,
        layout.start[:p],
        layout.unseen_cells,
        layout.unseen_cells - 1,
    ):
        single[cells] = False
    return single


def fullest(layout: Layout, single: NDArray[np.bool_], counts: Counts) -> Counts:
    """Give each feature's fullest single cell, int64[d]; NONE where none holds a row."""
    if not len(layout.names):
        return np.zeros(0, dtype=np.int64)
    held = np.where(single, counts, 0)
    start = layout.start
    most = np.maximum.reduceat(held, start[:-1])
    full = np.flatnonzero(held == np.repeat(most, np.diff(start)))
    cells = full[np.searchsorted(full, start[:-1])]
    return np.where(most > 0, cells, NONE)


def allowance(reference: Summary, level: float, phi: Floats) -> Floats:
    """Give the share that a single value may take, float64[d].

    Half of what the reference's most frequent value leaves may come to it, or to any other value:
    a shift, however large, does not look like a stuck value unless one value has most of the rows.

    Parameters
    ----------
    level : the chance that the reference's largest share is bounded too low
    phi : float64[d]
    """
    layout = reference.layout
    if not len(layout.names):
        return np.zeros(0)
    held = np.where(single_cells(layout), reference.counts, 0)
    most = np.maximum.reduceat(held, layout.start[:-1])
    return (1.0 + upper_share(most, reference.present, level, phi)) / 2
