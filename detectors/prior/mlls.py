"""Which shares of the classes agree with the calibrated probabilities of the current rows?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors.prior.bbse import cell_means
from detectors.prior.calibration import Calibration, calibrate
from detectors.prior.estimated import Estimated, Refusal, Refused, Sides
from detectors.prior.likelihood import Stop, mixture_shares
from detectors.prior.shift import PriorShiftTest
from detectors.summaries.labelled import Labelled, same_layout

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

STEP = 1e-5
LEAST_INFORMATION = 1e-8


@dataclass(frozen=True, slots=True)
class CalibratedLikelihood:
    r"""Maximum likelihood label shift on probabilities calibrated by temperature and bias.

    Measures the shares under prior shift. On the reference's labels T and b of
    q(x) = softmax(log p(x) / T + b) are fitted, the reference prior p_ref is the mean of q over
    its labelled rows, and expectation maximisation finds the shares that agree with themselves:

    .. math:: p_y = \frac{1}{n} \sum_x \frac{q_y(x) p_y / p_{ref, y}}
        {\sum_k q_k(x) p_k / p_{ref, k}}

    Rows stand as the mean probabilities of their cell, those of the reference and those of the
    current window each by their own. `stop` is when it ends: "converged" where no share moves by
    1e-10 any more, "quapy" by the rule of quapy's EMQ.

    Misleads where temperature and bias cannot mend the calibration: only then is it worse than
    `histogram_likelihood`, for it trusts the shape of the probabilities, where the other counts.
    Under concept or covariate shift it is wrong as every such estimate is; see `explained`.

    Shapes: shares, low, high float64[K]. With J the information of one row on the shares, U the
    mean score and H the curvature of the calibration's log loss, the interval is 1.96 standard
    deviations of

    .. math:: J^{-1} [ J / n + U_{T,b} H^{-1} U_{T,b}' + U_{ref} Cov(q) U_{ref}' / m ] J^{-1}

    which holds as long as the calibration has the right form.

    Refused: without labelled reference rows of each class that have scores, or current rows with
    scores; where scores are no probabilities; where they run against the labels; where they say
    nothing of them.

    References: Saerens, Latinne, Decaestecker, Adjusting the Outputs of a Classifier to New a
    Priori Probabilities (2002); Alexandari, Kundaje, Shrikumar (2020).

    >>> from detectors.summaries.labelled import labelled_layout, tabulate
    >>> score = np.repeat([0.2, 0.8], 1000)
    >>> both = np.stack([1 - score, score], axis=1)
    >>> layout = labelled_layout(("no", "yes"), both)
    >>> labels = np.repeat([0, 1, 0, 1], [800, 200, 200, 800])
    >>> reference = tabulate(layout, both, labels, labels)
    >>> unknown = np.full(1000, -1)
    >>> current = tabulate(layout, both[650:1650], unknown, unknown)  # .35 of them score .2
    >>> CalibratedLikelihood().estimate(reference, current).prior.round(6)
    array([0.25, 0.75])
    """

    kind: Literal["mlls"] = "mlls"
    stop: Stop = "converged"
    shift: PriorShiftTest = field(default_factory=PriorShiftTest)

    def estimate(self, reference: Labelled, current: Labelled) -> Estimated:
        """Estimate the shares of the classes in the current window."""
        same_layout(reference, current)
        counts = reference.cells[:-1, :-1]
        now = current.cells[:-1].sum(axis=1)
        fit = self.shift.test(reference, current)
        sides = Sides(reference.layout.classes, int(now.sum()), counts.sum(axis=0), fit)
        then_p, now_p = cell_means(reference), cell_means(current)
        refusal = sides.lacking or _not_probabilities(then_p, now_p)
        if refusal:
            return sides.refuse(refusal)
        held, filled = counts.any(axis=1), now > 0
        problem = _Problem(then_p[held], counts[held], now_p[filled], now[filled] / now.sum())
        calibration = calibrate(problem.then, problem.counts)
        if calibration.steepness <= 0:
            return sides.refuse(_against(calibration))
        prior = problem.solve(calibration, self.stop)
        information = problem.information(calibration, prior)
        if np.linalg.eigvalsh(information)[0] < LEAST_INFORMATION:
            return sides.refuse(_silent())
        return sides.says(prior, problem.deviation(calibration, prior, information, sides.n))


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """Probabilities and labels of the reference's cells, probabilities and shares of the current.

    then : float64[c, K]; counts : int64[c, K]; now : float64[d, K]; q : float64[d]
    """

    then: Floats
    counts: Counts
    now: Floats
    q: Floats

    @property
    def rows(self) -> Counts:
        rows: Counts = self.counts.sum(axis=1)
        return rows

    def reference_prior(self, calibration: Calibration) -> Floats:
        prior: Floats = self.rows @ calibration.apply(self.then) / self.rows.sum()
        return prior

    def solve(self, calibration: Calibration, stop: Stop) -> Floats:
        prior = self.reference_prior(calibration)
        return mixture_shares((calibration.apply(self.now) / prior).T, self.q, prior, stop)

    def scores(self, calibration: Calibration, reference_prior: Floats, prior: Floats) -> Floats:
        """Give (r_k - r_K) / mix of each cell with r = q / p_ref, float64[d, K - 1]."""
        ratio = calibration.apply(self.now) / reference_prior
        scores: Floats = (ratio[:, :-1] - ratio[:, -1:]) / (ratio @ prior)[:, None]
        return scores

    def information(self, calibration: Calibration, prior: Floats) -> Floats:
        scores = self.scores(calibration, self.reference_prior(calibration), prior)
        information: Floats = (scores * self.q[:, None]).T @ scores
        return information

    def deviation(
        self, calibration: Calibration, prior: Floats, information: Floats, n: int
    ) -> Floats:
        """Give the standard deviation of each share."""
        by_fit, by_prior = self._slopes(calibration, prior)
        then = calibration.apply(self.then)
        mean = self.reference_prior(calibration)
        spread = (then * self.rows[:, None]).T @ then / self.rows.sum() - np.outer(mean, mean)
        open_ = by_fit @ calibration.covariance @ by_fit.T
        open_ = open_ + by_prior @ spread @ by_prior.T / self.rows.sum()
        inverse = np.linalg.inv(information)
        inner = inverse @ (information / n + open_) @ inverse
        k = len(prior)
        to_all = np.concatenate([np.eye(k - 1), -np.ones((1, k - 1))])
        deviation: Floats = np.sqrt(np.maximum(np.diagonal(to_all @ inner @ to_all.T), 0.0))
        return deviation

    def _slopes(self, calibration: Calibration, prior: Floats) -> tuple[Floats, Floats]:
        """Differentiate the mean score by (steepness, bias), and by the reference prior."""

        def by_fit(moved: Floats) -> Floats:
            other = Calibration(
                calibration.steepness + moved[0], calibration.bias + moved[1:], moved
            )
            return self.q @ self.scores(other, self.reference_prior(other), prior)

        def by_prior(moved: Floats) -> Floats:
            mean = self.reference_prior(calibration) + moved
            return self.q @ self.scores(calibration, mean, prior)

        k = len(prior)
        least = float(self.reference_prior(calibration).min())
        return (
            _differences(by_fit, np.full(k + 1, STEP)),
            _differences(by_prior, np.full(k, STEP * least)),
        )


def _differences(function: Callable[[Floats], Floats], steps: Floats) -> Floats:
    """Differentiate a function of a vector at 0 by central differences, float64[out, in]."""
    moves = np.diag(steps)
    slopes = [(function(m) - function(-m)) / (2 * h) for m, h in zip(moves, steps, strict=True)]
    return np.stack(slopes, axis=1)


def _not_probabilities(*means: Floats) -> Refusal | None:
    low = min(float(part.min(initial=0.0)) for part in means)
    high = max(float(part.max(initial=0.0)) for part in means)
    if low >= -1e-9 and high <= 1 + 1e-9:
        return None
    reason = f"scores from {low:.3g} to {high:.3g} are not probabilities, which mlls needs"
    return Refusal(Refused.NOT_PROBABILITIES, reason)


def _against(calibration: Calibration) -> Refusal:
    reason = (
        f"the scores run against the labels of the reference: 1/T is {calibration.steepness:.3g}"
    )
    return Refusal(Refused.ILL_CONDITIONED, reason)


def _silent() -> Refusal:
    reason = "the calibrated probabilities are the same for all rows: they say nothing of the class"
    return Refusal(Refused.ILL_CONDITIONED, reason)
