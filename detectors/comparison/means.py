"""How sure is the difference of two means?"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detectors import special
from detectors.comparison.compared import Pair, Undefined
from detectors.summaries import Layout, Summary

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """The difference of the means of both sides and how sure it is, float64[d]; 0 of categories.

    difference : current less reference
    variance, reference_variance : of the values, with n - 1; 0 where a side has but one row
    error : standard error of the difference, infinite where a side has but one row
    freedom : Welch's degrees of freedom
    """

    difference: Floats
    variance: Floats
    reference_variance: Floats
    error: Floats
    freedom: Floats

    @classmethod
    def of(cls, reference: Summary, current: Summary, sides: Pair) -> Self:
        """Take the moments of both sides; mark as too large what is not a finite number."""
        layout = reference.layout
        n, m = np.maximum(sides.n, 1), np.maximum(sides.m, 1)
        with np.errstate(over="ignore", invalid="ignore"):
            difference = padded(layout, current.moments[:, 0] - reference.moments[:, 0])
            now = padded(layout, current.moments[:, 1]) / np.maximum(n - 1, 1)
            before = padded(layout, reference.moments[:, 1]) / np.maximum(m - 1, 1)
            squared = now / n + before / m
            finite = np.isfinite(difference) & np.isfinite(squared)
        too_large = (sides.undefined == Undefined.DEFINED) & ~finite
        sides.undefined[too_large] = Undefined.TOO_LARGE
        difference, now, before, squared = (
            np.where(finite, values, 0.0) for values in (difference, now, before, squared)
        )
        enough = np.minimum(n, m) > 1
        ours = np.divide(now / n, squared, out=np.full(len(n), 0.5), where=squared > 0)
        inverse = ours**2 / np.maximum(n - 1, 1) + (1 - ours) ** 2 / np.maximum(m - 1, 1)
        error = np.where(enough, np.sqrt(squared), np.inf)
        return cls(difference, now, before, error, 1 / inverse)

    def p_value(self) -> Floats:
        """Give Welch's two-sided p-value; 1 where a side has but one row."""
        size = np.abs(self.difference)
        certain = np.where(size > 0, np.inf, 0.0)
        t = np.divide(size, self.error, out=certain, where=self.error > 0)
        p_value: Floats = 2 * special.stdtr(self.freedom, -t)
        return np.minimum(p_value, 1.0)

    def interval(self) -> tuple[Floats, Floats]:
        """Give the 95% interval of the difference; without ends where a side has but one row."""
        reach = special.stdtrit(self.freedom, 0.975) * self.error
        return self.difference - reach, self.difference + reach


def padded(layout: Layout, values: Floats) -> Floats:
    """Give values of the p numeric features to all d, 0 of categorical ones."""
    return np.concatenate([values, np.zeros(len(layout.names) - len(layout.numeric))])
