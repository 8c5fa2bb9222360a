"""Does each safeguard of the pager carry weight?

`python -m tests.simulations.safeguards` takes them away one by one, shows that the promise then
breaks, writes build/simulations/safeguards.json, and fails where it does not.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from detectors.sequential.bounds import tolerated
from detectors.sequential.components import Components
from detectors.sequential.detector import Detector
from detectors.sequential.dispersion import Dispersion
from detectors.sequential.reference import Reference
from detectors.sequential.sets import Sets
from detectors.sequential.state import State
from detectors.summaries import Layout, Summary, categorical_feature
from tests.simulations.streams import HOURLY, Normal, World, draw, probabilities
from tests.simulations.table import Row, at_most, beyond, fails, pages_a_month, run

OUT = Path(__file__).parents[2] / "build" / "simulations" / "safeguards.json"


def exact(detector: Detector) -> Detector:
    """Hold the shares of the reference for the true ones."""
    components = detector.components
    reference = components.reference
    k, m = components.count(reference.summary.counts, np.zeros_like(components.watched))
    column = components.column
    held = np.where(components.side == 0, k[column], m[column] - k[column])
    share = tolerated(held / np.maximum(m[column], 1), components.tuning.tolerance)
    sets = column < len(reference.sets)
    upper = np.where(sets, share, components.upper)
    return Detector(replace(components, upper=upper, _by_slot={}))


def finite_reference() -> Iterator[Row]:
    """Take the finite reference as exact: chance in its own rows then pages."""
    for name, plugged, hours in (("bounded", False, 600), ("as if exact", True, 600)):
        tuning = replace(HOURLY, tolerance=0.0)
        world = World.of(10, seed=21, tuning=tuning)
        if plugged:
            world = replace(world, detector=exact(world.detector))
        quiet = world.watch(hours, world.steady(10_000))
        show = fails if plugged else pages_a_month
        yield show(f"the reference {name}, 10,000 rows an hour", len(quiet.pages), hours)


def halves() -> Iterator[Row]:
    """Count the vocabulary on the rows that chose it, for Zipf's values."""
    for name, split, show in (
        ("on the other half", True, pages_a_month),
        ("on the rows that chose it", False, fails),
    ):
        pages, hours = 0, 300
        for seed in range(3):
            pages += len(zipf(seed, split=split, hours=hours))
        yield show(f"100,000 values by Zipf's law, counted {name}", pages, 3 * hours)


def zipf(seed: int, *, split: bool, hours: int) -> list[object]:
    """Watch undrifted values, of which each reference has seen only some."""
    rng = np.random.default_rng(seed)
    p = 1 / np.arange(1, 100_001)
    p /= p.sum()
    chosen = rng.multinomial(25_000, p)
    counts = rng.multinomial(25_000, p) if split else chosen
    kept = np.argsort(-chosen, kind="stable")[:100]
    cell = np.full(len(p), 101)  # never seen
    cell[chosen > 0] = 100
    cell[kept] = np.arange(100)
    feature = categorical_feature("word", {f"w{i:06}": int(chosen[i]) for i in kept})
    layout = Layout((), (feature,))
    detector = _watching(layout, np.bincount(cell, counts, minlength=103).astype(np.int64))
    state, pages = detector.begin(), []
    for hour in range(hours):
        drawn = rng.multinomial(1000, p)
        outcome = detector.pane(
            state, hour, np.bincount(cell, drawn, minlength=103).astype(np.int64)
        )
        state = outcome.state
        pages += outcome.pages
    return pages


def _watching(layout: Layout, counts: np.ndarray) -> Detector:
    summary = replace(Summary.empty(layout), rows=int(counts.sum()), counts=counts)
    sets = Sets.of(layout, summary, ["feature"])
    reference = Reference(sets, summary, Dispersion.said(1.0, len(sets)))
    return Detector.of(reference, HOURLY)


def unseen() -> Iterator[Row]:
    """Let one row in a hundred hold a value that the reference never held."""
    feature = categorical_feature("word", {"a": 3, "b": 1})
    for n, most in ((100, 26), (1000, 4), (10_000, 2)):
        rng = np.random.default_rng(n)
        held = rng.multinomial(50_000, [0.75, 0.25, 0, 0, 0]).astype(np.int64)
        detector = _watching(Layout((), (feature,)), held)
        found = []
        for _ in range(7):
            state, hour, paged = detector.begin(), 0, False
            while not paged and hour < 200:
                counts = rng.multinomial(n, [0.7425, 0.2475, 0, 0.01, 0]).astype(np.int64)
                outcome = detector.pane(state, hour, counts)
                state, hour = outcome.state, hour + 1
                paged = any(page.family == "quality" for page in outcome.pages)
            found.append(hour)
        name = f"a value never seen before, in 1% of {n:,} rows an hour"
        yield at_most(name, float(np.median(found)), most)


def start_mass() -> Iterator[Row]:
    """Put start mass in where no row came: evidence out of nothing."""
    for name, always, show in (
        ("with rows only", False, at_most),
        ("in empty hours too", True, beyond),
    ):
        world = World.of(10, seed=23)
        components, state, pages = world.detector.components, world.detector.begin(), 0
        p = probabilities(world.layout)
        for hour in range(5000):
            n = int(world.rng.random() < 0.01)
            outcome = world.detector.pane(state, hour, draw(world.rng, world.layout, p, n))
            state, pages = outcome.state, pages + len(outcome.pages)
            if always and not n:
                mass = state.mass + components.weight
                state = replace(state, mass=mass.astype(np.float32))
        yield show(f"start mass {name}, a row in 100 hours, 5,000 h", pages, 0, "pages")


def removal() -> Iterator[Row]:
    """Take away all evidence at a page: a standing shift then silences all others."""
    for name, everything, show in (
        ("what was called", False, at_most),
        ("everything", True, beyond),
    ):
        world = World.of(10, seed=24)
        p = probabilities(world.layout, {0: Normal(1.0), 1: Normal(0.12)})
        delay = _second(world, lambda w=world, p=p: draw(w.rng, w.layout, p, 1000), everything)
        yield show(f"removal of {name}: a faint shift beside a standing one is called", delay, 100)


def _second(world: World, rows: Callable[[], np.ndarray], everything: bool) -> float:
    """Give the hours to the first page that calls the second feature."""
    state = world.detector.begin()
    for hour in range(300):
        outcome = world.detector.pane(state, hour, rows())
        state = outcome.state
        called = Counter(c.feature for page in outcome.pages for c in page.called)
        if called[1]:
            return float(hour + 1)
        if everything and outcome.pages:
            state = _nothing_left(state, world.detector.components)
    return float("inf")


def _nothing_left(state: State, components: Components) -> State:
    rests = np.ones(len(components.first), dtype=np.bool_)
    return replace(state, mass=np.zeros_like(state.mass), rests=rests)


SIMULATIONS = (finite_reference, halves, unseen, start_mass, removal)

if __name__ == "__main__":
    run(SIMULATIONS, OUT)
