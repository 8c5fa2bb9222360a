"""What is made of all standardised columns together?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from detectors.multivariate.directions import Directions, Scores
from detectors.multivariate.exact import ExactMap, squared_lengths
from detectors.multivariate.mahalanobis import mahalanobis_distance
from detectors.multivariate.mmd import MeanDiscrepancy
from detectors.multivariate.projections import random_projections
from detectors.multivariate.reconstruction import reconstruction_error
from detectors.multivariate.settings import MultivariateSettings
from detectors.naming import distinct

Floats = NDArray[np.float64]

DISTANCE, RECONSTRUCTION, MAHALANOBIS = (
    "distance from the mean",
    "reconstruction error",
    "mahalanobis distance",
)


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Projections of rows, and distances of rows from what is usual; `mmd` may be left out.

    `distances` are those of the three that are made, in their order.
    """

    names: tuple[str, ...]
    projections: ExactMap
    distances: tuple[str, ...]
    scores: Scores
    mmd: MeanDiscrepancy | None

    @classmethod
    def fit(
        cls,
        values: Floats,
        wanted: Collection[str],
        settings: MultivariateSettings,
        *,
        most: int,
        prefix: str = "",
        taken: Collection[str] = (),
    ) -> Self:
        """Fit to rows on the grid, float64[d, n], n and d at least 2 and each column with spread.

        `wanted` are distances; one that cannot be made is left out. Names begin with `prefix`.
        """
        random = np.random.default_rng(settings.seed)
        directions = Directions.fit(np.cov(values, bias=True), settings.variance, most)
        projections = random_projections(directions, settings.projections, random)
        made = [name for name in (DISTANCE, RECONSTRUCTION, MAHALANOBIS) if name in wanted]
        if directions.explaining == len(values):
            made = [name for name in made if name != RECONSTRUCTION]
        plain = [f"projection {i + 1}" for i in range(len(projections))] + made
        names = distinct([prefix + name for name in plain], taken)
        mmd = None
        if settings.mmd:
            used = {*names, *taken}
            mmd = MeanDiscrepancy.fit(values, settings.mmd, random, f"{prefix}mmd", used)
            names += mmd.names
        scores = Scores.of(directions)
        if MAHALANOBIS not in made:
            scores = scores.leading(scores.explaining if RECONSTRUCTION in made else 0)
        return cls(names, ExactMap.near(projections), tuple(made), scores, mmd)

    def apply(self, values: Floats) -> Floats:
        """Make the features of rows on the grid, float64[d, n] -> float64[r, n]."""
        made = [self.projections.apply(values)]
        lengths = np.zeros(0)
        if DISTANCE in self.distances or RECONSTRUCTION in self.distances:
            lengths = squared_lengths(values)
        scores = self.scores.map.apply(values)
        for name in self.distances:
            if name == DISTANCE:
                distance = np.sqrt(lengths)
            elif name == RECONSTRUCTION:
                distance = reconstruction_error(lengths, scores, self.scores.explaining)
            else:
                distance = mahalanobis_distance(scores, self.scores.variances)
            made.append(distance[None, :])
        if self.mmd is not None:
            made.append(self.mmd.fourier.apply(values))
        return np.concatenate(made)

    def to_json(self) -> dict[str, Any]:
        """Give the features as JSON."""
        return {
            "names": list(self.names),
            "projections": self.projections.to_json(),
            "distances": list(self.distances),
            "scores": self.scores.to_json(),
            "mmd": self.mmd.to_json() if self.mmd else None,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        mmd = document["mmd"]
        return cls(
            tuple(document["names"]),
            ExactMap.from_json(document["projections"]),
            tuple(document["distances"]),
            Scores.from_json(document["scores"]),
            MeanDiscrepancy.from_json(mmd) if mmd else None,
        )
