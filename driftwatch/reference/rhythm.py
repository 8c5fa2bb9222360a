"""Do rows of one stretch of time resemble each other, and does the hour of the day tell them apart?

Both make counts vary more than those of independent rows do: phi times as much. The pager allows
for it, so that it is no fault; but it then sees less, which a person should know.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from detectors.sequential.dispersion import BLOCKS, Dispersion
from detectors.sequential.sets import Sets
from driftwatch.nouns.profiles import Blocks
from driftwatch.reference.stretches import DAY, HOUR

STRONG = 4.0  # phi of independent rows is measured as 1 to 2
TELLING = 2.0  # so many times smaller within the hours of the day than over all
_MINUTE = HOUR // 60


def rhythm(sets: Sets, blocks: Blocks) -> Iterator[str]:
    """Give the doubts about a reference's blocks."""
    counts = blocks.blocks
    if len(counts.start) < BLOCKS:
        yield (
            f"only {len(counts.start)} blocks of time hold rows, and {BLOCKS} are wanted: how much "
            "neighbouring rows resemble each other is not known; say phi in the alerts' settings"
        )
        return
    whole = _phi(sets, blocks, None)
    within = _phi(sets, blocks, _hours(counts.start)) if _whole_days(blocks) else whole
    daily = (whole > STRONG) & (whole > TELLING * within)
    if daily.any():
        yield (
            f"the hour of the day tells: {_named(sets, whole, daily)} times as much as shares of "
            "independent rows; take whole days, and 20,000 rows for each hour of the day, and the "
            "pager compares each hour with its like"
        )
    alike = (within > STRONG) & ~daily
    if alike.any():
        minutes = max(1, blocks.length // _MINUTE)
        yield (
            f"rows of the same {minutes} min resemble each other: {_named(sets, within, alike)} "
            "times as much as shares of independent rows; the pager allows for it, and sees less"
        )


def _phi(sets: Sets, blocks: Blocks, stratum: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """Give the largest phi of each feature's sets; 1 of features without any."""
    counts = blocks.blocks
    found = Dispersion.measured(counts.k, counts.n, sets.feature, stratum=stratum)
    phi = np.ones(len(sets.layout.names))
    if found is not None:
        np.maximum.at(phi, sets.feature, found.phi)
    return phi


def _hours(start: NDArray[np.int64]) -> NDArray[np.int64]:
    hours: NDArray[np.int64] = start // HOUR % (DAY // HOUR)
    return hours


def _whole_days(blocks: Blocks) -> bool:
    """Say whether every hour of the day that there is occurs on two days at least."""
    start = blocks.blocks.start
    hours = np.unique(start // HOUR) % (DAY // HOUR)
    return bool(np.bincount(hours)[np.unique(hours)].min() > 1)


def _named(sets: Sets, phi: NDArray[np.float64], chosen: NDArray[np.bool_]) -> str:
    order = [int(j) for j in np.argsort(-phi, kind="stable") if chosen[j]]
    first = ", ".join(sets.layout.names[j] for j in order[:3])
    more = f" and {len(order) - 3} others" if len(order) > 3 else ""
    varies = "vary up to" if len(order) > 1 else "varies"
    return f"{first}{more} {varies} {phi[order[0]]:.0f}"
