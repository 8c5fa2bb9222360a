"""Do numbers lie where the reference has none?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors.comparison.compared import Compared, numeric, pair
from detectors.comparison.proportions import Measure, compare_shares
from detectors.summaries import Summary


@dataclass(frozen=True, slots=True)
class OutOfRange:
    r"""Share of finite numbers outside of the reference's range.

    Measures, of the finite numbers of the current window, the share that is below the smallest or
    above the largest value of the sample that the edges were made from (`measure` "share"), or that
    less the reference's own share ("difference").

    Misleads where the range was made by few rows: fresh rows fall out of the range of m old ones at
    a rate of 2 / (m + 1) by themselves. The p-value, of an increase, allows for that: it counts the
    two rows that made the range as out of it. Blind to wrong values within the range.

    Shapes: the share or difference, its interval and its p-value, as `missing`, float64[d];
    categorical features have none.

    >>> from detectors.summaries import Layout, numeric_feature, tabulate
    >>> layout = Layout((numeric_feature("x", [1.0, 2, 3]),))
    >>> def counted(values):
    ...     n = len(values)
    ...     columns = np.array([values]), np.zeros((0, n), dtype=np.int32), []
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> OutOfRange().compare(counted([1.0, 2, 3]), counted([0.5, 1, 2, 3])).statistic
    array([0.25])
    """

    kind: Literal["out_of_range"] = "out_of_range"
    measure: Measure = "share"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all numeric features."""
        applies = numeric(reference.layout)
        sides = pair(reference, current, applies=applies)
        outside = _outside(reference), _outside(current)
        return compare_shares(sides, *outside, measure=self.measure, chose=2)


def _outside(summary: Summary) -> NDArray[np.int64]:
    """Count what the Doane histogram, which spans the whole range, leaves over, int64[d]."""
    layout = summary.layout
    outside = np.zeros(len(layout.names), dtype=np.int64)
    p = len(layout.numeric)
    outside[:p] = summary.binned(layout.doane)[layout.doane.start[:p]]
    return outside
