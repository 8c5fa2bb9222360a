"""How does a model's event time close, and how is a boundary's judgement saved once?"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from driftwatch.nouns.errors import Conflict
from driftwatch.nouns.judgements import AlertKey, AlertState, Judgement, Opened, State
from driftwatch.nouns.messages import Outcome
from driftwatch.nouns.records import Offsets, Part, Population, Position
from driftwatch.store import evidence, retrainings
from driftwatch.store.codec import encode_verdicts, pack, unpack
from driftwatch.store.database import Insert, lock, replace, upsert
from driftwatch.store.intake import part_row, position
from driftwatch.store.rules import next_boundary
from driftwatch.store.tables import (
    alerts,
    deliveries,
    hours,
    messages,
    models,
    parts,
    positions,
    transitions,
    verdicts,
)

# Made once: to put a statement together costs several times what SQLite takes to run it.
_PROGRESS = select(models.c.closed, models.c.boundary).where(models.c.name == bindparam("of"))
_FENCE = (
    update(models)
    .where(
        models.c.name == bindparam("of"),
        models.c.boundary.is_not_distinct_from(bindparam("previous")),
    )
    .values(boundary=bindparam("to_boundary"), decided_at=bindparam("to_decided_at"))
)
_HELD = (
    update(models)
    .where(models.c.name == bindparam("of"), models.c.boundary == bindparam("previous"))
    .values(boundary=models.c.boundary)
)
_BORN = update(models).where(models.c.name == bindparam("of")).values(born=bindparam("to_born"))
_ALERTS = select(alerts).order_by(alerts.c.model, alerts.c.version, alerts.c.alert)
_ALERTS_OF = _ALERTS.where(alerts.c.model == bindparam("of"))
_FORGET = delete(parts).where(
    parts.c.model == bindparam("of"),
    parts.c.pane < bindparam("before"),
    parts.c.pane + parts.c.width <= bindparam("before"),
)


def close(
    connection: Connection, model: str, advance: Callable[[Mapping[str, Offsets]], int | None]
) -> int | None:
    """Move `closed` forward while no append can read it; the offsets are read under the lock."""
    lock(connection, model)
    connection.execute(upsert(connection, models).values(name=model).on_conflict_do_nothing())
    ours = models.c.name == model
    closed = connection.scalar(select(models.c.closed).where(ours))
    reached = advance(all_positions(connection))
    if reached is None or (closed is not None and reached <= closed):
        return closed
    connection.execute(update(models).where(ours).values(closed=reached))
    return reached


def all_positions(connection: Connection) -> dict[str, dict[str, Position]]:
    """Give all sources' offsets."""
    found: dict[str, dict[str, Position]] = {}
    for row in connection.execute(select(positions)):
        found.setdefault(row.source, {})[row.partition] = position(row)
    return found


def open_(connection: Connection, model: str, step: int) -> Opened | None:
    """Give the next boundary if it lies within what is closed."""
    found = connection.execute(_PROGRESS, {"of": model}).one_or_none()
    if found is None or found.closed is None:
        return None
    first = select(func.min(parts.c.pane)).where(parts.c.model == model)
    if found.boundary is not None:
        first = first.where(parts.c.pane >= found.boundary)
    following = connection.scalar(first)
    boundary = next_boundary(found.boundary, following, step)
    if boundary is None or boundary > found.closed:
        return None
    return Opened(
        model=model,
        previous=found.boundary,
        boundary=boundary,
        closed=found.closed,
        alerts={state.key: state for state in alert_states(connection, model)},
        following=following,
        evidence=evidence.of(connection, model),
        standing=retrainings.standing(connection, model),
    )


def between(connection: Connection, model: str) -> Opened | None:
    """Give what is known at the last boundary judged, if any retraining is not closed."""
    found = connection.execute(_PROGRESS, {"of": model}).one_or_none()
    if found is None or found.boundary is None or found.closed is None:
        return None
    standing = retrainings.standing(connection, model)
    if not standing.retrainings:
        return None
    return Opened(
        model=model,
        previous=found.boundary,
        boundary=found.boundary,
        closed=found.closed,
        alerts={state.key: state for state in alert_states(connection, model)},
        standing=standing,
    )


def alert_states(connection: Connection, model: str | None = None) -> list[AlertState]:
    """Give where each alert stands, of one model or of all."""
    rows = (
        connection.execute(_ALERTS)
        if model is None
        else connection.execute(_ALERTS_OF, {"of": model})
    )
    return [
        AlertState(
            key=AlertKey(row.model, row.version, row.alert),
            state=State(row.state),
            since=row.since,
            reference=row.reference,
            severity=row.severity,
            ordinal=row.ordinal,
            memory=unpack(row.memory),
            evidence=unpack(row.evidence),
        )
        for row in rows
    ]


def kept(connection: Connection, table: Table, model: str, start: int, end: int) -> list[Part]:
    """Give the panes of a table that start in [start, end), by population and pane."""
    stretch = {"of": model, "start": start, "end": end}
    return [
        Part(Population(model, version, segment), *rest)
        for version, segment, *rest in connection.execute(_kept(table), stretch)
    ]


@cache
def _kept(table: Table) -> Select[Any]:
    c = table.c
    by = (c.version, c.segment, c.pane, c.reference)
    return (
        select(c.version, c.segment, c.reference, c.pane, c.rows, c.body)
        .where(c.model == bindparam("of"), c.pane >= bindparam("start"), c.pane < bindparam("end"))
        .order_by(*by if table is hours else (*by, c.id))
    )


def commit(connection: Connection, judgement: Judgement) -> None:
    """Save all that a boundary decided, if it is still the one to be judged."""
    _fence(connection, judgement)
    replace(connection, verdicts, [_verdict_row(v) for v in judgement.verdicts])
    replace(connection, alerts, [_alert_row(state) for state in judgement.alerts])
    replace(connection, hours, [part_row(part) for part in judgement.hours])
    evidence.save(connection, judgement)
    if judgement.transitions:
        connection.execute(insert(transitions), [_transition_row(t) for t in judgement.transitions])
    retrainings.save(connection, judgement)
    _send(connection, judgement)
    if judgement.forget is not None:
        connection.execute(_FORGET, {"of": judgement.model, "before": judgement.forget})


def _fence(connection: Connection, judgement: Judgement) -> None:
    """Move on to the boundary; a look between boundaries finds the last one and leaves it."""
    named = {"of": judgement.model, "previous": judgement.previous}
    if judgement.boundary == judgement.previous:
        moved = connection.execute(_HELD, named)
    else:
        now = judgement.decided_at
        moved = connection.execute(
            _FENCE, {**named, "to_boundary": judgement.boundary, "to_decided_at": now}
        )
        if judgement.previous is None:
            connection.execute(_BORN, {"of": judgement.model, "to_born": now})
    if moved.rowcount != 1:
        message = (
            f"model {judgement.model}: the boundary after {judgement.previous} was judged by "
            "another process first"
        )
        raise Conflict(message)


def _send(connection: Connection, judgement: Judgement) -> None:
    """Store messages and a delivery for each endpoint; an id that is stored is not sent again."""
    now = judgement.decided_at
    sent = [
        {
            "id": message.id,
            "kind": message.kind,
            "order": message.order,
            "at": message.at,
            "facts": pack(message.facts),
            "created": now,
        }
        for message, _ in judgement.messages
    ]
    due = [
        {
            "message": message.id,
            "endpoint": endpoint,
            "outcome": Outcome.WAITING,
            "attempt": 0,
            "due": judgement.put_off.get(message.id, now),
            "created": now,
        }
        for message, endpoints in judgement.messages
        for endpoint in endpoints
    ]
    if sent:
        connection.execute(_telling(connection), sent)
    if due:
        connection.execute(upsert(connection, deliveries).on_conflict_do_nothing(), due)


def _telling(connection: Connection) -> Insert:
    """Insert messages; one that is stored and was never tried is told as it is now."""
    statement = upsert(connection, messages)
    new = {name: statement.excluded[name] for name in ("facts", "at", "created")}
    c = deliveries.c
    tried = select(c.id).where(c.message == messages.c.id, c.claimed.is_not(None)).exists()
    of_requests = messages.c.kind == "retrain"
    return statement.on_conflict_do_update(
        index_elements=[messages.c.id], set_=new, where=and_(of_requests, ~tried)
    )


def _verdict_row(verdict: Any) -> dict[str, Any]:
    population = verdict.population
    return {
        "model": population.model,
        "version": population.version,
        "segment": population.segment,
        "window": verdict.window,
        "end": verdict.end,
        "body": encode_verdicts(verdict),
    }


def _alert_row(state: AlertState) -> dict[str, Any]:
    return {
        "model": state.key.model,
        "version": state.key.version,
        "alert": state.key.alert,
        "state": state.state,
        "since": state.since,
        "reference": state.reference,
        "severity": state.severity,
        "ordinal": state.ordinal,
        "memory": pack(state.memory),
        "evidence": pack(state.evidence),
    }


def _transition_row(transition: Any) -> dict[str, Any]:
    return {
        "model": transition.key.model,
        "version": transition.key.version,
        "alert": transition.key.alert,
        "before": transition.before,
        "after": transition.after,
        "boundary": transition.boundary,
        "ordinal": transition.ordinal,
        "severity": transition.severity,
        "reference": transition.reference,
        "evidence": pack(transition.evidence),
        "why": transition.why,
    }
