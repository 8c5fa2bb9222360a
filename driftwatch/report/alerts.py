"""What is there to say of alerts, and of the messages that they made?"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from driftwatch.nouns.judgements import AlertKey, AlertState, Transition
from driftwatch.nouns.messages import Attempt, Dispatch, Instruction, Outcome
from driftwatch.report.document import Document, Section
from driftwatch.report.times import show_if, show_time


def alerts(
    states: Iterable[AlertState],
    transitions: Iterable[Transition],
    dispatches: Iterable[Dispatch],
    instructions: Sequence[Instruction],
) -> Document:
    """Tell where every alert stands, how it came there, and who has been told."""
    acknowledged = {i.subject: i for i in reversed(instructions) if i.kind == "acknowledge"}
    return Document(
        (
            _states(states, acknowledged),
            _transitions(transitions),
            messages(dispatches),
        )
    )


def name_of(key: AlertKey) -> str:
    """Name an alert in one word, as commands take it."""
    return f"{key.model}/{key.version}/{key.alert}"


def episode_of(state: AlertState) -> str:
    """Name the present episode of an alert; an acknowledgement holds for one only."""
    return f"{name_of(state.key)}#{state.ordinal}"


def messages(dispatches: Iterable[Dispatch]) -> Section:
    """Tell of each message where it stands with each endpoint."""
    columns = ("id", "kind", "alert", "endpoint", "outcome", "tries", "next try", "last answer")
    return Section("messages", columns, tuple(map(_message, dispatches)), "none was made")


def _states(states: Iterable[AlertState], acknowledged: Mapping[str, Instruction]) -> Section:
    columns = ("alert", "state", "since", "severity", "fired", "about", "acknowledged by")
    rows = []
    for state in states:
        name = name_of(state.key)
        noted = acknowledged.get(episode_of(state))
        rows.append(
            (
                name,
                state.state.value,
                show_time(state.since),
                state.severity,
                state.ordinal,
                _about(state.evidence),
                None if noted is None else noted.by,
            )
        )
    return Section("alerts", columns, tuple(rows), "none has ever been pending")


def _transitions(transitions: Iterable[Transition]) -> Section:
    columns = ("at", "alert", "from", "to", "severity", "about", "why")
    rows = tuple(
        (
            show_time(t.boundary),
            name_of(t.key),
            t.before.value,
            t.after.value,
            t.severity,
            _about(t.evidence),
            t.why or None,
        )
        for t in transitions
    )
    return Section("transitions", columns, rows, "none")


def _message(dispatch: Dispatch) -> tuple[str | int | None, ...]:
    delivery, last = dispatch.delivery, dispatch.last
    waiting = dispatch.outcome is Outcome.WAITING
    return (
        delivery.message.id,
        delivery.message.kind,
        delivery.message.order,
        delivery.endpoint,
        dispatch.outcome.value,
        delivery.attempt,
        show_if(delivery.due) if waiting and delivery.due else None,
        None if last is None else _answer(last),
    )


def _answer(last: Attempt) -> str:
    status = str(last.status or "no answer")
    return f"{status}: {last.answer}" if last.answer else status


def _about(evidence: Mapping[str, Any]) -> str | None:
    """Name the features that an alert is about, those furthest beyond their limit first."""
    features = evidence.get("features")
    if not isinstance(features, list):
        return None
    told = [_feature(f) for f in features[:3]]
    more = len(features) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "") or None


def _feature(found: Mapping[str, Any]) -> str:
    of = f"{found['segment']} " if found.get("segment") else ""
    return f"{of}{found['feature']} {found['statistic']} {found['value']:.3g}"
