"""whylogs' scores of two profiles."""

import numpy as np

from detectors.comparison import KolmogorovSmirnov
from tests.peers.against.case import Case
from tests.peers.against.curves import one_bin
from tests.peers.against.evidently import AsIfExact
from tests.peers.ours import Reference, Values


def _cut_down(reference: Reference, current: Values) -> float:
    """Give what cutting expected numbers down to whole ones moves X2 by, and our own 2^-20."""
    words = np.unique(np.concatenate([reference.values, current]))
    k = (current[:, None] == words).sum(axis=0)
    expected = (reference.values[:, None] == words).mean(axis=0) * len(current)
    squared = float(((k - expected) ** 2 / expected).sum())
    cut = np.floor(expected)
    return abs(float(((k - cut) ** 2 / cut).sum()) - squared) + 1e-6 * max(squared, 1.0)


CASES = (
    Case(
        "ks",
        "Kolmogorov-Smirnov D, both as installed",
        KolmogorovSmirnov(),
        tolerance=one_bin,
        allowed_by="ks allowed",
        reason="theirs is of two sketches, which give ranks to the error that they state (99%), "
        "and looks at the places of its quantiles alone; ours does not see within its largest bin",
    ),
    Case(
        "chi_square",
        "chi-square of categories, the reference taken as exact",
        AsIfExact(),
        tolerance=_cut_down,
        reason="theirs takes the reference's shares as known, and cuts expected numbers down to "
        "whole ones (`int` in `_compute_chi_squared_score`, viz/drift/column_drift_algorithms.py); "
        "for this line our reference was counted 2^20 times over",
    ),
)
