"""What does the pager cost beside the statistics?

`python -m tests.benchmarks.bench_pager` prints the figures; `rows` gives them to `make bench`.
Every feature is numeric with 256 bins; a pane is one of sixty in its hour.
"""

import numpy as np

from detectors.sequential.detector import Detector
from detectors.sequential.dispersion import Dispersion
from detectors.sequential.reference import Reference
from detectors.sequential.sets import Sets
from detectors.sequential.state import State
from detectors.sequential.tuning import Tuning
from detectors.summaries import Layout, Summary, numeric_feature, tabulate
from tests.benchmarks.measure import Row, at_most, median_seconds

LIMITS = {100: 1.0, 1000: 20.0}  # milliseconds
REFERENCE, ROWS = 20_000, 1000


def detector_of(features: int) -> tuple[Detector, Layout]:
    """Make the detector of independent normal features."""
    random = np.random.default_rng(0)
    sample = random.normal(size=REFERENCE)
    layout = Layout(tuple(numeric_feature(f"x{j}", sample) for j in range(features)))
    summary = summary_of(layout, REFERENCE)
    sets = Sets.of(layout, summary, ["feature"] * features)
    reference = Reference(sets, summary, Dispersion.said(2.0, len(sets)))
    return Detector.of(reference, Tuning()), layout


def summary_of(layout: Layout, rows: int) -> Summary:
    """Draw rows and count them."""
    values = np.random.default_rng(1).normal(size=(len(layout.numeric), rows))
    groups = np.zeros(rows, dtype=np.int64)
    return tabulate(layout, values, np.zeros((0, rows), np.int32), [], groups, 1).summary(0)


def rows(*, short: bool = False) -> list[Row]:
    """Time one pane, and reading and writing what is kept."""
    found = []
    for features, limit in LIMITS.items():
        detector, layout = detector_of(features)
        counts = summary_of(layout, ROWS).counts
        state = detector.pane(detector.begin(), 0, counts).state
        state = detector.pane(state, 1, counts).state
        body = state.encode()
        repeats = 15 if short else 60
        pane = _milliseconds(detector, state, counts, repeats)
        name = f"pager, a pane of {features:,} features"
        found.append(at_most(name, pane, "ms", limit))
        kept = median_seconds(lambda s=state, d=detector: _again(s, d), repeats) * 1e3
        found.append(at_most(f"{name}: saved and loaded", kept, "ms", 2 * limit))
        found.append(at_most(f"{name}: its evidence", len(body) / 1e6, "MB", features / 400))
    return found


def _milliseconds(detector: Detector, state: State, counts: np.ndarray, repeats: int) -> float:
    return median_seconds(lambda: detector.pane(state, 1, counts), repeats) * 1e3


def _again(state: State, detector: Detector) -> State:
    return State.decode(state.encode(), detector.components)


if __name__ == "__main__":
    for row in rows():
        print(f"{row.name}: {row.ours:.3g} {row.unit} ({row.target})")
