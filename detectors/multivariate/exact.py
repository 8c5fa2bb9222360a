"""How do sums over columns come out alike in every batch and on every machine?

A matrix product adds up in an order, and with roundings, that depend on the library, the processor
and even the number of rows. A derived value that is an atom of the reference, as sums of categories
are, would then miss its cell by the last bit. So values and weights are put on grids on which
every product and every partial sum is exact, and the order does not matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from detectors.frozen import packed, unpacked

Floats = NDArray[np.float64]

STEPS = float(1 << 20)  # steps of the grid in a standard deviation
FARTHEST = 256.0  # standard deviations; 8 bits, and 20 of the steps
WEIGHT_STEPS = float(1 << 24)  # 52 bits with these: a float64 holds 53


def on_grid(values: Floats) -> Floats:
    """Round standardised values to the grid and cut them off at its ends, NaN staying NaN.

    >>> on_grid(np.array([0.1, 1e9, np.nan]))
    array([1.00000381e-01, 2.56000000e+02,            nan])
    """
    scaled = values * STEPS
    np.rint(scaled, out=scaled)
    np.clip(scaled, -FARTHEST * STEPS, FARTHEST * STEPS, out=scaled)
    scaled *= 1 / STEPS
    return scaled


@dataclass(frozen=True, slots=True, eq=False)
class ExactMap:
    """A linear map from d columns on the grid to r, the same to the last bit wherever it runs.

    weights : float64[r, d], whole numbers; the absolute ones of a row add up to 2^24 at most,
        but for their rounding
    scale : float64[r], powers of two
    """

    weights: Floats
    scale: Floats

    @classmethod
    def near(cls, matrix: Floats) -> Self:
        """Give the exact map next to a matrix float64[r, d]: its rows to 2^-25 of their sum.

        >>> ExactMap.near(np.array([[0.75, -0.25]])).apply(np.array([[3.0], [1.5]]))
        array([[1.875]])
        """
        total = np.abs(matrix).sum(axis=1)
        scale = np.exp2(np.ceil(np.log2(np.where(total > 0, total, 1.0)))) / WEIGHT_STEPS
        return cls(np.rint(matrix / scale[:, None]), scale)

    def apply(self, values: Floats) -> Floats:
        """Map columns on the grid, float64[d, n] -> float64[r, n]."""
        mapped: Floats = self.weights @ values
        mapped *= self.scale[:, None]
        return mapped

    def to_json(self) -> dict[str, Any]:
        """Give the map as JSON."""
        return {"weights": packed(self.weights.astype(np.int32)), "scale": self.scale.tolist()}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        weights = unpacked(document["weights"], np.int32).astype(np.float64)
        scale = np.array(document["scale"], dtype=np.float64)
        if weights.ndim != 2 or scale.shape != weights.shape[:1]:
            message = f"a map of {weights.shape} weights has not {scale.shape} scales"
            raise ValueError(message)
        return cls(weights, scale)


def squared_lengths(values: Floats, weights: Floats | None = None) -> Floats:
    """Add up the squares of each row's columns, one column after the other, [d, n] -> [n].

    `weights`, float64[d], are those of the columns, 1 if there are none.

    >>> squared_lengths(np.array([[3.0, 1.0], [4.0, 1.0]]))
    array([25.,  2.])
    """
    total, square = np.zeros((2, values.shape[1]))
    for at, column in enumerate(values):
        np.multiply(column, column, out=square)
        if weights is not None:
            square *= weights[at]
        total += square
    return total
