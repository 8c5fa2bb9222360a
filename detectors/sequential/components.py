"""Which bets are laid on which sets, and what does each win from counts?

A component is (family, feature, set, side, theta). With the null's bound U on the share of a side
and a bet theta, the e-value of n rows of which k fell into it is exp((theta k - n psi) / phi),
psi = log(1 + U (e^theta - 1)): its mean is at most 1 wherever the share is at most U.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detectors.sequential.bounds import ANY_RATIO, DEAD, RATIO, Bounds, level_of
from detectors.sequential.reference import Reference
from detectors.sequential.rejected import allowed, weights
from detectors.sequential.sets import ENDS, FAMILIES, Kind
from detectors.sequential.stuck import allowance, fullest, single_cells
from detectors.sequential.tuning import Tuning

THETAS = (0.08, 0.25, 0.8)
DENSE, RARE = 0.02, 2.0
RARE_SHARE = 0.02
RARE_PHI = 2.0  # of longer clusters, whose lengths vary, so large a bet has no bounded mean
_RATED = (FAMILIES.index("prior"), FAMILIES.index("concept"))
_QUALITY = FAMILIES.index("quality")

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Components:
    """All bets: P pairs of a set and a side, each with up to T thetas.

    `column` counts the S sets, after them the q stuck values, and last the rejected records where
    they are watched. Pairs are in the order of their groups, a group being all of one family and
    feature; that of rejected records has the number after the last feature's.

    theta : float64[T, 1]
    weight : float64[T, P], w; 0 where a pair has no such theta
    column, side, group : int64[P]; side 0 is the set, 1 its complement
    first : int64[G], the first pair of each group
    family, feature : int64[G]
    upper : float64[P], U; day : the same for days, None without a daily clock
    level : d'
    watched : int64[q], the features whose values may stick
    single : bool[width], the cells that a value may stick at
    """

    reference: Reference
    tuning: Tuning
    theta: Floats
    weight: Floats
    column: Counts
    side: Counts
    group: Counts
    first: Counts
    family: Counts
    feature: Counts
    upper: Floats
    day: Floats | None
    level: float
    watched: Counts
    single: NDArray[np.bool_]
    _by_slot: dict[int, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, reference: Reference, tuning: Tuning) -> Self:
        """Lay the bets that a reference allows."""
        sets = reference.sets
        level = _level(reference, tuning)
        watched = _watched(reference)
        clocked = reference.daily is not None and tuning.daily > 0
        phi = _widest(reference)
        bounds = _bounds(reference, tuning, level, reference.dispersion.phi)
        stuck = allowance(reference.summary, level, phi)[watched]
        rejected = allowed(sets.layout, tuning)
        beside = np.append(stuck, rejected)
        upper = np.concatenate([bounds.upper, [beside, np.ones_like(beside)]], axis=1)
        alone = np.append(np.ones(len(watched)), rejected)
        share = np.concatenate([bounds.share, [alone, np.ones_like(alone)]], axis=1)
        features = np.append(watched, np.full(len(rejected), len(sets.layout.names)))
        of = np.stack(
            [
                np.append(sets.family, np.full(len(features), _QUALITY)),
                np.append(sets.feature, features),
            ]
        )  # family and feature of each column
        held = weights(sets, len(watched), len(rejected))
        groups, member = np.unique(of, axis=1, return_inverse=True)
        side, column = np.nonzero(upper < DEAD)
        order = np.argsort(member.reshape(-1)[column], kind="stable")
        side, column = side[order], column[order]
        present, group = np.unique(member.reshape(-1)[column], return_inverse=True)
        clustered = np.full(len(rejected), tuning.clusters)
        spread = np.concatenate([reference.dispersion.phi, np.ones(len(watched)), clustered])
        single = spread[column] <= RARE_PHI
        theta, used = _bets(tuning, single & (share[side, column] < RARE_SHARE))
        weight = np.where(used, held[column] / used.sum(axis=0), 0.0)
        return cls(
            reference=reference,
            tuning=tuning,
            theta=theta,
            weight=weight,
            column=column,
            side=side,
            group=group,
            first=np.searchsorted(group, np.arange(len(present))),
            family=groups[0][present],
            feature=groups[1][present],
            upper=upper[side, column],
            day=_days(reference, tuning, level, upper)[side, column] if clocked else None,
            level=level,
            watched=watched,
            single=single_cells(sets.layout),
        )

    @cached_property
    def families(self) -> tuple[str, ...]:
        """The families that have a bet, in the order of FAMILIES."""
        return tuple(FAMILIES[f] for f in np.unique(self.family))

    @cached_property
    def columns(self) -> int:
        """The number of the sets, of the stuck values, and one of rejected records."""
        return len(self.reference.sets) + len(self.watched) + (self.rejected is not None)

    @cached_property
    def rejected(self) -> int | None:
        """The column of rejected records, None where they are not watched."""
        watched = len(allowed(self.reference.sets.layout, self.tuning))
        return len(self.reference.sets) + len(self.watched) if watched else None

    def count(
        self, counts: Counts, stuck: Counts, rejected: int | Counts = 0
    ) -> tuple[Counts, Counts]:
        """Count cells by column; `stuck` is the cell watched of each feature, or NONE.

        Parameters
        ----------
        counts : int64[..., width]
        stuck : int64[q]
        rejected : records beside these rows that were rejected; int64[...] of several summaries

        Returns
        -------
        k, n : int64[..., columns]
        """
        k, n = self.reference.sets.count(counts)
        if len(self.watched):
            held, present = self._stuck(counts, stuck)
            k, n = np.concatenate([k, held], axis=-1), np.concatenate([n, present], axis=-1)
        if self.rejected is None:
            return k, n
        first, end = self.reference.sets.layout.start[:2]
        turned = np.broadcast_to(np.asarray(rejected, dtype=np.int64), counts.shape[:-1])
        records = turned + counts[..., first:end].sum(axis=-1)
        return np.append(k, turned[..., None], axis=-1), np.append(n, records[..., None], axis=-1)

    def _stuck(self, counts: Counts, stuck: Counts) -> tuple[Counts, Counts]:
        layout = self.reference.sets.layout
        ends = layout.start[self.watched + 1]
        total = np.add.reduceat(counts, layout.start[:-1], axis=-1)[..., self.watched]
        absent = counts[..., ends - 1]
        numeric = self.watched < len(layout.numeric)
        absent = absent + np.where(numeric, counts[..., ends - 2], 0)
        chosen = stuck >= 0
        held = np.where(chosen, counts[..., np.maximum(stuck, 0)], 0)
        return held, np.where(chosen, total - absent, 0)

    def fullest(self, counts: Counts) -> Counts:
        """Give the cell that each watched feature would be stuck at, int64[q]."""
        return fullest(self.reference.sets.layout, self.single, counts)[self.watched]

    def won(self, k: Counts, n: Counts, hour: int) -> Floats:
        """Give the logarithm of each component's e-value of an hour's counts, float64[T, P]."""
        return self._won(k, n, self._psi_at(hour), self.phi(n))

    def won_by(self, pair: int, row: int, k: Counts, n: Counts, hours: Counts) -> Floats:
        """Give one component's of each of h hours, float64[h]; k, n : int64[h, columns]."""
        column = self.column[pair]
        phi = np.array([self.phi(rows)[column] for rows in n])
        psi = np.array([self._psi_at(int(hour))[row, pair] for hour in hours])
        held = k[:, column] if self.side[pair] == 0 else n[:, column] - k[:, column]
        return np.asarray((self.theta[row, 0] * held - psi * n[:, column]) / phi)

    def won_daily(self, k: Counts, n: Counts) -> Floats:
        """Give the same of a day's counts."""
        daily = self.reference.daily
        if daily is None or self._psi_daily is None:
            return np.zeros_like(self.weight)
        return self._won(k, n, self._psi_daily, self._spread(daily.at(n[: len(daily.phi)], 24.0)))

    def phi(self, n: Counts) -> Floats:
        """Give the phi of each column for an hour's rows, float64[columns]."""
        dispersion = self.reference.dispersion
        return self._spread(dispersion.at(n[: len(dispersion.phi)]))

    def _won(self, k: Counts, n: Counts, psi: Floats, phi: Floats) -> Floats:
        total = n[self.column].astype(np.float64)
        held = k[self.column].astype(np.float64)
        held = np.where(self.side == 0, held, total - held)
        scale = 1.0 / phi[self.column]
        won: Floats = self.theta * (held * scale) - psi * (total * scale)
        return won

    def _spread(self, phi: Floats) -> Floats:
        """Give stuck values the largest phi of their features' sets, rejected records theirs."""
        most = np.ones(len(self.reference.sets.layout.names))
        np.maximum.at(most, self.reference.sets.feature, phi)
        clusters = [] if self.rejected is None else [self.tuning.clusters]
        return np.concatenate([phi, most[self.watched], clusters])

    def _psi_at(self, hour: int) -> Floats:
        slots = self.reference.slots
        place = self.reference.places.get(slots.of(hour)) if slots is not None else None
        if slots is None or place is None:
            return self._psi
        if place not in self._by_slot:
            phi = self.reference.dispersion.phi
            bounds = _bounds(self.reference, self.tuning, self.level, phi, place)
            upper = self.upper.copy()
            mine = self.column < len(self.reference.sets)
            upper[mine] = bounds.upper[self.side[mine], self.column[mine]]
            self._by_slot[place] = _psi(self.theta, upper)
        return self._by_slot[place]

    @cached_property
    def _psi(self) -> Floats:
        return _psi(self.theta, self.upper)

    @cached_property
    def _psi_daily(self) -> Floats | None:
        return None if self.day is None else _psi(self.theta, self.day)


def _psi(theta: Floats, upper: Floats) -> Floats:
    psi: Floats = np.log1p(upper * np.expm1(theta))
    return psi


def _level(reference: Reference, tuning: Tuning) -> float:
    """Share delta among all sets, the stuck values too, of all slots."""
    number = len(reference.sets) + len(_watched(reference))
    return level_of(number * (1 + len(reference.places)), tuning.delta)


def _watched(reference: Reference) -> Counts:
    """Give the features that may be stuck: those whose quality is watched."""
    sets = reference.sets
    return np.unique(sets.feature[sets.family == _QUALITY])


def _widest(reference: Reference) -> Floats:
    """Give the largest phi of each feature, float64[d]."""
    most = np.ones(len(reference.sets.layout.names))
    np.maximum.at(most, reference.sets.feature, reference.dispersion.phi)
    return most


def _bounds(
    reference: Reference, tuning: Tuning, level: float, phi: Floats, place: int | None = None
) -> Bounds:
    sets, slots = reference.sets, reference.slots
    if slots is None or place is None:
        k, m = reference.counts
    else:
        k, m = slots.k[place], slots.n[place]
    k = np.where(sets.kind == Kind.OUT_OF_RANGE, np.minimum(k + ENDS, m), k)
    ratio = np.where(np.isin(sets.family, _RATED), RATIO, ANY_RATIO)
    return Bounds.of(k, m, level=level, tolerance=tuning.tolerance, phi=phi, ratio=ratio)


def _days(reference: Reference, tuning: Tuning, level: float, upper: Floats) -> Floats:
    """Give the bounds that hold for whole days, as `upper` has those of hours, float64[2, ...]."""
    daily = reference.daily or reference.dispersion
    bounds = _bounds(reference, tuning, level, daily.phi)
    return np.concatenate([bounds.upper, upper[:, len(reference.sets) :]], axis=1)


def _bets(tuning: Tuning, rare: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """Give the grid of thetas, float64[T, 1], and which pairs use each, bool[T, P]."""
    grid = ((DENSE,) if tuning.dense else ()) + THETAS
    used = np.ones((len(grid), len(rare)), dtype=np.bool_)
    if rare.any():
        grid, used = (*grid, RARE), np.concatenate([used, rare[None]])
    return np.array(grid)[:, None], used
