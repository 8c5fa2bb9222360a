"""What does a comparison say of each feature?"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Undefined(IntEnum):
    """Why a feature has no statistic; DEFINED where it has one."""

    DEFINED = 0
    NOT_APPLICABLE = 1  # the statistic is not for features of this type
    NO_REFERENCE = 2  # the reference holds no values of this feature
    NO_ROWS = 3  # the current window is empty
    ALL_MISSING = 4  # the current window has rows, but no value of this feature
    CONSTANT_REFERENCE = 5  # the reference has no spread to measure by
    FAILED = 6  # the comparison itself could not be made


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """One comparison of d features.

    statistic : float64[d], NaN where `undefined` is not DEFINED
    p_value : float64[d], NaN where the comparison has none
    low, high : float64[d], a 95% interval of the statistic, NaN where it has none
    n, m : int64[d], rows of current and reference that the statistic rests on
    undefined : int8[d], of Undefined
    """

    statistic: NDArray[np.float64]
    p_value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: NDArray[np.int64]
    m: NDArray[np.int64]
    undefined: NDArray[np.int8]
