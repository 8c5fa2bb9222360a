"""What do derived features cost a row, beside what must be done with it anyway?

`python -m tests.benchmarks.bench_derived` prints the figures; `rows` gives them to `make bench`.
"""

import re
from collections.abc import Callable

import numpy as np

from detectors.multivariate import Derived, MultivariateSettings, fit, fit_vector
from detectors.summaries import Layout, fit_text, numeric_feature, tabulate
from tests.benchmarks.measure import Row, at_least, median_seconds

WORDS = np.array([f"word{i}" for i in range(30_000)])
ROWS = 5000


def beside(
    name: str, ours: Callable[[], object], floor: Callable[[], object], rows: int, ratio: float
) -> Row:
    """Give rows a second of ours and of a floor, each the best of a few that take turns."""
    took = [(median_seconds(ours, 3), median_seconds(floor, 3)) for _ in range(5)]
    best = [rows / min(some) for some in zip(*took, strict=True)]
    return at_least(f"{name} ({1e9 / best[0]:,.0f} ns a row)", *best, "rows/s", ratio)


def of_columns(columns: int, ratio: float, *, mmd: int = 0) -> Row:
    """Make the derived features of numeric columns; the floor is to count all of them."""
    numbers = np.random.default_rng(3).normal(size=(columns, ROWS))
    batch = numbers, np.zeros((0, ROWS), dtype=np.int32), []
    names = [f"x{j}" for j in range(columns)]
    transforms = fit(names, *batch, [], MultivariateSettings(mmd=mmd))
    made = transforms.apply(*batch)
    plain = (numeric_feature(name, values) for name, values in zip(names, numbers, strict=True))
    layout = Layout((*plain, *Derived(transforms).features(made)))
    whole = np.concatenate([numbers, made]), *batch[1:]
    group = np.zeros(ROWS, dtype=np.int64)
    return beside(
        f"making {len(made)} derived features of {columns} columns / counting all",
        lambda: transforms.apply(*batch),
        lambda: tabulate(layout, *whole, group, 1),
        ROWS,
        ratio,
    )


def of_vectors(components: int, ratio: float) -> Row:
    """Make the derived features of vectors; the floor is the product that they need."""
    random = np.random.default_rng(4)
    vectors, directions = (
        random.normal(size=(components, ROWS)),
        random.normal(size=(84, components)),
    )
    transforms = fit_vector("v", vectors)
    return beside(
        f"{len(transforms.names)} derived features of vectors of {components} / 84 products",
        lambda: transforms.apply(vectors),
        lambda: directions @ vectors,
        ROWS,
        ratio,
    )


def of_texts(ratio: float) -> Row:
    """Make the derived features of texts of 60 words; the floor is to find the words."""
    random = np.random.default_rng(5)
    texts = [" ".join(WORDS[random.zipf(1.3, 60) % len(WORDS)]) for _ in range(ROWS)]
    codes = np.arange(ROWS, dtype=np.int32)
    transforms = fit_text("t", texts, codes)
    return beside(
        "3 derived features of texts of 60 words / finding words",
        lambda: transforms.apply(texts, codes),
        lambda: [re.findall(r"\w+", text) for text in texts],
        ROWS,
        ratio,
    )


def rows(*, short: bool) -> list[Row]:
    """Measure each beside its floor; `short` leaves out vectors and texts."""
    columns = [of_columns(20, 1.0), of_columns(100, 0.5), of_columns(20, 0.5, mmd=64)]
    return columns if short else [*columns, of_vectors(384, 0.2), of_texts(0.2)]


if __name__ == "__main__":
    for row in rows(short=False):
        print(row)
