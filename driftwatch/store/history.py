"""What is there to show, and what is remembered in a few words?"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, func, insert, select

from driftwatch.nouns.judgements import AlertKey, Outgoing, Progress, Snapshot, State, Transition
from driftwatch.nouns.messages import (
    Attempt,
    Circuit,
    Delivery,
    Dispatch,
    Instruction,
    Message,
    Outcome,
)
from driftwatch.nouns.records import Counter, Reason, RejectedRecord, Tally
from driftwatch.store import evidence, samples, tables
from driftwatch.store.codec import decode_verdicts, pack, unpack
from driftwatch.store.database import replace
from driftwatch.store.judge import alert_states
from driftwatch.store.retrainings import instruction, open_ones

_REJECTED = ("source", "partition", "offset", "arrived", "reason", "detail", "payload", "model")
_ATTEMPT = ("message", "endpoint", "at", "outcome", "status", "answer", "due")


def snapshot(connection: Connection, now: int, size: int) -> Snapshot:
    """Give all that is shown, from one transaction."""
    v, m = tables.verdicts.c, tables.models.c
    bodies = select(v.body).order_by(v.model, v.version, v.segment, v.window)
    progress = select(m.name, m.closed, m.boundary, m.decided_at)
    reached = {name: Progress(*rest) for name, *rest in connection.execute(progress)}
    return Snapshot(
        taken_at=now,
        verdicts=tuple(decode_verdicts(body) for body in connection.scalars(bodies)),
        alerts=tuple(alert_states(connection)),
        models=reached,
        outgoing=_outgoing(connection),
        store_bytes=size,
        ratios=evidence.ratios(connection),
        retrainings=open_ones(connection),
        learned=samples.profiles(connection),
        learning=samples.learning(connection, reached),
    )


def counters(connection: Connection) -> Mapping[Counter, int]:
    """Give the committed counters."""
    names = ("kind", "source", "model", "version", "reason", "count")
    rows = connection.execute(_select(tables.counters, names))
    return {Counter(*key): count for *key, count in rows}


def tallies(connection: Connection, start: int, end: int) -> Mapping[tuple[str, Tally], int]:
    """Give the counts of some panes."""
    c = tables.tallies.c
    names = ("source", "kind", "pane", "model", "version", "reason", "count")
    query = _select(tables.tallies, names).where(c.pane >= start, c.pane < end)
    return {(source, Tally(*tally)): count for source, *tally, count in connection.execute(query)}


def rejected(connection: Connection, limit: int, **where: Any) -> Sequence[RejectedRecord]:
    """Give rejected records, newest first; `where` names columns and the values they must have."""
    table = tables.rejected
    query = _filtered(_select(table, _REJECTED), table, where)
    rows = connection.execute(query.order_by(table.c.id.desc()).limit(limit))
    return [
        RejectedRecord(
            source=row.source,
            partition=row.partition,
            offset=row.offset,
            arrived=row.arrived,
            reason=Reason(row.reason),
            detail=row.detail,
            payload=row.payload,
            model=row.model,
        )
        for row in rows
    ]


def transitions(connection: Connection, limit: int, model: str | None) -> Sequence[Transition]:
    """Give transitions, newest first."""
    table = tables.transitions
    query = _filtered(select(table), table, {"model": model})
    return [
        Transition(
            key=AlertKey(row.model, row.version, row.alert),
            before=State(row.before),
            after=State(row.after),
            boundary=row.boundary,
            ordinal=row.ordinal,
            severity=row.severity,
            reference=row.reference,
            evidence=unpack(row.evidence),
            why=row.why,
        )
        for row in connection.execute(query.order_by(table.c.id.desc()).limit(limit))
    ]


def deliveries(connection: Connection, limit: int, **where: Any) -> Sequence[Dispatch]:
    """Give deliveries with their messages and their last tries, newest first."""
    d, m = tables.deliveries, tables.messages
    query = (
        select(m, d.c.id.label("serial"), d.c.endpoint, d.c.outcome, d.c.attempt, d.c.due)
        .add_columns(d.c.created.label("since"))
        .join(m, m.c.id == d.c.message)
    )
    query = _filtered(query, d, where).order_by(d.c.id.desc()).limit(limit)
    rows = connection.execute(query).all()
    last = _last_tries(connection, [row.id for row in rows])
    return [
        Dispatch(delivery(row), Outcome(row.outcome), last.get((row.id, row.endpoint)))
        for row in rows
    ]


def delivery(row: Any) -> Delivery:
    """Read a delivery joined with its message."""
    message = Message(row.id, row.kind, row.order, row.at, unpack(row.facts))
    return Delivery(message, row.endpoint, row.attempt, row.due, row.since)


def attempts(connection: Connection, message: str) -> Sequence[Attempt]:
    """Give every try of a message, oldest first."""
    table = tables.attempts
    query = _select(table, _ATTEMPT).where(table.c.message == message).order_by(table.c.id)
    return [_attempt(row) for row in connection.execute(query)]


def instructions(connection: Connection, limit: int) -> Sequence[Instruction]:
    """Give instructions, newest first."""
    table = tables.instructions
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    return [instruction(row) for row in connection.execute(query)]


def note(connection: Connection, told: Instruction) -> None:
    """Store an instruction."""
    row = {
        "kind": told.kind,
        "subject": told.subject,
        "given_at": told.given_at,
        "by": told.by,
        "reason": told.reason,
        "details": pack(told.details) if told.details else None,
    }
    connection.execute(insert(tables.instructions), row)


def meta(connection: Connection, key: str) -> str | None:
    """Give what was remembered under a key."""
    return connection.scalar(select(tables.meta.c.value).where(tables.meta.c.key == key))


def remember(connection: Connection, key: str, value: str) -> None:
    """Keep a short text under a key, in place of the one before."""
    replace(connection, tables.meta, [{"key": key, "value": value}])


def _select(table: Table, names: Sequence[str]) -> Select[Any]:
    return select(*(table.c[name] for name in names))


def _filtered(query: Select[Any], table: Table, where: Mapping[str, Any]) -> Select[Any]:
    return query.where(
        *(table.c[name] == value for name, value in where.items() if value is not None)
    )


def _outgoing(connection: Connection) -> dict[str, Outgoing]:
    c = tables.deliveries.c
    query = (
        select(c.endpoint, c.outcome, func.count(), func.min(c.created))
        .where(c.outcome.in_((Outcome.WAITING, Outcome.DEAD)))
        .group_by(c.endpoint, c.outcome)
    )
    counts = {(e, outcome): (n, oldest) for e, outcome, n, oldest in connection.execute(query)}
    names = ("endpoint", "failures", "open_until", "disabled")
    stored = [Circuit(*row) for row in connection.execute(_select(tables.circuits, names))]
    circuits = {circuit.endpoint: circuit for circuit in stored}
    return {
        endpoint: outgoing(
            counts.get((endpoint, Outcome.WAITING), (0, None)),
            counts.get((endpoint, Outcome.DEAD), (0, None))[0],
            circuits.get(endpoint, Circuit(endpoint)),
        )
        for endpoint in sorted({e for e, _ in counts} | set(circuits))
    }


def outgoing(waiting: tuple[int, int | None], dead: int, circuit: Circuit) -> Outgoing:
    """Put together what is shown of an endpoint."""
    return Outgoing(waiting[0], dead, waiting[1], circuit.open_until, circuit.disabled)


def _last_tries(
    connection: Connection, messages: Sequence[str]
) -> Mapping[tuple[str, str], Attempt]:
    table = tables.attempts
    c = table.c
    newest = (
        select(func.max(c.id).label("id"))
        .where(c.message.in_(messages))
        .group_by(c.message, c.endpoint)
        .subquery()
    )
    query = _select(table, _ATTEMPT).join(newest, and_(newest.c.id == c.id))
    found = [_attempt(row) for row in connection.execute(query)]
    return {(attempt.message, attempt.endpoint): attempt for attempt in found}


def _attempt(row: Any) -> Attempt:
    return Attempt(
        message=row.message,
        endpoint=row.endpoint,
        at=row.at,
        outcome=Outcome(row.outcome),
        status=row.status,
        answer=row.answer,
        due=row.due,
    )
