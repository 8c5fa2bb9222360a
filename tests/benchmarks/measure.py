"""What does a measurement say?"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table: ours beside a floor or a peer measured in the same run.

    `ratio` is what `target` speaks of: ours / floor_or_peer, or the measured value itself where
    the target is absolute (`floor_or_peer` is None then).
    """

    name: str
    ours: float
    unit: str
    floor_or_peer: float | None
    ratio: float
    target: str
    holds: bool


def at_most(name: str, ours: float, unit: str, limit: float) -> Row:
    """Make the row of an absolute target."""
    return Row(name, ours, unit, None, ours, f"<= {limit:g} {unit}", ours <= limit)


def at_least(name: str, ours: float, floor: float, unit: str, ratio: float) -> Row:
    """Make the row of a target that is a ratio to a floor or peer."""
    found = ours / floor
    return Row(name, ours, unit, floor, found, f">= {ratio:g} x", found >= ratio)


def median_seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Time some work a few times, after a first time that does not count."""
    work()
    took = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return sorted(took)[len(took) // 2]
