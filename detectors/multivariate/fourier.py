"""How is a kernel's view of a row written as a few numbers, whose means say it all?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from detectors.multivariate.exact import ExactMap

Floats = NDArray[np.float64]

PAIRS = 1000  # rows of which every two give a distance, for their median


@dataclass(frozen=True, slots=True, eq=False)
class RandomFourier:
    r"""Random Fourier features of the Gaussian kernel.

    Makes D numbers f(x) of a row so that the product of two rows' numbers is, in the mean over what
    was drawn, the kernel exp(-|x - y|^2 / (2 s^2)): cosine and sine of D / 2 random combinations of
    the columns, times sqrt(2 / D). s is the median distance of two rows of the reference.

    Reference: Rahimi and Recht, Random Features for Large-Scale Kernel Machines (2007).

    >>> rows = np.random.default_rng(0).normal(size=(2, 400))
    >>> features = RandomFourier.fit(rows, 64, np.random.default_rng(1)).apply(rows)
    >>> features.shape, (features**2).sum(axis=0)[:3].round(9)
    ((64, 400), array([1., 1., 1.]))
    """

    frequencies: ExactMap

    @classmethod
    def fit(cls, values: Floats, features: int, random: np.random.Generator) -> Self:
        """Draw D = `features` of them for rows like the columns `values`, float64[d, n]."""
        scale = median_distance(values, random)
        return cls(ExactMap.near(random.normal(size=(features // 2, len(values))) / scale))

    def apply(self, values: Floats) -> Floats:
        """Give the features of standardised rows, float64[d, n] -> float64[D, n]."""
        angles = self.frequencies.apply(values)
        waves = np.concatenate([np.cos(angles), np.sin(angles)])
        waves *= np.sqrt(1 / max(len(angles), 1))
        return waves

    def to_json(self) -> dict[str, Any]:
        """Give the features as JSON."""
        return self.frequencies.to_json()

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(ExactMap.from_json(document))


def median_distance(values: Floats, random: np.random.Generator) -> float:
    """Give the median distance between two of at most 1,000 rows; 1 where all are the same."""
    n = values.shape[1]
    rows = values[:, random.permutation(n)[:PAIRS]]
    squares = (rows * rows).sum(axis=0)
    apart = squares[:, None] + squares[None, :] - 2 * (rows.T @ rows)
    one, other = np.triu_indices(rows.shape[1], k=1)
    median = float(np.sqrt(max(np.median(apart[one, other]), 0.0))) if len(one) else 0.0
    return median if median > 0 else 1.0
