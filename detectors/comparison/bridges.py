"""How likely is a weighted sum of squares of a Brownian bridge to be as large as this?"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NODES = 24  # of each interval's quadrature
INTERVALS = 16  # of an alternating series; more change p by less than 1e-8 above the least values


def cramer_von_mises_sf(values: Floats) -> Floats:
    r"""Give P(W > value) of :math:`W = \sum_j Z_j^2 / (\pi j)^2`, to 1e-8 absolute, 1e-4 of p.

    >>> cramer_von_mises_sf(np.array([0.34730, 0.46136, 0.74346])).round(4)
    array([0.1 , 0.05, 0.01])
    """
    first = np.pi * (2 * np.arange(INTERVALS, dtype=np.float64) + 1)
    return _smirnov(values, first, np.pi, _bridge, least=0.005)


def anderson_darling_sf(values: Floats) -> Floats:
    r"""Give P(A > value) of :math:`A = \sum_j Z_j^2 / (j (j + 1))`, to 1e-7 absolute, 1e-4 of p.

    >>> anderson_darling_sf(np.array([1.933, 2.492, 3.878])).round(4)
    array([0.1 , 0.05, 0.01])
    """
    first = 4 * np.arange(INTERVALS, dtype=np.float64) + 3
    return _smirnov(values, first, 2.0, _weighted_bridge, least=0.04)


def _smirnov(
    values: Floats,
    first: Floats,
    width: float,
    transformed: Callable[[Floats], tuple[Floats, Floats]],
    *,
    least: float,
) -> Floats:
    """Sum Smirnov's alternating integrals between pairs of eigenvalues.

    P = 1/pi sum_j (-1)^j int e^(-x y / 2) / (y sqrt|D(y)|) dy over [l_2j+1, l_2j+2], where l are
    the eigenvalues and D the Fredholm determinant. Its roots at both ends of each interval are
    what the Chebyshev nodes are for. Smirnov, On the Distribution of the omega^2 Criterion (1937).
    """
    angle = (2 * np.arange(NODES) + 1) * np.pi / (2 * NODES)
    at = first[:, None] + width / 2 * (1 + np.cos(angle))
    weight = np.sqrt((at - first[:, None]) * (first[:, None] + width - at)) / NODES
    weight *= np.where(np.arange(len(first)) % 2, -1, 1)[:, None]
    y, density = transformed(at)
    bounded = np.maximum(values, least)
    summed = np.exp(-np.multiply.outer(bounded, y.ravel()) / 2) @ (weight * density).ravel()
    tail: Floats = np.where(values <= least, 1.0, np.clip(summed, 0.0, 1.0))
    return tail


def _bridge(root: Floats) -> tuple[Floats, Floats]:
    """Give y = root^2 and the integrand, D(y) = sin(root) / root."""
    return root**2, 2 / np.sqrt(root * np.abs(np.sin(root)))


def _weighted_bridge(root: Floats) -> tuple[Floats, Floats]:
    """Give y = (root^2 - 1) / 4 and the integrand, D(y) = -cos(root pi / 2) / (pi y)."""
    y = (root**2 - 1) / 4
    return y, root / 2 * np.sqrt(np.pi / (y * np.abs(np.cos(np.pi / 2 * root))))
