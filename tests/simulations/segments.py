"""Does the budget hold for a version that is watched whole and in segments?

`python -m tests.simulations.segments` writes build/simulations/segments.json and fails if a bound
does not hold. All of them stand where the null ends, with all bets on that side; the shares of the
budget are those that the daemon gives.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from detectors.sequential.bounds import DELTA
from detectors.summaries import Summary
from driftwatch.decide.gather import shared
from driftwatch.nouns.records import Population
from tests.simulations.pager import ALONE, all_on_one, at_bound
from tests.simulations.streams import World
from tests.simulations.table import MONTH, Row, beyond, pages_a_month, run

OUT = Path(__file__).parents[2] / "build" / "simulations" / "segments.json"
SEGMENTS, ROWS = 10, 200
A_DAY = 1 / 24  # false pages an hour, so many that they can be counted
WHOLE = Population("m", "1")
POPULATIONS = (WHOLE, *(replace(WHOLE, segment=f"c=v{i}") for i in range(SEGMENTS)))


def budget(hours: int = 500) -> Iterator[Row]:
    """Watch the whole and ten segments, first in a budget together, then with one each."""
    name = f"whole and {SEGMENTS} segments on the boundary of the null"
    together = pages(hours, shares())
    yield pages_a_month(name, together, hours, most=A_DAY * MONTH)
    apart = pages(hours, [1.0] * len(POPULATIONS))
    yield beyond(f"{name}, a budget for each: pages", apart, hours * A_DAY, "pages")


def shares() -> list[float]:
    """Give what each has of the budget in a pane where all have rows."""
    nothing = World.of(1, seed=0).layout
    pane = [(0, Summary.empty(nothing), 0)]
    found = shared(dict.fromkeys(POPULATIONS, pane))
    return [found[population][0][3] for population in POPULATIONS]


def pages(hours: int, given: Sequence[float]) -> int:
    """Count the pages of all, in panes of an hour."""
    tuning = replace(ALONE, alpha=A_DAY, delta=DELTA / len(POPULATIONS))
    worlds = [all_on_one(World.of(1, seed=i, tuning=tuning)) for i in range(len(POPULATIONS))]
    found = 0
    for (world, pair), share in zip(worlds, given, strict=True):
        rows, state = partial(at_bound, world, pair, ROWS), world.detector.begin()
        for hour in range(hours):
            outcome = world.detector.pane(state, hour, rows(hour), share)
            state, found = outcome.state, found + len(outcome.pages)
    return found


if __name__ == "__main__":
    run([budget], OUT)
