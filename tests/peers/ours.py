"""What do our detectors say of the same values, cut where the peer cuts them?"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from detectors.comparison import Compared
from detectors.summaries import (
    CategoricalFeature,
    Layout,
    NumericFeature,
    Summary,
    categorical_feature,
    numeric_feature,
    tabulate,
)

Floats = NDArray[np.float64]
Values = NDArray[Any]
Feature = NumericFeature | CategoricalFeature


class Comparison(Protocol):
    def compare(self, reference: Summary, current: Summary) -> Compared: ...


def usual(reference: Values) -> Feature:
    """Cut as a profile would, given nothing but the reference."""
    if reference.dtype.kind == "f":
        return numeric_feature("x", reference)
    return categorical_feature("x", Counter(reference.tolist()), keep=len(reference))


def every_value(reference: Floats, current: Floats) -> NumericFeature:
    """Give every value of both sides a cell of its own, so that nothing is rounded."""
    values = np.unique(np.concatenate([reference, current]))
    forced = np.concatenate([values, np.nextafter(values, np.inf)])
    return numeric_feature("x", reference, forced=forced)


def between(edges: Iterable[float]) -> NumericFeature:
    """Take a peer's own bins for the deciles as for the histogram; the last holds its right end."""
    cuts = np.array(sorted(edges))
    cuts[-1] = np.nextafter(cuts[-1], np.inf)
    return NumericFeature("x", cuts, np.arange(1, len(cuts) - 1), np.arange(len(cuts)))


@dataclass(frozen=True, eq=False)
class Reference:
    """A column of the reference, and what a profile keeps of it."""

    values: Values

    @cached_property
    def feature(self) -> Feature:
        return usual(self.values)

    @cached_property
    def summary(self) -> Summary:
        return counted(layout_of(self.feature), self.values)

    def compared(self, detector: Comparison, current: Values) -> Compared:
        """Compare as a daemon does, which knows nothing of the current values when it cuts."""
        return detector.compare(self.summary, counted(self.summary.layout, current))

    def compared_between(self, detector: Comparison, feature: Feature, current: Values) -> Compared:
        """Compare with cells of another choice."""
        layout = layout_of(feature)
        return detector.compare(counted(layout, self.values), counted(layout, current))


def layout_of(feature: Feature) -> Layout:
    """Lay out a single feature."""
    if isinstance(feature, NumericFeature):
        return Layout((feature,))
    return Layout((), (feature,))


def counted(layout: Layout, values: Values) -> Summary:
    """Count the values of the only feature of a layout."""
    n = len(values)
    groups = np.zeros(n, dtype=np.int64)
    if layout.numeric:
        nothing = np.zeros((0, n), dtype=np.int32)
        return tabulate(layout, values[None, :].astype(float), nothing, [], groups, 1).summary(0)
    words, codes = np.unique(values, return_inverse=True)
    coded = codes[None, :].astype(np.int32)
    return tabulate(layout, np.zeros((0, n)), coded, [words.tolist()], groups, 1).summary(0)


def largest_bin(feature: NumericFeature, *sides: Floats) -> float:
    """Give the largest share of either side in a cell that may hold more than one value.

    This bounds by how much a distance of distribution functions is missed between two edges.
    """
    several = np.nextafter(feature.edges[:-1], np.inf) < feature.edges[1:]
    several = np.concatenate([[True], several, [True]])
    shares = [
        np.bincount(
            np.searchsorted(feature.edges, side, side="right"), minlength=len(feature.edges) + 1
        )
        / len(side)
        for side in sides
    ]
    return float(max((share * several).max() for share in shares))
