"""Since when has a feature been other than it was?"""

import numpy as np
from numpy.typing import NDArray

from detectors.sequential.components import Components
from detectors.sequential.pages import Called

Counts = NDArray[np.int64]


def first_hour(components: Components, called: Called, hours: Counts, k: Counts, n: Counts) -> int:
    r"""Give the place of the hour since which the evidence for a called feature came.

    The argmax over s of the sum of the log e-values of the hours from s on, of its best component.

    Parameters
    ----------
    hours : int64[h], budget hours in order, those without rows left out; at least one
    k, n : int64[h, columns], the counts of each
    """
    row = int(np.argmin(np.abs(components.theta[:, 0] - called.theta)))
    won = components.won_by(called.pairs[0], row, k, n, hours)
    return int(np.argmax(np.cumsum(won[::-1])[::-1]))
