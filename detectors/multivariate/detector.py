"""Have all columns together moved, and each vector?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from detectors.multivariate.mmd import Discrepancy, MeanDiscrepancy
from detectors.summaries import Summary


@dataclass(frozen=True, slots=True)
class MaximumMeanDiscrepancy:
    r"""Maximum mean discrepancy of all columns together, and of each vector, on random features.

    Measures how far apart two distributions of rows are, all columns and all their moments at once:
    the squared distance of the means of both sides' random Fourier features. A profile that was
    built with them holds the features, and the distribution that the distance has without drift;
    see `MeanDiscrepancy`.

    Misleads on many rows, where a difference that matters to nobody has a small p-value, and with
    clustered rows. Says not where: it is a number to look at beside those of the columns. Blind to
    what the drawn features miss, and with many columns to a change of one.

    Shapes: one statistic and one p-value for each test that the profile holds; without unit, 0 to
    4. There is none where a side has no rows. A profile without such tests has no statistic.

    References: Gretton et al., A Kernel Two-Sample Test (2012).

    >>> import numpy as np
    >>> from detectors.summaries import Layout, Summary, numeric_feature
    >>> test = MeanDiscrepancy.fit(np.ones((2, 9)), 2, np.random.default_rng(0), "mmd", ())
    >>> layout = Layout(tuple(numeric_feature(name, ()) for name in test.names))
    >>> nothing = Summary.empty(layout)
    >>> MaximumMeanDiscrepancy().judge([test], nothing, nothing)
    {'mmd': Discrepancy(statistic=nan, p_value=nan, n=0, m=0)}
    """

    kind: Literal["mmd"] = "mmd"

    def judge(
        self, tests: Sequence[MeanDiscrepancy], reference: Summary, current: Summary
    ) -> Mapping[str, Discrepancy]:
        """Give the result of each test by its name: mmd, or a vector's name and mmd."""
        named = ((test.names[0].rpartition(" ")[0], test) for test in tests)
        return {name: test.compare(reference, current) for name, test in named}
