"""How must the model's probabilities be bent so that they mean what they say?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

LEAST = 1e-12  # probabilities below it are raised to it, for their logarithm
STEEPEST = 100.0
STEPS = 100
HALVINGS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Bias-corrected temperature scaling: q = softmax(steepness * log p + bias).

    steepness : 1 / T; bias : float64[K], of mean 0
    covariance : float64[K + 1, K + 1], of (steepness, bias)
    """

    steepness: float
    bias: Floats
    covariance: Floats

    def apply(self, probabilities: Floats) -> Floats:
        """Calibrate rows of probabilities, float64[c, K]."""
        return _softmax(self.steepness * _logarithms(probabilities) + self.bias)


def calibrate(probabilities: Floats, counts: Counts) -> Calibration:
    r"""Fit temperature and bias to labelled rows by Newton's method on their log loss.

    Parameters
    ----------
    probabilities : float64[c, K], of each cell (or of each row)
    counts : int64[c, K], labelled rows of each cell by label

    The loss is convex in (1 / T, b). Scores that separate the classes have no finite best
    steepness; it stops at 100. One at or below 0 says that the scores run against the labels.

    Reference: Alexandari, Kundaje, Shrikumar, Maximum Likelihood with Bias-Corrected Calibration is
    Hard-To-Beat at Label Shift Adaptation (2020).

    >>> probabilities = np.array([[0.8, 0.2], [0.5, 0.5], [0.2, 0.8]])
    >>> fitted = calibrate(probabilities, np.array([[16, 4], [10, 10], [4, 16]]) * 10)
    >>> round(fitted.steepness, 6), fitted.bias.round(6) + 0.0
    (1.0, array([0., 0.]))
    """
    logs = _logarithms(probabilities)
    labels = counts.astype(np.float64)
    fitted = np.concatenate([[1.0], np.zeros(logs.shape[1])])
    loss, slope, curve = _loss(fitted, logs, labels)
    for _ in range(STEPS):
        step = -np.linalg.lstsq(curve, slope, rcond=1e-12)[0]
        factor = 1.0
        for _ in range(HALVINGS):
            tried = fitted + factor * step
            tried_loss, tried_slope, tried_curve = _loss(tried, logs, labels)
            if tried_loss <= loss:
                break
            factor /= 2
        else:
            break
        moved = np.abs(tried - fitted).max()
        fitted, loss, slope, curve = tried, tried_loss, tried_slope, tried_curve
        if moved < 1e-12 or fitted[0] > STEEPEST:
            break
    bias = fitted[1:] - fitted[1:].mean()
    covariance = np.asarray(np.linalg.pinv(curve, rcond=1e-12, hermitian=True), dtype=np.float64)
    return Calibration(min(float(fitted[0]), STEEPEST), bias, covariance)


def _loss(fitted: Floats, logs: Floats, counts: Floats) -> tuple[float, Floats, Floats]:
    """Give the log loss, its gradient and its curvature at (steepness, bias)."""
    z = fitted[0] * logs + fitted[1:]
    top = z.max(axis=1, keepdims=True)
    total = top[:, 0] + np.log(np.exp(z - top).sum(axis=1))
    rows = counts.sum(axis=1)
    expected = np.exp(z - total[:, None]) * rows[:, None]
    loss = float(rows @ total - (counts * z).sum())
    surplus = expected - counts
    slope = np.concatenate([[(surplus * logs).sum()], surplus.sum(axis=0)])
    share = expected / np.maximum(rows, 1)[:, None]
    mean = (share * logs).sum(axis=1, keepdims=True)
    along = (expected * (logs - mean)).sum(axis=0)
    curve = np.empty((len(slope), len(slope)))
    curve[0, 0] = (expected * (logs - mean) ** 2).sum()
    curve[0, 1:] = curve[1:, 0] = along
    curve[1:, 1:] = np.diag(expected.sum(axis=0)) - expected.T @ share
    return loss, slope, curve


def _softmax(z: Floats) -> Floats:
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    softened: Floats = powers / powers.sum(axis=1, keepdims=True)
    return softened


def _logarithms(probabilities: Floats) -> Floats:
    logarithms: Floats = np.log(np.maximum(probabilities, LEAST))
    return logarithms
