"""How much more do counts vary than those of independent rows?

Rows of one request, or of one hour, resemble each other. Their counts then vary phi times as much
as binomial ones, and evidence from them is worth 1/phi.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detectors import special

BLOCKS = 30
DAYS = 7
LOWER = 0.1

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Dispersion:
    """The phi of each set, and how it grows where there are more rows than in the reference.

    phi : float64[S], at least 1
    rows : float64[S], the mean rows of a block that it was measured on; inf where it is said, not
        measured
    length : hours of such a block
    """

    phi: Floats
    rows: Floats
    length: float = 1.0

    @classmethod
    def said(cls, phi: ArrayLike, sets: int) -> Self:
        """Take one phi for all, whatever the traffic."""
        return cls(np.broadcast_to(np.maximum(phi, 1.0), sets), np.full(sets, np.inf))

    @classmethod
    def measured(
        cls,
        k: Counts,
        n: Counts,
        group: NDArray[np.int64],
        *,
        length: float = 1.0,
        stratum: NDArray[np.int64] | None = None,
        least: int = BLOCKS,
    ) -> Self | None:
        r"""Measure it on blocks of the reference in order of time; None on fewer than `least`.

        Of each set, over K blocks,

        .. math:: X^2 = \sum_b (k_b - n_b p)^2 / (n_b p (1 - p)), \quad \phi = \max(1, X^2 / q)

        with q the lower 10% quantile of chi-square on K - 1 degrees of freedom, so that phi errs
        to the large side. Sets of a group have the largest of theirs; one that occurs less than
        once a block, on average, says too little itself and has that of the others.

        Parameters
        ----------
        k, n : int64[K, S]
        group : int64[S], such as the family and feature of each set
        length : hours of a block
        stratum : int64[K], such as the hour of day; p is then of each stratum
        least : as many blocks as it needs

        >>> rng = np.random.default_rng(1)
        >>> n = np.full((50, 1), 1000)
        >>> p = rng.beta(10, 10, size=(50, 1))  # every block has a share of its own
        >>> found = Dispersion.measured(rng.binomial(n, p), n, np.zeros(1, np.int64))
        >>> bool(40 < found.phi[0] < 80)
        True
        """
        blocks = len(k)
        if blocks < least:
            return None
        place = np.zeros(blocks, np.int64) if stratum is None else stratum
        strata = int(place.max()) + 1
        p = _shares(k, n, place, strata)[place]
        variance = n * p * (1 - p)
        squared = np.where(variance > 0, (k - n * p) ** 2 / np.maximum(variance, 1e-300), 0.0)
        freedom = np.maximum((n > 0).sum(axis=0) - strata, 1)
        phi = np.maximum(squared.sum(axis=0) / special.chdtri(freedom, 1 - LOWER), 1.0)
        telling = variance.sum(axis=0) >= blocks
        largest = np.ones(int(group.max(initial=-1)) + 1)
        np.maximum.at(largest, group[telling], phi[telling])
        return cls(largest[group], np.maximum(n.mean(axis=0), 1.0), length)

    def at(self, n: Counts, hours: float = 1.0) -> Floats:
        """Give phi where n rows fell into some hours.

        phi(n) = 1 + (n - 1) rho, with rho = (phi - 1) / (rows - 1), beyond the reference's rows:
        what the rows of an hour share weighs the more, the more of them there are.
        """
        rho = (self.phi - 1.0) / np.maximum(self.rows - 1.0, 1.0)
        grown: Floats = 1.0 + (n * (self.length / hours) - 1.0) * rho
        return np.maximum(grown, self.phi)


def _shares(k: Counts, n: Counts, place: NDArray[np.int64], strata: int) -> Floats:
    held, total = np.zeros((2, strata, k.shape[1]))
    np.add.at(held, place, k)
    np.add.at(total, place, n)
    return np.asarray(held / np.maximum(total, 1.0))
