"""Does watching the rejected records keep the budget, and how soon does it see a burst of them?

`python -m tests.simulations.rejected` writes build/simulations/rejected.json and fails if a bound
does not hold.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from detectors.sequential.detector import Detector
from detectors.sequential.pages import Page
from detectors.sequential.state import State
from tests.simulations.streams import HOURLY, World, draw, probabilities
from tests.simulations.table import Row, at_most, fails, pages_a_month, run

OUT = Path(__file__).parents[2] / "build" / "simulations" / "rejected.json"
ALLOWANCE = 0.01
WATCHED = replace(HOURLY, allowance=ALLOWANCE)
ALONE = replace(WATCHED, shares={"quality": 1.0})

Records = Callable[[np.random.Generator], tuple[int, int]]


def some(n: int, share: float) -> Records:
    """Give an hour's n records, each rejected by itself with a chance; rows, and rejected."""

    def drawn(rng: np.random.Generator) -> tuple[int, int]:
        rejected = int(rng.binomial(n, share))
        return n - rejected, rejected

    return drawn


def watch(
    world: World,
    hours: int,
    records: Records,
    state: State | None = None,
    begin: int = 0,
    *,
    until: str = "",
) -> tuple[State, list[Page], float]:
    """Take in hours of records; stop at the first page of the family `until`."""
    state, pages = state or world.detector.begin(), []
    p = probabilities(world.layout)
    for hour in range(begin, begin + hours):
        rows, rejected = records(world.rng)
        counts = draw(world.rng, world.layout, p, rows)
        outcome = world.detector.pane(state, hour, counts, rejected=rejected)
        state, pages = outcome.state, [*pages, *outcome.pages]
        if until and any(page.family == until for page in outcome.pages):
            return state, pages, hour + 1 - begin
    return state, pages, float("inf") if until else hours


def all_on_rejected(world: World) -> World:
    """Give nearly all weight to rejected records; else most bets win nothing at the boundary."""
    components = world.detector.components
    pair = int(np.flatnonzero(components.column == components.rejected)[0])
    weight = components.weight * 1e-9
    used = components.weight[:, pair] > 0
    weight[used, pair] = 1 / used.sum()
    return replace(world, detector=Detector(replace(components, weight=weight, _by_slot={})))


def boundary() -> Iterator[Row]:
    """Reject just as many as are allowed, with all bets on it; and a few more, which must page."""
    for n in (10, 100, 1000, 10_000):
        pages, hours, runs = 0, 6000, 2
        for seed in range(runs):
            world = all_on_rejected(World.of(1, seed=seed, tuning=ALONE))
            pages += len(watch(world, hours, some(n, ALLOWANCE))[1])
        name = f"as many rejected as are allowed, {n:,} records an hour"
        yield pages_a_month(name, pages, hours * runs)
    world = all_on_rejected(World.of(1, seed=9, tuning=ALONE))
    pages = len(watch(world, 2000, some(1000, 1.5 * ALLOWANCE))[1])
    yield fails("half as many again, 1,000 records an hour", pages, 2000)


def budget() -> Iterator[Row]:
    """Watch everything: no family pages more for it."""
    for d, hours in ((1, 4000), (10, 2500), (100, 600)):
        world = World.of(d, seed=100 + d, tuning=WATCHED)
        pages = watch(world, hours, some(1000, ALLOWANCE))[1]
        name = f"{d} features, as many rejected as are allowed, 1,000 records an hour"
        yield pages_a_month(name, len(pages), hours)


def clusters() -> Iterator[Row]:
    """Break records five at a time, as requests and retries do."""
    for clusters, show in ((1.0, fails), (5.0, pages_a_month)):
        tuning = replace(ALONE, clusters=clusters)
        world, hours = all_on_rejected(World.of(1, seed=8, tuning=tuning)), 4000

        def fives(rng: np.random.Generator) -> tuple[int, int]:
            rejected = 5 * int(rng.binomial(200, ALLOWANCE))
            return 1000 - rejected, rejected

        name = f"five at a time, clusters {clusters:g}, 1,000 records an hour"
        yield show(name, len(watch(world, hours, fives)[1]), hours)


def burst() -> Iterator[Row]:
    """Reject more from one hour on, beside 10 features and beside 100."""
    cases = (
        (100, 0.05, 12),
        (100, 0.2, 3),
        (1000, 0.02, 12),
        (1000, 0.05, 3),
        (1000, 1.0, 1),
        (10_000, 0.02, 3),
    )
    for d in (10, 100):
        for n, share, most in cases:
            found = [_delay(d, n, share, seed) for seed in range(5)]
            name = f"{d} features, {n:,} records an hour, {share:.0%} rejected"
            yield at_most(name, float(np.median(found)), most)


def _delay(d: int, n: int, share: float, seed: int) -> float:
    world = World.of(d, seed=seed, tuning=replace(WATCHED, clusters=2.0), rows=20_000)
    state, _, _ = watch(world, 10, some(n, ALLOWANCE / 10))
    return watch(world, 60, some(n, share), state, 10, until="quality")[2]


SIMULATIONS = (boundary, budget, clusters, burst)

if __name__ == "__main__":
    run(SIMULATIONS, OUT)
