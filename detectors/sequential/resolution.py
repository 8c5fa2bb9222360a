"""Is a feature that was called as the reference again?"""

import numpy as np
from numpy.typing import NDArray

from detectors.sequential.components import Components

LEAST_TOLERANCE = 0.05  # where none is tolerated

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def rows_needed(components: Components, pairs: Counts, n: Counts) -> Floats:
    """Give the rows on which a return can be told from noise, float64[pairs]: 4 phi / h0^2.

    Parameters
    ----------
    pairs : places in the components, those that carried the evidence
    n : int64[pairs], the rows that were pooled
    """
    tolerance = components.tuning.tolerance or LEAST_TOLERANCE
    all_columns = np.zeros(components.columns, np.int64)
    all_columns[components.column[pairs]] = n
    phi = components.phi(all_columns)[components.column[pairs]]
    return np.asarray(4 * phi / tolerance**2)


def is_back(components: Components, pairs: Counts, k: Counts, n: Counts) -> bool:
    """Say whether the pooled share of every set is within its bound again.

    Parameters
    ----------
    k, n : int64[pairs], pooled counts of each pair's set; the side is taken into account here
    """
    held = np.where(components.side[pairs] == 0, k, n - k)
    return bool(np.all(held <= components.upper[pairs] * n))
