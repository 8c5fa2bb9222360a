"""Which one-dimensional features are made of vectors, such as embeddings?

A vector takes the road of columns: each of its components is standardised, and what is made of
several columns at once is made of its components. There are no pairs, for a component by itself
means nothing; there is its distance from the mean. At most 64 principal directions are kept.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from detectors.frozen import FORMAT, reading
from detectors.multivariate.blocks import blocks
from detectors.multivariate.encoding import Encoding
from detectors.multivariate.joint import DISTANCE, MAHALANOBIS, RECONSTRUCTION, Joint
from detectors.multivariate.mmd import MeanDiscrepancy
from detectors.multivariate.settings import MultivariateSettings

Floats = NDArray[np.float64]

DIRECTIONS = 64


@dataclass(frozen=True, slots=True, eq=False)
class VectorTransforms:
    """The frozen features of a vector; `joint` is None where fewer than two components vary."""

    name: str
    encoding: Encoding
    joint: Joint | None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the r features."""
        return self.joint.names if self.joint else ()

    @property
    def mmd(self) -> MeanDiscrepancy | None:
        """The test whose random features are among the derived ones, if it was asked for."""
        return self.joint.mmd if self.joint else None

    def apply(self, vectors: Floats) -> Floats:
        """Make the features of n vectors, float64[k, n] -> float64[r, n].

        A vector of which a component is missing has none: NaN.
        """
        n = vectors.shape[1]
        derived = np.empty((len(self.names), n))
        if self.joint is None:
            return derived
        none = np.zeros((0, n), dtype=np.int32)
        for rows in blocks(n, len(self.encoding.names)):
            values = self.encoding.apply(vectors[:, rows], none[:, rows], ())
            filled, lacking = self.encoding.filled(values)
            derived[:, rows] = self.joint.apply(filled)
            derived[:, rows][:, lacking] = np.nan
        return derived

    def to_json(self) -> dict[str, Any]:
        """Give the transforms as JSON, from which they come back to the last bit."""
        return {
            "format": FORMAT,
            "name": self.name,
            "encoding": self.encoding.to_json(),
            "joint": self.joint.to_json() if self.joint else None,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave; ValueError if it is of another format or damaged."""
        with reading(document, "the transforms of a vector"):
            joint = document["joint"]
            return cls(
                document["name"],
                Encoding.from_json(document["encoding"]),
                Joint.from_json(joint) if joint else None,
            )


def fit_vector(
    name: str,
    sample: Floats,
    settings: MultivariateSettings | None = None,
    *,
    taken: Collection[str] = (),
) -> VectorTransforms:
    """Fit features to a sample of vectors of one half of the reference; count them on the other.

    Components that are constant in the sample are left out; with fewer than two others, or fewer
    than two whole vectors, nothing is made.

    Parameters
    ----------
    sample : float64[k, n], n vectors of k components
    taken : names that features must not have

    >>> random = np.random.default_rng(0)
    >>> settings = MultivariateSettings(projections=1)
    >>> fit_vector("face", random.normal(size=(8, 500)), settings).names
    ... # doctest: +NORMALIZE_WHITESPACE
    ('face projection 1', 'face distance from the mean', 'face reconstruction error',
     'face mahalanobis distance')
    """
    settings = settings or MultivariateSettings()
    whole = sample[:, np.isfinite(sample).all(axis=0)]
    components = [str(at) for at in range(len(sample))]
    encoding = Encoding.fit(components, sample, (), whole)
    encoding = replace(encoding, required=np.ones_like(encoding.required))
    values = encoding.standardised(whole[encoding.numeric])
    if len(values) < 2 or values.shape[1] < 2:
        return VectorTransforms(name, encoding, None)
    wanted = {
        DISTANCE: True,
        RECONSTRUCTION: settings.reconstruction,
        MAHALANOBIS: settings.mahalanobis,
    }
    asked = [distance for distance, wished in wanted.items() if wished]
    joint = Joint.fit(
        values, asked, settings, most=DIRECTIONS, prefix=f"{name} ", taken={name, *taken}
    )
    return VectorTransforms(name, encoding, joint)
