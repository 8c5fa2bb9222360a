"""What has the pager gathered on a population, once the panes up to a boundary are in it?"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from detectors.sequential.pages import Page
from detectors.sequential.state import State
from detectors.summaries import Summary
from driftwatch.decide.refused import Joined
from driftwatch.decide.watch import Watch
from driftwatch.nouns.judgements import Evidence
from driftwatch.nouns.records import Int64, Population
from driftwatch.nouns.settings import microseconds

HOUR = microseconds(timedelta(hours=1))
_MOST = 1e9

Entered = Sequence[tuple[int, Summary, int, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """A population's evidence at a boundary, and what came of it on the way.

    `ratios` has the most of each family's evidence meanwhile; `panes` the hour of each pane that
    came in, its counts by cell, the cells that were watched for stuck values, and how many records
    were rejected.
    """

    population: Population
    watch: Watch
    state: State
    pages: tuple[Page, ...]
    ratios: Mapping[str, float]
    panes: Sequence[tuple[int, Int64, Int64, int]]

    @property
    def evidence(self) -> Evidence:
        """Give what is stored of it."""
        fingerprint = self.watch.fingerprint
        return Evidence(self.population, fingerprint, self.state.encode(), self.ratios)


def shared(
    entered: Mapping[Population, Joined],
) -> dict[Population, Entered]:
    """Share the budget in each pane among the versions that have records in it, rejected ones too.

    Of a version's share one half is that of the whole, the other that of its segments with rows.
    """
    versions: dict[int, set[str]] = {}
    segments = Counter[tuple[int, str]]()
    for of, panes in entered.items():
        for pane, _, _ in panes:
            versions.setdefault(pane, set()).add(of.version)
            segments[pane, of.version] += bool(of.segment)

    def own(of: Population, pane: int) -> float:
        return share(of, segments[pane, of.version]) / len(versions[pane])

    return {
        of: [(pane, summary, rejected, own(of, pane)) for pane, summary, rejected in panes]
        for of, panes in entered.items()
    }


def share(of: Population, segments: int) -> float:
    """Give a population's share of its version's, where so many segments have rows."""
    if of.segment:
        return 0.5 / segments
    return 0.5 if segments else 1.0


def gather(
    population: Population,
    watch: Watch,
    stored: Evidence | None,
    entered: Entered,
    boundary: int,
) -> Gathered:
    """Take in the panes closed since, in order of time; each has its share of the budget."""
    detector = watch.detector
    state = _opened(watch, stored)
    pages: list[Page] = []
    panes = []
    most: dict[str, float] = {}
    for pane, summary, rejected, part in entered:
        outcome = detector.pane(state, pane // HOUR, summary.counts, part, rejected)
        state = outcome.state
        pages += outcome.pages
        _note(most, outcome.excess)
        panes.append((pane // HOUR, summary.counts, state.stuck, rejected))
    if not panes or boundary // HOUR > state.hour:
        outcome = detector.until(state, boundary // HOUR)
        state = outcome.state
        pages += outcome.pages
        _note(most, outcome.excess)
    return Gathered(population, watch, state, tuple(pages), most, panes)


def _opened(watch: Watch, stored: Evidence | None) -> State:
    """Go on from what is stored, if it was gathered under the same watch."""
    if stored is None or stored.fingerprint != watch.fingerprint:
        return watch.detector.begin()
    return State.decode(stored.body, watch.detector.components)


def _note(most: dict[str, float], excess: Mapping[str, float]) -> None:
    for family, log in excess.items():
        ratio = math.exp(log) if log < math.log(_MOST) else _MOST
        most[family] = max(most.get(family, 0.0), ratio)
