"""How do the default statistics grow with the features, and with the edges of each?

Processor time of all default comparisons of a window of 1,000 rows, from counts.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from statistics import median

import numpy as np

from detectors.comparison import DEFAULTS
from detectors.summaries import Layout, Summary, numeric_feature, tabulate
from tests.benchmarks.measure import Row, at_most
from tests.peers.theirs.wide import seconds

FEATURES = (10, 100, 1_000)
BINS = (64, 256, 1_024, 2_048)
SAMPLE = 10_000
LINEAR = 1.5  # what linear growth is taken for
TIMES, ONCE = 9, 3


def compared(cases: Mapping[int, tuple[int, int]]) -> dict[int, float]:
    """Give the milliseconds of all default comparisons, for each case of (features, bins).

    Cases take turns, so that what else the machine does slows all of them alike.
    """
    made = {name: _sides(*case) for name, case in cases.items()}
    took: dict[int, list[float]] = {name: [] for name in cases}
    for _ in range(TIMES):
        for name, (reference, current) in made.items():
            took[name].append(seconds(partial(_compare, reference, current), ONCE))
    return {name: 1e3 * median(some) for name, some in took.items()}


def _compare(reference: Summary, current: Summary) -> None:
    """Compare a window that nothing is known of yet with a reference that was compared before."""
    fresh = replace(current)
    for detector in DEFAULTS:
        detector.compare(reference, fresh)


def _sides(features: int, bins: int) -> tuple[Summary, Summary]:
    random = np.random.default_rng(features)
    made = (
        numeric_feature(f"x{j}", random.normal(size=SAMPLE), bins=bins) for j in range(features)
    )
    layout = Layout(tuple(made))
    return _drawn(layout, SAMPLE // 2), _drawn(layout, 1_000)


def _drawn(layout: Layout, n: int) -> Summary:
    numbers = np.random.default_rng(n).normal(size=(len(layout.numeric), n))
    none = np.zeros((0, n), dtype=np.int32)
    return tabulate(layout, numbers, none, [], np.zeros(n, dtype=np.int64), 1).summary(0)


def measured() -> tuple[dict[int, float], dict[int, float]]:
    """Give the milliseconds by features and by bins."""
    return compared({d: (d, 256) for d in FEATURES}), compared({b: (100, b) for b in BINS})


def rows(*, short: bool) -> list[Row]:
    """Give the table's lines; both forms measure the same, which takes seconds."""
    del short
    by_features, by_bins = measured()
    few, some, many = FEATURES
    slope = (by_features[many] - by_features[some]) / (many - some)
    below = (by_features[some] - by_features[few]) / (some - few)
    least, most = BINS[0], BINS[-1]
    grown, of = by_bins[most] / by_bins[least], "default statistics"
    return [
        at_most(f"{of}, {many:,} features of 256 bins", by_features[many], "ms", 100),
        at_most(
            f"what a feature adds to the {of}, of {many:,} against of {some}",
            slope / below,
            "x",
            LINEAR,
        ),
        at_most(f"{of}, 100 features of {most:,} bins", by_bins[most], "ms", 100),
        at_most(f"{of}, 100 features, {most:,} bins against {least}", grown, "x", most / least),
    ]


if __name__ == "__main__":
    if "all" in sys.argv:
        by_features, by_bins = measured()
        for d, took in by_features.items():
            print(f"{d:5} features of  256 bins: {took:7.2f} ms")
        for b, took in by_bins.items():
            print(f"  100 features of {b:4} bins: {took:7.2f} ms")
    for row in rows(short=False):
        print(f"{row.name}: {row.ours:.3f} {row.unit} (target {row.target}, holds {row.holds})")
