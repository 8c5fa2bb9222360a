"""Is there evidence enough in a family, and which features does it call?"""

import math
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
LARGE = 300.0  # of a logarithm: what is beyond it is as good as infinite

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

    mass : float64[T, P], weight times evidence, over e^scale
    """

    components: Components
    mass: Floats
    scale: float
    clock: Clock

    @cached_property
    def pair(self) -> Floats:
        """Each pair's mass, float64[P]."""
        pair: Floats = self.mass.sum(axis=0)
        return pair

    @cached_property
    def group(self) -> Floats:
        """Each group's mass, float64[G]."""
        first = self.components.first
        return np.add.reduceat(self.pair, first) if len(first) else np.zeros(0)

    @cached_property
    def threshold(self) -> dict[str, float]:
        """The log of the mass, over e^scale, at which each family pages."""
        tuning = self.components.tuning
        daily = tuning.daily if self.components.day is not None else 0.0
        part = 1 - daily if self.clock == "hour" else HOURS * daily
        shares = tuning.shared(self.components.families)
        return {
            family: -math.log(tuning.alpha * part * share) - self.scale
            for family, share in shares.items()
        }

    @cached_property
    def excess(self) -> dict[str, float]:
        """The log of each family's evidence over its threshold; 0 and more is a page."""
        found = {}
        for family, threshold in self.threshold.items():
            total = float(self.group[self._of(family)].sum())
            found[family] = (math.log(total) if total > 0 else -math.inf) - threshold
        return found

    def page(self, family: str, hour: int, calendar: "Weighed") -> Page:
        """Describe the page of a family; `calendar` is the evidence since the calendar's start."""
        groups = self._removed(family)
        confirmed = calendar.confirmed(family)
        total = float(self.group[self._of(family)].sum())
        return Page(
            family=family,
            clock=self.clock,
            hour=hour,
            excess=self.excess[family],
            called=tuple(self._called(g, total, confirmed=bool(confirmed[g])) for g in groups),
            groups=tuple(groups),
        )

    def _of(self, family: str) -> NDArray[np.int64]:
        return np.flatnonzero(self.components.family == FAMILIES.index(family))

    def _removed(self, family: str) -> list[int]:
        """Give the groups to remove: the largest first, until a threshold's mass is gone.

        Those that hold so much by themselves go with them: a larger one, which stands for good,
        would otherwise be the only one that is ever called.
        """
        mine = self._of(family)
        order = mine[np.argsort(-self.group[mine], kind="stable")]
        gone = np.cumsum(self.group[order])
        needed = min(math.exp(self.threshold[family]), gone[-1])
        alone = int((self.group[mine] >= needed).sum())
        return [int(g) for g in order[: max(int(np.searchsorted(gone, needed)) + 1, alone)]]

    def _called(self, group: int, total: float, *, confirmed: bool) -> Called:
        first = int(self.components.first[group])
        end = int(np.searchsorted(self.components.group, group, side="right"))
        pair = self.pair[first:end]
        order = np.argsort(-pair, kind="stable")
        carrying = order[pair[order] >= CARRIES * self.group[group]]
        best = int(order[0])
        return Called(
            feature=int(self.components.feature[group]),
            share=float(self.group[group] / total),
            confirmed=confirmed,
            pairs=tuple(int(i) + first for i in (carrying if len(carrying) else order[:1])),
            theta=float(self.components.theta[int(np.argmax(self.mass[:, first + best])), 0]),
        )

    def confirmed(self, family: str) -> Bools:
        """Say which groups of a family stand by themselves, bool[G] (e-BH)."""
        components, mine = self.components, self._of(family)
        own = np.add.reduceat(components.weight.sum(axis=0), components.first)[mine]
        factor = components.tuning.alpha * math.exp(self.scale if self.scale < LARGE else LARGE)
        found = np.zeros(len(components.first), dtype=np.bool_)
        found[mine] = e_benjamini_hochberg(self.group[mine] / own * factor) <= CONFIRMED
        return found
