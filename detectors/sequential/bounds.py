"""How large may a set's share be without harm, given a finite reference and a tolerance?"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detectors import special

TOLERANCE = 0.05
DELTA = 0.01
RATIO = 1.25
ANY_RATIO = 1e300
DEAD = 1 - 1e-9

Floats = NDArray[np.float64]


def upper_share(k: ArrayLike, m: ArrayLike, level: ArrayLike, phi: ArrayLike = 1.0) -> Floats:
    """Bound a share from above, with error at most `level` (Clopper, Pearson 1934).

    Parameters
    ----------
    k, m : counts in a set, and of all rows; any shapes that broadcast
    level : probability that the bound is below the true share
    phi : variance of clustered rows over that of independent ones; k/phi of m/phi are then counted

    Returns
    -------
    float64, in (0, 1]; 1 where k = m, or where there are no rows

    >>> upper_share([0, 0], [59, 0], 0.05).round(4)  # none of 59: below 5%, by the rule of three
    array([0.0495, 1.    ])
    """
    k, m, level, phi = (np.asarray(x, dtype=np.float64) for x in (k, m, level, phi))
    rest = m - k
    inner = np.maximum(rest, 0.5) / phi
    bound = special.betainccinv(k / phi + 1, inner, level)
    return np.asarray(np.where(rest > 0, bound, 1.0))


def tolerated(share: ArrayLike, tolerance: float, *, ratio: ArrayLike = ANY_RATIO) -> Floats:
    """Widen a share by a harmless change: Cohen's h, and at most by a factor.

    >>> tolerated([0.01, 0.5, 1.0], 0.05).round(4)
    array([0.0156, 0.525 , 1.    ])
    """
    share = np.asarray(share, dtype=np.float64)
    angle = np.arcsin(np.sqrt(np.clip(share, 0.0, 1.0))) + tolerance / 2
    widened = np.sin(np.minimum(angle, np.pi / 2)) ** 2
    most = np.where(np.asarray(ratio) < ANY_RATIO, np.asarray(ratio) * share, 1.0)
    widest: Floats = np.maximum(np.minimum(widened, most), share)
    return widest


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """What the shares of sets, and of their complements, may reach under the null.

    upper : float64[2, ...], of the set (side 0), and of its complement (side 1); a side where it
        is DEAD or more cannot be exceeded and says nothing
    share : float64[2, ...], the same before the tolerance (p+)
    """

    upper: Floats
    share: Floats

    @classmethod
    def of(
        cls,
        k: NDArray[np.int64],
        m: NDArray[np.int64],
        *,
        level: float,
        tolerance: float = TOLERANCE,
        phi: ArrayLike = 1.0,
        ratio: ArrayLike = ANY_RATIO,
    ) -> Self:
        """Bound both sides of each set from the reference's counts.

        Parameters
        ----------
        k, m : int64[...], the reference's rows within each set, and those that could be
        level : d', the chance that one side of one set is bounded too low; see `level_of`
        tolerance : Cohen's h of a change that is no harm
        phi : of each set, or one for all
        ratio : the largest factor by which the tolerance may widen a share: RATIO in the families
            that watch rare rates (prior, concept), ANY_RATIO elsewhere
        """
        share = upper_share(np.stack([k, m - k]), m, level, phi)
        return cls(tolerated(share, tolerance, ratio=ratio), share)

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Which sides can show anything, bool[2, ...]."""
        return self.upper < DEAD


def level_of(sets: int, delta: float = DELTA) -> float:
    """Give d' for a number of sets, over all families, features, slots and segments.

    >>> level_of(100)
    5e-05
    """
    return delta / (2 * max(sets, 1))
