"""What do derived features cost a row?

`python -m tests.benchmarks.bench_derived` prints the figures; `rows` gives them to `make bench`.
"""

import numpy as np

from detectors.multivariate import MultivariateSettings, fit, fit_vector
from detectors.summaries import fit_text
from tests.benchmarks.measure import Row, at_most, median_seconds

WORDS = np.array([f"word{i}" for i in range(30_000)])


def columns_nanoseconds(columns: int, *, mmd: int = 0, rows: int = 5000) -> float:
    """Time the derived features of a row of numeric columns."""
    numbers = np.random.default_rng(3).normal(size=(columns, rows))
    batch = numbers, np.zeros((0, rows), dtype=np.int32), []
    names = [f"x{j}" for j in range(columns)]
    transforms = fit(names, *batch, [], MultivariateSettings(mmd=mmd))
    return median_seconds(lambda: transforms.apply(*batch)) / rows * 1e9


def vector_nanoseconds(components: int, *, rows: int = 2000) -> float:
    """Time the derived features of a vector."""
    vectors = np.random.default_rng(4).normal(size=(components, rows))
    transforms = fit_vector("v", vectors)
    return median_seconds(lambda: transforms.apply(vectors)) / rows * 1e9


def text_nanoseconds(*, words: int = 60, rows: int = 2000) -> float:
    """Time the derived features of a text, each another one."""
    random = np.random.default_rng(5)
    texts = [" ".join(WORDS[random.zipf(1.3, words) % len(WORDS)]) for _ in range(rows)]
    codes = np.arange(rows, dtype=np.int32)
    transforms = fit_text("t", texts, codes)
    return median_seconds(lambda: transforms.apply(texts, codes)) / rows * 1e9


def rows(*, short: bool) -> list[Row]:
    """Measure against absolute bounds; `short` changes nothing, for it is quick."""
    del short
    measured = [
        ("112 derived features of 20 columns", columns_nanoseconds(20), 2500),
        ("112 derived features of 100 columns", columns_nanoseconds(100), 8000),
        ("176 with the mean discrepancy's, of 20", columns_nanoseconds(20, mmd=64), 6000),
        ("23 derived features of a vector of 384", vector_nanoseconds(384), 25_000),
        ("3 derived features of a text of 60 words", text_nanoseconds(), 120_000),
    ]
    return [at_most(f"{name}, a row", took, "ns", limit) for name, took, limit in measured]


if __name__ == "__main__":
    for row in rows(short=False):
        print(row)
