"""How sure are the shares of a mixture, when the distributions themselves are only counted?

Arrays may have any number of leading axes. K distributions over B cells, counted on m rows each.
Directions are those from the last class to each of the others, of which there are K - 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.prior.likelihood import mixed

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

NEWTON_STEPS = 6
LEAST_SIGNAL = 2 / 3


@dataclass(frozen=True, slots=True, eq=False)
class Precision:
    """What the cells tell of the shares, at given shares.

    f : float64[..., K, B]; shares : float64[..., K]; m : int64[..., K]
    scores : float64[..., K - 1, B], (f_k - f_K) / mix
    apparent : float64[..., K - 1, K - 1], J, the information of one row by Fisher
    steep : float64[..., K - 1, K - 1], J less what the noise of f adds to it
    """

    f: Floats
    shares: Floats
    m: Counts
    scores: Floats
    apparent: Floats
    steep: Floats

    @classmethod
    def at(cls, f: Floats, shares: Floats, m: Counts) -> "Precision":
        """Measure it."""
        weights = _inverse_mix(f, shares)
        apart = f[..., :-1, :] - f[..., -1:, :]
        scores = apart * weights[..., None, :]
        apparent = scores @ np.swapaxes(apart, -1, -2)
        noise = (_variances(f, m) @ weights[..., None])[..., 0]
        own = noise[..., :-1, None] * np.eye(f.shape[-2] - 1)
        return cls(f, shares, m, scores, apparent, apparent - own - noise[..., -1:, None])

    @property
    def signal(self) -> Floats:
        """The share of the information that is not noise, in the worst direction, float64[...].

        It is 0 where there is none at all.
        """
        size = np.sqrt(np.maximum(np.diagonal(self.apparent, axis1=-2, axis2=-1), 1e-300))
        scale = size[..., :, None] * size[..., None, :]
        values, vectors = np.linalg.eigh(self.apparent / scale)
        kept = values > 1e-10
        root = vectors * np.where(kept, 1 / np.sqrt(np.maximum(values, 1e-10)), 0.0)[..., None, :]
        least = np.linalg.eigvalsh(np.swapaxes(root, -1, -2) @ (self.steep / scale) @ root)
        return np.where(kept.all(axis=-1), np.maximum(least[..., 0], 0.0), 0.0)

    def covariance(self, n: Counts) -> Floats:
        r"""Give the covariance of the shares estimated from n rows, float64[..., K, K].

        .. math:: J^{-1} \Big[ J_0 / n + \sum_y p_y^2 \mathrm{Cov}_{f_y}(s) / m_y \Big] J^{-1}

        with J less noise outside and as it appears inside: the second part is what the reference
        itself leaves open. Meaningless where `signal` is small.
        """
        mean = self.f @ np.swapaxes(self.scores, -1, -2)
        weights = self.shares**2 / np.maximum(self.m, 1)
        spread = (weights[..., None, :] @ self.f) * self.scores
        open_ = spread @ np.swapaxes(self.scores, -1, -2)
        open_ = open_ - np.swapaxes(mean, -1, -2) @ (weights[..., None] * mean)
        outer = _inverse(self.steep)
        inner = self.apparent / np.maximum(n, 1)[..., None, None] + open_
        to_all = _to_all(self.f.shape[-2])
        covariance: Floats = to_all @ outer @ inner @ outer @ to_all.T
        return covariance


def without_noise(f: Floats, q: Floats, m: Counts, shares: Floats) -> Floats:
    r"""Take out of the most likely shares what the noise of the distributions does to them.

    Distributions counted on few rows look further apart than they are. To second order the noise of
    variance v_y = f_y (1 - f_y) / m_y adds to the mean scores

    .. math:: \sum_b (p_K v_K - p_k v_k) / mix + (f_k - f_K) \sum_y p_y^2 v_y / mix^2

    and Newton's steps find where the mean scores equal that. Where too little of the information is
    signal the shares are left as they are.
    """
    to_all = _to_all(f.shape[-2])
    for _ in range(NEWTON_STEPS):
        here = Precision.at(f, shares, m)
        slope = (here.scores @ q[..., None])[..., 0] - _bias(f, shares, m)
        step = (to_all @ (_inverse(here.steep) @ slope[..., None]))[..., 0]
        step = np.where((here.signal > LEAST_SIGNAL)[..., None], step, 0.0)
        moved = np.maximum(shares + step, 0.0)
        shares = moved / moved.sum(axis=-1, keepdims=True)
    return shares


def _bias(f: Floats, shares: Floats, m: Counts) -> Floats:
    weights, variances = _inverse_mix(f, shares), _variances(f, m)
    own = ((shares[..., None] * variances) @ weights[..., None])[..., 0]
    all_ = mixed(variances, shares**2) * weights**2
    apart = f[..., :-1, :] - f[..., -1:, :]
    bias: Floats = own[..., -1:] - own[..., :-1] + (apart @ all_[..., None])[..., 0]
    return bias


def _variances(f: Floats, m: Counts) -> Floats:
    variances: Floats = f * (1 - f) / np.maximum(m, 1)[..., None]
    return variances


def _inverse_mix(f: Floats, shares: Floats) -> Floats:
    mix = mixed(f, shares)
    return np.divide(1.0, mix, out=np.zeros_like(mix), where=mix > 0)


def _inverse(matrix: Floats) -> Floats:
    if matrix.shape[-1] == 1:  # of two classes, without the detour over singular values
        return np.divide(1.0, matrix, out=np.zeros_like(matrix), where=matrix != 0)
    return np.asarray(np.linalg.pinv(matrix, hermitian=True), dtype=np.float64)


def _to_all(k: int) -> Floats:
    """Give the K shares that each direction moves, float64[K, K - 1]."""
    return np.concatenate([np.eye(k - 1), -np.ones((1, k - 1))])
