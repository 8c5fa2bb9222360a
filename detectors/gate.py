"""Have the current data drifted from the reference: one decision on a fixed pair of data sets?"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detectors import special
from detectors.corrections import benjamini_hochberg, bonferroni_within
from detectors.sequential.bounds import ANY_RATIO, DELTA, RATIO, TOLERANCE, Bounds, level_of
from detectors.sequential.sets import ENDS, FAMILIES, Kind, Sets
from detectors.summaries import Summary

_RARE = [FAMILIES.index(name) for name in ("prior", "concept")]  # that watch rare rates

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Undecided(IntEnum):
    """Why a feature cannot be judged; DECIDED where it can."""

    DECIDED = 0
    NO_REFERENCE = 1  # the reference has no values, or too few to tell anything by
    NO_ROWS = 2  # no current row has a value
    TOO_FEW = 3  # so few rows that nothing they could hold would be drift


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The decision on d features, by the S sets of `sets`.

    drifted : bool[d]
    p_value : float64[d], that of a feature's most telling set, times the number of its tests
    level : float64[d], the false discovery rate at which the feature is believed to have drifted;
        this and the p-value are NaN where undecided
    undecided : int8[d], of Undecided
    telling, side : int64[d], the set with the strongest evidence and whether there is more in it
        (0) or less (1); -1 where undecided
    before, now : float64[S], shares of both sides in each set; NaN where a side has no rows
    allowed : float64[2, S], what the share of the set, and of its complement, may be without drift
    evidence : float64[2, S], p-value of each set having more, or less, than is allowed; NaN where
        that cannot be told
    n, m : int64[S], rows of current and reference that could be in each set
    """

    sets: Sets
    drifted: Bools
    p_value: Floats
    level: Floats
    undecided: NDArray[np.int8]
    telling: Counts
    side: Counts
    before: Floats
    now: Floats
    allowed: Floats
    evidence: Floats
    n: Counts
    m: Counts


@dataclass(frozen=True, slots=True)
class Gate:
    r"""Binomial tests of many shares against what a finite reference and a tolerance allow.

    Measures, for each of a fixed dictionary of sets of values (see `sequential.sets`), how unlikely
    the k of n current rows in it are if its share is no more than

    .. math:: U = \sin^2\left(\arcsin\sqrt{p^+} + h_0 / 2\right)

    where p+ is Clopper and Pearson's upper limit of the reference's share, so low that all limits
    hold together with probability 1 - `delta`, and h0 = `tolerance` is a change that does no harm,
    as Cohen's h; of predictions, scores and labels, whose rates may be rare, no more than a quarter
    of p+. The p-value P(Binomial(n, U) >= k), and that of the complement, are multiplied by
    the number of tests of the feature (Bonferroni), and Benjamini and Hochberg's procedure decides
    over features: among those said to have drifted, at most `alpha` + `delta` are expected not to
    have, and where nothing has, one or more is said to have in at most `alpha` + `delta` of cases.

    Misleads where rows depend on each other, such as many of one customer: n and m are then too
    large, and p-values too small. Blind to what leaves all sets as they are: a shift within a
    tenth of the distribution that crosses no cut, a change of correlation (unless the features
    hold derived ones), and any change within the tolerance, on purpose: .05 is from 50% to 52.5%,
    from 1% to 1.56%. With a small reference U is far above its share; more current rows do not help
    against that.

    Shapes: see `Judged`; rates and shares without unit in [0, 1].

    References: Clopper, Pearson (1934); Benjamini, Hochberg (1995); Cohen, Statistical Power
    Analysis (1988), chapter 6.

    >>> from detectors.summaries import Layout, numeric_feature, tabulate
    >>> usual = np.sin(np.arange(20000.0))
    >>> layout = Layout((numeric_feature("x", usual),))
    >>> def counted(values):
    ...     n = len(values)
    ...     columns = np.array([values]), np.zeros((0, n), dtype=np.int32), []
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> reference = counted(usual)
    >>> sets = Sets.of(layout, reference, ["feature"])
    >>> Gate().judge(sets, reference, counted(usual[:1000])).drifted
    array([False])
    >>> found = Gate().judge(sets, reference, counted(usual[:1000] * 0.9))
    >>> bool(found.drifted[0]), sets.name(int(found.telling[0]))
    (True, '-0.951075 <= x < 0.951038')
    """

    alpha: float = 0.05
    tolerance: float = TOLERANCE
    delta: float = DELTA

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1 or not 0 < self.delta < 1:
            message = "the gate takes an alpha and a delta between 0 and 1, not "
            raise ValueError(message + f"{self.alpha:g} and {self.delta:g}")
        if not 0 <= self.tolerance < np.pi:
            message = f"the gate takes a tolerance from 0 to 3.14, not {self.tolerance:g}"
            raise ValueError(message)

    def bounds(self, sets: Sets, reference: Summary) -> Bounds:
        """Say what the share of each set, and of its complement, may be without drift."""
        k, m = sets.count(reference.counts)
        chosen = np.where(sets.kind == Kind.OUT_OF_RANGE, k + ENDS, k)
        return Bounds.of(
            np.minimum(chosen, m),
            m,
            level=level_of(len(sets), self.delta),
            tolerance=self.tolerance,
            ratio=np.where(np.isin(sets.family, _RARE), RATIO, ANY_RATIO),
        )

    def judge(
        self, sets: Sets, reference: Summary, current: Summary, bounds: Bounds | None = None
    ) -> Judged:
        """Judge all features of two summaries of the layout of `sets`.

        `bounds` saves time where many are judged by one reference: what `bounds` gives of it.

        Raises
        ------
        ValueError : where a summary is of another layout
        """
        sides = _Sides.of(sets, reference, current)
        bounds = bounds or self.bounds(sets, reference)
        evidence = _evidence(sides, bounds)
        d = len(sets.layout.names)
        p_value = bonferroni_within(evidence.ravel(), np.tile(sets.feature, 2), d)
        undecided = self._undecided(sets, sides, bounds, evidence)
        p_value[undecided != Undecided.DECIDED] = np.nan
        level = benjamini_hochberg(p_value)
        telling, side = _most_telling(sets, sides, bounds, evidence)
        telling[np.isnan(p_value)] = side[np.isnan(p_value)] = -1
        return Judged(
            sets=sets,
            drifted=level <= self.alpha,
            p_value=p_value,
            level=level,
            undecided=undecided,
            telling=telling,
            side=side,
            before=_share(sides.kr, sides.m),
            now=_share(sides.k, sides.n),
            allowed=bounds.upper,
            evidence=evidence,
            n=sides.n,
            m=sides.m,
        )

    def _undecided(
        self, sets: Sets, sides: "_Sides", bounds: Bounds, evidence: Floats
    ) -> NDArray[np.int8]:
        """Say which features cannot be judged, whatever their current rows had held."""
        d = len(sets.layout.names)
        tests, lowest = np.zeros(d), np.ones(d)
        np.add.at(tests, sets.feature, np.isfinite(evidence).sum(axis=0))
        extreme = np.where(np.isfinite(evidence), bounds.upper**sides.n, 1.0).min(axis=0)
        np.minimum.at(lowest, sets.feature, extreme)
        alive = np.zeros(d, dtype=bool)
        np.logical_or.at(alive, sets.feature, bounds.alive.any(axis=0))
        found = np.where(tests * lowest > self.alpha, Undecided.TOO_FEW, Undecided.DECIDED)
        found = np.where(tests == 0, Undecided.NO_ROWS, found)
        return np.where(alive, found, Undecided.NO_REFERENCE).astype(np.int8)


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """Rows within each set, and those that could be: k of n now, kr of m in the reference."""

    k: Counts
    n: Counts
    kr: Counts
    m: Counts

    @classmethod
    def of(cls, sets: Sets, reference: Summary, current: Summary) -> Self:
        for summary in (reference, current):
            if summary.layout.digest != sets.layout.digest:
                message = f"a summary of layout {summary.layout.digest} cannot be judged by sets "
                raise ValueError(message + f"of layout {sets.layout.digest}")
        k, n = sets.count(current.counts)
        kr, m = sets.count(reference.counts)
        return cls(k, n, kr, m)

    @property
    def both(self) -> Counts:
        """The current rows within each set, and those outside of it, int64[2, S]."""
        return np.stack([self.k, self.n - self.k])


def _evidence(sides: _Sides, bounds: Bounds) -> Floats:
    """Give P(Binomial(n, U) >= k) of each side; NaN where there are no rows or U is 1."""
    k = sides.both
    tail = np.where(k > 0, special.betainc(np.maximum(k, 1), sides.n - k + 1, bounds.upper), 1.0)
    return np.where(bounds.alive & (sides.n > 0), tail, np.nan)


def _most_telling(
    sets: Sets, sides: _Sides, bounds: Bounds, evidence: Floats
) -> tuple[Counts, Counts]:
    """Give the set and side with the least p-value; where several are 0, the furthest out."""
    share = _share(sides.both, sides.n)
    beyond = np.arcsin(np.sqrt(np.nan_to_num(share))) - np.arcsin(np.sqrt(bounds.upper))
    far = (beyond * np.sqrt(sides.n)).ravel()
    feature = np.tile(sets.feature, 2)
    order = np.lexsort((-far, np.nan_to_num(evidence.ravel(), nan=2.0), feature))
    first = np.searchsorted(feature[order], np.arange(len(sets.layout.names)))
    held = np.bincount(sets.feature, minlength=len(sets.layout.names)) > 0
    place = order[np.minimum(first, len(order) - 1)] if len(order) else np.zeros_like(first)
    size = max(len(sets), 1)
    return np.where(held, place % size, -1), np.where(held, place // size, -1)


def _share(k: Counts, n: Counts) -> Floats:
    with np.errstate(invalid="ignore"):
        shares: Floats = np.where(n > 0, k / np.maximum(n, 1), np.nan)
    return shares
