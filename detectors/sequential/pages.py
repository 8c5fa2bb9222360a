"""Is there evidence enough in a family, and which features does it call?"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors.corrections import e_benjamini_hochberg
from detectors.sequential.components import Components
from detectors.sequential.sets import FAMILIES

CONFIRMED = 0.05  # expected share of errors among the confirmed features
CARRIES = 0.1  # of a feature's evidence: such sets must come back before it is resolved
HOURS = 24  # a day's

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Clock = Literal["hour", "day"]


@dataclass(frozen=True, slots=True, eq=False)
class Called:
    """A feature that a page names.

    share : of the family's evidence
    confirmed : whether it stands also by itself, with at most CONFIRMED errors among such
    pairs : the pairs (of `Components`) that carry it, the best one first; theta of the best one
    """

    feature: int
    share: float
    confirmed: bool
    pairs: tuple[int, ...]
    theta: float


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A family's evidence passed its threshold.

    end : the event time's hour (of the hourly clock) or the first hour after the day
    excess : log of the evidence over the threshold
    called : the features removed, the largest contribution first
    """

    family: str
    clock: Clock
    hour: int
    excess: float
    called: tuple[Called, ...]
    groups: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Weighed:
    """The evidence of all components at one moment.

    log : float64[T, P], the log of w times the evidence
    """

    components: Components
    log: Floats
    clock: Clock

    @cached_property
    def group(self) -> Floats:
        """The log of each group's evidence, float64[G]."""
        return _log_sum(self.log, self.components.first)

    @cached_property
    def excess(self) -> dict[str, float]:
        """The log of each family's evidence over its threshold; 0 and more is a page."""
        tuning = self.components.tuning
        shares = tuning.shared(self.components.families)
        daily = tuning.daily if self.components.day is not None else 0.0
        part = 1 - daily if self.clock == "hour" else HOURS * daily
        found = {}
        for family, share in shares.items():
            mine = self.group[self.components.family == FAMILIES.index(family)]
            total = float(np.logaddexp.reduce(mine)) if len(mine) else -np.inf
            found[family] = total + float(np.log(tuning.alpha * part * share))
        return found

    def called(self, family: str) -> NDArray[np.int64]:
        """Give the groups to remove: the largest first, until a threshold's mass is gone."""
        mine = np.flatnonzero(self.components.family == FAMILIES.index(family))
        order = mine[np.argsort(-self.group[mine], kind="stable")]
        excess = self.excess[family]
        total = np.logaddexp.reduce(self.group[mine])
        removed = np.logaddexp.accumulate(self.group[order]) - (total - excess)
        return order[: int(np.searchsorted(removed, 0.0)) + 1]

    def page(self, family: str, hour: int, calendar: "Weighed") -> Page:
        """Describe the page of a family; `calendar` is the evidence since the calendar's start."""
        groups = self.called(family)
        confirmed = calendar.confirmed(family)
        total = np.logaddexp.reduce(self.group[self.components.family == FAMILIES.index(family)])
        called = tuple(
            self._called(int(group), float(total), bool(confirmed[group])) for group in groups
        )
        return Page(
            family, self.clock, hour, self.excess[family], called, tuple(int(g) for g in groups)
        )

    def _called(self, group: int, total: float, confirmed: bool) -> Called:
        first = self.components.first
        end = first[group + 1] if group + 1 < len(first) else self.log.shape[1]
        mine = self.log[:, first[group] : end]
        by_pair = np.logaddexp.reduce(mine, axis=0)
        order = np.argsort(-by_pair, kind="stable")
        carrying = order[by_pair[order] >= self.group[group] + np.log(CARRIES)]
        best = carrying[0] if len(carrying) else order[0]
        pairs = carrying if len(carrying) else order[:1]
        return Called(
            feature=int(self.components.feature[group]),
            share=float(np.exp(self.group[group] - total)),
            confirmed=confirmed,
            pairs=tuple(int(pair + first[group]) for pair in pairs),
            theta=float(self.components.theta[int(np.argmax(mine[:, best])), 0]),
        )

    def confirmed(self, family: str) -> Bools:
        """Say which groups of a family stand by themselves, bool[G] (e-BH)."""
        components = self.components
        mine = np.flatnonzero(components.family == FAMILIES.index(family))
        own = _log_sum(components.weight, components.first)
        log_e = self.group[mine] - own[mine] + np.log(components.tuning.alpha)
        levels = e_benjamini_hochberg(np.exp(np.minimum(log_e, 700.0)))
        found = np.zeros(len(components.first), dtype=np.bool_)
        found[mine] = levels <= CONFIRMED
        return found


def _log_sum(log: Floats, first: NDArray[np.int64]) -> Floats:
    """Add up the runs of pairs that begin at `first`, over all thetas, in logs."""
    if not len(first):
        return np.zeros(0)
    most = np.maximum.reduceat(log.max(axis=0), first)
    base = np.where(np.isfinite(most), most, 0.0)
    lengths = np.diff(first, append=log.shape[1])
    summed = np.add.reduceat(np.exp(log - np.repeat(base, lengths)).sum(axis=0), first)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(summed) + base)
