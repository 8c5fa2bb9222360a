"""Of which shares of known distributions is a sample most likely mixed?

Arrays may have any number of leading axes. K distributions over B cells.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Stop = Literal["converged", "quapy"]

CONVERGED = 1e-10
STEPS = 10_000
HALVINGS = 60
QUAPY_CHANGE = 1e-4
QUAPY_STEPS = (12, 1000)  # it looks at the change from the twelfth step on, and ends at the last


def most_likely(f: Floats, q: Floats) -> Floats:
    """Give the shares of K distributions under which a sample is most likely, float64[..., K].

    Two are solved to the last digit, more by expectation maximisation from equal shares.

    Parameters
    ----------
    f : float64[..., K, B], the distributions; cells where all are 0 have no say
    q : float64[..., B], the sample's shares

    >>> most_likely(np.array([[0.8, 0.2], [0.2, 0.8]]), np.array([0.5, 0.5])).round(9)
    array([0.5, 0.5])
    """
    k = f.shape[-2]
    if k == 2:
        second = _root(f[..., 0, :], f[..., 1, :], q)
        return np.stack([1 - second, second], axis=-1)
    return mixture_shares(f, q, np.full(f.shape[:-1], 1 / k))


def _root(f0: Floats, f1: Floats, q: Floats) -> Floats:
    """Solve sum_b q_b (f1 - f0) / (p f1 + (1 - p) f0) = 0 for p in [0, 1] by halving.

    The sum falls as p rises; where it keeps its sign, the nearer end is the most likely.
    """
    apart = f1 - f0
    low, high = np.zeros(q.shape[:-1]), np.ones(q.shape[:-1])
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        mix = f0 + middle[..., None] * apart
        slope = np.divide(q * apart, mix, out=np.zeros_like(mix), where=mix > 0).sum(axis=-1)
        low, high = np.where(slope > 0, middle, low), np.where(slope > 0, high, middle)
    root: Floats = (low + high) / 2
    return np.where(root < 1e-15, 0.0, np.where(root > 1 - 1e-15, 1.0, root))


def mixture_shares(f: Floats, q: Floats, start: Floats, stop: Stop = "converged") -> Floats:
    """Follow the steps of expectation maximisation from `start` shares, float64[..., K].

    Each multiplies a share by the mean of f_y / mix over the sample, which raises the likelihood.
    Converged means that no share moves by 1e-10 any more (or 10,000 steps); "quapy" is the rule of
    that library's EMQ, a mean change under 1e-4.

    >>> f = np.array([[0.8, 0.2], [0.2, 0.8]])
    >>> mixture_shares(f, np.array([0.35, 0.65]), np.array([0.5, 0.5])).round(6)
    array([0.25, 0.75])
    """
    shares = start
    for step in range(1, (STEPS if stop == "converged" else QUAPY_STEPS[1]) + 1):
        mix = mixed(f, shares)
        ratio = np.divide(q, mix, out=np.zeros_like(mix), where=mix > 0)
        moved = shares * (f @ ratio[..., None])[..., 0]
        moved /= np.maximum(moved.sum(axis=-1, keepdims=True), np.finfo(np.float64).tiny)
        change = np.abs(moved - shares)
        shares = moved
        if stop == "converged" and change.max(initial=0.0) < CONVERGED:
            break
        if stop == "quapy" and step >= QUAPY_STEPS[0] and change.mean() < QUAPY_CHANGE:
            break
    return shares


def mixed(f: Floats, shares: Floats) -> Floats:
    """Give the mixture of K distributions, float64[..., B]."""
    mix: Floats = (shares[..., None, :] @ f)[..., 0, :]
    return mix
