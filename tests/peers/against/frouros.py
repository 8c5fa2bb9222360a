"""The detectors of frouros that look at two samples."""

import sys

import numpy as np

from detectors.comparison import (
    AndersonDarling,
    ChiSquare,
    Compared,
    CramerVonMises,
    Hellinger,
    JensenShannon,
    KolmogorovSmirnov,
    KullbackLeibler,
    MeanDifference,
    PopulationStability,
    TotalVariation,
    WassersteinUnits,
)
from tests.peers.against.bins import cut, pooled
from tests.peers.against.case import Case, p_value
from tests.peers.against.curves import (
    ONE_BIN,
    PARABOLA,
    STRAIGHT_LINES,
    TIES,
    YATES,
    all_values,
    clipped_p_value,
    one_bin,
    straight_lines,
    tied,
    twentieth_of_p,
    untied,
    with_yates,
)
from tests.peers.ours import Floats, Reference, Values

BINS = 10
POOLED = "ten bins of equal width over both sides together"
INTERPOLATED = (
    "theirs has nine bins for `num_bins=10`, and takes their shares from two other histograms, of "
    "numpy's `auto` bins on each side, as straight lines (`_calculate_probabilities` in "
    "data_drift/batch/distance_based/base.py); the tolerance is what that moves the "
    "number by, as scipy has it of shares as counted and as theirs are"
)


def _squared(said: Compared, _reference: Reference, _current: Values) -> float:
    return float(said.statistic[0]) ** 2


def _standardised(said: Compared, reference: Reference, current: Values) -> float:
    """Subtract the mean of A2 and divide by its deviation, as Scholz and Stephens do of two."""
    sizes = np.array([len(reference.values), len(current)], dtype=float)
    rows = float(sizes.sum())
    inverse = float((1 / sizes).sum())
    harmonic = np.cumsum(1 / np.arange(rows - 1, 1, -1))
    h, g = harmonic[-1] + 1, float((harmonic / np.arange(2, rows)).sum())
    a = 4 * g - 6 + (10 - 6 * g) * inverse
    b = 4 * (2 * g - 4) + 16 * h + (2 * g - 14 * h - 4) * inverse - 8 * h + 4 * g - 6
    c = 4 * (6 * h + 2 * g - 2) + 2 * (4 * h - 4 * g + 6) + (2 * h - 6) * inverse + 4 * h
    d = 4 * (2 * h + 6) - 8 * h
    variance = (a * rows**3 + b * rows**2 + c * rows + d) / ((rows - 1) * (rows - 2) * (rows - 3))
    return float((said.statistic[0] - 1) / np.sqrt(variance))


def _t(said: Compared, reference: Reference, current: Values) -> float:
    """Divide the difference, reference less current, by Welch's standard error."""
    squared = sum(np.var(side, ddof=1) / len(side) for side in (reference.values, current))
    return -float(said.statistic[0]) / float(np.sqrt(squared))


def _nine(reference: Reference, current: Values) -> Floats:
    both = np.concatenate([reference.values, current])
    return np.linspace(both.min(), both.max(), BINS)


ten = cut(pooled(BINS))
SMALLEST = sys.float_info.min

CASES = (
    Case(
        "psi",
        f"PSI, {POOLED}, the smallest float for empty bins",
        PopulationStability(smoothing=0, floor=SMALLEST),
        cut=ten,
    ),
    Case("hellinger", f"Hellinger distance, {POOLED}", Hellinger(), cut=ten),
    Case(
        "bhattacharyya",
        f"one less Bhattacharyya's coefficient, {POOLED}",
        Hellinger(),
        cut=ten,
        read=_squared,
        reason="the square of our Hellinger distance: rounding",
    ),
    Case(
        "js",
        "Jensen-Shannon distance, base e, nine bins of equal width",
        JensenShannon(base="e"),
        cut=cut(_nine),
        allowed_by="js moved",
        reason=INTERPOLATED,
    ),
    Case(
        "kl",
        "Kullback-Leibler divergence, nine bins of equal width",
        KullbackLeibler(smoothing=0),
        cut=cut(_nine),
        allowed_by="kl moved",
        reason=INTERPOLATED,
    ),
    Case(
        "emd",
        "Wasserstein distance in units, every value an edge",
        WassersteinUnits(),
        cut=all_values,
    ),
    Case(
        "emd",
        "Wasserstein distance in units, 256 edges against raw values",
        WassersteinUnits(),
        tolerance=straight_lines,
        reason=STRAIGHT_LINES,
    ),
    Case(
        "ks/statistic",
        "Kolmogorov-Smirnov D, every value an edge",
        KolmogorovSmirnov(),
        cut=all_values,
    ),
    Case(
        "ks/statistic",
        "Kolmogorov-Smirnov D, 256 edges against raw values",
        KolmogorovSmirnov(),
        tolerance=one_bin,
        reason=ONE_BIN,
    ),
    Case(
        "cvm/statistic",
        "Cramer-von Mises T, every value an edge, columns without ties",
        CramerVonMises(),
        cut=all_values,
        fits=untied,
    ),
    Case(
        "cvm/statistic",
        "Cramer-von Mises T, every value an edge, columns with ties",
        CramerVonMises(),
        cut=all_values,
        fits=tied,
        comparable=False,
        reason=TIES,
    ),
    Case(
        "anderson_darling/statistic",
        "Anderson-Darling, standardised, every value an edge",
        AndersonDarling(),
        cut=all_values,
        read=_standardised,
        reason="ours is A2, less 1 and over its deviation for this line: rounding",
    ),
    Case(
        "anderson_darling/p_value",
        "p-value of Anderson-Darling within .001 to .25, every value an edge",
        AndersonDarling(),
        cut=all_values,
        read=clipped_p_value,
        tolerance=twentieth_of_p,
        reason=PARABOLA,
    ),
    Case(
        "welch/statistic",
        "Welch's t",
        MeanDifference(),
        read=_t,
        reason="ours is the difference of the means, over its standard error for this line: "
        "rounding",
    ),
    Case("welch/p_value", "p-value of Welch's t", MeanDifference(), read=p_value),
    Case(
        "chi_square/statistic",
        "chi-square of categories, without pooling",
        ChiSquare(pooled_below=0),
        read=with_yates,
        reason=YATES,
    ),
    Case(
        "hi_normalized_complement",
        "total variation distance of categories",
        TotalVariation(),
    ),
)
