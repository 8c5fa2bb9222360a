"""By how much did the mean move, in the unit of the feature?"""

from dataclasses import dataclass
from typing import Literal

from detectors.comparison.compared import Compared, numeric, pair
from detectors.comparison.means import Means
from detectors.summaries import Summary


@dataclass(frozen=True, slots=True)
class MeanDifference:
    r"""Difference of the means, in the feature's own unit.

    Measures the mean of the current values less that of the reference's, over finite numbers.

    Misleads where few far values make the mean, and on few rows of very skewed data, where the
    interval is too narrow and p too small. A limit holds for one unit: see `cohens_d` for many
    features at once. Blind to all that leaves the mean where it was, such as a wider spread.

    Shapes: the difference, its 95% interval and its p-value a feature, float64[d], any sign;
    categorical features have none. Interval and p-value are Welch's, with his degrees of freedom:
    the spreads of both sides may differ. With one row on a side there is no spread to go by: the
    interval has no ends and p = 1.

    Reference: Welch, The Generalization of Student's Problem (1947);
    `scipy.stats.ttest_ind(equal_var=False)`.

    >>> import numpy as np
    >>> from detectors.summaries import Layout, numeric_feature, tabulate
    >>> layout = Layout((numeric_feature("x", [1.0, 2, 3, 4]),))
    >>> def counted(values):
    ...     n = len(values)
    ...     columns = np.array([values]), np.zeros((0, n), dtype=np.int32), []
    ...     return tabulate(layout, *columns, np.zeros(n, dtype=np.int64), 1).summary(0)
    >>> said = MeanDifference().compare(counted([1.0, 2, 3, 4]), counted([2.0, 3, 4, 5]))
    >>> said.statistic, said.low.round(3), said.high.round(3)
    (array([1.]), array([-1.234]), array([3.234]))
    """

    kind: Literal["mean_difference"] = "mean_difference"

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare all numeric features."""
        sides = pair(reference, current, applies=numeric(reference.layout))
        means = Means.of(reference, current, sides)
        return sides.says(means.difference, p_value=means.p_value(), interval=means.interval())
