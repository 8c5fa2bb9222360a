"""What do the peers' fixed rules make of the streams that the pager watches?

`python -m tests.simulations.peers` counts, beside the pager, the hours that each rule flags while
nothing moved, and the hours that it takes to flag a shift; writes build/simulations/peers.json and
the plot docs/pager-peers.svg, and fails unless the pager alone keeps a page a month.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import log10
from pathlib import Path

import numpy as np

from detectors.comparison import (
    JensenShannon,
    KolmogorovSmirnov,
    PopulationStability,
    Wasserstein,
)
from detectors.sequential.detector import Detector
from detectors.sequential.dispersion import Dispersion
from detectors.sequential.reference import Reference
from detectors.sequential.sets import Sets
from detectors.sequential.tuning import Tuning
from detectors.summaries import Layout, Summary, numeric_feature, tabulate
from tests.simulations.table import MONTH, Row, run

ROOT = Path(__file__).parents[2]
OUT = ROOT / "build" / "simulations" / "peers.json"
PLOT = ROOT / "docs" / "pager-peers.svg"
D, REFERENCE, CHUNKS = 10, 20_000, 20
QUIET, RUNS, MOST = 400, 15, 60
SIZES = (100, 1000)
Flag = Callable[[Summary], bool]


@dataclass(frozen=True)
class Point:
    """A rule's false pages a month and hours to see a shift, at some rows an hour."""

    name: str
    n: int
    pages: float
    delay: float


def summary(layout: Layout, values: np.ndarray) -> Summary:
    n = values.shape[1]
    return tabulate(
        layout, values, np.zeros((0, n), np.int32), [], np.zeros(n, np.int64), 1
    ).summary(0)


def rules(reference: Summary, chunks: list[Summary]) -> dict[str, Flag]:
    """Give each rule as people set it up; it flags an hour where any feature is beyond it."""
    psi, ks, w1, js = PopulationStability(), KolmogorovSmirnov(), Wasserstein(), JensenShannon()
    usual = np.array([js.compare(reference, chunk).statistic for chunk in chunks])
    limit = usual.mean(axis=0) + 3 * usual.std(axis=0)
    return {
        "PSI > 0.2": lambda now: bool((psi.compare(reference, now).statistic > 0.2).any()),
        "KS p < 0.05 a feature": lambda now: bool(
            (ks.compare(reference, now).p_value < 0.05).any()
        ),
        "Wasserstein > 0.1 sd": lambda now: bool(
            (w1.compare(reference, now).statistic > 0.1).any()
        ),
        "Jensen-Shannon > mean + 3 sd": lambda now: bool(
            (js.compare(reference, now).statistic > limit).any()
        ),
    }


def points() -> Iterator[Point]:
    """Simulate every rule, and the pager, on the same hours."""
    for n in SIZES:
        rng = np.random.default_rng(n)
        rows = rng.standard_normal((D, REFERENCE))
        layout = Layout(tuple(numeric_feature(f"x{j}", rows[j], bins=50) for j in range(D)))
        reference = summary(layout, rows)
        chunks = [summary(layout, rng.standard_normal((D, n))) for _ in range(CHUNKS)]
        flags = rules(reference, chunks)
        sets = Sets.of(layout, reference, ["feature"] * D)
        watched = Reference(sets, reference, Dispersion.said(1.0, len(sets)))
        detector = Detector.of(watched, Tuning(slots=1, daily=0.0))
        flagged, state = dict.fromkeys([*flags, "the pager"], 0), detector.begin()
        for hour in range(QUIET):
            now = summary(layout, rng.standard_normal((D, n)))
            outcome = detector.pane(state, hour, now.counts)
            state = outcome.state
            flagged["the pager"] += len(outcome.pages)
            for name, flag in flags.items():
                flagged[name] += flag(now)
        delays = [_delays(rng, layout, flags, detector, n) for _ in range(RUNS)]
        for name, count in flagged.items():
            delay = float(np.median([found[name] for found in delays]))
            yield Point(name, n, count / QUIET * MONTH, delay)


def _delays(
    rng: np.random.Generator, layout: Layout, flags: dict[str, Flag], detector: Detector, n: int
) -> dict[str, float]:
    found: dict[str, float] = {}
    state = detector.begin()
    for hour in range(MOST):
        rows = rng.standard_normal((D, n))
        rows[0] += 0.25
        now = summary(layout, rows)
        outcome = detector.pane(state, hour, now.counts)
        state = outcome.state
        seen = [name for name, flag in flags.items() if name not in found and flag(now)]
        for name in [*seen, *(["the pager"] if outcome.pages else [])]:
            found.setdefault(name, hour + 1.0)
        if len(found) > len(flags):
            break
    return {name: found.get(name, float("inf")) for name in (*flags, "the pager")}


def table() -> Iterator[Row]:
    """Give a line for each rule, and draw them."""
    found = list(points())
    PLOT.write_text(plot(found))
    for point in found:
        pager = point.name == "the pager"
        delay = "none" if np.isinf(point.delay) else f"{point.delay:g} h"
        name = f"{point.name}, {D} features, {point.n:,} rows an hour"
        said = f"false pages a month; +.25 sd on one feature is flagged after {delay}"
        yield Row(name, round(point.pages, 1), said, not pager or point.pages <= 1)
    worst = min(p.pages for p in found if p.name != "the pager" and np.isfinite(p.delay))
    yield Row("the quietest rule that sees the shift", round(worst, 1), "> 1 a month", worst > 1)


def plot(found: list[Point]) -> str:
    """Draw false pages a month against hours to see the shift, both on logarithmic scales."""
    width, height, left, bottom = 720, 420, 70, 60

    def x(pages: float) -> float:
        return left + (log10(max(pages, 0.5)) + 0.5) / 3.5 * (width - left - 190)

    def y(hours: float) -> float:
        return height - bottom - log10(min(hours, 100.0)) / 2 * (height - bottom - 30)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{left}" y="{height - 12}">false pages a month while nothing moved</text>',
        f'<text x="14" y="20">hours until +.25 sd on one of {D} features is flagged</text>',
    ]
    low, high = height - bottom, x(1000)
    for tick in (1, 10, 100, 720):
        at = round(x(tick))
        parts.append(f'<path d="M{at} 30V{low}" stroke="#ddd"/>')
        parts.append(f'<text x="{at}" y="{low + 16}">{tick}</text>')
    for tick in (1, 3, 10, 30, 100):
        up, name = round(y(tick)), "never" if tick == 100 else str(tick)
        parts.append(f'<path d="M{left} {up}H{high:.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="24" y="{up + 4}">{name}</text>')
    colours = {100: "#d95f02", 1000: "#1b6ca8"}
    for point in found:
        at, up = round(x(point.pages)), round(y(point.delay))
        below = 14 if point.n == 100 else 4
        parts.append(f'<circle cx="{at}" cy="{up}" r="5" fill="{colours[point.n]}"/>')
        parts.append(f'<text x="{at + 8}" y="{up + below}">{point.name}, n = {point.n}</text>')
    return "\n".join([*parts, "</svg>"]).replace(" < ", " &lt; ").replace(" > ", " &gt; ") + "\n"


SIMULATIONS = (table,)

if __name__ == "__main__":
    run(SIMULATIONS, OUT)
