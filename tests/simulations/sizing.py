"""Is a shift seen as soon as the sizing says, on streams of several kinds?

`python -m tests.simulations.sizing` writes build/simulations/sizing.json and fails if a bound does
not hold. Each run draws a reference of its own, asks how small a shift is seen within some hours,
moves the mean of one feature by it, and waits for the page.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import ndtri
from scipy.stats import binom

from detectors.sequential.sizing import LIKELY, smallest_shift
from tests.simulations.pager import Series, in_blocks
from tests.simulations.streams import (
    ROWS,
    Normal,
    World,
    counted,
    draw,
    probabilities,
)
from tests.simulations.table import CONFIDENCE, Row, run

OUT = Path(__file__).parents[2] / "build" / "simulations" / "sizing.json"
RUNS, QUIET, MOST = 20, 5, 4.0  # hours before the shift; waited for, in those that are said
Hour = Callable[[int, float], np.ndarray]


@dataclass(frozen=True)
class Stream:
    """A kind of stream: a world and its hours by the mean of the first feature, for any seed."""

    name: str
    rows: int
    made: Callable[[int], tuple[World, Hour]]


def independent(d: int, n: int, *, phi: float = 1.0, clustered: int = 1) -> Stream:
    """Draw independent rows, each `clustered` times."""

    def made(seed: int) -> tuple[World, Hour]:
        world = World.of(d, seed=seed, phi=phi)

        def hour(_: int, mean: float) -> np.ndarray:
            p = probabilities(world.layout, {0: Normal(mean)})
            return clustered * draw(world.rng, world.layout, p, n // clustered)

        return world, hour

    times = f", each {clustered} times" if clustered > 1 else ""
    return Stream(f"{d} features, {n:,} rows an hour{times}, phi {phi:g}", n, made)


def resembling(rho: float, n: int = 1000) -> Stream:
    """Draw rows each of which resembles the one before, with phi measured on 50 blocks."""

    def made(seed: int) -> tuple[World, Hour]:
        rng = np.random.default_rng(seed)
        series = Series(rho, rng)
        values = series.rows(ROWS)
        world = World.drawn([values], rng, phi=lambda sets: (in_blocks(sets, values, 50), None))
        edges = world.layout.numeric[0].edges
        return world, lambda _, mean: counted(edges, series.rows(n) + mean)

    return Stream(f"AR(1) {rho:g}, {n:,} rows an hour, phi measured", n, made)


def daily(swing: float, n: int = 1000, days: int = 20) -> Stream:
    """Draw rows whose mean rises and falls by day, with phi measured on hours."""

    def made(seed: int) -> tuple[World, Hour]:
        rng = np.random.default_rng(seed)
        means = swing * np.sin(2 * np.pi * np.arange(24 * days) / 24)
        values = (rng.standard_normal((len(means), n)) + means[:, None]).reshape(-1)
        world = World.drawn(
            [values], rng, phi=lambda sets: (in_blocks(sets, values, len(means)), None)
        )

        def hour(at: int, mean: float) -> np.ndarray:
            p = probabilities(world.layout, usual=Normal(float(means[at % 24]) + mean))
            return draw(rng, world.layout, p, n)

        return world, hour

    return Stream(f"a daily cycle of {swing:g} sd, {n:,} rows an hour, phi measured", n, made)


STREAMS = (
    (independent(10, 1000), (6.0, 24.0)),
    (independent(100, 1000), (6.0,)),
    (independent(10, 100), (6.0, 24.0)),
    (independent(10, 10), (24.0,)),
    (independent(10, 10_000), (24.0,)),
    (independent(10, 1000, phi=5.0, clustered=5), (6.0, 24.0)),
    (resembling(0.5), (6.0, 24.0)),
    (resembling(0.9), (24.0,)),
    (daily(0.1), (24.0,)),
    (daily(0.5), (24.0, 72.0)),
)


def soon() -> Iterator[Row]:
    """Move the mean by what is likely to be seen, and by what takes as long in the median."""
    for stream, within in STREAMS:
        for hours in within:
            yield seen(stream, hours)
            yield middling(stream, hours)


def seen(stream: Stream, hours: float) -> Row:
    """Hold the share of runs in which it was seen soon enough against what is said."""
    sizes, delays = tried(stream, hours, LIKELY)
    found = int((delays <= hours).sum())
    name = f"{stream.name}, h {np.median(sizes):.3f}: seen within {hours:g} h"
    holds = bool(binom.cdf(found, len(delays), LIKELY) >= 1 - CONFIDENCE)
    return Row(name, found / len(delays), f">= {LIKELY:g} ({found} of {len(delays)})", holds)


def middling(stream: Stream, hours: float) -> Row:
    """Hold the median delay of the shift that takes so long in the median against that."""
    sizes, delays = tried(stream, hours, 0.5)
    found = float(np.median(delays))
    name = f"{stream.name}, h {np.median(sizes):.3f}: median hours, where {hours:g} are said"
    shown = None if np.isinf(found) else found
    return Row(name, shown, f"<= {1.5 * hours:g} h", found <= 1.5 * hours)


def tried(stream: Stream, hours: float, chance: float) -> tuple[np.ndarray, np.ndarray]:
    """Give of each run the size of the shift, and after how many hours it paged."""
    found = [_tried(stream, seed, hours, chance) for seed in range(RUNS)]
    sizes, delays = np.array(found).T
    return sizes, delays


def _tried(stream: Stream, seed: int, hours: float, chance: float) -> tuple[float, float]:
    world, hour = stream.made(1000 + seed)
    components = world.detector.components
    size = float(smallest_shift(components, stream.rows, hours, chance=chance)[0])
    mean = float(ndtri(np.sin(np.pi / 4 + size / 2) ** 2))  # of a share of one half
    before = world.watch(QUIET, lambda at: hour(at, 0.0))
    most = int(MOST * hours) + 1
    after = world.watch(most, lambda at: hour(at, mean), before.state, QUIET, until="covariate")
    return size, after.hours


if __name__ == "__main__":
    run([soon], OUT)
