"""Evidently's tests of columns; of most it gives the p-value alone."""

import numpy as np
from scipy import stats

from detectors.comparison import (
    AndersonDarling,
    ChiSquare,
    Compared,
    CramerVonMises,
    GTest,
    Hellinger,
    JensenShannon,
    KolmogorovSmirnov,
    KullbackLeibler,
    PopulationStability,
    TotalVariation,
    Wasserstein,
)
from detectors.summaries import Summary
from tests.peers.against.bins import apart, cut, pooled, psi
from tests.peers.against.case import Case, p_value
from tests.peers.against.curves import (
    ONE_BIN,
    PARABOLA,
    STRAIGHT_LINES,
    TIES,
    all_values,
    clipped_p_value,
    of_the_deviation,
    of_the_expansion,
    one_bin_of_p,
    tied,
    twentieth_of_p,
    untied,
)
from tests.peers.ours import Floats

FEW = 20  # distinct values up to which numbers are categories to it
STURGES = pooled("sturges", few=FEW)
LEAST = 1e-4  # what it puts in place of an empty bin's share
POOLED = "bins by Sturges' rule over both sides together (of 20 values or fewer: each value)"
ZEROS = (
    "ours raises every share to 1e-4 and leaves out bins that are empty on both sides; theirs puts "
    "1e-4 for zeros alone, or a millionth of the least share where that is below 1e-4, for bins "
    "empty on both sides too (`get_binned_data` in legacy/calculations/stattests/utils.py)"
)


class AsIfExact:
    """Pearson's test against a reference of so many copies that nothing of it is chance."""

    doublings = 20

    def compare(self, reference: Summary, current: Summary) -> Compared:
        for _ in range(self.doublings):
            reference = reference + reference
        return ChiSquare(pooled_below=0).compare(reference, current)


def _filled(shares: Floats) -> Floats:
    least = shares[shares > 0].min()
    return np.where(shares > 0, shares, least / 1e6 if least <= LEAST else LEAST)


def _raised(shares: Floats) -> Floats:
    return np.maximum(shares, LEAST)


def _divergence(q: Floats, p: Floats) -> float:
    return float(stats.entropy(q, p))


CASES = (
    Case(
        "psi",
        f"PSI, {POOLED}",
        PopulationStability(smoothing=0, floor=LEAST),
        cut=cut(STURGES),
        tolerance=apart(psi, _filled, _raised, STURGES),
        reason=ZEROS,
    ),
    Case(
        "kl_div",
        f"Kullback-Leibler divergence of the reference from the current, {POOLED}",
        KullbackLeibler(of="reference", smoothing=0, floor=LEAST),
        cut=cut(STURGES),
        tolerance=apart(_divergence, _filled, _raised, STURGES),
        reason=ZEROS,
    ),
    Case(
        "jensenshannon",
        f"Jensen-Shannon distance, base e, {POOLED}",
        JensenShannon(base="e"),
        cut=cut(STURGES),
    ),
    Case(
        "hellinger",
        "Hellinger distance, bins by Sturges' rule over the distinct values of both sides",
        Hellinger(),
        cut=cut(pooled("sturges", distinct=True)),
    ),
    Case(
        "wasserstein",
        "Wasserstein distance over the reference's deviation, every value an edge",
        Wasserstein(),
        cut=all_values,
    ),
    Case(
        "wasserstein",
        "Wasserstein distance over the reference's deviation, 256 edges against raw values",
        Wasserstein(),
        tolerance=of_the_deviation,
        reason=STRAIGHT_LINES,
    ),
    Case(
        "ks",
        "p-value of Kolmogorov-Smirnov, every value an edge",
        KolmogorovSmirnov(),
        cut=all_values,
        read=p_value,
        tolerance=of_the_expansion,
        reason="ours is an expansion, stated to be good to 3e-8 from 1,000 rows on, and to 5% of "
        "p where p is small (below .001)",
    ),
    Case(
        "ks",
        "p-value of Kolmogorov-Smirnov, 256 edges against raw values",
        KolmogorovSmirnov(),
        read=p_value,
        tolerance=one_bin_of_p,
        reason=f"the p-value moves with the distance: {ONE_BIN}",
    ),
    Case(
        "anderson",
        "p-value of Anderson-Darling within .001 to .25, every value an edge",
        AndersonDarling(),
        cut=all_values,
        read=clipped_p_value,
        tolerance=twentieth_of_p,
        reason=PARABOLA,
    ),
    Case(
        "cramer_von_mises",
        "p-value of Cramer-von Mises, every value an edge, columns without ties",
        CramerVonMises(),
        cut=all_values,
        read=p_value,
        fits=untied,
        tolerance=lambda *_: 2e-7,
        reason="theirs ends its series at terms of 1e-7 (`_cdf_cvm_inf`), ours is good to 1e-8",
    ),
    Case(
        "cramer_von_mises",
        "p-value of Cramer-von Mises, every value an edge, columns with ties",
        CramerVonMises(),
        cut=all_values,
        read=p_value,
        fits=tied,
        comparable=False,
        reason=TIES,
    ),
    Case(
        "chisquare",
        "p-value of chi-square, the reference taken as exact",
        AsIfExact(),
        read=p_value,
        tolerance=lambda *_: 1e-6,
        reason="theirs tests against the reference's shares as if they were known (`chisquare` of "
        "one sample), which rejects too often: X2 is (1 + n/m) times ours; for this line our "
        "reference was counted 2^20 times over, which leaves n / (m 2^20) of that",
    ),
    Case(
        "z",
        "p-value of the change of a share (two categories)",
        ChiSquare(pooled_below=0),
        read=p_value,
    ),
    Case("tvd", "total variation distance of categories", TotalVariation()),
    Case(
        "g_test",
        "p-value of the G test",
        GTest(),
        read=p_value,
        comparable=False,
        reason="theirs gives nothing unless both sides have equally many rows: it hands the raw "
        "counts to scipy's `power_divergence` as expected numbers (`_g_stat_test` in "
        "legacy/calculations/stattests/g_stattest.py)",
    ),
)
