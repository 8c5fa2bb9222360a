"""How do rows become counts, for many groups of rows at once?

The hot path: per column one argsort and one bincount over (group, cell), so that the cost does not
grow with the number of groups. Counts stay sparse where a group has fewer rows than cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.summaries.layout import Layout
from detectors.summaries.summary import Summary


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """The summaries of g groups, sparse.

    index : int64[k], sorted and unique, group * layout.width + cell
    counts : int64[k]
    rows : int64[g]; tails : float64[g, p, 2, TAIL]; moments : float64[g, p, 2];
    low, high : float64[g, p]
    """

    layout: Layout
    index: NDArray[np.int64]
    counts: NDArray[np.int64]
    rows: NDArray[np.int64]
    tails: NDArray[np.float64]
    moments: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def summary(self, group: int) -> Summary:
        """Give the dense summary of one group."""
        raise NotImplementedError

    def encode(self, group: int) -> bytes:
        """Write one group as `summaries.encode` would, without making it dense."""
        raise NotImplementedError


def tabulate(
    layout: Layout,
    numbers: NDArray[np.float64],
    codes: NDArray[np.int32],
    words: Sequence[Sequence[str]],
    group: NDArray[np.int64],
    groups: int,
) -> Grouped:
    """Count n rows into `groups` groups.

    Parameters
    ----------
    numbers : float64[p, n], NaN where missing; infinities are counted as not finite
    codes : int32[q, n], indices into words[column], -1 where missing
    group : int64[n], in [0, groups)
    """
    raise NotImplementedError


def combine(pieces: Sequence[Grouped], group: Sequence[NDArray[np.int64]], groups: int) -> Grouped:
    """Merge pieces of one layout; group[i][j] is the new group of group j of piece i."""
    raise NotImplementedError
