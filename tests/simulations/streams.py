"""Simulated hours for the pager: the counts by cell of independent features, and of series."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy.special import ndtr

from detectors.sequential.detector import Detector
from detectors.sequential.dispersion import Dispersion
from detectors.sequential.pages import Page
from detectors.sequential.reference import Reference
from detectors.sequential.sets import Sets
from detectors.sequential.state import State
from detectors.sequential.tuning import Tuning
from detectors.summaries import Layout, Summary, numeric_feature

ROWS = 50_000  # of the reference
BINS = 20
HOURLY = Tuning(slots=1, daily=0.0)  # one pane an hour, and the whole budget for it


@dataclass(frozen=True, slots=True)
class Normal:
    """The distribution of a feature in the stream; `top` more of it lies above its 99th percent."""

    mean: float = 0.0
    sd: float = 1.0
    missing: float = 0.0
    top: float = 0.0

    def cells(self, edges: np.ndarray) -> np.ndarray:
        below = ndtr((edges - self.mean) / self.sd)
        above = np.maximum(below - 0.99, 0.0) / 0.01
        below = (1 - self.top) * below + self.top * above
        inside = np.maximum(np.diff(below, prepend=0.0, append=1.0), 0.0)
        return np.concatenate([inside * (1 - self.missing), [0.0, self.missing]])


STANDARD = Normal()


def probabilities(
    layout: Layout, features: dict[int, Normal] | None = None, usual: Normal = STANDARD
) -> np.ndarray:
    """Give the probability of each cell, float64[width], where some features are others."""
    others = features or {}
    return np.concatenate(
        [others.get(j, usual).cells(feature.edges) for j, feature in enumerate(layout.numeric)]
    )


def draw(rng: np.random.Generator, layout: Layout, p: np.ndarray, n: int) -> np.ndarray:
    """Draw n rows of independent features, int64[width]."""
    counts = np.zeros(layout.width, dtype=np.int64)
    widths = np.diff(layout.start)
    for width in np.unique(widths):
        cells = layout.start[:-1][widths == width][:, None] + np.arange(width)
        shares = p[cells]
        counts[cells] = rng.multinomial(n, shares / shares.sum(axis=1, keepdims=True))
    return counts


def counted(edges: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Count the rows of one feature, int64[cells]."""
    cells = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    return np.concatenate([cells, [0, 0]])


@dataclass(frozen=True, eq=False)
class World:
    """A detector with a reference of its own."""

    layout: Layout
    detector: Detector
    rng: np.random.Generator

    @classmethod
    def of(
        cls,
        d: int,
        *,
        seed: int,
        tuning: Tuning = HOURLY,
        rows: int = ROWS,
        missing: float = 0.0,
        phi: float = 1.0,
    ) -> Self:
        """Draw a reference of d standard normal features."""
        rng = np.random.default_rng(seed)
        return cls.drawn(
            [rng.standard_normal(rows) for _ in range(d)], rng, tuning, missing=missing, phi=phi
        )

    @classmethod
    def drawn(
        cls,
        values: list[np.ndarray],
        rng: np.random.Generator,
        tuning: Tuning = HOURLY,
        *,
        missing: float = 0.0,
        phi: float | Callable[[Sets], tuple[Dispersion, Dispersion | None]] = 1.0,
    ) -> Self:
        """Take a reference that was drawn elsewhere; `phi` may be measured on its sets."""
        features = [numeric_feature(f"x{j}", x, bins=BINS) for j, x in enumerate(values)]
        layout = Layout(tuple(features))
        cells = [counted(f.edges, x) for f, x in zip(features, values, strict=True)]
        for own in cells:
            own[-1] = rng.binomial(len(values[0]), missing) if missing else 0
        summary = replace(
            Summary.empty(layout), rows=int(cells[0].sum()), counts=np.concatenate(cells)
        )
        sets = Sets.of(layout, summary, ["feature"] * len(values))
        measured = (Dispersion.said(phi, len(sets)), None) if isinstance(phi, float) else phi(sets)
        reference = Reference(sets, summary, *measured)
        return cls(layout, Detector.of(reference, tuning), rng)

    def watch(
        self,
        hours: int,
        rows: Callable[[int], np.ndarray],
        state: State | None = None,
        begin: int = 0,
        *,
        until: str = "",
    ) -> "Watched":
        """Take in the counts of each hour; stop at the first page of the family `until`."""
        state, pages = state or self.detector.begin(), []
        for hour in range(begin, begin + hours):
            outcome = self.detector.pane(state, hour, rows(hour))
            state = outcome.state
            pages += outcome.pages
            if until and any(page.family == until for page in outcome.pages):
                return Watched(state, pages, hour + 1 - begin)
        return Watched(state, pages, float("inf") if until else hours)

    def steady(self, n: int, p: np.ndarray | None = None) -> Callable[[int], np.ndarray]:
        """Give n rows an hour of the same distribution."""
        p = probabilities(self.layout) if p is None else p
        return lambda _: draw(self.rng, self.layout, p, n)

    def delay(
        self,
        n: int,
        changed: Any,
        *,
        runs: int = 6,
        warm: int = 10,
        most: int = 120,
        family: str = "covariate",
    ) -> float:
        """Give the median hours from a change to the first page of a family."""
        p = probabilities(self.layout, changed)
        found = []
        for _ in range(runs):
            quiet = self.watch(warm, self.steady(n))
            after = self.watch(most, self.steady(n, p), quiet.state, warm, until=family)
            found.append(after.hours)
        return float(np.median(found))


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """What came of watching some hours."""

    state: State
    pages: list[Page]
    hours: float
