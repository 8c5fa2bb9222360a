"""Which alerts do the rules make of the verdicts of one boundary?

Pure: the same state and the same verdicts give the same answer, wherever and however often they
are looked at. An alert that fires goes on firing until its rules are seen to be clear, never for
want of data; nothing fires twice without having been resolved in between.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from driftwatch.decide import evidence
from driftwatch.decide.hold import Hold, advance
from driftwatch.decide.look import Look, fed, look
from driftwatch.decide.settings import AlertSettings, Rule
from driftwatch.decide.shares import shares
from driftwatch.nouns.judgements import (
    AlertKey,
    AlertState,
    Opened,
    State,
    Transition,
    Verdicts,
)
from driftwatch.report.times import show_time

PRIOR = "PriorShift"
Version = tuple[str, str]
Entries = dict[tuple[str, str], Mapping[str, Any]]


def decide(
    opened: Opened,
    verdicts: Sequence[Verdicts],
    settings: AlertSettings,
    references: Mapping[Version, str],
) -> tuple[tuple[AlertState, ...], tuple[Transition, ...]]:
    """Give the alerts that changed, and their transitions, in a stable order.

    `references` has the fingerprint of each version's profile. Verdicts on segments are no
    business of these rules.
    """
    seen: dict[Version, list[Verdicts]] = {}
    for one in verdicts:
        if not one.population.segment:
            seen.setdefault((one.population.model, one.population.version), []).append(one)
    alerts: list[AlertState] = []
    transitions: list[Transition] = []
    for key in sorted(_keys(opened, seen, settings)):
        version = (key.model, key.version)
        windows = seen.get(version, [])
        stored = opened.alerts.get(key)
        reference = references.get(version) or _judged_by(windows, stored)
        before = stored or AlertState(key, State.INACTIVE, opened.boundary, reference)
        before, reset = _afresh(before, reference, opened.boundary)
        after, changes = _step(before, windows, settings, opened.boundary)
        transitions += [*reset, *changes]
        if after != stored:
            alerts.append(after)
    return tuple(alerts), tuple(transitions)


def _keys(
    opened: Opened, seen: Mapping[Version, Sequence[Verdicts]], settings: AlertSettings
) -> set[AlertKey]:
    found = {
        AlertKey(*version, alert)
        for version, windows in seen.items()
        for alert in fed(settings.rules, windows)
    }
    return found | set(opened.alerts)


def _judged_by(windows: Sequence[Verdicts], stored: AlertState | None) -> str:
    if windows:
        return windows[0].reference
    return stored.reference if stored else ""


def _afresh(
    state: AlertState, reference: str, boundary: int
) -> tuple[AlertState, tuple[Transition, ...]]:
    """Forget what was reached under another reference."""
    if state.reference == reference:
        return state, ()
    why = f"the reference changed from {state.reference} to {reference}: judged afresh"
    ended = _ended(state.state)
    told = state.evidence
    if ended is State.RESOLVED:
        told = {**told, "features": _resolved(told.get("features", ()))}
    change = Transition.between(state, replace(state, state=ended, evidence=told), boundary, why)
    fresh = replace(state, reference=reference, memory={}, evidence={})
    if ended is state.state:
        return fresh, ()
    return replace(fresh, state=ended, since=boundary), (change,)


def _step(
    state: AlertState, windows: Sequence[Verdicts], settings: AlertSettings, boundary: int
) -> tuple[AlertState, tuple[Transition, ...]]:
    looks = _Looks(state, {rule.text: rule for rule in settings.rules}, windows, boundary)
    memory, entries = looks.taken()
    holds = [Hold.restored(h) for features in memory.values() for h in features.values()]
    changes: list[Transition] = []
    for after in _way(state.state, holds):
        shown = _shown(state, after, memory, entries)
        moved = _moved(state, after, boundary, _told(state, after, shown, windows))
        if after is not state.state:
            why = _why(after, shown, dropped=looks.dropped)
            changes.append(Transition.between(state, moved, boundary, why))
        state = moved
    return replace(state, memory=memory), tuple(changes)


def _told(
    state: AlertState, after: State, shown: Sequence[Mapping[str, Any]], windows: Sequence[Verdicts]
) -> Mapping[str, Any]:
    """Give what people are told; of prior shift also the estimated shares, the last while it is."""
    if not shown:
        return {}
    if state.key.alert != PRIOR:
        return {"features": list(shown)}
    over = state.state is after is State.RESOLVED
    now = [] if over else shares(windows)
    return {"features": list(shown), "priors": now or state.evidence.get("priors", [])}


def _moved(state: AlertState, after: State, boundary: int, told: Mapping[str, Any]) -> AlertState:
    fired = after is State.FIRING and state.state is not State.FIRING
    return replace(
        state,
        state=after,
        since=state.since if after is state.state else boundary,
        severity=evidence.severity(told.get("features", ()), state.severity),
        ordinal=state.ordinal + fired,
        evidence=told,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Looks:
    """All rules' looks at the features that feed one alert."""

    before: AlertState
    rules: Mapping[str, Rule]
    windows: Sequence[Verdicts]
    boundary: int

    @property
    def dropped(self) -> bool:
        """Whether a rule is gone by which the alert was firing."""
        return any(
            Hold.restored(hold).fires
            for name, features in self.before.memory.items()
            if name not in self.rules
            for hold in features.values()
        )

    def taken(self) -> tuple[dict[str, Any], Entries]:
        """Give the memory after these looks, and what is to be told of each (rule, feature)."""
        entries: Entries = {
            (e["rule"], e["feature"]): e for e in self.before.evidence.get("features", ())
        }
        memory = {}
        for name, rule in self.rules.items():
            holds = {f: Hold.restored(h) for f, h in self.before.memory.get(name, {}).items()}
            found = look(rule, self.before.key.alert, self.windows)
            if found is not None:
                holds = dict(self._looked(name, found, holds, entries))
            elif not self.windows:
                holds = {feature: hold.paused() for feature, hold in holds.items()}
            if holds:
                memory[name] = {feature: hold.saved() for feature, hold in holds.items()}
        return memory, entries

    def _looked(
        self, name: str, found: Look, holds: Mapping[str, Hold], entries: Entries
    ) -> Iterator[tuple[str, Hold]]:
        rule = self.rules[name]
        for index, feature in _touched(found, holds):
            before = holds.get(feature)
            if index is None or not found.decided[index]:
                if before is not None:
                    yield feature, before.paused()
                continue
            after = advance(
                before,
                rule,
                self.boundary,
                over=bool(found.over[index]),
                lasting=bool(found.lasting[index]),
            )
            since = next(hold.since for hold in (after, before) if hold is not None)
            state = evidence.state_of(after)
            entries[name, feature] = evidence.entry(
                name, rule, found, index, since=since, state=state
            )
            if after is not None:
                yield feature, after


def _touched(found: Look, holds: Mapping[str, Hold]) -> Iterator[tuple[int | None, str]]:
    """Give the features beyond a limit and those remembered; no other is looked at one by one."""
    names = found.verdicts.features
    over = [int(index) for index in np.flatnonzero(found.over)]
    yield from ((index, names[index]) for index in over)
    rest = holds.keys() - {names[index] for index in over}
    if rest:
        places = {name: index for index, name in enumerate(names) if name in rest}
        yield from ((places.get(name), name) for name in sorted(rest))


def _way(state: State, holds: Sequence[Hold]) -> tuple[State, ...]:
    """Give the states that an alert goes through at a boundary."""
    if any(hold.fires for hold in holds):
        return (State.FIRING,)
    if holds and state is State.FIRING:
        return (State.RESOLVED, State.PENDING)
    return (State.PENDING,) if holds else (_ended(state),)


def _ended(state: State) -> State:
    if state is State.FIRING:
        return State.RESOLVED
    return State.INACTIVE if state is State.PENDING else state


def _shown(
    state: AlertState, after: State, memory: Mapping[str, Any], entries: Entries
) -> list[Mapping[str, Any]]:
    """Give what is in breach; once resolved, what had been."""
    if after in (State.PENDING, State.FIRING):
        return evidence.ranked(
            told for (rule, feature), told in entries.items() if feature in memory.get(rule, {})
        )
    before = state.evidence.get("features", ())
    if after is State.INACTIVE or state.state is State.RESOLVED:
        return list(before) if after is State.RESOLVED else []
    return _resolved(before, entries)


def _resolved(
    before: Sequence[Mapping[str, Any]], entries: Entries | None = None
) -> list[Mapping[str, Any]]:
    """Give what had been firing, as it is now if it was looked at."""
    fired = [e for e in before if e["state"] == "firing"]
    now = [(entries or {}).get((e["rule"], e["feature"]), e) for e in fired]
    return evidence.ranked({**told, "state": "resolved"} for told in now)


def _why(after: State, shown: Sequence[Mapping[str, Any]], *, dropped: bool) -> str:
    if after is State.RESOLVED:
        gone = "the rule that it fired by is not configured any more"
        return gone if dropped else "every rule that it fired by is clear"
    if after is State.INACTIVE:
        return "the rules did not hold for long enough"
    first, count = shown[0], len({e["feature"] for e in shown})
    since = show_time(first["since"])
    more = f", and {count - 1} more" if count > 1 else ""
    return (
        f"{first['statistic']} of {first['feature']} is {first['value']:.4g} on {first['n']} rows "
        f"since {since} ({first['rule']}){more}"
    )
