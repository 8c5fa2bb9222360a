"""Which shares of the classes make the current histogram of scores most likely?"""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from detectors.prior.cells import BINS, Cells
from detectors.prior.estimated import Estimated, Refusal, Refused, Sides
from detectors.prior.likelihood import most_likely
from detectors.prior.precision import LEAST_SIGNAL, Precision, without_noise
from detectors.prior.shift import UNKNOWN, PriorShiftTest
from detectors.summaries.labelled import Labelled


@dataclass(frozen=True, slots=True)
class HistogramLikelihood:
    r"""Maximum likelihood of the classes' shares on a histogram of the scores.

    Measures the shares p under prior shift, that is if P(score given class) is still that of the
    reference: those which make the counts of the current window most likely as a mixture of the
    reference's histograms f_y. Of two classes it solves

    .. math:: \sum_b q_b \frac{f_1(b) - f_0(b)}{p f_1(b) + (1 - p) f_0(b)} = 0,
        \quad f_y(b) = \frac{N_y(b) + .5 / NB}{m_y + .5}

    over `bins` bins of nearly equal depth; of more, expectation maximisation over the cells of
    (largest class, confidence bin) does. Scores need not be calibrated, nor be probabilities.
    The noise of f_y on few reference rows draws p towards the middle; with `less_noise` that is
    taken out to second order (see `precision.without_noise`), without it p is the plain solution.

    Misleads wherever something else than the shares moved: under concept or covariate shift p is
    still a number, and a wrong one. `explained` and `p_value` tell of most of that. Shares under
    about 5 / n have intervals that are too short; so has a share that moved far from a reference of
    some 50 rows of a class, whose scores hardly tell it apart (AUC .64: 79% refused, the others
    cover .56 to .99 instead of .95; from an AUC of .76 on .91 to .98).

    Shapes: shares, low, high float64[K], each in [0, 1]. The 95% interval is 1.96 standard
    deviations to both sides; of two classes with d = (f1 - f0) / mix and J = sum mix d^2

    .. math:: Var = [J / n + p^2 Var_{f_1}(d) / m_1 + (1 - p)^2 Var_{f_0}(d) / m_0] / J^2

    Refused: without labelled reference rows of each class; without current rows with a score; and
    where less than two thirds of the information J is signal, the rest being noise of f_y.

    References: Saerens, Latinne, Decaestecker (2002); Gart and Buck, Comparison of a Screening Test
    and a Reference Test in Epidemiologic Studies (1966), for two bins; Du Plessis and Sugiyama
    (2014).

    >>> from detectors.summaries.labelled import labelled_layout, tabulate
    >>> score = np.repeat([0.2, 0.8], 1000)
    >>> both = np.stack([1 - score, score], axis=1)
    >>> layout = labelled_layout(("no", "yes"), both)
    >>> labels = np.repeat([0, 1, 0, 1], [800, 200, 200, 800])
    >>> reference = tabulate(layout, both, labels, labels)
    >>> unknown = np.full(1000, -1)
    >>> current = tabulate(layout, both[650:1650], unknown, unknown)  # .35 of them score .2
    >>> HistogramLikelihood().estimate(reference, current).prior.round(2)
    array([0.25, 0.75])
    """

    kind: Literal["histogram_likelihood"] = "histogram_likelihood"
    bins: int = BINS
    less_noise: bool = True
    shift: PriorShiftTest = field(default_factory=PriorShiftTest)

    def __post_init__(self) -> None:
        if self.bins < 2:
            message = f"histogram_likelihood takes 2 or more bins, not {self.bins}"
            raise ValueError(message)

    def estimate(self, reference: Labelled, current: Labelled) -> Estimated:
        """Estimate the shares of the classes in the current window."""
        cells = Cells.of(reference, current, self.bins)
        sides = Sides(reference.layout.classes, int(cells.n), cells.m, UNKNOWN)
        if sides.lacking:
            return sides.refuse(sides.lacking)
        f, q = cells.densities, cells.shares
        prior = most_likely(f, q)
        if self.less_noise:
            prior = without_noise(f, q, cells.m, prior)
        # The test's own shares are these, most often: they need not be sought twice.
        alike = self.less_noise and self.shift.bins == self.bins
        fit = self.shift.judge(cells, prior) if alike else self.shift.test(reference, current)
        sides = replace(sides, fit=fit)
        precision = Precision.at(f, prior, cells.m)
        if precision.signal < LEAST_SIGNAL:
            return sides.refuse(_too_alike(float(precision.signal)))
        return sides.says(prior, np.sqrt(np.diagonal(precision.covariance(cells.n))))


def _too_alike(signal: float) -> Refusal:
    reason = f"only {signal:.0%} of what seems to tell the classes apart by score is signal, "
    reason += f"where {LEAST_SIGNAL:.0%} is needed: more labelled reference rows would help"
    return Refusal(Refused.ILL_CONDITIONED, reason)
