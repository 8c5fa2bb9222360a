"""How often does the gate call drift where there is none, and how soon where there is some?

`python -m tests.simulations.gate` writes build/simulations/gate.json and fails if a bound does not
hold. References are drawn anew, 50,000 rows of N(0, 1) a feature with cuts at their own quantiles;
current windows are drawn cell by cell from the true shares, which is the same as row by row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np
from scipy import special, stats

from detectors.gate import Gate, Judged
from detectors.sequential.bounds import Bounds
from detectors.sequential.sets import Sets
from detectors.summaries import Layout, Summary, numeric_feature, tabulate
from tests.simulations.table import Row, run

OUT = Path(__file__).parents[2] / "build" / "simulations" / "gate.json"
REFERENCE = 50_000
ERRS = 1e-5  # a right rate fails its bound so rarely

Moved = Mapping[int, tuple[float, float]]  # mean and deviation of some features


@dataclass(frozen=True)
class Setting:
    """`windows` of n rows against each of `references`, of d features and one tolerance."""

    d: int
    n: int
    tolerance: float
    references: int
    windows: int

    @property
    def name(self) -> str:
        return f"d {self.d}, n {self.n}, tolerance {self.tolerance}"


@dataclass(frozen=True, eq=False)
class Drawn:
    """A reference of d features, and the sets that it is judged by."""

    sets: Sets
    summary: Summary

    @classmethod
    def of(cls, d: int, random: np.random.Generator) -> "Drawn":
        values = random.normal(size=(d, REFERENCE))
        layout = Layout(tuple(numeric_feature(f"x{j}", row) for j, row in enumerate(values)))
        summary = counted(layout, values)
        return cls(Sets.of(layout, summary, ["feature"] * d), summary)

    def windows(
        self, times: int, n: int, random: np.random.Generator, moved: Moved
    ) -> Iterator[Summary]:
        """Draw windows of n rows each; `moved` says which features are not N(0, 1)."""
        layout = self.summary.layout
        counts = np.zeros((times, layout.width), np.int64)
        for j, feature in enumerate(layout.numeric):
            mean, deviation = moved.get(j, (0.0, 1.0))
            upto = special.ndtr((feature.edges - mean) / deviation)
            shares = np.diff(upto, prepend=0.0, append=1.0)
            at = layout.start[j]
            counts[:, at : at + len(shares)] = random.multinomial(n, shares, size=times)
        empty = Summary.empty(layout)
        for row in counts:
            yield replace(empty, rows=n, counts=row)


def counted(layout: Layout, values: np.ndarray) -> Summary:
    none = np.zeros((0, values.shape[1]), np.int32), [], np.zeros(values.shape[1], np.int64)
    return tabulate(layout, values, *none, 1).summary(0)


@dataclass(frozen=True, eq=False)
class Simulated:
    """Decisions bool[windows, d], p-values float64[windows, d], and which features moved."""

    drifted: np.ndarray
    p_value: np.ndarray
    moved: Moved

    @property
    def any_error(self) -> int:
        """Count the windows in which a feature that has not moved was called drifted."""
        return int(self._errors.any(axis=1).sum())

    @property
    def false_discovery(self) -> float:
        """Give the mean share of errors among what was called drifted, 0 where nothing was."""
        return float((self._errors.sum(axis=1) / np.maximum(self.drifted.sum(axis=1), 1)).mean())

    def power(self, j: int) -> float:
        return float(self.drifted[:, j].mean())

    def below(self, alpha: float) -> int:
        """Count the features, over all windows, whose p-value is below alpha."""
        return int((self.p_value < alpha).sum())

    @property
    def _errors(self) -> np.ndarray:
        still = [j for j in range(self.drifted.shape[1]) if j not in self.moved]
        return self.drifted[:, still]


def simulate(setting: Setting, moved: Moved, seed: int, drawn: Sequence[Drawn] = ()) -> Simulated:
    """Judge the windows of a setting, against references that are drawn if they are not given."""
    random = np.random.default_rng(seed)
    gate = Gate(tolerance=setting.tolerance)
    found: list[Judged] = []
    for reference in drawn or (Drawn.of(setting.d, random) for _ in range(setting.references)):
        bounds = _bounds(gate, reference)
        windows = reference.windows(setting.windows, setting.n, random, moved)
        sides = reference.sets, reference.summary
        found.extend(gate.judge(*sides, window, bounds) for window in windows)
    drifted, p_value = (np.array([getattr(j, n) for j in found]) for n in ("drifted", "p_value"))
    return Simulated(drifted, np.nan_to_num(p_value, nan=1.0), moved)


@lru_cache(maxsize=64)
def _bounds(gate: Gate, reference: Drawn) -> Bounds:
    return gate.bounds(reference.sets, reference.summary)


def at_most(rate: float, times: int) -> int:
    """Give the count that a true rate exceeds once in 100,000 times."""
    return int(stats.binom.ppf(1 - ERRS, times, rate))


PROMISED = 0.05 + 0.01  # alpha + delta
SHIFTS = {"mean + .25 sd": (0.25, 1.0), "sd x 1.2": (0.0, 1.2)}
SIZES = (100, 300, 1000, 3000, 10_000)
HARMLESS = {"mean + .02 sd": (0.02, 1.0)}


def rows() -> Iterator[Row]:
    """Simulate everything; the settings of one number of features share their references."""
    for d, references, windows in ((20, 20, 20), (100, 10, 15)):
        random = np.random.default_rng(d)
        drawn = [Drawn.of(d, random) for _ in range(references)]
        for seed, (n, tolerance) in enumerate(product(SIZES, (0.0, 0.05))):
            yield from _of(Setting(d, n, tolerance, references, windows), drawn, seed)


def _of(setting: Setting, drawn: Sequence[Drawn], seed: int) -> Iterator[Row]:
    times = setting.references * setting.windows
    still = simulate(setting, {}, seed, drawn)
    most = at_most(PROMISED, times)
    name = f"windows with any false drift: {setting.name}"
    yield Row(name, still.any_error / times, f"<= {most / times:.3f}", still.any_error <= most)
    for alpha in (0.05, 0.01):
        # Windows of one reference have its luck in common: the bound takes delta too.
        cases = times * setting.d
        count, most = still.below(alpha), at_most(alpha + 0.01, cases)
        name = f"features with p < {alpha}: {setting.name}"
        yield Row(name, count / cases, f"<= {most / cases:.4f}", count <= most)
    shifted = simulate(setting, dict(enumerate(SHIFTS.values())), 100 + seed, drawn)
    rate = shifted.false_discovery
    name = f"false discovery rate with {len(SHIFTS)} shifts: {setting.name}"
    yield Row(name, rate, f"<= {PROMISED:.2f}", rate <= PROMISED)
    for j, said in enumerate(SHIFTS):
        yield Row(f"power: {said}: {setting.name}", shifted.power(j), "shown", holds=True)
    if setting.tolerance:
        all_of_them = dict.fromkeys(range(setting.d), HARMLESS["mean + .02 sd"])
        small = simulate(setting, all_of_them, 200 + seed, drawn)
        rate = float(small.drifted.any(axis=1).mean())
        name = f"windows with drift, all + .02 sd: {setting.name}"
        yield Row(name, rate, f"<= {PROMISED:.2f}", rate <= PROMISED)


if __name__ == "__main__":
    run([rows], OUT)
