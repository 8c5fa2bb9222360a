"""Do two samples of rows have the same distribution, in the eyes of a kernel?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from detectors.multivariate.fourier import RandomFourier
from detectors.naming import distinct
from detectors.summaries import Summary

Floats = NDArray[np.float64]

DRAWS = 100_000
BLOCK = 10_000  # draws at a time
LEAST = 1e-4  # p-values go no lower
LEVELS = 400


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A squared maximum mean discrepancy and its p-value, with the n current and m other rows.

    The p-value is at least 1e-4; both are NaN where a side has no rows.
    """

    statistic: float
    p_value: float
    n: int
    m: int


@dataclass(frozen=True, slots=True, eq=False)
class MeanDiscrepancy:
    r"""Maximum mean discrepancy on random Fourier features.

    Measures how far apart two distributions of rows are, all columns and all their moments at once:
    the squared distance of the mean random features of both sides,

    .. math:: |\bar f_{ref} - \bar f_{cur}|^2

    which is the squared distance of the distributions' mean embeddings under the Gaussian kernel,
    but for what D features leave out. Only means are needed, so summaries have them.

    Without drift the statistic over (1/n + 1/m) is about :math:`\sum_i \lambda_i Z_i^2`, with Z
    standard normal and the eigenvalues of the features' covariance in the reference. Its quantiles
    are drawn once, when the reference is fitted, and saved. A gamma distribution with the same two
    moments, which is often used, gives p-values several times too small in the tail.

    Misleads on many rows, where a difference that matters to nobody has a small p-value, and with
    clustered rows. Says not where. Blind to what the drawn features miss, to changes much smaller
    than the median distance of two rows, and with many columns to a change of one.

    Shapes: one statistic, 0 to 4, and one p-value.

    References: Gretton et al., A Kernel Two-Sample Test (2012); Gretton, Fukumizu, Harchaoui and
    Sriperumbudur, A Fast, Consistent Kernel Two-Sample Test (2009), for its distribution.

    >>> random = np.random.default_rng(0)
    >>> test = MeanDiscrepancy.fit(random.normal(size=(2, 2000)), 64, random, "mmd", ())
    >>> reference, same, moved = (test.fourier.apply(x).mean(axis=1) for x in (
    ...     random.normal(size=(2, 5000)), random.normal(size=(2, 500)),
    ...     random.normal(0.3, 1, size=(2, 500))))
    >>> test.judge(reference, same, 5000, 500).p_value > 0.05
    True
    >>> test.judge(reference, moved, 5000, 500).p_value
    0.0001
    """

    names: tuple[str, ...]
    fourier: RandomFourier
    quantiles: Floats

    @classmethod
    def fit(
        cls,
        values: Floats,
        features: int,
        random: np.random.Generator,
        name: str,
        taken: Collection[str],
    ) -> Self:
        """Draw `features` random features for rows like float64[d, n], and the null's quantiles."""
        fourier = RandomFourier.fit(values, features, random)
        weights = np.linalg.eigvalsh(np.cov(fourier.apply(values), bias=True))
        names = distinct((f"{name} {i + 1}" for i in range(features)), taken)
        return cls(names, fourier, null_quantiles(np.maximum(weights, 0.0), random))

    def judge(self, reference: Floats, current: Floats, m: int, n: int) -> Discrepancy:
        """Compare the mean features float64[D] of m reference rows and of n current ones."""
        if not n or not m:
            return Discrepancy(np.nan, np.nan, n, m)
        apart = current - reference
        statistic = float(apart @ apart)
        passed = np.searchsorted(self.quantiles, statistic / (1 / n + 1 / m), side="right")
        return Discrepancy(statistic, float(_levels()[max(int(passed) - 1, 0)]), n, m)

    def compare(self, reference: Summary, current: Summary) -> Discrepancy:
        """Compare two summaries whose layout has the features among its numeric ones."""
        at = {feature.name: place for place, feature in enumerate(reference.layout.numeric)}
        lacking = [name for name in self.names if name not in at]
        if lacking:
            message = f"the layout has no feature {lacking[0]!r}, of which the mean is compared"
            raise ValueError(message)
        places = np.array([at[name] for name in self.names], dtype=np.intp)
        m, n = (int(side.finite[places].min()) for side in (reference, current))
        return self.judge(reference.moments[places, 0], current.moments[places, 0], m, n)

    def to_json(self) -> dict[str, Any]:
        """Give the test as JSON."""
        return {
            "names": list(self.names),
            "frequencies": self.fourier.to_json(),
            "quantiles": self.quantiles.tolist(),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(
            tuple(document["names"]),
            RandomFourier.from_json(document["frequencies"]),
            np.array(document["quantiles"], dtype=np.float64),
        )


def null_quantiles(weights: Floats, random: np.random.Generator) -> Floats:
    """Draw sums of weighted squares of normals; give the values that p-values are read off at.

    They are such that a value has the p-value of the last one that it reaches, never too small.
    """
    normals = (random.normal(size=(BLOCK, len(weights))) for _ in range(DRAWS // BLOCK))
    draws = np.concatenate([some**2 @ weights for some in normals])
    draws.sort()
    place = np.ceil((DRAWS + 1) * (1 - _levels())).astype(np.intp)
    return np.concatenate([[0.0], draws[place[1:]]])


def _levels() -> Floats:
    """Give the p-values that are told apart, from 1 down, each 2.3% below the one before."""
    return np.geomspace(1.0, LEAST, LEVELS)
