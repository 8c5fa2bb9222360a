"""Where is a feature cut, so that its counts can answer what is asked of it later?"""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detectors.summaries.features import CategoricalFeature, NumericFeature, hash_words

OUTER = (0.001, 0.01, 0.99, 0.999)
OUTERMOST = (0.0001, 0.9999)
OUTERMOST_NEEDS = 100_000

Values = NDArray[np.float64]


def numeric_feature(
    name: str, sample: ArrayLike, *, bins: int = 256, forced: Iterable[float] = ()
) -> NumericFeature:
    """Choose the edges of a numeric feature from a sample of its reference values.

    The edges are `bins` equi-depth cuts at values of the sample, joined by its deciles, its Doane
    edges (the last of them just above the largest value), outer quantiles, both sides of every
    atom, and the cuts in `forced`. Values of the sample that are not finite are left out; without
    a finite one there are no edges.

    >>> feature = numeric_feature("age", [20.0, 30.0, 30.0, 41.0], bins=2)
    >>> bool(feature.edges[feature.doane[0]] == 20), bool(feature.edges[feature.doane[-1]] > 41)
    (True, True)
    """
    values = np.asarray(sample, dtype=np.float64)
    values = np.sort(values[np.isfinite(values)]) + 0.0
    cuts = np.asarray(list(forced), dtype=np.float64)
    if not np.isfinite(cuts).all():
        message = f"the forced cuts of {name} must be finite numbers, not {cuts.tolist()}"
        raise ValueError(message)
    nothing = np.zeros(0, dtype=np.int64)
    if not len(values):
        return NumericFeature(name, np.zeros(0), nothing, nothing)
    deciles, doane = _deciles(values), _doane(values)
    outer = OUTER + (OUTERMOST if len(values) >= OUTERMOST_NEEDS else ())
    chosen = (_equi_depth(values, bins), deciles, doane, _quantiles(values, outer))
    edges = np.unique(np.concatenate([*chosen, _atoms(values, bins), cuts]))
    edges = edges[np.isfinite(edges)]
    return NumericFeature(
        name, edges, np.searchsorted(edges, deciles), np.searchsorted(edges, doane)
    )


def categorical_feature(
    name: str, counts: Mapping[str, int], *, keep: int = 100
) -> CategoricalFeature:
    """Keep the `keep` most frequent categories; of all values of the reference keep the hash.

    >>> categorical_feature("country", {"fr": 5, "de": 9, "it": 1}, keep=2).categories
    ('de', 'fr')
    """
    kept = sorted(counts, key=lambda word: (-counts[word], word))[:keep]
    return CategoricalFeature(name, tuple(kept), np.unique(hash_words(counts)))


def _equi_depth(values: Values, bins: int) -> Values:
    """Give values of the sample that leave an equal number between them."""
    return values[np.arange(1, bins) * len(values) // bins]


def _quantiles(values: Values, levels: Iterable[float]) -> Values:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.quantile(values, list(levels))


def _deciles(values: Values) -> Values:
    """Give the decile cuts: those at the lowest value cut nothing off and are left out.

    Where that leaves none, since the lowest value holds almost everything, its own cell is cut out.
    """
    cuts = np.unique(_quantiles(values, np.arange(1, 10) / 10))
    cuts = cuts[(cuts > values[0]) & np.isfinite(cuts)]
    return cuts if len(cuts) else np.unique([values[0], *_above(values[:1])])


def _doane(values: Values) -> Values:
    """Give the edges of Doane's histogram, with the last just above the largest value."""
    ends = np.array([values[0], values[-1]])
    edges = ends
    if ends[1] > ends[0]:
        with np.errstate(all="ignore"):
            try:
                edges = np.histogram_bin_edges(values, bins="doane")
            except (ValueError, OverflowError, MemoryError):
                edges = ends  # the range is too small or too large to be divided
    if not np.isfinite(edges).all():
        edges = ends
    return np.unique([ends[0], *edges[edges < ends[1]], *_above(ends[1:])])


def _atoms(values: Values, bins: int) -> Values:
    """Give both sides of each value that holds more than a bin's share."""
    first = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    held = np.diff(first, append=len(values))
    atoms = values[first[held > max(len(values) / bins, 1)]]
    return np.concatenate([atoms, _above(atoms)])


def _above(values: Values) -> Values:
    """Give the next larger numbers; the largest finite one is its own."""
    with np.errstate(over="ignore"):
        return np.minimum(np.nextafter(values, np.inf), np.finfo(np.float64).max)
