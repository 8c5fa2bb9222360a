"""What does an estimate of the classes' shares say?"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from detectors.prior.shift import Fit

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

Z = 1.959963984540054


class Refused(IntEnum):
    """Why there is no estimate; NOT_REFUSED where there is one."""

    NOT_REFUSED = 0
    NO_REFERENCE_LABELS = 1  # the reference holds no row with all that the estimate needs
    CLASS_WITHOUT_ROWS = 2  # nor any such row of at least one class
    NO_ROWS = 3  # the current window holds no row with what the estimate needs
    NO_LABELS = 4  # the current window holds no labels, which is what is to be counted
    ILL_CONDITIONED = 5  # the classes look too much alike for the number of reference rows
    NOT_PROBABILITIES = 6  # the scores are not probabilities, which the estimate needs
    FAILED = 7  # the estimate itself failed


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an estimate is refused, for programs and for people."""

    refused: Refused
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Estimated:
    """The shares of K classes in the current window, with 95% intervals.

    prior, low, high : float64[K]; NaN where refused
    reference : float64[K], the shares of the labelled reference rows; NaN where there are none
    n : rows of the current window that it rests on; m : labelled rows of the reference
    x2, df, p_value, effect, variation, explained : see `Fit`; they do not depend on the estimator
    """

    classes: tuple[str, ...]
    prior: Floats
    low: Floats
    high: Floats
    reference: Floats
    n: int
    m: int
    refused: Refused
    reason: str
    x2: float
    df: int
    p_value: float
    effect: float
    variation: float
    explained: bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """What an estimate stands on: n current rows, and m[y] reference rows of each class."""

    classes: tuple[str, ...]
    n: int
    m: Counts
    fit: Fit

    @property
    def lacking(self) -> Refusal | None:
        """Say what is missing, if anything is."""
        if not self.m.any():
            return Refusal(
                Refused.NO_REFERENCE_LABELS, "the reference holds no labelled rows to learn from"
            )
        if not self.m.all():
            without = ", ".join(c for c, m in zip(self.classes, self.m, strict=True) if not m)
            reason = f"the reference holds no labelled rows of class {without}"
            return Refusal(Refused.CLASS_WITHOUT_ROWS, reason)
        if not self.n:
            return Refusal(Refused.NO_ROWS, "the current window holds no rows to estimate from")
        return None

    def refuse(self, refusal: Refusal) -> Estimated:
        """Give the result that says why there is none."""
        nothing = np.full(len(self.classes), np.nan)
        return self._with(nothing, (nothing, nothing), refusal)

    def says(self, prior: Floats, deviation: Floats) -> Estimated:
        """Give the result with the interval of 1.96 standard deviations, cut at 0 and 1."""
        interval = (
            np.clip(prior - Z * deviation, 0.0, 1.0),
            np.clip(prior + Z * deviation, 0.0, 1.0),
        )
        return self.within(prior, interval)

    def within(self, prior: Floats, interval: tuple[Floats, Floats]) -> Estimated:
        """Give the result with its interval."""
        return self._with(prior, interval, Refusal(Refused.NOT_REFUSED, ""))

    def _with(self, prior: Floats, interval: tuple[Floats, Floats], refusal: Refusal) -> Estimated:
        total = int(self.m.sum())
        return Estimated(
            classes=self.classes,
            prior=prior,
            low=interval[0],
            high=interval[1],
            reference=self.m / total if total else np.full(len(self.m), np.nan),
            n=self.n,
            m=total,
            refused=refusal.refused,
            reason=refusal.reason,
            x2=self.fit.x2,
            df=self.fit.df,
            p_value=self.fit.p_value,
            effect=self.fit.effect,
            variation=self.fit.variation,
            explained=self.fit.explained,
        )
