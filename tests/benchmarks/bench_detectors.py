"""What do counting, comparing and merging cost?

`python -m tests.benchmarks.bench_detectors` prints the figures; `rows` gives them to `make bench`.
"""

from dataclasses import replace
from statistics import median

import numpy as np

from detectors.comparison import DEFAULTS
from detectors.summaries import (
    Layout,
    Summary,
    categorical_feature,
    encode,
    merge,
    numeric_feature,
    tabulate,
)
from tests.benchmarks.measure import Row, at_least, at_most
from tests.peers.theirs.wide import seconds

TURNS = 5
WORDS = [f"word {i}" for i in range(50)]


def layout_of(features: int) -> Layout:
    """Make four numeric features for each categorical one, of 20,000 values each."""
    random = np.random.default_rng(0)
    numeric = [
        numeric_feature(f"x{j}", random.normal(size=20_000)) for j in range(features * 4 // 5)
    ]
    kept = dict.fromkeys(WORDS, 1)
    rest = range(features - len(numeric))
    return Layout(tuple(numeric), tuple(categorical_feature(f"c{j}", kept) for j in rest))


def columns_of(layout: Layout, rows: int) -> tuple[np.ndarray, np.ndarray, list[list[str]]]:
    """Draw a batch of a layout."""
    random = np.random.default_rng(1)
    codes = random.integers(0, 50, (len(layout.categorical), rows), dtype=np.int32)
    return random.normal(size=(len(layout.numeric), rows)), codes, [WORDS] * len(codes)


def summary_of(layout: Layout, rows: int) -> Summary:
    """Count a batch into one summary."""
    return tabulate(layout, *columns_of(layout, rows), np.zeros(rows, dtype=np.int64), 1).summary(0)


def counting_nanoseconds(
    groups: int, *, rows: int = 100_000, features: int = 20
) -> tuple[float, float]:
    """Time a value of a numeric column, counted with moments, tails and extremes; and plainly.

    Plainly are the same counts alone, as numpy makes them at once: search, then one bincount. Both
    take turns, by processor time: the machine may be shared.
    """
    layout = Layout(layout_of(features * 5 // 4).numeric[:features])
    group = np.random.default_rng(2).integers(0, groups, rows)
    batch = columns_of(layout, rows)

    def plain() -> None:
        for feature, values in zip(layout.numeric, batch[0], strict=True):
            width = len(feature.edges) + 3
            cells = np.searchsorted(feature.edges, values, side="right")
            np.bincount(group * width + cells, minlength=groups * width)

    tabulate(layout, *batch, group, groups)
    took = [
        (seconds(lambda: tabulate(layout, *batch, group, groups), 3), seconds(plain, 1))
        for _ in range(TURNS)
    ]
    ours, theirs = (median(side) / rows / features * 1e9 for side in zip(*took, strict=True))
    return ours, theirs


def compare_milliseconds(features: int) -> float:
    """Time all default comparisons of a window with a reference."""
    layout = layout_of(features)
    reference, current = summary_of(layout, 5000), summary_of(layout, 1000)

    def compare() -> None:
        fresh = replace(current)
        for detector in DEFAULTS:
            detector.compare(reference, fresh)

    compare()
    return 1e3 * seconds(compare, 5)


def merge_milliseconds(features: int, panes: int = 60) -> float:
    """Time the window of an hour: decoding and adding its panes of 1,000 rows."""
    layout = layout_of(features)
    bodies = [encode(summary_of(layout, 1000))] * panes
    merge(layout, bodies)
    return 1e3 * seconds(lambda: merge(layout, bodies), 5)


def rows(*, short: bool) -> list[Row]:
    """Measure, with a tenth of the rows where it must be short."""
    n = 10_000 if short else 100_000
    made = []
    for groups in (1, 400):
        ours, plain = counting_nanoseconds(groups, rows=n)
        name = f"counting into {groups} group(s), values a second, against a plain search and count"
        made.append(at_least(name, 1e9 / ours, 1e9 / plain, "/s", 1.0))
    for features in (10, 100, 1000):
        name = f"default comparisons, {features:,} features"
        made.append(at_most(name, compare_milliseconds(features), "ms", 100))
    for features in (100, 1000):
        name = f"merging 60 panes, {features:,} features"
        made.append(at_most(name, merge_milliseconds(features), "ms", 50))
    return made


def main() -> None:
    """Print the figures."""
    for groups in (1, 400):
        ours, plain = counting_nanoseconds(groups)
        print(f"tabulate, {groups:>3} groups: {ours:6.1f} ns a value (plain counts: {plain:.1f})")
    for features in (10, 100, 1000):
        print(f"defaults, {features:>4} features: {compare_milliseconds(features):7.2f} ms")
    for features in (100, 1000):
        print(f"merge 60, {features:>4} features: {merge_milliseconds(features):7.2f} ms")


if __name__ == "__main__":
    main()
