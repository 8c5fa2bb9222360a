"""What is kept no longer?

What belongs to event time is counted back from the event time that was reached, so that data of
last year, replayed today, are kept as long as today's. Waiting messages are never removed.
"""

from sqlalchemy import Connection, and_, delete, func, select

from driftwatch.nouns.messages import Outcome
from driftwatch.nouns.settings import microseconds
from driftwatch.store.rules import PLACES, REFUSED
from driftwatch.store.settings import RetentionSettings
from driftwatch.store.tables import (
    attempts,
    decisions,
    deliveries,
    hours,
    instructions,
    messages,
    models,
    places,
    retrainings,
    tallies,
    transitions,
    verdicts,
)


def maintain(connection: Connection, now: int, retention: RetentionSettings) -> None:
    """Remove what is older than it is kept."""
    history = microseconds(retention.history)
    judged = select(models.c.name, models.c.boundary).where(models.c.boundary.is_not(None))
    for model, boundary in connection.execute(judged).all():
        _forget_judged(connection, model, boundary, retention)
    newest = select(tallies.c.source, func.max(tallies.c.pane)).group_by(tallies.c.source)
    for source, pane in connection.execute(newest).all():
        # An arrival in the far future must not empty the table.
        oldest = min(pane, now) - history
        passed = and_(tallies.c.source == source, tallies.c.pane < oldest)
        connection.execute(delete(tallies).where(passed, tallies.c.kind != REFUSED))
    connection.execute(delete(instructions).where(instructions.c.given_at < now - history))
    _forget_places(connection, now)
    old = select(retrainings.c.id).where(
        retrainings.c.closed == 1, retrainings.c.decided_at < now - history
    )
    connection.execute(delete(decisions).where(decisions.c.retraining.in_(old)))
    connection.execute(delete(retrainings).where(retrainings.c.id.in_(old)))
    _forget_sent(connection, now - history)


def _forget_places(connection: Connection, now: int) -> None:
    newest = select(places.c.source, func.max(places.c.pane)).group_by(places.c.source)
    for source, pane in connection.execute(newest).all():
        oldest = min(pane, now) - PLACES
        connection.execute(delete(places).where(places.c.source == source, places.c.pane < oldest))


def _forget_judged(
    connection: Connection, model: str, boundary: int, retention: RetentionSettings
) -> None:
    oldest_hour = boundary - microseconds(retention.hours)
    oldest = boundary - microseconds(retention.history)
    connection.execute(delete(hours).where(hours.c.model == model, hours.c.pane < oldest_hour))
    connection.execute(delete(verdicts).where(verdicts.c.model == model, verdicts.c.end < oldest))
    judged = and_(tallies.c.model == model, tallies.c.kind == REFUSED, tallies.c.pane < oldest)
    connection.execute(delete(tallies).where(judged))
    connection.execute(
        delete(transitions).where(transitions.c.model == model, transitions.c.boundary < oldest)
    )


def _forget_sent(connection: Connection, oldest: int) -> None:
    connection.execute(
        delete(deliveries).where(
            deliveries.c.created < oldest, deliveries.c.outcome != Outcome.WAITING
        )
    )
    connection.execute(delete(attempts).where(attempts.c.at < oldest))
    left = select(deliveries.c.id).where(deliveries.c.message == messages.c.id).exists()
    connection.execute(delete(messages).where(messages.c.created < oldest, ~left))
