"""Which versions have been replaced, so that nothing need be said of them any more?"""

from collections.abc import Sequence
from dataclasses import replace

from driftwatch.nouns.judgements import AlertState, Opened, State, Transition
from driftwatch.nouns.retraining import Retraining


def retired(retrainings: Sequence[Retraining]) -> dict[str, Retraining]:
    """Give the versions that another has taken over from, each with the training that led there."""
    return {of.version: of for of in retrainings if of.retired is not None}


def dismissed(
    opened: Opened, gone: dict[str, Retraining]
) -> tuple[tuple[AlertState, ...], tuple[Transition, ...]]:
    """Resolve what fires for a version that is gone; what is pending for it ends."""
    states, transitions = [], []
    for key, state in sorted(opened.alerts.items()):
        if key.version not in gone or state.state not in (State.PENDING, State.FIRING):
            continue
        fired = state.state is State.FIRING
        after = State.RESOLVED if fired else State.INACTIVE
        told = [{**entry, "state": "resolved"} for entry in state.evidence.get("features", ())]
        evidence = {**state.evidence, "features": told} if fired else {}
        moved = replace(state, state=after, since=opened.boundary, memory={}, evidence=evidence)
        of = gone[key.version]
        why = f"version {of.successor} took over ({of.id})"
        transitions.append(Transition.between(state, moved, opened.boundary, why))
        states.append(moved)
    return tuple(states), tuple(transitions)
