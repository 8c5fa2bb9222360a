"""How often would the pager call people on data that have not drifted?

Of the reference's own blocks of time one half is taken out, and the rest stands for the reference.
Months of traffic are drawn from the blocks taken out; the whole and its segments have the shares of
the one budget that they have live.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detectors import special
from driftwatch.decide.gather import share
from driftwatch.decide.pager_settings import PagerSettings
from driftwatch.decide.watch import Watch, watch, watch_segment
from driftwatch.nouns.profiles import Blocks, Profile
from driftwatch.nouns.records import Int64
from driftwatch.replay.drawn import Drawn, Part, taken
from driftwatch.window.settings import WindowSettings

MONTH = 720  # hours
LEAST = 20  # blocks

Advance = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Quiet:
    """Pages on `months` of drawn traffic, and the 95% bounds of their number a month (Poisson).

    They are those of the whole and of its `segments`; `budget` is what is promised of all. `why`
    says what kept it from being tried, if anything.
    """

    months: int = 0
    pages: int = 0
    low: float = 0.0
    high: float = 0.0
    budget: float = 0.0
    why: str = ""
    segments: int = 0


def quiet(
    profile: Profile,
    settings: PagerSettings,
    window: WindowSettings,
    months: int,
    rng: np.random.Generator,
    *,
    progress: Advance,
) -> Quiet:
    """Count the pages on months of what the reference holds; `progress` is told the hours."""
    made = watch(profile, settings, window.pane)
    blocks, why = profile.blocks, _untried(profile, made)
    if blocks is None or why:
        return Quiet(why=why)
    whole, segments = _whole(made, blocks), _segments(made, settings, window)
    hours, pages = months * MONTH, 0
    for hour in range(hours):
        some = [one for drawn in segments for one in drawn.hour(hour, rng)]
        for part, k, n in (*whole.hour(hour, rng), *some):
            pages += part.advance(hour, k, n, share(part.population, len(some)))
        progress(hour + 1, hours)
    low, high = _poisson(pages)
    budget, parts = made.detector.components.tuning.alpha * MONTH, len(profile.parts)
    return Quiet(months, pages, low / months, high / months, budget, segments=parts)


def _untried(profile: Profile, made: Watch) -> str:
    """Say what keeps it from being tried, if anything does."""
    blocks = profile.blocks
    if blocks is None or blocks.sets != made.detector.components.reference.sets.digest:
        return "the profile has no blocks of time: its rows have no event times"
    found = [len(blocks.blocks.start)]
    for family in profile.segments if profile.parts else ():
        if family.blocks is None:
            return (
                f"the profile has no blocks of time of the segments of {family.column}: it was "
                "built by an earlier release, or has too many segments and cells for them"
            )
        found.append(len(family.blocks.start))
    return f"the profile has {min(found)} blocks of time, not {LEAST}" if min(found) < LEAST else ""


def _whole(made: Watch, blocks: Blocks) -> Drawn:
    out = taken(blocks.blocks.start, blocks.length)
    part = Part.of(made, "", blocks.blocks.k[out], blocks.blocks.n[out])
    return Drawn.of((part,), blocks.blocks.start[out], blocks.length)


def _segments(made: Watch, settings: PagerSettings, window: WindowSettings) -> list[Drawn]:
    """Give the segments of each column; the same hours are drawn for all of these."""
    found = []
    for family in made.profile.segments:
        if (blocks := family.blocks) is not None:
            out = taken(blocks.start, blocks.length)
            watches = (watch_segment(made, name, settings, window.pane) for name in family.names)
            parts = [
                _segment(own, name, blocks.counts(place)[out])
                for place, (name, own) in enumerate(zip(family.names, watches, strict=True))
                if own is not None
            ]
            found.append(Drawn.of(parts, blocks.start[out], blocks.length))
    return found


def _segment(made: Watch, segment: str, cells: Int64) -> Part:
    k, n = made.detector.components.reference.sets.count(cells)
    return Part.of(made, segment, k, n)


def _poisson(events: int) -> tuple[float, float]:
    """Give the exact 95% bounds of the mean of a Poisson number."""
    low = float(special.gammaincinv(events, 0.025)) if events else 0.0
    return low, float(special.gammaincinv(events + 1, 0.975))
