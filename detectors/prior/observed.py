"""Which shares do the labels show that have come?"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from detectors.comparison.proportions import wilson
from detectors.prior.estimated import Estimated, Refusal, Refused, Sides
from detectors.prior.shift import PriorShiftTest
from detectors.summaries.labelled import Labelled, same_layout


@dataclass(frozen=True, slots=True)
class ObservedShares:
    r"""Shares of the classes among the labels that have come, with Wilson's intervals.

    Measures what the estimates without labels are to be held against:

    .. math:: \frac{k + z^2 / 2}{n + z^2} \pm
        \frac{z}{n + z^2} \sqrt{k (n - k) / n + z^2 / 4}

    around each share k / n of the labelled rows, z = 1.96.

    Misleads where labels do not come alike fast or alike often for all classes: a charge-back
    comes after weeks, its absence never. Then it is the share among the labels, not of the class.

    Shapes: shares, low, high float64[K], in [0, 1]. Refused without labels in the current window; a
    reference without labels leaves it as it is.

    References: Wilson (1927); Newcombe, Two-Sided Confidence Intervals for the Single Proportion
    (1998), method 3.

    >>> from detectors.summaries.labelled import labelled_layout, tabulate
    >>> none = np.zeros((263, 2))
    >>> layout = labelled_layout(("no", "yes"), none)
    >>> labels = np.repeat([0, 1], [182, 81])
    >>> current = tabulate(layout, none, labels, labels)
    >>> said = ObservedShares().estimate(current, current)
    >>> round(float(said.low[1]), 4), round(float(said.high[1]), 4)
    (0.2553, 0.3662)
    """

    kind: Literal["observed_shares"] = "observed_shares"
    shift: PriorShiftTest = field(default_factory=PriorShiftTest)

    def estimate(self, reference: Labelled, current: Labelled) -> Estimated:
        """Count the shares of the classes among the labels of the current window."""
        same_layout(reference, current)
        k = current.labels
        n = int(k.sum())
        fit = self.shift.test(reference, current)
        sides = Sides(reference.layout.classes, n, reference.labels, fit)
        if not n:
            reason = "no labels have come yet for rows of the current window"
            return sides.refuse(Refusal(Refused.NO_LABELS, reason))
        return sides.within(k / n, wilson(k, np.full(len(k), n)))
