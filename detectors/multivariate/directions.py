"""Along which directions do the standardised columns of the reference spread?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from detectors.multivariate.exact import ExactMap

Floats = NDArray[np.float64]

NEGLIGIBLE = 1e-6  # of the largest variance: a direction with less is no direction


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """The principal components of the reference, those of the largest variance first.

    matrix : float64[r, d], unit vectors; variances : float64[r]
    explaining : how many of them hold more than the share of the variance that was asked for
    """

    matrix: Floats
    variances: Floats
    explaining: int

    @classmethod
    def fit(cls, covariance: Floats, share: float, most: int) -> Self:
        """Find at most `most` directions, leaving out those of negligible variance.

        >>> found = Directions.fit(np.array([[1.0, 0.6], [0.6, 1.0]]), 0.65, 10)
        >>> found.variances.round(6), found.explaining
        (array([1.6, 0.4]), 1)
        """
        variances, vectors = np.linalg.eigh(covariance)
        variances, vectors = variances[::-1], vectors[:, ::-1]
        held = np.cumsum(variances) / variances.sum()
        explaining = int(np.searchsorted(held, share, side="right")) + 1
        kept = int((variances >= NEGLIGIBLE * variances[0]).sum())
        kept = min(kept, most)
        return cls(vectors[:, :kept].T, variances[:kept], min(explaining, kept))


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Maps rows to their scores along the directions, and keeps what these are judged by."""

    map: ExactMap
    variances: Floats
    explaining: int

    @classmethod
    def of(cls, directions: Directions) -> Self:
        """Freeze directions."""
        return cls(ExactMap.near(directions.matrix), directions.variances, directions.explaining)

    def leading(self, most: int) -> Self:
        """Give the scores along the first directions only."""
        kept = ExactMap(self.map.weights[:most], self.map.scale[:most])
        return replace(self, map=kept, variances=self.variances[:most])

    def to_json(self) -> dict[str, Any]:
        """Give the scores as JSON."""
        return {
            "map": self.map.to_json(),
            "variances": self.variances.tolist(),
            "explaining": self.explaining,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        variances = np.array(document["variances"], dtype=np.float64)
        return cls(ExactMap.from_json(document["map"]), variances, int(document["explaining"]))
