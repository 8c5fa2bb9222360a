"""Which alerts does the statistical pager make of the panes that were closed?

Pure: the same evidence, panes and alerts give the same answer, live, in catch-up and in a replay.
A page makes its family's alert fire, with the features that it names; the alert resolves once the
sets that carried the evidence are seen to be back, never for want of data.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from detectors.sequential.pages import Page
from driftwatch.decide.called import Pool, begun, follow
from driftwatch.decide.effects import REJECTED, SEVERITY, entries
from driftwatch.decide.gather import HOUR, Gathered, gather, shared
from driftwatch.decide.pager_settings import PagerSettings
from driftwatch.decide.refused import Joined, Past
from driftwatch.decide.watch import Watches
from driftwatch.nouns.judgements import (
    AlertKey,
    AlertState,
    Evidence,
    Opened,
    State,
    Transition,
)
from driftwatch.nouns.profiles import Profile
from driftwatch.nouns.records import Population
from driftwatch.nouns.settings import microseconds
from driftwatch.report.times import show_time

ALERTS: Mapping[str, tuple[str, ...]] = {
    "CovariateShift": ("covariate", "multivariate"),
    "PriorShift": ("prior",),
    "ConceptShift": ("concept",),
    "DataQuality": ("quality",),
}
FORGOTTEN = 14 * 24  # hours
Look = Callable[[Population], Past]


@dataclass(frozen=True, slots=True, eq=False)
class Paged:
    """What a boundary gave: the evidence that is kept, alerts that changed, their transitions."""

    evidence: tuple[Evidence, ...]
    alerts: tuple[AlertState, ...]
    transitions: tuple[Transition, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pager:
    """The settings of one model, and the watches made under them."""

    settings: PagerSettings
    watches: Watches

    def decide(
        self,
        opened: Opened,
        profiles: Mapping[str, Profile],
        entered: Mapping[Population, Joined],
        past: Look,
    ) -> Paged:
        """Take in the closed panes, and give the alerts that follow.

        `profiles` has each version's. `entered` has the panes closed since the last boundary that
        hold records, in order of time; `past` gives a population's retained hours up to this one,
        and is asked only when there is a page. Evidence on a version without a profile waits.
        """
        populations = sorted(opened.evidence.keys() | entered.keys())
        watches = {
            of: self.watches.of_segment(profiles[of.version], of.segment)
            for of in populations
            if of.version in profiles
        }
        panes_of = shared({of: panes for of, panes in entered.items() if watches.get(of)})
        gathered, waiting = [], []
        for population in populations:
            stored = opened.evidence.get(population)
            watch = watches.get(population)
            if watch is not None:
                panes = panes_of.get(population, ())
                gathered.append(gather(population, watch, stored, panes, opened.boundary))
            elif stored is not None and population.version not in profiles:
                waiting.append(stored)
        alerts, transitions = self._alerts(opened, gathered, past)
        recent = (one.evidence for one in gathered if _is_recent(one, opened.boundary))
        evidence = sorted([*waiting, *recent], key=_population)
        return Paged(tuple(evidence), alerts, transitions)

    def _alerts(
        self, opened: Opened, gathered: Sequence[Gathered], past: Look
    ) -> tuple[tuple[AlertState, ...], tuple[Transition, ...]]:
        by_version: dict[str, list[Gathered]] = {}
        for one in gathered:
            by_version.setdefault(one.population.version, []).append(one)
        alerts: list[AlertState] = []
        transitions: list[Transition] = []
        for version, of in sorted(by_version.items()):
            watched = set(of[0].watch.detector.components.families)
            for name, families in sorted(ALERTS.items()):
                key = AlertKey(opened.model, version, name)
                stored = opened.alerts.get(key)
                if stored is None and not watched.intersection(families):
                    continue
                step = _Step(opened, of, families, past, microseconds(self.settings.resolve_after))
                after, changes = step.taken(key, stored)
                transitions += changes
                if after != stored:
                    alerts.append(after)
        return tuple(alerts), tuple(transitions)


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """One boundary of one alert."""

    opened: Opened
    gathered: Sequence[Gathered]
    families: tuple[str, ...]
    past: Look
    resolve_after: int

    def taken(
        self, key: AlertKey, stored: AlertState | None
    ) -> tuple[AlertState, list[Transition]]:
        """Give where the alert stands, and how it came there."""
        watch, boundary = self.gathered[0].watch, self.opened.boundary
        reference = watch.profile.fingerprint
        state = stored or AlertState(key, State.INACTIVE, boundary, reference)
        state, changes = self._afresh(state, reference, watch.fingerprint)
        state = replace(state, reference=reference)
        told = {_place(entry): entry for entry in state.evidence.get("features", ())}
        before = {name: Pool.restored(p) for name, p in state.memory.get("called", {}).items()}
        pools = dict(before)
        for one in self.gathered:
            segment = f"{one.population.segment}|"
            mine = {name: pool for name, pool in before.items() if name.startswith(segment)}
            left = follow(mine, one, boundary, self.resolve_after)
            pools = {name: pool for name, pool in pools.items() if name not in mine} | left
            for page in one.pages:
                if page.family in self.families:
                    called = begun([page], one)
                    told |= self._found(one, page, {name for name in called if name not in left})
                    pools |= called
        memory = {name: pool.saved() for name, pool in pools.items()}
        after = _moved(state, pools, told, boundary)
        if after.state is not state.state:
            changes.append(Transition.between(state, after, boundary, _why(after)))
        kept = {"watch": watch.fingerprint, "called": memory}
        return replace(after, memory=kept), changes

    def _found(self, one: Gathered, page: Page, new: set[str]) -> dict[str, Any]:
        """Describe a page's features if any is called anew: that takes a look at past hours."""
        if not new:
            return {}
        found = entries(one, page, self.past(one.population), self.opened.boundary)
        return {_place(entry): entry for entry in found if _place(entry) in new}

    def _afresh(
        self, state: AlertState, reference: str, watch: str
    ) -> tuple[AlertState, list[Transition]]:
        """Forget what was reached under another reference, or under other settings."""
        if state.reference == reference and state.memory.get("watch") == watch:
            return state, []
        if state.state not in {State.FIRING, State.PENDING}:
            return replace(state, memory={}), []
        why = "the settings of alerts changed: judged afresh"
        if state.reference != reference:
            why = f"the reference changed from {state.reference} to {reference}: judged afresh"
        after, change = ended(state, self.opened.boundary, why)
        return after, [change]


def _is_recent(one: Gathered, boundary: int) -> bool:
    """Say whether a population still has rows; versions that are gone leave no evidence behind."""
    return boundary // HOUR - one.state.hour <= FORGOTTEN


def _moved(
    state: AlertState, pools: Mapping[str, Pool], told: Mapping[str, Any], boundary: int
) -> AlertState:
    """Fire while features are called; resolve once all of them are back."""
    firing = sorted(
        (entry for name, entry in told.items() if name in pools),
        key=_rank,
    )
    if firing:
        fired = state.state is not State.FIRING
        return replace(
            state,
            state=State.FIRING,
            since=boundary if fired else state.since,
            severity=SEVERITY,
            ordinal=state.ordinal + fired,
            evidence={"features": firing},
        )
    if state.state is State.FIRING:
        return _resolved(state, boundary)
    return state


def _rank(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """Put columns before what is derived of several, and the strongest evidence first."""
    derived = entry["family"] == "multivariate"
    return derived, -entry["times"], -entry["evidence"], entry["feature"]


def _resolved(state: AlertState, boundary: int) -> AlertState:
    told = [{**entry, "state": "resolved"} for entry in state.evidence.get("features", ())]
    return replace(
        state, state=State.RESOLVED, since=boundary, evidence={"features": told}, memory={}
    )


def ended(state: AlertState, boundary: int, why: str) -> tuple[AlertState, Transition]:
    """End what is judged no more by what it was: a firing alert resolves."""
    if state.state is State.FIRING:
        after = _resolved(state, boundary)
    else:
        after = replace(state, state=State.INACTIVE, since=boundary, evidence={}, memory={})
    return replace(after, evidence={}), Transition.between(state, after, boundary, why)


def _place(entry: Mapping[str, Any]) -> str:
    return f"{entry.get('segment') or ''}|{entry.get('family')}|{entry['feature']}"


def _why(after: AlertState) -> str:
    if after.state is not State.FIRING:
        return "every set that carried the evidence is within its bound again"
    told = after.evidence["features"]
    first = told[0]
    more = f", and {len(told) - 1} more" if len(told) > 1 else ""
    if first["statistic"] == REJECTED:
        by_reason = ", ".join(f"{n} {reason}" for reason, n in first["reasons"].items())
        return (
            f"{first['value']:.4g} of {first['n']} records rejected since "
            f"{show_time(first['since'])} ({by_reason}), {first['threshold']:.4g} may be{more}"
        )
    segment = f"{first['segment']}: " if first.get("segment") else ""
    return (
        f"{segment}{first['set']}: {first['value']:.4g} of {first['n']} rows since "
        f"{show_time(first['since'])}, {first['before']:.4g} of {first['m']} in the reference{more}"
    )


def _population(evidence: Evidence) -> Population:
    return evidence.population
