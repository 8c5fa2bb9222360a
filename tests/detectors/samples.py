"""Summaries made from plain columns."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from detectors.summaries import (
    Grouped,
    Layout,
    Summary,
    categorical_feature,
    numeric_feature,
    tabulate,
)

Columns = Mapping[str, Sequence[float] | Sequence[str | None]]


def is_numeric(column) -> bool:
    return isinstance(column, np.ndarray) or not any(isinstance(v, str) for v in column)


def layout_of(columns: Columns, *, keep: int = 100, bins: int = 256) -> Layout:
    """Make a layout from reference columns: texts are categories, None is missing."""
    numeric = [numeric_feature(k, v, bins=bins) for k, v in columns.items() if is_numeric(v)]
    categorical = [
        categorical_feature(k, Counter(w for w in v if w is not None), keep=keep)
        for k, v in columns.items()
        if not is_numeric(v)
    ]
    return Layout(tuple(numeric), tuple(categorical))


def group(layout: Layout, columns: Columns, groups, number: int) -> Grouped:
    """Count columns, in the layout's order, by group."""
    n = len(groups)
    numbers = np.array([columns[f.name] for f in layout.numeric], dtype=np.float64).reshape(
        len(layout.numeric), n
    )
    words = [sorted({w for w in columns[f.name] if w is not None}) for f in layout.categorical]
    codes = [
        [-1 if w is None else known.index(w) for w in columns[f.name]]
        for f, known in zip(layout.categorical, words, strict=True)
    ]
    coded = np.array(codes, dtype=np.int32).reshape(len(layout.categorical), n)
    return tabulate(layout, numbers, coded, words, np.asarray(groups, dtype=np.int64), number)


def summarise(layout: Layout, columns: Columns) -> Summary:
    n = max((len(v) for v in columns.values()), default=0)
    return group(layout, columns, np.zeros(n, dtype=np.int64), 1).summary(0)


def numbers(*rows) -> dict[str, np.ndarray]:
    return {f"x{j}": np.asarray(row, dtype=np.float64) for j, row in enumerate(rows)}


def assert_same(one: Summary, other: Summary, *, rtol: float = 1e-12) -> None:
    """Counts and ends must be equal; sums but for rounding, relative to the values' size."""
    assert one.rows == other.rows
    np.testing.assert_array_equal(one.counts, other.counts)
    np.testing.assert_array_equal(one.low, other.low)
    np.testing.assert_array_equal(one.high, other.high)
    if not one.layout.numeric:
        return
    largest = np.maximum(np.abs(one.low), np.abs(one.high))
    size = np.where(one.finite > 0, largest, 0.0) * np.maximum(one.finite, 1)
    assert (np.abs(one.tails - other.tails) <= rtol * size[:, None, None]).all()
    assert (np.abs(one.moments[:, 0] - other.moments[:, 0]) <= rtol * size).all()
    assert (np.abs(one.moments[:, 1] - other.moments[:, 1]) <= rtol * size**2 + 1e-300).all()
