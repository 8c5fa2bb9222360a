"""What is kept of the rows of one population and stretch of time?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.summaries.layout import Layout

TAIL = 8


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """Counts of all d features (p of them numeric) over `rows` rows; `+` merges two.

    counts : int64[layout.width]
    tails : float64[p, 2, TAIL], sums of the values in the TAIL lowest and TAIL highest value cells
        (cell 0, "below", is the first of the lowest; the last "at or above" is the last highest)
    moments : float64[p, 2], mean and sum of squared deviations of the finite values
    low, high : float64[p], the smallest and largest finite value; +inf and -inf where there is none
    """

    layout: Layout
    rows: int
    counts: NDArray[np.int64]
    tails: NDArray[np.float64]
    moments: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def empty(cls, layout: Layout) -> "Summary":
        """Make the summary of no rows."""
        raise NotImplementedError

    def __add__(self, other: "Summary") -> "Summary":
        raise NotImplementedError


def encode(summary: Summary) -> bytes:
    """Write a summary as versioned, compressed bytes; only what is not zero."""
    raise NotImplementedError


def decode(layout: Layout, body: bytes) -> Summary:
    """Read what `encode` or `Grouped.encode` wrote; ValueError if it is not of this layout."""
    raise NotImplementedError
