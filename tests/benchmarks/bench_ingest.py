"""What does a record cost on its way from bytes to a delta?

Microseconds of processor time a record, for decoding and for the windows with the building of the
delta, beside the floor of any path in Python: msgspec making plain dicts of the same records. On
records of 20 features and about 450 bytes, polled by 10,000 and appended by 100,000.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec
import numpy as np

from detectors.multivariate import derive
from detectors.summaries import Layout, Summary, categorical_feature, numeric_feature
from driftwatch.decode.json import JsonFormat
from driftwatch.nouns.profiles import Column, Known, Profile, Schema
from driftwatch.nouns.records import Poll
from driftwatch.nouns.segments import LEAST, Segments
from driftwatch.window.delta import DeltaBuilder
from driftwatch.window.settings import WindowSettings
from tests.benchmarks.measure import Row, at_least

NUMBERS, WORDS = 15, 5
POLL, APPEND = 10_000, 100_000
MINUTE = 60 * 10**6
START = 29_333_340 * MINUTE
CATEGORIES = [f"value-{i}" for i in range(12)]
SEGMENTS = [f"value-{i}" for i in range(50)]
NUMERIC = [f"number_{i:02}" for i in range(NUMBERS)]
CATEGORICAL = [f"word_{i}" for i in range(WORDS)]
TARGET = 0.4  # of the pace at which msgspec makes dicts
DERIVED = 0.18  # the same with features of several columns, which are five times as many


@dataclass(frozen=True)
class Cost:
    """Microseconds a record."""

    decode: float
    window: float
    dicts: float

    @property
    def both(self) -> float:
        return self.decode + self.window


def profile(
    version: str, rng: np.random.Generator, categories: Sequence[str] = CATEGORIES
) -> Profile:
    columns = [Column(name, "numeric") for name in NUMERIC]
    columns += [Column("score", "numeric", "score")]
    columns += [Column(name, "categorical") for name in CATEGORICAL]
    layout = Layout(
        tuple(numeric_feature(c.name, rng.normal(50, 20, 20_000)) for c in columns[: NUMBERS + 1]),
        tuple(categorical_feature(name, dict.fromkeys(categories, 5)) for name in CATEGORICAL),
    )
    schema = Schema(tuple(columns))
    return Profile("fraud", version, schema, layout, Summary.empty(layout), f"print-{version}")


def joint(version: str, rng: np.random.Generator) -> Profile:
    """Make the same profile with features of several columns."""
    plain = profile(version, rng)
    numbers = rng.normal(50, 20, (NUMBERS, 20_000))
    codes = rng.integers(0, len(CATEGORIES), (WORDS, 20_000)).astype(np.int32)
    of = numbers, codes, [CATEGORIES] * WORDS
    derived = derive(NUMERIC, *of, CATEGORICAL)
    made = derived.features(derived.apply(*of))
    layout = Layout(plain.layout.numeric + made, plain.layout.categorical)
    return replace(plain, layout=layout, reference=Summary.empty(layout), derived=derived)


def divided(version: str, rng: np.random.Generator) -> Profile:
    """Make the same profile with fifty segments, and the rest."""
    whole = profile(version, rng, SEGMENTS)
    own = replace(whole.reference, rows=LEAST)
    segments = Segments(CATEGORICAL[0], tuple(SEGMENTS), (own,) * (len(SEGMENTS) + 1))
    return replace(whole, segments=(segments,))


def bodies(
    rng: np.random.Generator,
    n: int,
    panes: int,
    versions: Sequence[str],
    categories: Sequence[str] = CATEGORIES,
) -> list[bytes]:
    """Make n records whose event times run through so many panes."""
    numbers = rng.normal(50, 20, (n, NUMBERS)).round(2)
    words = rng.choice(categories, (n, WORDS))
    times = START + np.arange(n) * (panes * MINUTE) // n
    return [
        msgspec.json.encode(
            {
                "id": f"{i:08}",
                "time": int(time) // 1000,
                "model": "fraud",
                "version": versions[i % len(versions)],
                "features": dict(
                    zip(NUMERIC + CATEGORICAL, [*some.tolist(), *others.tolist()], strict=True)
                ),
                "score": float(some[0]) / 100,
            }
        )
        for i, (time, some, others) in enumerate(zip(times, numbers, words, strict=True))
    ]


def polls(made: list[bytes], panes: int) -> list[Poll]:
    """Cut a log into polls; the records arrive when all of them have happened."""
    offsets = np.arange(len(made), dtype=np.int64)
    return [
        Poll(
            bodies=list(made[first : first + POLL]),
            partitions=("0",),
            partition=np.zeros(len(made[first : first + POLL]), np.int16),
            offset=offsets[first : first + POLL],
            arrived=np.full(len(made[first : first + POLL]), START + panes * MINUTE),
            span={"0": (first, min(first + POLL, len(made)))},
        )
        for first in range(0, len(made), POLL)
    ]


def measure(read: Sequence[Poll], known: Known, repeats: int) -> Cost:
    """Take the fastest of a few runs of each half."""
    decoder, settings = JsonFormat().build(), WindowSettings(lateness=timedelta(days=1))
    n = sum(len(poll.bodies) for poll in read)
    decoding, windowing = [], []
    for _ in range(repeats):
        delta, spent, counted = DeltaBuilder("kafka", {}, settings, 1024, 0), 0.0, 0.0
        for poll in read:
            began = time.thread_time()
            decoded = decoder.decode(poll, known)
            between = time.thread_time()
            delta.add(poll, decoded, known)
            spent += between - began
            counted += time.thread_time() - between
        began = time.thread_time()
        built = delta.build(0)
        counted += time.thread_time() - began
        whole = (part.rows for part in built.parts if not part.population.segment)
        assert sum(whole) == n
        decoding.append(spent / n * 1e6)
        windowing.append(counted / n * 1e6)
    return Cost(min(decoding), min(windowing), min(_dicts(read) for _ in range(repeats)))


def _dicts(read: Sequence[Poll]) -> float:
    began = time.thread_time()
    for poll in read:
        for _ in map(msgspec.json.decode, poll.bodies):
            pass
    return (time.thread_time() - began) / sum(len(poll.bodies) for poll in read) * 1e6


def costs(*, short: bool) -> dict[str, Cost]:
    rng = np.random.default_rng(5)
    n = APPEND // 5 if short else APPEND
    known = Known(frozenset({"fraud"}), {("fraud", v): profile(v, rng) for v in ("3", "4")})
    cases = {"one pane": (1, "3"), "400 panes": (400, "3"), "two versions": (1, "34")}
    found = {
        name: measure(polls(bodies(rng, n, panes, tuple(versions)), panes), known, 3)
        for name, (panes, versions) in cases.items()
    }
    known = Known(known.models, {("fraud", "3"): joint("3", rng)})
    found["derived"] = measure(polls(bodies(rng, n, 1, ("3",)), 1), known, 3)
    known = Known(known.models, {("fraud", "3"): divided("3", rng)})
    found["50 segments"] = measure(polls(bodies(rng, n, 1, ("3",), SEGMENTS), 1), known, 3)
    return found


def rows(*, short: bool) -> list[Row]:
    """Give the table's lines."""
    of = f"{NUMBERS + WORDS} features, JSON against msgspec making dicts"
    return [
        at_least(
            f"decode and window, {name}, {of}",
            1e6 / c.both,
            1e6 / c.dicts,
            "records/s",
            DERIVED if name == "derived" else TARGET,
        )
        for name, c in costs(short=short).items()
    ]


if __name__ == "__main__":
    size = len(bodies(np.random.default_rng(5), 1, 1, ("3",))[0])
    print(f"{NUMBERS + WORDS} features, {size} bytes a record; microseconds a record")
    print(f"{'':15}{'decode':>8}{'window':>8}{'both':>8}{'dicts':>8}")
    for name, cost in costs(short="short" in sys.argv).items():
        print(f"{name:15}{cost.decode:8.2f}{cost.window:8.2f}{cost.both:8.2f}{cost.dicts:8.2f}")
