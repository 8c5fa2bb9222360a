"""How often would the pager call people on data that have not drifted?

The reference's own blocks of time are split in two. One part stands for the reference; months of
traffic are drawn from the other, whole blocks at a time, so that rows that resemble their
neighbours stay together, and each hour of the day from that same hour where there are enough.
"""

from dataclasses import dataclass, replace

import numpy as np

from detectors import special
from detectors.sequential.detector import Detector
from driftwatch.decide.pager_settings import PagerSettings
from driftwatch.decide.watch import watch
from driftwatch.nouns.profiles import Profile
from driftwatch.nouns.records import Int64
from driftwatch.nouns.settings import microseconds
from driftwatch.window.settings import HOUR, WindowSettings

MONTH = 720  # hours
LEAST = 20  # blocks
_HOUR = microseconds(HOUR)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Pages on `months` of drawn traffic, and the 95% bounds of their number a month (Poisson).

    `budget` is the number that is promised; `why` says what kept it from being tried, if anything.
    """

    months: int = 0
    pages: int = 0
    low: float = 0.0
    high: float = 0.0
    budget: float = 0.0
    why: str = ""


def quiet(
    profile: Profile,
    settings: PagerSettings,
    window: WindowSettings,
    months: int,
    rng: np.random.Generator,
) -> Quiet:
    """Count the pages on months of what the reference holds."""
    made = watch(profile, settings, window.pane)
    reference, blocks = made.detector.components.reference, profile.blocks
    if blocks is None or blocks.sets != reference.sets.digest:
        return Quiet(why="the profile has no blocks of time: its rows have no event times")
    if len(blocks.blocks.start) < LEAST:
        return Quiet(why=f"the profile has {len(blocks.blocks.start)} blocks of time, not {LEAST}")
    k, n = blocks.blocks.k, blocks.blocks.n
    ours = np.arange(len(k)) % 2 == 0
    held = k[ours].sum(axis=0), n[ours].sum(axis=0)
    tuning = made.detector.components.tuning
    detector = Detector.of(replace(reference, slots=None, held=held), tuning)
    drawn = _Drawn.of(blocks.blocks.start[~ours], k[~ours], n[~ours], blocks.length)
    pages, state = 0, detector.begin()
    for hour in range(months * MONTH):
        outcome = detector.hour(state, hour, *drawn.hour(hour, rng))
        state, pages = outcome.state, pages + len(outcome.pages)
    low, high = _poisson(pages)
    budget = tuning.alpha * MONTH
    return Quiet(months, pages, float(low / months), float(high / months), budget)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Blocks to draw from; `each` of them make an hour, `at` has those of each hour of the day."""

    k: Int64
    n: Int64
    each: int
    at: tuple[Int64, ...]

    @classmethod
    def of(cls, start: Int64, k: Int64, n: Int64, length: int) -> "_Drawn":
        hours = start // _HOUR % 24
        own = [np.flatnonzero(hours == hour) for hour in range(24)]
        full = all(len(blocks) > 1 for blocks in own)
        everywhere = np.arange(len(k))
        at = tuple(blocks if full else everywhere for blocks in own)
        return cls(k, n, max(round(_HOUR / length), 1), at)

    def hour(self, hour: int, rng: np.random.Generator) -> tuple[Int64, Int64]:
        chosen = rng.choice(self.at[hour % 24], self.each)
        return self.k[chosen].sum(axis=0), self.n[chosen].sum(axis=0)


def _poisson(events: int) -> tuple[float, float]:
    """Give the exact 95% bounds of the mean of a Poisson number."""
    low = float(special.gammaincinv(events, 0.025)) if events else 0.0
    return low, float(special.gammaincinv(events + 1, 0.975))
