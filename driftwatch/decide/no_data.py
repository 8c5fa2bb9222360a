"""Have the records of a model stopped coming?

By the wall clock: a boundary that lies far behind it says nothing, for then the source lags or is
away, or history is read. Only a model that was seen can be missed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from driftwatch.nouns.judgements import AlertKey, AlertState, Opened, State, Transition
from driftwatch.nouns.records import Population
from driftwatch.nouns.settings import microseconds, show_duration
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

    `entered` has the ends of the panes with rows that were closed since the last boundary;
    `references` each version's fingerprint. It fires once nothing came for `after`, if the boundary
    is not more than `behind` behind `now`.
    """
    seen = _seen(entered)
    states = {key.version: s for key, s in opened.alerts.items() if key.alert == NAME}
    known = {version: s.memory["seen"] for version, s in states.items()} | seen
    latest = max(known, key=lambda version: (known[version], version), default=None)
    if latest is None:
        return (), ()
    silent = opened.boundary - known[latest] >= microseconds(after)
    silent = silent and now - opened.boundary <= microseconds(behind)
    alerts, transitions = [], []
    for version, last in sorted(known.items()):
        key = AlertKey(opened.model, version, NAME)
        fresh = AlertState(key, State.INACTIVE, opened.boundary, references.get(version, ""))
        state = states.get(version, fresh)
        moved, why = replace(state, memory={"seen": last}), ""
        if silent and version == latest and state.state is not State.FIRING:
            waited = f"for {show_duration(after)} or more"
            why = f"no record could be read since {show_time(last)}, {waited}"
            moved = replace(moved, state=State.FIRING, ordinal=state.ordinal + 1)
        elif seen and state.state is State.FIRING:
            moved, why = replace(moved, state=State.RESOLVED), "records come again"
        if why:
            moved = replace(moved, since=opened.boundary)
            transitions.append(Transition.between(state, moved, opened.boundary, why))
        if moved != states.get(version):
            alerts.append(moved)
    return tuple(alerts), tuple(transitions)


def _seen(entered: Mapping[Population, Iterable[int]]) -> dict[str, int]:
    """Give the start of the last pane of each version that has one."""
    seen: dict[str, int] = {}
    for population, panes in entered.items():
        for pane in panes:
            seen[population.version] = max(pane, seen.get(population.version, pane))
    return seen
