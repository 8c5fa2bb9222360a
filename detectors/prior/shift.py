"""Is it prior shift at all: can any shares of the classes explain the current scores?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors import special
from detectors.prior.cells import BINS, Cells
from detectors.prior.likelihood import mixed, most_likely
from detectors.prior.precision import without_noise
from detectors.summaries.labelled import Labelled

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

FEW = 5.0


@dataclass(frozen=True, slots=True)
class Fit:
    """How well the best mixture of the reference's classes fits the current scores.

    x2, df, p_value : chi-square statistic, degrees of freedom and p-value; NaN, 0 and NaN where
        there are not more cells than classes to look at
    effect : Cohen's w of the misfit, sqrt((x2 - df)+ / N), without the part that chance has in it
    variation : total variation between the current scores and the mixture, chance included; scores
        where the reference has none count in full
    explained : False if prior shift does not explain the current scores, None if none can tell
    """

    x2: float
    df: int
    p_value: float
    effect: float
    variation: float
    explained: bool | None


UNKNOWN = Fit(np.nan, 0, np.nan, np.nan, np.nan, None)


@dataclass(frozen=True, slots=True)
class PriorShiftTest:
    r"""Goodness of fit of the mixture of the reference's classes with the most likely shares.

    Measures how far the shares q of the current rows lie from the mixture, cell by cell, against
    what chance allows on both sides:

    .. math:: X^2 = \sum_b \frac{(q_b - mix_b)^2}{mix_b / n + \sum_y p_y^2 f_y(b) / m_y}

    which is about chi-square with NB - K degrees of freedom if nothing but the shares p of the K
    classes moved. Cells that are to hold less than 5 rows, of either side's chance, are pooled.

    Misleads on many rows: no reference is exact, and X2 grows with n until it rejects whatever
    harmless misfit there is. So `explained` is False only if p < `alpha` and the misfit is also
    large: Cohen's w over `effect`, or a total variation over `variation`. With many classes of few
    labelled rows (10 classes of 300) X2 is too large up to twice as often as it should be. Blind to
    what looks like another mixture of the classes: to labels that change without the scores, and
    to scores of a rare class that slide towards those of another. Scores of class 1 that fall half
    a standard deviation are rejected in .99 of windows of 10,000 rows where half of them are of
    class 1, in .44 to .65 where a fifth is, and in under .1 where a twentieth is (see
    tests/simulations).

    References: Neyman and Pearson's chi-square with estimated shares (Fisher, 1924); Cohen,
    Statistical Power Analysis (1988), 7.2, where w = .1 is small.

    >>> from detectors.summaries.labelled import labelled_layout, tabulate
    >>> score = (np.arange(2000) + 0.5) / 2000
    >>> both = np.stack([1 - score, score], axis=1)
    >>> layout = labelled_layout(("no", "yes"), both)
    >>> labels = (np.arange(2000) * 7 % 10 < 10 * score).astype(int)
    >>> reference = tabulate(layout, both, labels, labels)
    >>> PriorShiftTest().test(reference, reference).explained
    True
    >>> middle = np.abs(score - 0.5) < 0.2
    >>> moved = tabulate(layout, both[middle], labels[middle], labels[middle])
    >>> PriorShiftTest().test(reference, moved).explained
    False
    """

    bins: int = BINS
    alpha: float = 0.01
    effect: float = 0.1
    variation: float = 0.05

    def __post_init__(self) -> None:
        if self.bins < 2 or not 0 < self.alpha < 1:
            message = "the test of prior shift takes 2 or more bins and an alpha in (0, 1), not "
            raise ValueError(message + f"{self.bins} and {self.alpha}")
        if self.effect < 0 or self.variation < 0:
            message = "the test of prior shift takes an effect and a variation of 0 or more, not "
            raise ValueError(message + f"{self.effect} and {self.variation}")

    def test(self, reference: Labelled, current: Labelled) -> Fit:
        """Test two summaries of one layout; all is NaN where either side lacks rows."""
        cells = Cells.of(reference, current, self.bins)
        if not cells.n or not cells.m.all():
            return UNKNOWN
        q = cells.shares
        likely = most_likely(cells.densities, q)
        return self.judge(cells, without_noise(cells.densities, q, cells.m, likely))

    def judge(self, cells: Cells, shares: Floats) -> Fit:
        """Judge the mixture with given shares."""
        mix = mixed(cells.densities, shares)
        outside = float(cells.shares[~cells.known].sum())
        apart = float(np.abs(cells.shares - mix)[cells.known].sum())
        variation = (apart + outside) / 2
        found, degrees = misfit(cells, shares)
        x2, df = float(found), int(degrees)
        if df < 1:
            return Fit(np.nan, 0, np.nan, np.nan, variation, None)
        p_value = float(special.chdtrc(df, x2))
        effect = float(np.sqrt(max(x2 - df, 0.0) * (1 / cells.n + (shares**2 / cells.m).sum())))
        large = effect > self.effect or variation > self.variation
        explained = not (p_value < self.alpha and large) and outside <= self.variation
        return Fit(x2, df, p_value, effect, variation, explained)


def misfit(cells: Cells, shares: Floats) -> tuple[Floats, Counts]:
    """Give X2 and its degrees of freedom for each reference and window, float64[...], int64[...].

    Only cells that hold reference rows count.
    """
    f, k = cells.densities, cells.m.shape[-1]
    mix = mixed(f, shares)
    n, m = np.maximum(cells.n, 1), np.maximum(cells.m, 1)
    variance = mix / n[..., None] + mixed(f, shares**2 / m)
    apart = np.where(cells.known, cells.shares - mix, 0.0)
    held = np.divide(mix**2, variance, out=np.zeros_like(mix), where=variance > 0)
    pooled = _pooled(held, cells.known)
    alone = np.divide(apart**2, variance, out=np.zeros_like(mix), where=cells.known & ~pooled)
    together = np.where(pooled, apart, 0.0).sum(axis=-1) ** 2
    chance = np.where(pooled, variance, 0.0).sum(axis=-1)
    rest = np.divide(together, chance, out=np.zeros_like(together), where=chance > 0)
    number = (cells.known & ~pooled).sum(axis=-1) + (chance > 0)
    return alone.sum(axis=-1) + rest, np.maximum(number - k, 0)


def _pooled(held: Floats, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which cells are too small, with the next smallest until they are large enough together.

    `held` is the number of rows that gives a cell the certainty that it has.
    """
    sizes = np.where(known, held, np.inf)
    order = np.argsort(sizes, axis=-1)
    rising = np.take_along_axis(sizes, order, axis=-1)
    before = np.cumsum(rising, axis=-1) - np.where(np.isfinite(rising), rising, 0.0)
    small = (rising < FEW) | (rising[..., :1] < FEW) & (before < FEW)
    pooled = np.zeros(held.shape, dtype=bool)
    np.put_along_axis(pooled, order, small & np.isfinite(rising), axis=-1)
    return pooled
