"""Do two columns still move together as they did?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    r"""Sums and differences of two standardised columns.

    Measures, for the pairs with the largest absolute correlation in the reference, x + y and x - y:
    their variances are 2 + 2 r and 2 - 2 r, so a changed correlation r widens one of them and
    narrows the other, while both columns stand still.

    Misleads where a column of the pair moved by itself: both features then move with it. Blind to
    pairs that are not among those chosen, which a correlation that is new may well not be (see
    `random_projections`), and to what joins three columns and no two of them.

    Shapes: float64[2k, n] of k pairs, in standard deviations of the columns; NaN where one of the
    two is missing. `left` and `right` are the columns, intp[k].

    >>> pairs = Pairs.fit(np.array([[1.0, 0.2, -0.7], [0.2, 1.0, 0.1], [-0.7, 0.1, 1.0]]), 1)
    >>> pairs.names(["age", "height", "speed"])
    ['age + speed', 'age - speed']
    >>> pairs.apply(np.array([[1.0], [9.0], [0.25]]))
    array([[1.25],
           [0.75]])
    """

    left: NDArray[np.intp]
    right: NDArray[np.intp]

    @classmethod
    def fit(cls, correlation: Floats, most: int) -> Self:
        """Choose at most `most` pairs by the correlations float64[d, d]."""
        left, right = np.triu_indices(len(correlation), k=1)
        chosen = np.argsort(-np.abs(correlation[left, right]), kind="stable")[:most]
        return cls(left[chosen], right[chosen])

    def names(self, columns: Sequence[str]) -> list[str]:
        """Name the features: all sums, then all differences."""
        both = [(columns[i], columns[j]) for i, j in zip(self.left, self.right, strict=True)]
        return [f"{a} + {b}" for a, b in both] + [f"{a} - {b}" for a, b in both]

    def apply(self, values: Floats, out: Floats | None = None) -> Floats:
        """Add and subtract standardised columns, float64[d, n]; NaN where missing."""
        k = len(self.left)
        made = np.empty((2 * k, values.shape[1])) if out is None else out
        for at, (i, j) in enumerate(zip(self.left, self.right, strict=True)):
            np.add(values[i], values[j], out=made[at])
            np.subtract(values[i], values[j], out=made[k + at])
        return made

    def to_json(self) -> dict[str, Any]:
        """Give the pairs as JSON."""
        return {"left": self.left.tolist(), "right": self.right.tolist()}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        left, right = (np.array(document[side], dtype=np.intp) for side in ("left", "right"))
        return cls(left, right)
