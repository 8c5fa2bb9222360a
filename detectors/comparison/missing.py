"""Do more rows lack a value than in the reference?"""

from dataclasses import dataclass
from typing import Literal

from detectors.comparison.compared import Compared, pair
from detectors.comparison.proportions import Measure, compare_shares
from detectors.summaries import Summary


@dataclass(frozen=True, slots=True)
class Missing:
    r"""Share of rows without a value.

    Measures missing / rows of the current window (`measure` "share"), or that less the share of the
    reference ("difference", in [-1, 1]). Rows are all rows; infinities are values.

    Misleads where missing has a meaning, such as an optional field: a share that moves with the
    product is no fault. "share" compares with a limit of your own, whatever the reference had; ask
    for a small p-value too, or for the difference. Blind to values that stand for missing, such as
    -999.

    Shapes: the share or difference, its interval and the p-value of a change, float64[d]. The
    interval of a share is Wilson's, of a difference Newcombe's. For the p-value see
    `proportions.p_of_change`.

    References: Wilson (1927); Newcombe, Interval Estimation for the Difference between Independent
    Proportions (1998), method 10; Przyborowski, Wilenski, Homogeneity of Results in Testing Samples
    from Poisson Series (1940).

    >>> import numpy as np
    >>> from detectors.summaries import Layout, numeric_feature, tabulate
    >>> layout = Layout((numeric_feature("x", [1.0, 2]),))
    >>> def counted(values):
    ...     n = len(values)
    ...     columns = np.array([values]), np.zeros((0, n), dtype=np.int32), []
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> Missing().compare(counted([1.0, 2.0]), counted([1.0, 2.0, np.nan, np.nan])).statistic
    array([0.5])
    """

    kind: Literal["missing"] = "missing"
    measure: Measure = "share"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all features."""
        sides = pair(reference, current, counts=(reference.counted, current.counted))
        return compare_shares(sides, reference.missing, current.missing, self.measure)
