"""Which shares of the classes give the predictions that the model makes now?"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors.prior.estimated import Estimated, Refusal, Refused, Sides
from detectors.prior.shift import PriorShiftTest
from detectors.summaries.labelled import Labelled, same_layout

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

ERRORS = 3.0  # the smallest singular value must be so many standard errors


@dataclass(frozen=True, slots=True, eq=False)
class _Confusion:
    """How K values of a prediction are distributed: given each class, and in the current window.

    given : float64[K, K], the mean of value i for reference rows of class y
    now : float64[K], the mean of value i in the current window
    values : float64[b, K], what the values can be; shares : float64[K, b], how often given a class
    n : current rows; m : int64[K], reference rows of each class
    """

    given: Floats
    now: Floats
    values: Floats
    shares: Floats
    n: int
    m: Counts

    def spread(self, weights: Floats) -> Floats:
        """Give the weighted sum of the covariances given each class, float64[K, K]."""
        means = self.shares @ self.values
        squares = (self.values.T * (weights @ self.shares)) @ self.values
        spread: Floats = squares - (means.T * weights) @ means
        return spread

    def spread_along(self, direction: Floats) -> Floats:
        """Give the variance along a direction given each class, float64[K]."""
        along = self.values @ direction
        variance: Floats = self.shares @ along**2 - (self.shares @ along) ** 2
        return variance


@dataclass(frozen=True, slots=True)
class BlackBoxShift:
    r"""Black box shift estimation: the confusion matrix of the reference, inverted.

    Measures the shares under prior shift from predictions alone. With C[i, j] the share of
    reference rows with prediction i and label j, and mu[i] that of current rows with prediction i,

    .. math:: w = C^{-1} \mu, \quad p_j \propto \max(w_j, 0) \, p_{ref, j}

    With `soft`, mean probabilities stand for the shares of predictions, which uses more of what the
    model knows. Two classes, hard, are what epidemiologists do with a test's sensitivity and
    specificity, and the quantification literature calls adjusted classify and count.

    Misleads under concept or covariate shift as every such estimate does; see `explained`. Wastes
    what the scores tell within one prediction: its interval is wider than that of
    `histogram_likelihood`.

    Shapes: shares, low, high float64[K]. The interval is 1.96 standard deviations, by the delta
    method, of what w says before negative parts are cut off:

    .. math:: P^{-1} [ Cov(\mu) / n + \sum_y p_y^2 Cov_y / m_y ] P^{-T}, \quad P = P(prediction | y)

    Cov(mu) being that of the mixture; covariances of probabilities are those between cells.

    Refused: without labelled reference rows of each class or without current rows, that have a
    prediction (soft: a score); where the smallest singular value of P is under 3 standard errors.

    References: Lipton, Wang, Smola, Detecting and Correcting for Label Shift with Black Box
    Predictors (2018); Rogan and Gladen, Estimating Prevalence from the Results of a Screening Test
    (1978).

    >>> from detectors.summaries.labelled import labelled_layout, tabulate
    >>> none = np.zeros((2000, 2))
    >>> layout = labelled_layout(("no", "yes"), none)
    >>> predicted, labels = np.repeat([0, 1], 1000), np.repeat([0, 1, 0, 1], [800, 200, 200, 800])
    >>> reference = tabulate(layout, none, predicted, labels)
    >>> current = tabulate(layout, none[:1000], predicted[650:1650], np.full(1000, -1))
    >>> BlackBoxShift().estimate(reference, current).prior.round(6)  # (.65 - .2) / (.8 - .2)
    array([0.25, 0.75])
    """

    kind: Literal["bbse"] = "bbse"
    soft: bool = False
    shift: PriorShiftTest = field(default_factory=PriorShiftTest)

    def estimate(self, reference: Labelled, current: Labelled) -> Estimated:
        """Estimate the shares of the classes in the current window."""
        same_layout(reference, current)
        confusion = _soft(reference, current) if self.soft else _hard(reference, current)
        fit = self.shift.test(reference, current)
        sides = Sides(reference.layout.classes, confusion.n, confusion.m, fit)
        refusal = sides.lacking or _ill_conditioned(confusion)
        if refusal:
            return sides.refuse(refusal)
        solved = np.linalg.solve(confusion.given, confusion.now)
        prior = np.maximum(solved, 0.0)
        prior /= prior.sum()
        return sides.says(
            prior, np.sqrt(np.maximum(np.diagonal(_covariance(confusion, prior)), 0.0))
        )


def _hard(reference: Labelled, current: Labelled) -> _Confusion:
    counts = reference.predicted[:-1, :-1]
    now = current.predicted[:-1].sum(axis=1)
    m, n, k = counts.sum(axis=0), int(now.sum()), len(now)
    # Where all rows of a class are predicted alike, that is still not sure to be so: one row more.
    shares = (counts.T + 1 / k) / (m[:, None] + 1)
    return _Confusion(counts / np.maximum(m, 1), now / max(n, 1), np.eye(k), shares, n, m)


def _soft(reference: Labelled, current: Labelled) -> _Confusion:
    counts = reference.cells[:-1, :-1].T
    m, n = counts.sum(axis=1), int(current.cells[:-1].sum())
    given = reference.soft[:, :-1] / np.maximum(m, 1)
    now = current.sums.sum(axis=0) / max(n, 1)
    shares = counts / np.maximum(m, 1)[:, None]
    return _Confusion(given, now, cell_means(reference), shares, n, m)


def cell_means(summary: Labelled) -> Floats:
    """Give the mean probabilities of each cell, float64[w, K]; 0 of cells without rows."""
    rows = summary.cells[:-1].sum(axis=1)
    means: Floats = summary.sums / np.maximum(rows, 1)[:, None]
    return means


def _ill_conditioned(confusion: _Confusion) -> Refusal | None:
    """Compare the smallest singular value with its standard error, by the delta method."""
    left, values, right = np.linalg.svd(confusion.given)
    smallest = float(values[-1])
    variance = right[-1] ** 2 / confusion.m @ confusion.spread_along(left[:, -1])
    error = float(np.sqrt(max(float(variance), 0.0)))
    if smallest > max(ERRORS * error, 1e-9):
        return None
    reason = f"the smallest singular value of P(predicted | label), {smallest:.3g}, is under "
    reason += f"{ERRORS:g} standard errors of {error:.3g}: predictions hardly tell classes apart"
    return Refusal(Refused.ILL_CONDITIONED, reason)


def _covariance(confusion: _Confusion, prior: Floats) -> Floats:
    means, mean = confusion.given.T, confusion.given @ prior
    now = confusion.spread(prior) + (means.T * prior) @ means - np.outer(mean, mean)
    inner = now / confusion.n + confusion.spread(prior**2 / confusion.m)
    inverse = np.linalg.inv(confusion.given)
    covariance: Floats = inverse @ inner @ inverse.T
    return covariance
