"""popmon's comparisons of a time bin's histogram with the reference's."""

import numpy as np
from scipy.special import rel_entr

from detectors.comparison import (
    ChiSquare,
    Compared,
    JensenShannon,
    KolmogorovSmirnov,
    LInfinity,
    PopulationStability,
)
from tests.peers.against.bins import apart, cut, psi, shares, spaced
from tests.peers.against.case import Case, p_value
from tests.peers.ours import Floats, Reference, Values

TWENTY = spaced(20)
POOLED = "20 bins of equal width, or categories"
ADDED = 10e-6  # to every share
COUNTS = (
    "theirs is computed of counts, not of shares: `hist_compare` in "
    "analysis/comparison/hist_comparer.py hands both histograms' entries to a formula for shares, "
    "so the number says how many rows there are"
)
LIMIT = 6.8116


def _score(said: Compared, reference: Reference, current: Values) -> float:
    """Multiply the distance by the root of the rows, as theirs is."""
    n, m = len(current), len(reference.values)
    return float(said.statistic[0]) * float(np.sqrt(n * m / (n + m)))


def _small_rows(reference: Reference, current: Values) -> float:
    """Bound what the limit lacks: its first correction moves the score by 1 / (6 sqrt(N))."""
    n, m = len(current), len(reference.values)
    return 2 / (6 * float(np.sqrt(n * m / (n + m))))


def _below_limit(reference: Reference, current: Values) -> bool:
    said = reference.compared_between(KolmogorovSmirnov(), cut(TWENTY)(reference, current), current)
    return _score(said, reference, current) < LIMIT


def _above_limit(reference: Reference, current: Values) -> bool:
    return not _below_limit(reference, current)


def _squared(said: Compared, _reference: Reference, _current: Values) -> float:
    return float(said.statistic[0]) ** 2


def _added(shares: Floats) -> Floats:
    return shares + ADDED


def _as_they_are(shares: Floats) -> Floats:
    return shares


def _jsd(p: Floats, q: Floats) -> float:
    middle = (p + q) / 2
    return float((rel_entr(p, middle) + rel_entr(q, middle)).sum()) / 2


def _their_jsd(reference: Reference, current: Values) -> float:
    """Give what adding to both sides and to their middle moves the divergence by."""
    q, p = shares(reference, current, TWENTY)
    middle = (p + q) / 2
    added = sum(
        float(((side + ADDED) * np.log((side + ADDED) / (middle + ADDED))).sum()) for side in (p, q)
    )
    return abs(added / 2 - _jsd(p, q))


def _of_words(reference: Reference, _current: Values) -> bool:
    return reference.values.dtype.kind != "f"


CASES = (
    Case(
        "psi of shares",
        f"PSI of shares, {POOLED}",
        PopulationStability(smoothing=0, floor=ADDED),
        cut=cut(TWENTY),
        tolerance=apart(psi, _added, lambda s: np.maximum(s, ADDED), TWENTY),
        reason="theirs adds 1e-5 to every share, ours raises shares to 1e-5",
    ),
    Case(
        "psi",
        f"PSI as its reports give it, {POOLED}",
        PopulationStability(smoothing=0, floor=ADDED),
        cut=cut(TWENTY),
        comparable=False,
        reason=COUNTS,
    ),
    Case(
        "jsd of shares",
        f"Jensen-Shannon divergence of shares, base e, {POOLED}",
        JensenShannon(base="e"),
        cut=cut(TWENTY),
        read=_squared,
        tolerance=_their_jsd,
        reason="theirs adds 1e-5 to every share; ours is the distance, squared for this line",
    ),
    Case(
        "jsd",
        f"Jensen-Shannon divergence as its reports give it, {POOLED}",
        JensenShannon(base="e"),
        cut=cut(TWENTY),
        read=_squared,
        comparable=False,
        reason=COUNTS,
    ),
    Case(
        "ks",
        "Kolmogorov-Smirnov score, D sqrt(nm / (n + m)), 20 bins of equal width",
        KolmogorovSmirnov(),
        cut=cut(TWENTY),
        read=_score,
    ),
    Case(
        "ks_pvalue",
        "p-value of Kolmogorov-Smirnov, 20 bins of equal width, scores below 6.8",
        KolmogorovSmirnov(),
        cut=cut(TWENTY),
        read=p_value,
        fits=_below_limit,
        tolerance=_small_rows,
        reason="theirs is the limit for many rows, ours that of N = nm / (n + m) rows, which moves "
        "the score by 1 / (6 sqrt N) where the density is below 2",
    ),
    Case(
        "ks_pvalue",
        "p-value of Kolmogorov-Smirnov, 20 bins of equal width, scores from 6.8 on",
        KolmogorovSmirnov(),
        cut=cut(TWENTY),
        read=p_value,
        fits=_above_limit,
        comparable=False,
        reason="theirs has no p-value where the score is 6.8116 or more, which is where the drift "
        "is (`ks_prob` in analysis/comparison/comparisons.py)",
    ),
    Case(
        "chi2",
        "chi-square of categories, without pooling",
        ChiSquare(pooled_below=0),
        fits=_of_words,
    ),
    Case(
        "chi2_pvalue",
        "p-value of chi-square of categories, without pooling",
        ChiSquare(pooled_below=0),
        fits=_of_words,
        read=p_value,
    ),
    Case(
        "max_prob_diff",
        f"L-infinity distance, {POOLED}",
        LInfinity(),
        cut=cut(TWENTY),
    ),
)
