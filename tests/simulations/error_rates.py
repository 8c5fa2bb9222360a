"""On data that have not moved, how often is each p-value below alpha?

`python -m tests.simulations.error_rates` writes build/simulations/error_rates.json and fails if a
bound does not hold. Every feature is a repetition with a reference of its own. If a p-value were
exactly right, the number of repetitions below alpha would be binomial; the bound is its quantile at
1 - 1e-5, so that a right p-value fails it once in 100,000 times. A p-value may err to the safe
side: there is no lower bound.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy import stats

from detectors.comparison import ChiSquare, GTest
from detectors.multivariate import MeanDiscrepancy
from detectors.prior import PriorShiftTest
from detectors.summaries import (
    CategoricalFeature,
    Layout,
    Summary,
    hash_words,
    numeric_feature,
    tabulate,
)
from tests.detectors.comparison.test_contract import VARIANTS
from tests.detectors.prior.samples import drawn
from tests.simulations.table import Row, run

OUT = Path(__file__).parents[2] / "build" / "simulations" / "error_rates.json"
ALPHAS = (0.05, 0.01)
ERRS = 1e-5
REFERENCE = 4000
MISSING = 0.05
WORDS = [f"w{i}" for i in range(40)]
ZIPF = (1 / np.arange(1, 41)) / (1 / np.arange(1, 41)).sum()
NOTHING: Mapping[float, float] = MappingProxyType({})
PROMISED = MappingProxyType({0.05: 0.07, 0.01: 0.02})  # of the chi-square of prior shift
# Without pooling, as scipy has it, cells of few rows make the p-value too small.
UNCALIBRATED = (ChiSquare(pooled_below=0.0), GTest(pooled_below=0.0))
CALIBRATED = tuple(variant for variant in VARIANTS if variant not in UNCALIBRATED)
SEEN = 39  # of the words; the last and rarest is never in the vocabulary


def at_most(alpha: float, repetitions: int) -> int:
    """Give the count that a right p-value exceeds once in 100,000 times."""
    return int(stats.binom.ppf(1 - ERRS, repetitions, alpha))


def sized(
    name: str, p_values: np.ndarray, promised: Mapping[float, float] = NOTHING
) -> Iterator[Row]:
    """Judge the sizes of p-values, of which those that could not be made are left out.

    `promised` says for an alpha what size a test states that has not quite that of alpha.
    """
    made = p_values[~np.isnan(p_values)]
    for alpha in ALPHAS:
        most = at_most(promised.get(alpha, alpha), len(made))
        below = int((made < alpha).sum())
        rate, bound = below / max(len(made), 1), f"<= {most / max(len(made), 1):.4f}"
        yield Row(f"p < {alpha}: {name}", rate, bound, below <= most)


def references(repetitions: int, random: np.random.Generator) -> Summary:
    """Count references: half of the features are numbers, with edges of their own, half words."""
    half = repetitions // 2
    values = random.normal(size=(half, REFERENCE))
    numbers = tuple(numeric_feature(f"x{j}", row) for j, row in enumerate(values))
    seen = np.sort(hash_words(WORDS[:SEEN]))
    words = (CategoricalFeature(f"c{j}", tuple(WORDS[:30]), seen) for j in range(half))
    return _counted(Layout(numbers, tuple(words)), values, random)


def windows(layout: Layout, rows: int, random: np.random.Generator) -> Summary:
    """Count so many rows that have not moved."""
    return _counted(layout, random.normal(size=(len(layout.numeric), rows)), random)


def _counted(layout: Layout, values: np.ndarray, random: np.random.Generator) -> Summary:
    codes = random.choice(len(WORDS), (len(layout.categorical), values.shape[1]), p=ZIPF)
    for side, nothing in ((values, np.nan), (codes, -1)):
        side[random.random(side.shape) < MISSING] = nothing
    group = np.zeros(values.shape[1], dtype=np.int64)
    words = [WORDS] * len(layout.categorical)
    return tabulate(layout, values, codes.astype(np.int32), words, group, 1).summary(0)


def of_comparisons(
    detectors: Sequence[Any], sizes: Iterable[int], rounds: int, repetitions: int
) -> Iterator[Row]:
    """Try the p-values of comparisons, those of numbers and of words apart; some have none."""
    random = np.random.default_rng(31)
    summaries = [references(repetitions, random) for _ in range(rounds)]
    for rows in sizes:
        pairs = [(reference, windows(reference.layout, rows, random)) for reference in summaries]
        for detector in detectors:
            found = np.stack([detector.compare(*pair).p_value for pair in pairs])
            for kind, part in zip(("numbers", "words"), np.split(found, 2, axis=1), strict=True):
                if not np.isnan(part).all():
                    yield from sized(f"{detector!r}, {kind}, n {rows}", part.ravel())


def of_prior_shift(repetitions: int) -> Iterator[Row]:
    """Try the test of prior shift under shifts of the prior alone.

    Its chi-square is a limit: what is promised is a size of up to .07 at alpha .05.
    """
    random, test = np.random.default_rng(32), PriorShiftTest(bins=5)
    for world, now in (("two", (0.5, 0.5)), ("three", (0.2, 0.3, 0.5))):
        usual = (0.7, 0.3) if world == "two" else (0.4, 0.3, 0.3)
        p_values = np.array(
            [
                test.test(
                    drawn(world, usual, 4000, random, labels=True),
                    drawn(world, now, 1000, random, labels=False),
                ).p_value
                for _ in range(repetitions)
            ]
        )
        yield from sized(f"prior shift, {world} classes", p_values, PROMISED)


def of_mean_discrepancy(fits: int, repetitions: int, features: int = 64) -> Iterator[Row]:
    """Try the maximum mean discrepancy, against references that it was not fitted to."""
    random = np.random.default_rng(33)
    for rows in (50, 500):
        p_values = []
        for _ in range(fits):
            test = MeanDiscrepancy.fit(random.normal(size=(5, 4000)), features, random, "mmd", ())
            for _ in range(repetitions):
                reference, current = (
                    test.fourier.apply(random.normal(size=(5, n))).mean(axis=1)
                    for n in (4000, rows)
                )
                p_values.append(test.judge(reference, current, 4000, rows).p_value)
        yield from sized(f"mmd, n {rows}", np.array(p_values))


def rows() -> Iterator[Row]:
    """Simulate everything."""
    yield from of_comparisons(CALIBRATED, (20, 50, 400, 4000), 10, 1000)
    yield from of_prior_shift(5000)
    yield from of_mean_discrepancy(20, 200)


if __name__ == "__main__":
    run([rows], OUT)
