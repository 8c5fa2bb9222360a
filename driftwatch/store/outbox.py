"""Which delivery is to be tried now, by which relay, and what came of it?"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from driftwatch.nouns.messages import Attempt, Circuit, Delivery, Outcome
from driftwatch.nouns.retraining import Stage
from driftwatch.store.codec import unpack
from driftwatch.store.database import replace, upsert
from driftwatch.store.history import delivery
from driftwatch.store.intake import add_up
from driftwatch.store.retrainings import kept_back
from driftwatch.store.rules import DELIVERY, Waiting, pick
from driftwatch.store.tables import (
    attempts,
    circuits,
    counters,
    deliveries,
    instructions,
    messages,
    retrainings,
)

WAITS = Outcome.WAITING
_WAITING = select(
    deliveries.c.id,
    messages.c.order,
    messages.c.kind,
    deliveries.c.due,
    deliveries.c.claimed,
    deliveries.c.message,
).join(messages, messages.c.id == deliveries.c.message)


def anything_due(connection: Connection, endpoint: str, now: int) -> bool:
    """Say whether it is worth to take the write lock."""
    of = retrainings.c
    held = select(of.id).where(of.id == deliveries.c.message, of.stage == Stage.HELD.value)
    query = (
        select(deliveries.c.id)
        .where(_waiting(endpoint), deliveries.c.due <= now, ~held.exists())
        .limit(1)
    )
    return connection.scalar(query) is not None


def due(
    connection: Connection, endpoint: str, now: int, claim_until: int, limit: int
) -> Sequence[Delivery]:
    """Claim what is to be tried now; one relay at a time, by the lock on the circuit's row."""
    _hold(connection, endpoint)
    outlived, chosen = pick(
        partial(_ready, connection, endpoint, now),
        partial(_of_orders, connection, endpoint),
        partial(_kept_back, connection, now),
        now,
        limit,
    )
    if outlived:
        connection.execute(
            update(deliveries)
            .where(deliveries.c.id.in_(outlived))
            .values(outcome=Outcome.COLLAPSED)
        )
    if not chosen:
        return []
    connection.execute(
        update(deliveries).where(deliveries.c.id.in_(chosen)).values(claimed=claim_until)
    )
    return _claimed(connection, chosen)


def answered(connection: Connection, attempt: Attempt) -> None:
    """Save and count a try. What is no longer waiting stays so, but for one that did arrive."""
    before = tuple(Outcome) if attempt.outcome == Outcome.DELIVERED else (Outcome.WAITING,)
    c = deliveries.c
    connection.execute(
        update(deliveries)
        .where(
            c.message == attempt.message,
            c.endpoint == attempt.endpoint,
            c.outcome.in_(before),
        )
        .values(
            outcome=attempt.outcome,
            attempt=c.attempt + 1,
            due=c.due if attempt.due is None else attempt.due,
            claimed=attempt.at,
        )
    )
    row = {
        "message": attempt.message,
        "endpoint": attempt.endpoint,
        "at": attempt.at,
        "outcome": attempt.outcome,
        "status": attempt.status,
        "answer": attempt.answer,
        "due": attempt.due,
    }
    connection.execute(insert(attempts), row)
    count_delivery(connection, attempt.endpoint, attempt.outcome)


def count_delivery(connection: Connection, endpoint: str, outcome: Outcome) -> None:
    """Count a try; that of a message, or of the state of alerts, which is no message."""
    counted = {"source": endpoint, "kind": DELIVERY, "reason": outcome.value}
    add_up(connection, counters, [{**counted, "model": "", "version": "", "count": 1}])


def circuit(connection: Connection, endpoint: str) -> Circuit:
    """Give an endpoint's circuit, closed if none is stored."""
    c = circuits.c
    query = select(c.failures, c.open_until, c.disabled).where(c.endpoint == endpoint)
    found = connection.execute(query).one_or_none()
    return Circuit(endpoint) if found is None else Circuit(endpoint, *found)


def save_circuit(connection: Connection, saved: Circuit) -> None:
    """Store a circuit in place of the one before."""
    row = {
        "endpoint": saved.endpoint,
        "failures": saved.failures,
        "open_until": saved.open_until,
        "disabled": saved.disabled,
    }
    replace(connection, circuits, [row])


def redeliver(connection: Connection, subject: str, now: int) -> int:
    """Let a dead message, or all dead ones of an endpoint, wait anew; give how many."""
    c = deliveries.c
    changed = connection.execute(
        update(deliveries)
        .where(c.outcome == Outcome.DEAD, or_(c.message == subject, c.endpoint == subject))
        .values(outcome=Outcome.WAITING, attempt=0, due=now, claimed=now)
    )
    return changed.rowcount


def lift(connection: Connection, silence: str, now: int) -> int:
    """Let what a silence has put off be sent now; give how much."""
    told = instructions.c
    query = select(told.details).where(told.id == int(silence), told.kind == "silence")
    details = connection.scalar(query)
    if details is None:
        return 0
    until = unpack(details)["until"]
    c = deliveries.c
    changed = connection.execute(
        update(deliveries)
        .where(c.outcome == Outcome.WAITING, c.claimed.is_(None), c.due == until)
        .values(due=now)
    )
    return changed.rowcount


def enable(connection: Connection, endpoint: str) -> int:
    """Close an endpoint's circuit, whatever opened or disabled it."""
    changed = connection.execute(
        update(circuits)
        .where(circuits.c.endpoint == endpoint)
        .values(failures=0, open_until=None, disabled="")
    )
    return changed.rowcount


def _waiting(endpoint: str) -> ColumnElement[bool]:
    c = deliveries.c
    return and_(c.endpoint == endpoint, c.outcome == Outcome.WAITING)


def _hold(connection: Connection, endpoint: str) -> None:
    row = select(circuits.c.endpoint).where(circuits.c.endpoint == endpoint).with_for_update()
    if connection.scalar(row) is None:
        new = upsert(connection, circuits).values(endpoint=endpoint, failures=0, disabled="")
        connection.execute(new.on_conflict_do_nothing())
        connection.execute(row)


def _ready(
    connection: Connection, endpoint: str, now: int, after: int, limit: int
) -> list[Waiting]:
    """Give what is due and not claimed, oldest first."""
    c = deliveries.c
    free = or_(c.claimed.is_(None), c.claimed <= now)
    query = _WAITING.where(_waiting(endpoint), c.due <= now, free, c.id > after)
    return [Waiting(*row) for row in connection.execute(query.order_by(c.id).limit(limit))]


def _of_orders(connection: Connection, endpoint: str, orders: Collection[str]) -> list[Waiting]:
    """Give all that waits of some orders, found by these: of others thousands may wait."""
    c = deliveries.c
    # Said so that no database goes through all that waits for the endpoint instead.
    ours = and_(func.coalesce(c.endpoint, "") == endpoint, func.coalesce(c.outcome, "") == WAITS)
    query = _WAITING.where(messages.c.order.in_(orders), ours).order_by(c.id)
    return [Waiting(*row) for row in connection.execute(query)]


def _kept_back(connection: Connection, now: int, found: Sequence[Waiting]) -> Mapping[str, bool]:
    asked = [delivery.message for delivery in found if delivery.kind == "retrain"]
    return kept_back(connection, asked, now) if asked else {}


def _claimed(connection: Connection, ids: Sequence[int]) -> list[Delivery]:
    c = deliveries.c
    query = (
        select(messages, c.endpoint, c.attempt, c.due, c.created.label("since"))
        .join(messages, messages.c.id == c.message)
        .where(c.id.in_(ids))
        .order_by(c.id)
    )
    return [delivery(row) for row in connection.execute(query)]
