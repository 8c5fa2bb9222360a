"""Streams of simulated hours for the pager: standard normal features, counted by cell."""

from collections.abc import Callable, Iterator
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
HOURLY = Tuning(slots=1, daily=0.0)


@dataclass(frozen=True, slots=True)
class Normal:
    """The distribution of one feature in the stream."""

    mean: float = 0.0
    sd: float = 1.0

    def below(self, edges: np.ndarray) -> np.ndarray:
        return ndtr((edges - self.mean) / self.sd)


STANDARD = Normal()


def probabilities(layout: Layout, features: dict[int, Any], usual: Any = STANDARD) -> np.ndarray:
    """Give the probability of each cell, float64[width], where some features are others."""
    parts = []
    for j, feature in enumerate(layout.numeric):
        below = features.get(j, usual).below(feature.edges)
        parts += [np.diff(below, prepend=0.0, append=1.0), [0.0, 0.0]]
    return np.maximum(np.concatenate(parts), 0.0)


def draw(rng: np.random.Generator, layout: Layout, p: np.ndarray, n: int) -> np.ndarray:
    """Draw n rows of independent features, int64[width]."""
    counts = np.zeros(layout.width, dtype=np.int64)
    widths = np.diff(layout.start)
    for width in np.unique(widths):
        mine = np.flatnonzero(widths == width)
        cells = layout.start[mine][:, None] + np.arange(width)
        shares = p[cells]
        shares /= shares.sum(axis=1, keepdims=True)
        counts[cells] = rng.multinomial(n, shares)
    return counts


@dataclass(frozen=True, eq=False)
class World:
    """A detector with a reference of its own, drawn from the truth."""

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
        phi: float | Callable[[Sets, Layout, np.random.Generator], Dispersion] = 1.0,
        daily: Dispersion | None = None,
    ) -> Self:
        rng = np.random.default_rng(seed)
        drawn = [rng.standard_normal(rows) for _ in range(d)]
        layout = Layout(
            tuple(numeric_feature(f"x{j}", drawn[j], bins=BINS) for j in range(d))
        )
        counts = np.concatenate([_counted(f.edges, x) for f, x in zip(layout.numeric, drawn, strict=True)])
        summary = replace(Summary.empty(layout), rows=rows, counts=counts)
        sets = Sets.of(layout, summary, ["feature"] * d)
        dispersion = Dispersion.said(phi, len(sets)) if isinstance(phi, float) else phi(sets, layout, rng)
        reference = Reference(sets, summary, dispersion, daily)
        return cls(layout, Detector.of(reference, tuning), rng)

    def hours(self, n: int, p: np.ndarray) -> Iterator[np.ndarray]:
        while True:
            yield draw(self.rng, self.layout, p, n)

    def watch(self, hours: int, n: int, p: np.ndarray | None = None, *, state: State | None = None, begin: int = 0) -> tuple[State, list[Page]]:
        p = probabilities(self.layout, {}) if p is None else p
        state, pages = state or self.detector.begin(), []
        for hour in range(begin, begin + hours):
            outcome = self.detector.pane(state, hour, draw(self.rng, self.layout, p, n))
            state = outcome.state
            pages += outcome.pages
        return state, pages

    def delay(self, n: int, p: np.ndarray, *, most: int = 200, state: State | None = None, begin: int = 0, family: str = "covariate") -> float:
        """Give the hours to the first page."""
        state = state or self.detector.begin()
        for hour in range(begin, begin + most):
            outcome = self.detector.pane(state, hour, draw(self.rng, self.layout, p, n))
            state = outcome.state
            if any(page.family == family for page in outcome.pages):
                return hour - begin + 1
        return float("inf")


def _counted(edges: np.ndarray, values: np.ndarray) -> np.ndarray:
    cells = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    return np.concatenate([cells, [0, 0]]).astype(np.int64)
