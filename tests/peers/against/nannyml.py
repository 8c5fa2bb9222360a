"""NannyML's univariate statistics."""

import numpy as np

from detectors.comparison import (
    ChiSquare,
    Hellinger,
    JensenShannon,
    KolmogorovSmirnov,
    LInfinity,
    WassersteinUnits,
)
from tests.peers.against.case import Case
from tests.peers.against.curves import (
    ONE_BIN,
    STRAIGHT_LINES,
    YATES,
    all_values,
    one_bin,
    straight_lines,
    with_yates,
)
from tests.peers.ours import Reference, Values

BINS = 10_000  # of equal width, in which a reference of 10,000 rows or more is counted by default


def _largest_of_theirs(reference: Reference, current: Values) -> float:
    """Bound what their distance misses between two of its edges, and ours between two of ours."""
    edges = np.linspace(reference.values.min(), reference.values.max(), BINS + 1)
    sides = reference.values, current
    shares = [np.histogram(side, edges)[0].max() / len(side) for side in sides]
    return float(max(shares)) + one_bin(reference, current)


def _width_of_theirs(reference: Reference, current: Values) -> float:
    """Bound what their bins round, what their cumulated shares have too much, and our own error."""
    least, most = float(reference.values.min()), float(reference.values.max())
    span = most - least
    shifted = span / len(current) if (current < least).any() else 0.0
    return 2 * span / BINS + shifted + straight_lines(reference, current)


CASES = (
    Case(
        "jensen_shannon/exact",
        "Jensen-Shannon distance, base 2, on Doane bins and one for the rest, or categories",
        JensenShannon(),
    ),
    Case(
        "hellinger/exact",
        "Hellinger distance on Doane bins and one for the rest, or categories",
        Hellinger(bins="doane"),
    ),
    Case("l_infinity/exact", "L-infinity distance of categories", LInfinity()),
    Case(
        "chi2/exact",
        "chi-square of categories, without pooling",
        ChiSquare(pooled_below=0),
        read=with_yates,
        reason=YATES,
    ),
    Case(
        "kolmogorov_smirnov/exact",
        "Kolmogorov-Smirnov D, every value an edge",
        KolmogorovSmirnov(),
        cut=all_values,
    ),
    Case(
        "kolmogorov_smirnov/exact",
        "Kolmogorov-Smirnov D, 256 edges against raw values",
        KolmogorovSmirnov(),
        tolerance=one_bin,
        reason=ONE_BIN,
    ),
    Case(
        "kolmogorov_smirnov/as installed",
        "Kolmogorov-Smirnov D, both as installed",
        KolmogorovSmirnov(),
        tolerance=_largest_of_theirs,
        reason="from 10,000 rows on theirs looks at 10,000 edges of equal width, ours at 256 of "
        "equal depth: neither misses more than its largest bin",
    ),
    Case(
        "wasserstein/exact",
        "Wasserstein distance in units, every value an edge",
        WassersteinUnits(),
        cut=all_values,
    ),
    Case(
        "wasserstein/exact",
        "Wasserstein distance in units, 256 edges against raw values",
        WassersteinUnits(),
        tolerance=straight_lines,
        reason=STRAIGHT_LINES,
    ),
    Case(
        "wasserstein/as installed",
        "Wasserstein distance in units, both as installed",
        WassersteinUnits(),
        tolerance=_width_of_theirs,
        reason="from 10,000 rows on theirs has 10,000 bins of equal width; and wherever a value "
        "lies below the reference's least, `WassersteinDistance._calculate` in "
        "drift/univariate/methods.py adds (n_smaller + 1) / n to all cumulated shares where "
        "n_smaller / n lies below, which moves the distance by up to range / n",
    ),
)
