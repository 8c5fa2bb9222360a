"""Have the records of a model stopped coming?

By the wall clock: a boundary that lies far behind it says nothing, for then the source lags or is
away, or history is read. Only a model that was seen can be missed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from driftwatch.nouns.judgements import AlertKey, AlertState, Opened, State, Transition
from driftwatch.nouns.records import Population
from driftwatch.nouns.settings import show_duration
from driftwatch.report.times import show_time

NAME = "NoData"


def decide(
    opened: Opened,
    entered: Mapping[Population, Iterable[int]],
    references: Mapping[str, str],
    *,
    after: timedelta,
    behind: timedelta,
    now: int,
) -> tuple[tuple[AlertState, ...], tuple[Transition, ...]]:
    """Give the alerts that changed, and their transitions.

    `entered` has the starts of the panes with rows that were closed since the last boundary;
    `references` each version's fingerprint. It fires once nothing came for `after`, if the boundary
    is not more than `behind` behind `now`.
    """
    seen: dict[str, int] = {}
    for population, panes in entered.items():
        last = max(panes, default=None)
        if last is not None:
            seen[population.version] = max(last, seen.get(population.version, last))
    states = {key.version: s for key, s in opened.alerts.items() if key.alert == NAME}
    known = {version: s.memory["seen"] for version, s in states.items()} | seen
    latest = max(known, key=lambda version: (known[version], version), default=None)
    silent = (
        latest is not None
        and opened.boundary - known[latest] >= after // timedelta(microseconds=1)
        and now - opened.boundary <= behind // timedelta(microseconds=1)
    )
    alerts, transitions = [], []
    for version in sorted(known):
        key = AlertKey(opened.model, version, NAME)
        reference = references.get(version, "")
        state = states.get(version) or AlertState(key, State.INACTIVE, opened.boundary, reference)
        moved = replace(state, memory={"seen": known[version]})
        fires = silent and version == latest
        if fires and state.state is not State.FIRING:
            moved = replace(moved, state=State.FIRING, ordinal=state.ordinal + 1)
            why = f"no record since {show_time(known[version])}, for {show_duration(after)} or more"
        elif seen and state.state is State.FIRING:
            moved, why = replace(moved, state=State.RESOLVED), "records come again"
        if moved.state is not state.state:
            moved = replace(moved, since=opened.boundary)
            transitions.append(_transition(state, moved, opened.boundary, why))
        if moved != states.get(version):
            alerts.append(moved)
    return tuple(alerts), tuple(transitions)


def _transition(state: AlertState, after: AlertState, boundary: int, why: str) -> Transition:
    return Transition(
        key=state.key,
        before=state.state,
        after=after.state,
        boundary=boundary,
        ordinal=after.ordinal,
        severity=after.severity,
        reference=state.reference,
        evidence=after.evidence,
        why=why,
    )
