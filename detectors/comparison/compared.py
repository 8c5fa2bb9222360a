"""What does a comparison say of each feature?"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from detectors.summaries import Layout, Summary

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


class Undefined(IntEnum):
    """Why a feature has no statistic; DEFINED where it has one."""

    DEFINED = 0
    NOT_APPLICABLE = 1  # the statistic is not for features of this type
    NO_REFERENCE = 2  # the reference holds no values of this feature
    NO_ROWS = 3  # the current window is empty
    ALL_MISSING = 4  # the current window has rows, but no value of this feature
    CONSTANT_REFERENCE = 5  # the reference has no spread to measure by
    TOO_LARGE = 6  # the values are so large that their spread is not a finite number
    FAILED = 7  # the comparison itself could not be made


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """One comparison of d features.

    statistic : float64[d], NaN where `undefined` is not DEFINED
    p_value : float64[d], NaN where the comparison has none
    low, high : float64[d], a 95% interval of the statistic, NaN where it has none
    n, m : int64[d], rows of current and reference that the statistic rests on
    undefined : int8[d], of Undefined
    """

    statistic: Floats
    p_value: Floats
    low: Floats
    high: Floats
    n: Counts
    m: Counts
    undefined: NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """The two sides of a comparison: how many rows each feature rests on, and why it may not.

    `undefined` is given before the statistic is known; a detector may add its own reasons to it.
    """

    n: Counts
    m: Counts
    undefined: NDArray[np.int8]

    def says(
        self,
        statistic: Floats,
        *,
        p_value: Floats | None = None,
        interval: tuple[Floats, Floats] | None = None,
    ) -> Compared:
        """Give the result, with NaN wherever a feature has no statistic."""
        low, high = interval or (None, None)
        defined = self.undefined == Undefined.DEFINED.value
        return Compared(
            statistic=_masked(statistic, defined),
            p_value=_masked(p_value, defined),
            low=_masked(low, defined),
            high=_masked(high, defined),
            n=self.n,
            m=self.m,
            undefined=self.undefined,
        )


def pair(
    reference: Summary,
    current: Summary,
    *,
    applies: NDArray[np.bool_] | None = None,
    counts: tuple[Counts, Counts] | None = None,
) -> Pair:
    """Say which features can be compared.

    Parameters
    ----------
    applies : bool[d], the features that the detector is for; all of them if not given
    counts : the rows m of the reference and n of the current window that the detector counts;
        the rows with a value if not given
    """
    if reference.layout is not current.layout:
        _same(reference.layout, current.layout)
    m, n = counts or (reference.present, current.present)
    undefined = np.zeros(len(n), dtype=np.int8)
    undefined[n == 0] = Undefined.ALL_MISSING if current.rows else Undefined.NO_ROWS
    undefined[m == 0] = Undefined.NO_REFERENCE
    if applies is not None:
        undefined[~applies] = Undefined.NOT_APPLICABLE
    return Pair(n, m, undefined)


def numeric(layout: Layout) -> NDArray[np.bool_]:
    """Say which features are numeric, bool[d]."""
    return np.arange(len(layout.names)) < len(layout.numeric)


def _masked(values: Floats | None, defined: NDArray[np.bool_]) -> Floats:
    if values is None:
        return np.full(len(defined), np.nan)
    return np.where(defined, values, np.nan)


def _same(one: Layout, other: Layout) -> None:
    if one.digest != other.digest:
        message = f"summaries of layouts {one.digest} and {other.digest} cannot be compared"
        raise ValueError(message)
