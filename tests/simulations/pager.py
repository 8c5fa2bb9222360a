"""Does the pager keep its budget where nothing moved, and how soon does it page where it did?

`python -m tests.simulations.pager` writes build/simulations/pager.json and fails if a bound does
not hold. References are drawn anew; hours are drawn cell by cell from the true shares, which is the
same as row by row.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from detectors.sequential.detector import Detector
from detectors.sequential.dispersion import Dispersion
from detectors.sequential.sets import Sets
from detectors.sequential.tuning import Tuning
from tests.simulations.streams import (
    HOURLY,
    ROWS,
    Normal,
    World,
    counted,
    draw,
    probabilities,
)
from tests.simulations.table import Row, at_most, fails, pages_a_month, run

OUT = Path(__file__).parents[2] / "build" / "simulations" / "pager.json"
# features, rows an hour, hours of quiet; the most hours to a page for +.25 sd, and for sd x 1.2, on
# one feature: twice what statistics.md's prototype took, h0 = 0 and .05
TABLE = (
    (1, 1000, 8000, (2, 4), (2, 4)),
    (10, 100, 5000, (16, 27), (16, 30)),
    (10, 1000, 5000, (2, 4), (2, 4)),
    (100, 100, 1500, (18, 30), (20, 38)),
    (100, 1000, 1500, (2, 4), (2, 4)),
    (100, 10_000, 1500, (1, 1), (1, 1)),
)
SHIFT, SPREAD = Normal(0.25), Normal(sd=1.2)
HARMLESS = Normal(0.02)
ALONE = replace(HOURLY, shares={"covariate": 1.0})


def table() -> Iterator[Row]:
    """Simulate the table of the specification."""
    for d, n, hours, moved, spread in TABLE:
        for at, tolerance in enumerate((0.0, 0.05)):
            name = f"{d} features, {n:,} rows an hour, h0 {tolerance:g}"
            world = World.of(d, seed=100 * d + n, tuning=replace(HOURLY, tolerance=tolerance))
            quiet = world.watch(hours, world.steady(n))
            yield pages_a_month(f"{name}, nothing moved", len(quiet.pages), hours)
            yield at_most(f"{name}, +.25 sd on one", world.delay(n, {0: SHIFT}), moved[at])
            yield at_most(f"{name}, sd x 1.2 on one", world.delay(n, {0: SPREAD}), spread[at])
        p = probabilities(world.layout, usual=HARMLESS)
        harmless = world.watch(hours // 3, world.steady(n, p))
        yield pages_a_month(f"{name}, +.02 sd on all", len(harmless.pages), hours // 3)


def width() -> Iterator[Row]:
    """Simulate up to a thousand features."""
    for d, hours in ((1, 4000), (10, 3000), (100, 800), (1000, 80)):
        world = World.of(d, seed=d, rows=20_000)
        quiet = world.watch(hours, world.steady(500))
        yield pages_a_month(f"{d} features, nothing moved", len(quiet.pages), hours)


def boundary() -> Iterator[Row]:
    """Lay all bets on one side of one set, whose share is exactly where the null ends."""
    for n in (100, 1000, 10_000):
        pages, hours, runs = 0, 6000, 4
        for seed in range(runs):
            world, pair = all_on_one(World.of(1, seed=seed, tuning=ALONE))
            rows = partial(at_bound, world, pair, n)
            pages += len(world.watch(hours, rows).pages)
        yield pages_a_month(f"on the boundary of the null, {n:,} rows an hour", pages, hours * runs)


def all_on_one(world: World) -> tuple[World, int]:
    """Give all weight to {x < median}; otherwise most bets win nothing at the boundary."""
    components = world.detector.components
    pair = int(np.flatnonzero((components.column == 7) & (components.side == 0))[0])
    weight = np.zeros_like(components.weight)
    used = components.weight[:, pair] > 0
    weight[used, pair] = 1 / used.sum()
    detector = Detector(replace(components, weight=weight, _by_slot={}))
    return replace(world, detector=detector), pair


def at_bound(world: World, pair: int, n: int, _: int) -> np.ndarray:
    """Draw an hour in which the set has the largest share that the null allows."""
    components = world.detector.components
    cells = int(components.reference.sets.end[7])
    p = probabilities(world.layout)
    below, upper = p[:cells].sum(), components.upper[pair]
    p[:cells] *= upper / below
    p[cells:] *= (1 - upper) / (1 - below)
    return draw(world.rng, world.layout, p, n)


def panes() -> Iterator[Row]:
    """Look after each of sixty panes of an hour."""
    tuning = replace(HOURLY, slots=60)
    pages, hours = 0, 700
    for seed in range(2):
        world = World.of(10, seed=seed, tuning=tuning)
        state, p = world.detector.begin(), probabilities(world.layout)
        for pane in range(hours * 60):
            outcome = world.detector.pane(state, pane // 60, draw(world.rng, world.layout, p, 20))
            state, pages = outcome.state, pages + len(outcome.pages)
    yield pages_a_month("sixty panes an hour, nothing moved", pages, 2 * hours)


def empty() -> Iterator[Row]:
    """Watch hours without rows, and with one in ten hours."""
    for name, share in (("no rows", 0.0), ("a row in ten hours", 0.1), ("one row", 1.0)):
        world = World.of(10, seed=3)
        p = probabilities(world.layout)
        quiet = world.watch(
            5000, lambda _, w=world, p=p, s=share: draw(w.rng, w.layout, p, int(w.rng.random() < s))
        )
        yield pages_a_month(f"{name} an hour", len(quiet.pages), 5000)


def rare() -> Iterator[Row]:
    """Simulate changes in few rows."""
    world = World.of(10, seed=5, missing=0.001)
    usual = Normal(missing=0.001)
    p = probabilities(world.layout, {0: Normal(1.0, missing=0.001)}, usual)
    stood = world.watch(50, world.steady(1000, p))
    p = probabilities(world.layout, {0: Normal(1.0, missing=0.001), 1: Normal(missing=0.01)}, usual)
    found = world.watch(100, world.steady(1000, p), stood.state, 50, until="quality")
    yield at_most("missing .1% to 1% beside a standing shift, 1,000 rows an hour", found.hours, 10)
    worlds = (World.of(10, seed=seed) for seed in range(7))
    top = np.median([world.delay(10_000, {0: Normal(top=0.01)}, runs=1) for world in worlds])
    yield at_most("+1% of rows into the top 1%, 10,000 rows an hour", float(top), 40)


def duplicates() -> Iterator[Row]:
    """Count every row five times, as retries and batches do."""
    for phi, show in ((1.0, fails), (5.0, pages_a_month)):
        world = World.of(10, seed=8, phi=phi)
        p, hours = probabilities(world.layout), 3000 if phi > 1 else 400
        found = world.watch(hours, lambda _, w=world, p=p: 5 * draw(w.rng, w.layout, p, 200))
        yield show(f"every row five times, phi {phi:g}", len(found.pages), hours)


def autocorrelated() -> Iterator[Row]:
    """Draw rows each of which resembles the one before."""
    for rho, hours in ((0.5, 1500), (0.9, 1500), (0.99, 1500)):
        for seed, estimated in ((0, False), (0, True), (1, True), (2, True)):
            rng = np.random.default_rng(int(100 * rho) + seed)
            series = Series(rho, rng)
            values = series.rows(ROWS)
            world = World.drawn(
                [values],
                rng,
                phi=(lambda s, v=values: (in_blocks(s, v, 50), None)) if estimated else 1.0,
            )
            some = hours if estimated else 200
            edges = world.layout.numeric[0].edges
            found = world.watch(some, lambda _, e=edges, s=series: counted(e, s.rows(1000)))
            name = f"AR(1) {rho:g}, reference {seed}, phi " + ("estimated" if estimated else "1")
            if estimated:
                yield pages_a_month(name, len(found.pages), some)
            elif rho > 0.5:
                yield fails(name, len(found.pages), some)


class Series:
    """An AR(1) series of unit variance that goes on."""

    def __init__(self, rho: float, rng: np.random.Generator) -> None:
        self.rho, self.rng, self.last = rho, rng, rng.standard_normal()

    def rows(self, n: int) -> np.ndarray:
        noise = self.rng.standard_normal(n) * np.sqrt(1 - self.rho**2)
        values, _ = lfilter([1], [1, -self.rho], noise, zi=[self.rho * self.last])
        self.last = values[-1]
        return values


def in_blocks(sets: Sets, values: np.ndarray, blocks: int) -> Dispersion:
    """Measure phi on equal blocks of a reference of one feature; a block is an hour's rows."""
    edges = sets.layout.numeric[0].edges
    cells = np.stack([counted(edges, part) for part in np.array_split(values, blocks)])
    return measured(sets, cells)


def measured(sets: Sets, cells: np.ndarray, **how: float) -> Dispersion:
    """Measure phi on the counts by cell of each block."""
    k, n = sets.count(cells)
    found = Dispersion.measured(k, n, sets.feature, **how)
    if found is None:
        message = "there are too few blocks"
        raise ValueError(message)
    return found


def estimated() -> Iterator[Row]:
    """Give the table's delays once phi is estimated from 50 blocks of independent rows."""
    for d, n, _, moved, spread in TABLE[:5]:
        rng = np.random.default_rng(d + n)
        values = [rng.standard_normal(ROWS) for _ in range(d)]

        def phi(sets: Sets, values: list[np.ndarray] = values) -> tuple[Dispersion, None]:
            edges = [f.edges for f in sets.layout.numeric]
            blocks = np.split(np.arange(ROWS), 50)
            cells = [
                np.concatenate([counted(e, x[b]) for e, x in zip(edges, values, strict=True)])
                for b in blocks
            ]
            return measured(sets, np.stack(cells)), None

        world = World.drawn(values, rng, phi=phi)
        name = f"{d} features, {n:,} rows an hour, phi estimated"
        quiet = world.watch(500, world.steady(n))
        yield pages_a_month(f"{name}, nothing moved", len(quiet.pages), 500)
        yield at_most(f"{name}, +.25 sd on one", world.delay(n, {0: SHIFT}), 2.5 * moved[1])
        yield at_most(f"{name}, sd x 1.2 on one", world.delay(n, {0: SPREAD}), 2.5 * spread[1])


def jitter() -> Iterator[Row]:
    """Let every hour have a mean of its own, at twenty times the reference's traffic."""
    jittered, n_ref, n = 0.1, 1000, 20_000
    for grows in (True, False):
        rng = np.random.default_rng(11)
        means = rng.normal(0, jittered, 300)
        values = np.concatenate([rng.normal(mean, 1, n_ref) for mean in means])

        def phi(
            sets: Sets, values: np.ndarray = values, *, grows: bool = grows
        ) -> tuple[Dispersion, None]:
            found = in_blocks(sets, values, 300)
            return found if grows else replace(found, rows=np.full(len(sets), np.inf)), None

        world = World.drawn([values], rng, phi=phi)
        found = world.watch(
            1500,
            lambda _, w=world: draw(
                w.rng, w.layout, probabilities(w.layout, usual=Normal(w.rng.normal(0, jittered))), n
            ),
        )
        show = pages_a_month if grows else fails
        how = "phi(n)" if grows else "the reference's phi"
        yield show(
            f"hours' means jitter by {jittered} sd, {n:,} rows an hour, {how}",
            len(found.pages),
            1500,
        )


def cycle() -> Iterator[Row]:
    """Hide a shift under a daily cycle; the daily clock sees it, hours do not."""
    n, days = 1000, 30
    rng = np.random.default_rng(13)

    def at(hour: int) -> float:
        return 0.5 * float(np.sin(2 * np.pi * hour / 24))

    values = np.concatenate([rng.normal(at(h), 1, n) for h in range(24 * days)])

    def phi(sets: Sets) -> tuple[Dispersion, Dispersion]:
        edges = sets.layout.numeric[0].edges
        hours = np.stack([counted(edges, part) for part in np.split(values, 24 * days)])
        by_day = hours.reshape(days, 24, -1).sum(axis=1)
        return measured(sets, hours), measured(sets, by_day, length=24.0)

    for daily in (0.0, 0.2):
        tuning = Tuning(slots=1, daily=daily)
        world = World.drawn([values], rng, tuning, phi=phi)

        def rows(hour: int, moved: float, world: World = world) -> np.ndarray:
            p = probabilities(world.layout, usual=Normal(at(hour) + moved))
            return draw(world.rng, world.layout, p, n)

        name = "a daily cycle of .5 sd, " + ("with" if daily else "without") + " the daily clock"
        quiet = world.watch(3000, lambda hour, rows=rows: rows(hour, 0.0))
        yield pages_a_month(f"{name}, nothing moved", len(quiet.pages), 3000)
        found = world.watch(
            1000, lambda hour, rows=rows: rows(hour, 0.15), quiet.state, 3000, until="covariate"
        )
        if daily:
            yield at_most(f"{name}, +.15 sd", found.hours, 120)
        else:
            yield Row(
                f"{name}, +.15 sd", None if np.isinf(found.hours) else found.hours, "shown", True
            )


SIMULATIONS = (
    table,
    estimated,
    width,
    boundary,
    panes,
    empty,
    rare,
    duplicates,
    autocorrelated,
    jitter,
    cycle,
)

if __name__ == "__main__":
    run(SIMULATIONS, OUT)
