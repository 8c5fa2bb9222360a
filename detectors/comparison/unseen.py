"""Do categories come that the reference never held?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detectors.comparison.compared import Compared, numeric, pair
from detectors.comparison.proportions import Measure, compare_shares
from detectors.summaries import Summary


@dataclass(frozen=True, slots=True)
class Unseen:
    r"""Share of categories that the reference never held.

    Measures, of the rows of the current window that have a category, the share whose category is
    none of those that the layout was made from (`measure` "share"), or that less the reference's
    own share ("difference"). The reference's own is not 0 where the categories were chosen on one
    half of it and counted on the other, as they should be.

    Misleads on columns with ever new values, such as identifiers. Blind to a known category that
    comes where it should not. Two words of one 64-bit hash are one: of a million words, an unseen
    one passes for seen with a chance of 5e-14.

    Shapes: the share or difference, its interval and the p-value of a change, as `missing`,
    float64[d]; numeric features have none.

    >>> from detectors.summaries import Layout, categorical_feature, tabulate
    >>> layout = Layout((), (categorical_feature("kind", {"a": 1}),))
    >>> def counted(codes):
    ...     n = len(codes)
    ...     columns = np.zeros((0, n)), np.array([codes], dtype=np.int32), [["a", "new"]]
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> Unseen().compare(counted([0, 0]), counted([0, 0, 0, 1])).statistic
    array([0.25])
    """

    kind: Literal["unseen"] = "unseen"
    measure: Measure = "share"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all categorical features."""
        applies = ~numeric(reference.layout)
        sides = pair(reference, current, applies=applies)
        return compare_shares(sides, _unseen(reference), _unseen(current), self.measure)


def _unseen(summary: Summary) -> NDArray[np.int64]:
    """Count the unseen categories, int64[d]; 0 for numeric features."""
    none = np.zeros(len(summary.layout.numeric), dtype=np.int64)
    return np.concatenate([none, summary.unseen])
