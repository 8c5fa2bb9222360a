"""Do the intervals of the shares hold what they promise, and the test of prior shift its size?

`python -m tests.simulations.prior` simulates 36 settings, 4,000 times each, writes
build/simulations/prior.json and fails if a bound does not hold. Every repetition draws a reference
of its own: 100 fine score cells by class, which are joined to 10 as the estimator does.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from scipy import optimize, special, stats

from detectors.prior.cells import BINS, Cells
from detectors.prior.estimated import Z
from detectors.prior.likelihood import most_likely
from detectors.prior.precision import LEAST_SIGNAL, Precision, without_noise
from detectors.prior.shift import misfit
from tests.simulations.table import Row, run

OUT = Path(__file__).parents[2] / "build" / "simulations" / "prior.json"
REPETITIONS = 4000
FINE = 100
COVERAGE = (0.92, 0.99)
WIDTH = 1.1
SIZE = (0.035, 0.07)
POWER = 0.9


@dataclass(frozen=True)
class Setting:
    """Scores N(0, 1) of class 0 and N(apart, 1) of class 1; m0 and m1 reference rows, n current.

    In the current window class 1 has the share `share`, and its scores may have `moved`.
    """

    apart: float
    m0: int
    m1: int
    n: int
    share: float
    moved: float = 0.0

    @property
    def name(self) -> str:
        auc = special.ndtr(self.apart / np.sqrt(2))
        said = f"AUC {auc:.2f}, {self.m0} + {self.m1} reference rows, n {self.n}, "
        return said + f"share {self.share}" + (f", moved by {self.moved}" if self.moved else "")


SEPARATIONS = (1.0, 1.5, 2.5)
REFERENCES = ((4500, 500), (2500, 2500))
SIZES = (1000, 10_000)
SHARES = (0.05, 0.2, 0.5)
SETTINGS = tuple(
    Setting(apart, *m, n, share)
    for apart, m, n, share in product(SEPARATIONS, REFERENCES, SIZES, SHARES)
)
# The scores of class 1 move half a standard deviation either way.
CONCEPT = tuple(
    Setting(1.5, *m, 10_000, 0.5, moved) for m, moved in product(REFERENCES, (-0.5, 0.5))
)
# The rarer the class, and the nearer its scores come to those of the other, the more its shift
# looks like another share: shown, not judged.
FAINT = tuple(
    Setting(1.5, *m, 10_000, share, moved)
    for m, share, moved in product(REFERENCES, (0.05, 0.2), (-0.5, -1.0, 0.5))
)
# Fewer reference rows than the bounds are promised for: shown, not judged.
SMALL = tuple(
    Setting(apart, *m, 10_000, share)
    for apart, m, share in product((0.5, 1.0, 2.5), ((950, 50), (250, 250)), SHARES)
)


@dataclass(frozen=True, eq=False)
class Simulated:
    """What came of the repetitions of one setting.

    share, low, high, p_value : float64[r]; answered : bool[r], False where refused
    """

    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_value: np.ndarray
    answered: np.ndarray

    def covered(self, truth: float) -> np.ndarray:
        return ((self.low <= truth) & (truth <= self.high))[self.answered]

    def width(self, truth: float) -> float:
        """Half of the mean interval over 1.96 root mean squared errors."""
        error = np.sqrt(np.mean((self.share - truth)[self.answered] ** 2))
        return float(np.mean((self.high - self.low)[self.answered]) / 2 / (Z * error))

    @property
    def rejected(self) -> float:
        return float(np.mean(self.p_value < 0.05))


def cells_of(setting: Setting, repetitions: int, random: np.random.Generator) -> Cells:
    """Draw references and current windows, [repetitions]."""
    share = setting.m1 / (setting.m0 + setting.m1)

    def below(x: float, level: float) -> float:
        mixed = share * special.ndtr(x - setting.apart) + (1 - share) * special.ndtr(x)
        return float(mixed - level)

    cuts = [
        optimize.brentq(below, -10, 10 + setting.apart, args=(level,))
        for level in np.arange(1, FINE) / FINE
    ]
    edges = np.array([-np.inf, *cuts, np.inf])
    f0, f1, now1 = (
        np.diff(special.ndtr(edges - mean))
        for mean in (0.0, setting.apart, setting.apart + setting.moved)
    )
    mix = setting.share * now1 + (1 - setting.share) * f0
    reference = [
        random.multinomial(m, f, repetitions) for m, f in ((setting.m0, f0), (setting.m1, f1))
    ]
    current = random.multinomial(setting.n, mix, repetitions)
    return Cells(np.stack(reference, axis=1), current).joined(BINS)


def estimated(cells: Cells, k: int = 1) -> Simulated:
    """Estimate the share of class k as `HistogramLikelihood` does, for all repetitions at once."""
    f, q = cells.densities, cells.shares
    shares = without_noise(f, q, cells.m, most_likely(f, q))
    precision = Precision.at(f, shares, cells.m)
    reach = Z * np.sqrt(np.diagonal(precision.covariance(cells.n), axis1=-2, axis2=-1))
    low, high = np.clip(shares - reach, 0, 1), np.clip(shares + reach, 0, 1)
    x2, df = misfit(cells, shares)
    p_value = np.where(df > 0, special.chdtrc(np.maximum(df, 1), x2), 1.0)
    answered = precision.signal >= LEAST_SIGNAL
    return Simulated(shares[:, k], low[:, k], high[:, k], p_value, answered)


def simulate(setting: Setting, repetitions: int, seed: int) -> Simulated:
    return estimated(cells_of(setting, repetitions, np.random.default_rng(seed)))


def three_classes(repetitions: int, n: int, shares: Sequence[float], seed: int) -> Cells:
    """Draw references of 3 x 2,000 rows and windows, over (largest class, 10 confidence bins).

    Class k is N(k-th corner of an equal triangle, 1) in the plane; the cells' shares are counted on
    2 million rows a class.
    """
    random = np.random.default_rng(seed)
    corners = 1.8 * np.array([[1, 0], [-0.5, np.sqrt(0.75)], [-0.5, -np.sqrt(0.75)]])
    points = random.normal(size=(3, 2_000_000, 2)) + corners[:, None]
    p = special.softmax(points @ corners.T, axis=-1)
    best, confidence = p.argmax(axis=-1), p.max(axis=-1)
    cuts = np.quantile(confidence, np.arange(1, 10) / 10)
    place = best * 10 + np.searchsorted(cuts, confidence)
    f = np.stack([np.bincount(row, minlength=30) / row.size for row in place])
    reference = np.stack([random.multinomial(2000, fy, repetitions) for fy in f], axis=1)
    return Cells(reference, random.multinomial(n, np.asarray(shares) @ f, repetitions))


def binomial_slack(rate: float, repetitions: int) -> float:
    """Give how far a simulated rate strays from a true one once in 100,000 times, to one side."""
    return float(rate - stats.binom.ppf(1e-5, repetitions, rate) / repetitions)


def rows(*, short: bool = False) -> list[Row]:
    """Simulate everything; short: every seventh setting, a tenth of the repetitions.

    The bounds of short runs are as much wider as a rate of 400 strays once in 100,000 times.
    """
    repetitions = REPETITIONS // 10 if short else REPETITIONS
    settings = SETTINGS[::7] if short else SETTINGS
    table = [
        row
        for seed, setting in enumerate(settings)
        for row in _rows_of(setting, simulate(setting, repetitions, seed), short=short)
    ]
    for seed, setting in enumerate(CONCEPT[:1] if short else CONCEPT, start=100):
        power = simulate(setting, repetitions, seed).rejected
        table.append(Row(f"X2, power: {setting.name}", power, f">= {POWER}", power >= POWER))
    return table + ([] if short else [*_classes(repetitions), *_shown(repetitions)])


def _rows_of(setting: Setting, found: Simulated, *, short: bool) -> Iterator[Row]:
    repetitions = len(found.share)
    coverage = float(found.covered(setting.share).mean())
    slack = binomial_slack(0.95, repetitions) if short else 0.0
    yield _between(f"coverage: {setting.name}", coverage, COVERAGE, slack)
    width, most = found.width(setting.share), WIDTH * (1.15 if short else 1)
    yield Row(f"half-width / 1.96 RMSE: {setting.name}", width, f"<= {most:.3g}", width <= most)
    slack = 1 - binomial_slack(0.95, repetitions) - 0.95 if short else 0.0
    yield _between(f"X2, size at .05: {setting.name}", found.rejected, SIZE, abs(slack))


def _classes(repetitions: int) -> Iterator[Row]:
    for seed, (n, shares) in enumerate(
        product((1000, 10_000), ((0.3, 0.3, 0.4), (0.7, 0.2, 0.1))), start=200
    ):
        cells = three_classes(repetitions, n, shares, seed)
        for k, truth in enumerate(shares):
            found = estimated(cells, k)
            name = f"3 classes, 6000 reference rows, n {n}, share {truth} of {shares}"
            yield _between(f"coverage: {name}", float(found.covered(truth).mean()), COVERAGE, 0)
            width = found.width(truth)
            yield Row(f"half-width / 1.96 RMSE: {name}", width, f"<= {WIDTH}", width <= WIDTH)
        yield _between(f"X2, size at .05: 3 classes, n {n}, {shares}", found.rejected, SIZE, 0)


def _shown(repetitions: int) -> Iterator[Row]:
    for seed, setting in enumerate(FAINT, start=400):
        power = simulate(setting, repetitions, seed).rejected
        yield Row(f"X2, power: {setting.name}", power, "shown, not judged", holds=True)
    for seed, setting in enumerate(SMALL, start=300):
        found = simulate(setting, repetitions, seed)
        refused = 1 - float(found.answered.mean())
        name = f"small reference, {refused:.0%} refused: {setting.name}"
        if found.answered.any():
            coverage = float(found.covered(setting.share).mean())
            yield Row(f"coverage: {name}", coverage, "shown, not judged", holds=True)


def _between(name: str, value: float, bounds: tuple[float, float], slack: float) -> Row:
    low, high = bounds[0] - slack, bounds[1] + slack
    return Row(name, value, f"{low:.3f} to {high:.3f}", bool(low <= value <= high))


if __name__ == "__main__":
    run([lambda: iter(rows(short="short" in sys.argv[1:]))], OUT)
