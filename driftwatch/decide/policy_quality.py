"""Are the data of the windows fit to be trained on?

A unit bug moves values and quality at once, and the value alert alone would start a training on
broken data. So quality is looked at here by itself, whether or not any alert says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.summaries import Summary
from driftwatch.decide.policy_settings import SoundSettings
from driftwatch.nouns.judgements import Subject

Counts = NDArray[np.int64]
CERTAIN = 3.0  # standard errors by which an effect must lie beyond its tolerance


@dataclass(frozen=True, slots=True, order=True)
class Effect:
    """A change of quality that is certainly beyond its tolerance, as Cohen's h from `low` on."""

    feature: str
    statistic: str
    window: str
    size: float
    low: float
    share: float
    before: float


Found = Mapping[tuple[str, str], tuple[Effect, ...]]


def effects(subjects: Iterable[Subject], settings: SoundSettings) -> Found:
    """Give what is wrong with the data of each version, the largest first.

    A version of which no window holds a row is left out: nothing can be said of its data.
    """
    found: dict[tuple[str, str], list[Effect]] = {}
    for subject in subjects:
        population = subject.population
        if population.segment:
            continue
        windows = [window for window in subject.windows if window.summary.rows]
        if windows:
            found[population.model, population.version] = [
                effect
                for window in windows
                for effect in _compared(
                    subject.profile.reference, window.summary, window.name, settings
                )
            ]
    return {version: tuple(sorted(of, key=_size)) for version, of in found.items()}


def _size(effect: Effect) -> tuple[float, Effect]:
    return -effect.low, effect


def _compared(
    reference: Summary, current: Summary, window: str, settings: SoundSettings
) -> Iterable[Effect]:
    for statistic in ("missing", "unseen", "out_of_range"):
        before, now = _counted(reference, statistic), _counted(current, statistic)
        yield from _beyond(before, now, statistic, window, getattr(settings, statistic))


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    names: tuple[str, ...]
    hits: Counts
    rows: Counts


def _counted(summary: Summary, statistic: str) -> _Counted:
    layout = summary.layout
    p = len(layout.numeric)
    if statistic == "missing":
        return _Counted(layout.names, summary.missing, summary.counted)
    if statistic == "unseen":
        return _Counted(layout.names[p:], summary.unseen, summary.present[p:])
    outside = layout.doane.count(summary.counts)[layout.doane.start[:p]]
    return _Counted(layout.names[:p], outside.astype(np.int64), summary.present[:p])


def _beyond(
    before: _Counted, now: _Counted, statistic: str, window: str, tolerance: float
) -> Iterable[Effect]:
    """Compare on Cohen's scale, on which the standard error of a share hangs on its rows alone.

    Half a hit is added to each side, for the scale is steepest where there are none. Of missing
    values fewer are a change too: somebody may fill them in.
    """
    m, n = before.rows, now.rows
    had, has = ((c.hits + 0.5) / (c.rows + 1.0) for c in (before, now))
    size = 2 * np.arcsin(np.sqrt(has)) - 2 * np.arcsin(np.sqrt(had))
    with np.errstate(divide="ignore"):
        error = np.sqrt(1.0 / m + 1.0 / n)
    changed = np.abs(size) if statistic == "missing" else size
    low = changed - CERTAIN * error
    for index in np.flatnonzero((low > tolerance) & (n > 0) & (m > 0)):
        yield Effect(
            feature=now.names[index],
            statistic=statistic,
            window=window,
            size=float(size[index]),
            low=float(low[index]),
            share=float(now.hits[index] / n[index]),
            before=float(before.hits[index] / m[index]),
        )
