"""How many of the records may be rejected, and what is it worth to watch them?

No reference tells: it is made of the records that could be read. So the share is said.
"""

import numpy as np
from numpy.typing import NDArray

from detectors.sequential.sets import FAMILIES, Sets
from detectors.sequential.tuning import Tuning
from detectors.summaries import Layout

WEIGHT = 0.1  # of the quality family, whatever the number of features

Floats = NDArray[np.float64]


def allowed(layout: Layout, tuning: Tuning) -> Floats:
    """Give the share of records that may be rejected, float64[1]; float64[0] if it is not watched.

    Without a feature nobody could say how many rows there were.
    """
    watched = tuning.allowance is not None and layout.names
    return np.array([tuning.allowance] if watched else [], dtype=np.float64)


def weights(sets: Sets, stuck: int, rejected: int) -> Floats:
    """Give the weight of each side of a column: the sets', stuck values', and rejected records'.

    The quality family's sets and stuck values leave room for rejected records.

    Parameters
    ----------
    stuck, rejected : the number of columns of each
    """
    left = 1 - WEIGHT * rejected
    quality = sets.family == FAMILIES.index("quality")
    values = np.full(stuck, left / 3 / max(stuck, 1))
    return np.concatenate(
        [sets.weight / 2 * np.where(quality, left, 1.0), values, np.full(rejected, WEIGHT)]
    )
