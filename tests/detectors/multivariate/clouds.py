"""Rows whose columns hang together, and what is derived from them."""

import numpy as np

from detectors.multivariate import Derived, MultivariateSettings, Transforms, fit
from detectors.summaries import Layout, Summary, numeric_feature, tabulate

PLAIN = MultivariateSettings(pairs=0, projections=0)


def correlated(random, rows: int, columns: int, correlation: float) -> np.ndarray:
    """Draw normal columns, each two of them with the same correlation, float64[d, n]."""
    together = random.normal(size=rows) * np.sqrt(correlation)
    return together + random.normal(size=(columns, rows)) * np.sqrt(1 - correlation)


def no_words(rows: int) -> tuple[np.ndarray, list[list[str]]]:
    return np.zeros((0, rows), dtype=np.int32), []


def fit_numbers(numbers: np.ndarray, settings: MultivariateSettings | None = None) -> Transforms:
    names = [f"x{j}" for j in range(len(numbers))]
    return fit(names, numbers, *no_words(numbers.shape[1]), [], settings)


def derived_of(transforms: Transforms, numbers: np.ndarray) -> np.ndarray:
    return transforms.apply(numbers, *no_words(numbers.shape[1]))


def named(transforms: Transforms, numbers: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(transforms.names, derived_of(transforms, numbers), strict=True))


def counted(layout: Layout, values: np.ndarray) -> Summary:
    group = np.zeros(values.shape[1], dtype=np.int64)
    return tabulate(layout, values, *no_words(values.shape[1]), group, 1).summary(0)


def sides(transforms: Transforms, reference: np.ndarray, current: np.ndarray):
    """Count columns and their derived features on both sides: reference, current."""
    rows = [np.concatenate([x, derived_of(transforms, x)]) for x in (reference, current)]
    plain = [numeric_feature(f"x{j}", x) for j, x in enumerate(reference)]
    derived = Derived(transforms).features(rows[0][len(plain) :])
    layout = Layout((*plain, *derived))
    return counted(layout, rows[0]), counted(layout, rows[1])
