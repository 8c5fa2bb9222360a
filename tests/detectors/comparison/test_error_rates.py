"""On data that have not moved, p-values are below alpha as rarely as they promise.

Every feature is a repetition with a reference of its own. If a p-value were exactly right, the
number below alpha would be binomial; the bound is its quantile at 1 - 1e-5, so that a right
p-value fails a test here once in 100,000.
"""

import numpy as np
import pytest
from scipy import stats

from detectors.comparison import (
    AndersonDarling,
    ChiSquare,
    CohensD,
    CohensH,
    CramersV,
    CramerVonMises,
    DeviationRatio,
    GTest,
    Hellinger,
    JensenShannon,
    KolmogorovSmirnov,
    KullbackLeibler,
    LInfinity,
    MeanDifference,
    Missing,
    ModalShare,
    OutOfRange,
    PopulationStability,
    TotalVariation,
    Unseen,
    WassersteinUnits,
)
from detectors.summaries import CategoricalFeature, Layout, hash_words, numeric_feature, tabulate

REPETITIONS = 600
REFERENCE = 4000
WORDS = [f"w{i}" for i in range(40)]
ZIPF = (1 / np.arange(1, 41)) / (1 / np.arange(1, 41)).sum()
each_size = pytest.mark.parametrize("rows", [20, 50, 400, 4000])


def at_most(alpha: float) -> float:
    return stats.binom.ppf(1 - 1e-5, REPETITIONS, alpha)


def rejected(p_values: np.ndarray, alpha: float) -> int:
    assert not np.isnan(p_values).any()
    return int((p_values < alpha).sum())


def counted(layout, numbers=None, codes=None):
    n = (numbers if codes is None else codes).shape[1]
    numbers = np.zeros((0, n)) if numbers is None else numbers
    codes = np.zeros((0, n), dtype=np.int32) if codes is None else codes.astype(np.int32)
    group = np.zeros(n, dtype=np.int64)
    return tabulate(layout, numbers, codes, [WORDS] * len(codes), group, 1).summary(0)


@pytest.fixture(scope="module")
def numeric():
    random = np.random.default_rng(31)
    values = random.normal(size=(REPETITIONS, REFERENCE))
    layout = Layout(tuple(numeric_feature(f"x{j}", row) for j, row in enumerate(values)))
    return counted(layout, values), random


@pytest.fixture(scope="module")
def categorical():
    random = np.random.default_rng(32)
    seen = np.sort(hash_words(WORDS[:39]))
    features = (CategoricalFeature(f"c{j}", tuple(WORDS[:30]), seen) for j in range(REPETITIONS))
    layout = Layout((), tuple(features))
    codes = random.choice(40, (REPETITIONS, REFERENCE), p=ZIPF)
    return counted(layout, codes=codes), random


@each_size
@pytest.mark.parametrize(
    "detector",
    [
        PopulationStability(),
        JensenShannon(),
        KolmogorovSmirnov(),
        OutOfRange(),
        Hellinger(bins="doane"),
        KullbackLeibler(),
        LInfinity(),
        CramerVonMises(),
        AndersonDarling(),
        MeanDifference(),
        CohensD(),
        DeviationRatio(),
        ModalShare(),
    ],
    ids=repr,
)
def test_of_numbers(numeric, detector, rows):
    reference, random = numeric
    current = counted(reference.layout, random.normal(size=(REPETITIONS, rows)))
    p = detector.compare(reference, current).p_value
    for alpha in (0.05, 0.01, 0.001):
        assert rejected(p, alpha) <= at_most(alpha)


@each_size
@pytest.mark.parametrize(
    "detector",
    [
        PopulationStability(),
        JensenShannon(),
        ChiSquare(),
        Unseen(),
        Hellinger(),
        KullbackLeibler(),
        LInfinity(),
        GTest(),
        CramersV(),
        CohensH(),
        ModalShare(),
    ],
    ids=repr,
)
def test_of_categories(categorical, detector, rows):
    reference, random = categorical
    codes = random.choice(40, (REPETITIONS, rows), p=ZIPF)
    p = detector.compare(reference, counted(reference.layout, codes=codes)).p_value
    for alpha in (0.05, 0.01, 0.001):
        assert rejected(p, alpha) <= at_most(alpha)


@each_size
@pytest.mark.parametrize("share", [0.001, 0.05, 0.5])
def test_of_missing_values(rows, share):
    random = np.random.default_rng(33)
    layout = Layout(tuple(numeric_feature(f"x{j}", [0.0, 1]) for j in range(REPETITIONS)))
    reference, current = (
        counted(layout, np.where(random.random((REPETITIONS, n)) < share, np.nan, 0.5))
        for n in (REFERENCE, rows)
    )
    p = Missing().compare(reference, current).p_value
    for alpha in (0.05, 0.01, 0.001):
        assert rejected(p, alpha) <= at_most(alpha)


@pytest.mark.parametrize(
    "detector",
    [
        PopulationStability(),
        JensenShannon(),
        KolmogorovSmirnov(),
        CramerVonMises(),
        AndersonDarling(),
        MeanDifference(),
        CohensD(),
        DeviationRatio(),
    ],
    ids=repr,
)
def test_the_p_values_of_numbers_are_not_idle_either(numeric, detector):
    # Binned, KS is a little smaller than on raw data: half of alpha is asked for.
    reference, random = numeric
    current = counted(reference.layout, random.normal(size=(REPETITIONS, 1000)))
    p = detector.compare(reference, current).p_value
    assert rejected(p, 0.05) >= stats.binom.ppf(1e-5, REPETITIONS, 0.025)


@each_size
def test_intervals_of_undrifted_data_reach_down_to_nothing(numeric, categorical, rows):
    # 95% intervals: at most 5% of them may leave out a distance of 0.
    reference, random = numeric
    current = counted(reference.layout, random.normal(size=(REPETITIONS, rows)))
    for detector in (KolmogorovSmirnov(), WassersteinUnits()):
        low = detector.compare(reference, current).low
        assert int((low > 0).sum()) <= at_most(0.05)
    reference, random = categorical
    codes = random.choice(40, (REPETITIONS, rows), p=ZIPF)
    current = counted(reference.layout, codes=codes)
    for detector in (TotalVariation(), LInfinity(), CohensH()):
        low = detector.compare(reference, current).low
        assert int((low > 0).sum()) <= at_most(0.05)


def test_intervals_of_a_moved_mean_cover_the_true_distance(numeric):
    # W1 of N(0,1) and N(.5,1) is .5, their KS distance 2 Phi(.25) - 1.
    reference, random = numeric
    current = counted(reference.layout, random.normal(0.5, 1, size=(REPETITIONS, 300)))
    truth = {"wasserstein_units": 0.5, "kolmogorov_smirnov": 2 * stats.norm.cdf(0.25) - 1}
    for detector in (KolmogorovSmirnov(), WassersteinUnits()):
        said = detector.compare(reference, current)
        outside = (said.low > truth[detector.kind]) | (said.high < truth[detector.kind])
        assert int(outside.sum()) <= at_most(0.05)


@each_size
@pytest.mark.parametrize(
    "detector",
    [MeanDifference(), CohensD(), CohensD(scale="reference"), DeviationRatio()],
    ids=repr,
)
def test_intervals_of_undrifted_moments_leave_out_no_change_as_rarely_as_they_say(
    numeric, detector, rows
):
    reference, random = numeric
    said = detector.compare(
        reference, counted(reference.layout, random.normal(size=(REPETITIONS, rows)))
    )
    unmoved = 1.0 if detector.kind == "deviation_ratio" else 0.0
    outside = (said.low > unmoved) | (said.high < unmoved)
    assert int(outside.sum()) <= at_most(0.05)


@pytest.mark.parametrize(
    ("detector", "truth"),
    [
        (MeanDifference(), 0.5),
        (CohensD(scale="reference"), 0.5),
        (DeviationRatio(), 1.5),
    ],
    ids=repr,
)
def test_intervals_of_moved_moments_cover_the_true_change(numeric, detector, truth):
    reference, random = numeric
    current = counted(reference.layout, random.normal(0.5, 1.5, size=(REPETITIONS, 100)))
    said = detector.compare(reference, current)
    outside = (said.low > truth) | (said.high < truth)
    assert int(outside.sum()) <= at_most(0.05)


def test_the_spread_of_values_that_are_not_normal_is_judged_by_their_kurtosis():
    # Exponential values have a kurtosis of 9: the plain F test rejects about a third of them.
    random = np.random.default_rng(34)
    values = random.exponential(size=(REPETITIONS, REFERENCE))
    layout = Layout(tuple(numeric_feature(f"x{j}", row) for j, row in enumerate(values)))
    now = random.exponential(size=(REPETITIONS, 400))
    said = DeviationRatio().compare(counted(layout, values), counted(layout, now))
    assert rejected(said.p_value, 0.05) <= at_most(0.05)
    plain = stats.f.sf(said.statistic**2, 399, REFERENCE - 1)
    assert rejected(2 * np.minimum(plain, 1 - plain), 0.05) > 2 * at_most(0.05)
