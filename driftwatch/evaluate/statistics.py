"""What do the detectors say of each population and window?

Columns in, columns out: one call of each comparison for a window, over all features. A comparison
that fails leaves its statistic undecided on that window; the others are judged as ever. Beside them
stand the estimated shares of the classes, and the tests of many columns at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np

from detectors.comparison import Compared, Undefined
from detectors.summaries import Summary
from driftwatch.evaluate.failures import failed
from driftwatch.evaluate.multivariate import Multivariate, discrepancies
from driftwatch.evaluate.prior import Estimator, estimates
from driftwatch.nouns.judgements import Case, Subject, Verdicts, Window
from driftwatch.nouns.profiles import Profile
from driftwatch.nouns.records import Population


@runtime_checkable
class Comparison(Protocol):
    """A detector that compares two summaries of one layout, all features in one call."""

    @property
    def kind(self) -> str:
        """Name the statistic."""

    def compare(self, reference: Summary, current: Summary) -> Compared:
        """Compare; pure. What a feature has no statistic for is said in `undefined`."""


Detector = Comparison | Estimator | Multivariate


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Detectors by what they are called with."""

    comparisons: tuple[Comparison, ...]
    estimators: tuple[Estimator, ...]
    multivariate: tuple[Multivariate, ...]

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, detectors: tuple[Detector, ...]) -> Self:
        """Sort them; once, for to ask a detector for its methods costs as much as a statistic."""
        return cls(
            tuple(d for d in detectors if isinstance(d, Comparison)),
            tuple(d for d in detectors if isinstance(d, Estimator)),
            tuple(d for d in detectors if isinstance(d, Multivariate)),
        )


def evaluate(
    case: Case, detectors: Sequence[Detector], before: Iterable[Verdicts] = ()
) -> tuple[Verdicts, ...]:
    """Give the verdicts on every window of every subject, in the case's order.

    `before` are verdicts of the same detectors. Windows are closed, so that what was said of one is
    true for ever: those of whole hours are compared once an hour, not at every boundary.
    """
    known = {_place(v.population, v.reference, v): v for v in before}
    by_call = _Sorted.of(tuple(detectors))
    found = []
    for subject in case.subjects:
        for window in subject.windows:
            place = _place(subject.population, subject.profile.fingerprint, window)
            found.append(known.get(place) or _verdicts(subject, window, by_call))
    return tuple(found)


def _place(population: Population, reference: str, of: Window | Verdicts) -> tuple[Any, ...]:
    name = of.name if isinstance(of, Window) else of.window
    return population, reference, name, of.start, of.end


def _verdicts(subject: Subject, window: Window, detectors: _Sorted) -> Verdicts:
    profile = subject.profile
    columns = profile.columns
    shown = _shown(profile)
    return Verdicts(
        population=subject.population,
        reference=profile.fingerprint,
        window=window.name,
        start=window.start,
        end=window.end,
        rows=window.summary.rows,
        features=tuple(columns[j][0] for j in shown),
        roles=tuple(columns[j][1] for j in shown),
        statistics={
            d.kind: _taken(_compared(d, subject, window, len(columns)), shown)
            for d in detectors.comparisons
        },
        priors=estimates(detectors.estimators, subject, window, [role for _, role in columns]),
        discrepancies=discrepancies(detectors.multivariate, subject, window),
        unseen=_unseen(window.summary),
    )


def _unseen(summary: Summary) -> dict[str, tuple[str, ...]]:
    """Name the values that the reference never held, the most frequent first."""
    return {
        summary.layout.categorical[place].name: tuple(sketch.counts)
        for place, sketch in summary.newcomers.items()
    }


def _shown(profile: Profile) -> list[int]:
    """Give the places of the features that say something by themselves."""
    carriers = profile.derived.edgeless if profile.derived else frozenset()
    return [j for j, name in enumerate(profile.layout.names) if name not in carriers]


def _taken(compared: Compared, shown: list[int]) -> Compared:
    if len(shown) == len(compared.statistic):
        return compared
    return Compared(*(getattr(compared, field.name)[shown] for field in fields(compared)))


def _compared(detector: Comparison, subject: Subject, window: Window, width: int) -> Compared:
    try:
        found = detector.compare(subject.profile.reference, window.summary)
        if found.statistic.shape == (width,):
            return found
        why = f"it gave {found.statistic.shape[0]} statistics of {width} features"
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
    failed(detector.kind, subject, window, why)
    return _undecided(width)


def _undecided(width: int) -> Compared:
    nothing, none = np.full(width, np.nan), np.zeros(width, np.int64)
    failed = np.full(width, Undefined.FAILED, np.int8)
    return Compared(nothing, nothing, nothing, nothing, none, none, failed)
