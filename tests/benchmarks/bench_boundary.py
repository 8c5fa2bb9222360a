"""What does it cost to judge one boundary, and does the cost grow linearly in the features?

The real tick on a real SQLite file: read the pane that closed, slide the windows of 1 h and 24 h,
compute the default statistics, estimate the shares of the classes, decide by the default rules,
commit.
"""

import sys
import tempfile
import time
from dataclasses import dataclass

import numpy as np

from detectors.kinds import DEFAULTS
from detectors.summaries import (
    Layout,
    Summary,
    categorical_feature,
    encode,
    numeric_feature,
    tabulate,
)
from detectors.summaries.labelled import Labelled, labelled_layout
from detectors.summaries.labelled import tabulate as tabulate_labelled
from driftwatch.decide.settings import AlertSettings
from driftwatch.nouns.judgements import Judgement
from driftwatch.nouns.profiles import Column, Known, Profile, Schema
from driftwatch.nouns.records import Delta, Part, Population, Position
from driftwatch.pipeline import Judging, tick
from driftwatch.store import Store, open_store
from driftwatch.store.settings import StoreSettings
from driftwatch.window.rollup import Panes
from driftwatch.window.settings import WindowSettings
from tests.benchmarks.measure import Row, at_most

MINUTE = 60_000_000
HOUR = 60 * MINUTE
START = 490_000 * HOUR
WORDS = {f"word-{i}": 10 for i in range(20)}
LIMIT = 150.0  # milliseconds
GROWTH = 1.5  # what linear growth is taken for
SIZES = (10, 100, 1000)
ROWS = 1000  # a minute
KINDS = 4  # minutes that differ


@dataclass(frozen=True)
class Cost:
    """Milliseconds of the clock for a boundary: the first, which reads all windows, and the rest.

    `hourly` is the one that also completes an hour.
    """

    first: float
    usual: float
    hourly: float


def profile(features: int, rng: np.random.Generator) -> Profile:
    """Make a reference of 10,000 labelled rows; every fifth feature is categorical."""
    words = features // 5
    columns = [Column("score", "numeric", "score")]
    columns += [Column(f"n{i}", "numeric") for i in range(1, features - words)]
    columns += [Column(f"c{i}", "categorical") for i in range(words)]
    labelled = labels(rng)
    cuts = {"score": labelled.layout.edges[0].tolist()}
    layout = Layout(
        tuple(
            numeric_feature(column.name, rng.normal(size=10_000), forced=cuts.get(column.name, ()))
            for column in columns[: features - words]
        ),
        tuple(categorical_feature(f"c{i}", WORDS) for i in range(words)),
    )
    schema, reference = Schema(tuple(columns)), some(layout, 10_000, rng)
    return Profile("wide", "1", schema, layout, reference, "print", labelled=labelled)


def labels(rng: np.random.Generator) -> Labelled:
    """Count 10,000 rows of two classes by a score that tells something of them."""
    score = rng.normal(size=10_000)
    both = np.stack([1 - score, score], axis=1)
    truth = (rng.normal(size=10_000) < score).astype(np.int64)
    cells = labelled_layout(("no", "yes"), both)
    return tabulate_labelled(cells, both, np.full(10_000, -1), truth)


def some(layout: Layout, n: int, rng: np.random.Generator) -> Summary:
    """Count n rows that have not drifted."""
    numbers = rng.normal(size=(len(layout.numeric), n))
    codes = rng.integers(len(WORDS), size=(len(layout.categorical), n), dtype=np.int32)
    words = [list(WORDS)] * len(layout.categorical)
    return tabulate(layout, numbers, codes, words, np.zeros(n, np.int64), 1).summary(0)


def fill(store: Store, profile: Profile, minutes: int, rng: np.random.Generator) -> None:
    """Store a judged day before START, the minutes of its last hour, and some minutes after it."""
    population = Population("wide", "1")
    made = [some(profile.layout, ROWS, rng) for _ in range(KINDS)]
    bodies = [encode(summary) for summary in made]
    hour = encode(sum(made[1:] * 15, made[0]))
    for at in range(60 + minutes):
        part = Part(population, "print", START - HOUR + at * MINUTE, ROWS, bodies[at % KINDS])
        delta = Delta("kafka", {"0": (at, at + 1)}, {"0": Position(at + 1)}, (part,), {}, ())
        store.append(delta, MINUTE)
    hours = tuple(
        Part(population, "print", START - n * HOUR, 60 * ROWS, hour) for n in range(24, 0, -1)
    )
    store.commit(Judgement("wide", None, START, 0, hours=hours))
    store.close("wide", lambda _: START + minutes * MINUTE)


def judging(store: Store, profile: Profile) -> Judging:
    window, known = WindowSettings(), Known(frozenset({"wide"}), {("wide", "1"): profile})
    return Judging(
        model="wide",
        sources={},
        current=lambda: None,
        judge=store,
        panes=Panes(window),
        known=lambda: known,
        window=window,
        detectors=DEFAULTS,
        alerts=AlertSettings(),
        routes={},
    )


def measure(features: int, minutes: int) -> Cost:
    """Judge so many minutes one after the other, the last of which completes an hour."""
    rng = np.random.default_rng(features)
    made = profile(features, rng)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/state.db"
        store = open_store(StoreSettings.model_validate({"url": url}), lambda: 0)
        try:
            fill(store, made, minutes, rng)
            judged, took = judging(store, made), []

            def going() -> bool:
                took.append(time.perf_counter())
                return True

            if tick(judged, lambda: 0, going) != minutes:
                raise RuntimeError(f"not all of {minutes} boundaries were judged")
        finally:
            store.dispose()
    first, *rest, hourly = (np.diff(took) * 1000).tolist()
    return Cost(first, sorted(rest)[len(rest) // 2], hourly)


def costs(*, short: bool) -> dict[int, Cost]:
    return {d: measure(d, 60 if d < SIZES[-1] or not short else 20) for d in SIZES}


def rows(*, short: bool) -> list[Row]:
    """Give the table's lines."""
    found, wide = costs(short=short), SIZES[-1]
    of = "one boundary, windows of 1 h and 24 h, default statistics and shares of classes"
    made = [at_most(f"{of}, {d:,} features", found[d].usual, "ms", LIMIT) for d in SIZES]
    made.append(at_most(f"{of}, {wide:,} features, at a whole hour", found[wide].hourly, "ms", 300))
    grown = (found[wide].usual - found[SIZES[0]].usual) / (wide - SIZES[0])
    below = (found[SIZES[1]].usual - found[SIZES[0]].usual) / (SIZES[1] - SIZES[0])
    name = f"what a feature adds to a boundary, of {wide:,} against of {SIZES[1]}"
    return [*made, at_most(name, grown / below, "x", GROWTH)]


if __name__ == "__main__":
    for features, cost in costs(short="short" in sys.argv).items():
        rest = f"the first {cost.first:.1f}, at a whole hour {cost.hourly:.1f}"
        print(f"{features:5} features: {cost.usual:.1f} ms, {rest}")
