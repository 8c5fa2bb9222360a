"""How small a shift can be seen, with this reference and this traffic?"""

import numpy as np
from numpy.typing import NDArray

from detectors import special
from detectors.sequential.components import Components
from detectors.sequential.sets import FAMILIES

LIKELY = 0.9
_HALVINGS = 50

Floats = NDArray[np.float64]


def smallest_shift(
    components: Components,
    rows: float,
    hours: float,
    *,
    chance: float = LIKELY,
    share: float = 1.0,
) -> Floats:
    r"""Give the smallest shift of a feature's shares that is seen within some hours, float64[G].

    In Cohen's h, of that set of the feature whose share is nearest to one half, for each group of
    the components (a family and feature); inf where even a share of 1 is not seen. Rows of which
    the share q lies in the set, against p in the reference, gather in T hours with the bet theta

    .. math::
        nT (\theta q - \psi) / \phi \pm
        \sqrt{nT \theta^2 q (1 - q) / \phi + (nT \theta / \phi)^2 p (1 - p) \phi / m}

    the second term for what the reference leaves open. The result is the least shift at which one
    of the bets reaches its threshold with probability `chance`.

    Misleads where hours differ more than phi says, as under a daily cycle that is pooled, and in
    the bets of other sets, which may see a shift sooner. It is of the hourly clock alone.

    Parameters
    ----------
    rows : expected in an hour (n); hours : T
    chance : that it is seen so soon; 0.5 gives the shift that takes so long in the median
    share : of the budget, where it is split among populations

    >>> from detectors.sequential.detector import Detector
    >>> from detectors.sequential.dispersion import Dispersion
    >>> from detectors.sequential.reference import Reference
    >>> from detectors.sequential.sets import Sets
    >>> from detectors.sequential.tuning import Tuning
    >>> from detectors.summaries import Layout, numeric_feature, tabulate
    >>> layout = Layout((numeric_feature("x", np.arange(5000.0)),))
    >>> columns = np.arange(5000.0)[None], np.zeros((0, 5000), np.int32), []
    >>> summary = tabulate(layout, *columns, np.zeros(5000, np.int64), 1).summary(0)
    >>> sets = Sets.of(layout, summary, ["feature"])
    >>> reference = Reference(sets, summary, Dispersion.said(1.0, len(sets)))
    >>> covariate, quality = smallest_shift(Components.of(reference, Tuning()), 1000, 24)
    >>> bool(0.15 < covariate < 0.17)
    True
    """
    rows = max(rows, 1e-9)
    held, m = _reference(components)
    pair = _nearest(components, held)
    p, m = held[pair], m[pair]
    phi = components.phi(np.full(components.columns, rows))[components.column[pair]]
    theta, psi = components.theta, np.log1p(components.upper[pair] * np.expm1(components.theta))
    needed = _needed(components, pair, hours, share)
    worth, z = rows * hours / phi, special.ndtri(chance)
    open_ = worth**2 * phi * p * (1 - p) / m

    def short(q: Floats) -> NDArray[np.bool_]:
        """Say where the evidence does not suffice."""
        spread = theta * np.sqrt(worth * q * (1 - q) + open_)
        short: NDArray[np.bool_] = worth * (theta * q - psi) - z * spread < needed
        return short

    low, high = np.broadcast_to(p, needed.shape), np.ones_like(needed)
    never = short(high)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        less = short(middle)
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    least = np.where(never, np.inf, high).min(axis=0)
    shift = 2 * (np.arcsin(np.sqrt(np.minimum(least, 1.0))) - np.arcsin(np.sqrt(p)))
    return np.where(np.isfinite(least), shift, np.inf)


def _reference(components: Components) -> tuple[Floats, Floats]:
    """Give each pair's share in the reference, and of how many rows; what is allowed else."""
    k, n = components.reference.counts
    said = components.columns - len(k)  # stuck values and rejected records have no such share
    share = np.append(k / np.maximum(n, 1), np.zeros(said))[components.column]
    m = np.append(np.maximum(n, 1), np.full(said, np.inf))[components.column]
    own = np.where(components.side == 0, share, 1 - share)
    return np.where(np.isfinite(m), own, components.upper), m


def _nearest(components: Components, held: Floats) -> NDArray[np.int64]:
    """Give of each group the pair whose share is nearest to one half, sets before what is said."""
    said = components.column >= len(components.reference.sets)
    order = np.lexsort((np.abs(held - 0.5) + said, components.group))
    return np.asarray(order[components.first])


def _needed(components: Components, pair: NDArray[np.int64], hours: float, share: float) -> Floats:
    """Give the log of the evidence from all rows since the shift with which its bet alone pages.

    Later hours begin with a start mass of their own: their evidence adds to that of the first.
    """
    tuning = components.tuning
    shares = tuning.shared(components.families)
    of = np.array([shares.get(FAMILIES[family], np.nan) for family in components.family])
    hourly = 1 - tuning.daily if components.day is not None else 1.0
    weight = components.weight[:, pair]
    with np.errstate(divide="ignore"):
        needed: Floats = -np.log(tuning.alpha * hourly * share * of * weight)
    growth = np.maximum(needed, 1.0) / hours
    together = np.log(-np.expm1(-growth * hours) / -np.expm1(-growth))
    return np.asarray(needed - together)
