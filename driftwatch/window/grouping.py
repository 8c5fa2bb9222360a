"""Into which pane does each observation fall, and how many fall into each?"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from driftwatch.nouns.records import Int64, Tally

_SPREAD = 4
_FEW = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Panes:
    """The distinct panes of n times: their starts in order, `group[i]` the place of time i's."""

    start: Int64
    group: Int64


def group_by_pane(times: Int64, pane: int) -> Panes:
    """Group times by the pane that they fall into; without a sort where the panes lie close."""
    number = times // pane
    if not len(number):
        return Panes(number, number)
    lowest = int(number.min())
    number -= lowest
    if int(number.max()) > _SPREAD * len(number) + _FEW:
        start, group = np.unique(number, return_inverse=True)
        return Panes((start + lowest) * pane, group)
    held = np.bincount(number) > 0
    place = np.cumsum(held) - 1
    return Panes((np.flatnonzero(held) + lowest) * pane, place[number])


@dataclass(slots=True, eq=False)
class Tallies:
    """Counts by pane, gathered as arrays of times and counted once at the end."""

    pane: int
    _times: dict[Tally, list[Int64]] = field(default_factory=lambda: defaultdict(list))

    def add(
        self, kind: str, times: Int64, model: str = "", version: str = "", reason: str = ""
    ) -> None:
        """Count each of these times in its pane."""
        if len(times):
            self._times[Tally(kind, 0, model, version, reason)].append(times)

    def counted(self) -> Mapping[Tally, int]:
        """Give the counts so far."""
        counts: Counter[Tally] = Counter()
        for tally, times in self._times.items():
            panes = group_by_pane(np.concatenate(times), self.pane)
            held = np.bincount(panes.group, minlength=len(panes.start))
            for start, count in zip(panes.start.tolist(), held.tolist(), strict=True):
                counts[replace(tally, pane=start)] = count
        return counts
