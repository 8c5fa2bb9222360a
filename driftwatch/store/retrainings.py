"""How do retrainings stand, and how does what the tick decided of them get in?

A relay that claims a request holds its retraining's row against the tick, and the tick that takes a
request back looks whether a relay has it: of the two, one always sees the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, case, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import ColumnElement

from driftwatch.nouns.errors import Conflict
from driftwatch.nouns.judgements import Judgement
from driftwatch.nouns.messages import Instruction, Outcome
from driftwatch.nouns.retraining import (
    LONGEST_CLAIM,
    UNDER_WAY,
    WANTED,
    Decision,
    Retraining,
    Sent,
    Stage,
    Standing,
)
from driftwatch.store.codec import (
    decode_reasons,
    decode_retraining,
    encode_reasons,
    encode_retraining,
    unpack,
)
from driftwatch.store.rules import BEARING, voided
from driftwatch.store.tables import (
    attempts,
    decisions,
    deliveries,
    instructions,
    models,
    retrainings,
)


def standing(connection: Connection, model: str) -> Standing:
    """Give all that a model's policy goes by."""
    found = open_ones(connection, model)
    asked = [of.id for of in found if of.requested_at is not None]
    return Standing(
        retrainings=found,
        sent=_sent(connection, asked) if asked else {},
        instructions=bearing(connection),
        born=connection.scalar(select(models.c.born).where(models.c.name == model)),
    )


def open_ones(connection: Connection, model: str | None = None) -> tuple[Retraining, ...]:
    """Give the retrainings that are not closed, of one model or of all."""
    c = retrainings.c
    query = select(c.body).where(c.closed == 0).order_by(c.id)
    if model is not None:
        query = query.where(c.model == model)
    return tuple(decode_retraining(body) for body in connection.scalars(query))


def bearing(connection: Connection) -> tuple[Instruction, ...]:
    """Give the instructions that bear on retrainings and messages, oldest first."""
    c = instructions.c
    query = select(instructions).where(c.kind.in_(BEARING)).order_by(c.id)
    return tuple(instruction(row) for row in connection.execute(query))


def instruction(row: Any) -> Instruction:
    """Read an instruction."""
    details = {} if row.details is None else unpack(row.details)
    return Instruction(
        row.kind, row.subject, row.given_at, row.by, row.reason, details=details, id=row.id
    )


def save(connection: Connection, judgement: Judgement) -> None:
    """Save what changed; Conflict if another process changed it first, or a relay has it."""
    for of in judgement.retrainings:
        _save(connection, of)
        if of.stage not in UNDER_WAY and of.requested_at is not None and of.taken_at is None:
            _not_in_hand(connection, of, judgement.decided_at)
    if judgement.decisions:
        connection.execute(insert(decisions), [_decision_row(told) for told in judgement.decisions])


def _save(connection: Connection, of: Retraining) -> None:
    row = {
        "id": of.id,
        "model": of.model,
        "version": of.version,
        "reference": of.reference,
        "ordinal": of.ordinal,
        "stage": of.stage.value,
        "expires_at": of.expires_at,
        "decided_at": of.decided_at,
        "closed": int(of.closed),
        "revision": of.revision,
        "body": encode_retraining(of),
    }
    first = f"retraining {of.id}: another process wrote revision {of.revision} first"
    if of.revision == 1:
        try:
            connection.execute(insert(retrainings), row)
        except IntegrityError as error:
            raise Conflict(first) from error
        return
    c = retrainings.c
    ours = and_(c.id == of.id, c.revision == of.revision - 1)
    if connection.execute(update(retrainings).where(ours).values(row)).rowcount != 1:
        raise Conflict(first)


def _not_in_hand(connection: Connection, of: Retraining, now: int) -> None:
    c = deliveries.c
    claimed = and_(c.claimed > now, c.claimed <= now + LONGEST_CLAIM)
    has = or_(c.outcome == Outcome.DELIVERED, and_(c.outcome == Outcome.WAITING, claimed))
    held = connection.scalar(select(func.count()).where(c.message == of.id, has))
    if held and of.stage in WANTED | {Stage.WITHDRAWN, Stage.EXPIRED}:
        message = f"retraining {of.id}: a relay has it in hand, so it cannot be taken back"
        raise Conflict(message)


def _decision_row(told: Decision) -> Mapping[str, Any]:
    return {
        "retraining": told.retraining,
        "stage": told.stage.value,
        "reasons": encode_reasons(told.reasons),
        "at": told.at,
        "boundary": told.boundary,
    }


def _sent(connection: Connection, ids: Sequence[str]) -> Mapping[str, Sent]:
    c = deliveries.c
    waiting = func.sum(_one(c.outcome == Outcome.WAITING))
    dead = func.sum(_one(c.outcome == Outcome.DEAD))
    claimed = func.max(_if(c.outcome == Outcome.WAITING, c.claimed))
    taken = func.min(_if(c.outcome == Outcome.DELIVERED, c.claimed))
    query = (
        select(c.message, taken, waiting, dead, claimed)
        .where(c.message.in_(ids))
        .group_by(c.message)
    )
    answers = _answers(connection, ids)
    return {
        message: Sent(at, answers.get(message, ""), int(left), int(gone), claim)
        for message, at, left, gone, claim in connection.execute(query)
    }


def _answers(connection: Connection, ids: Sequence[str]) -> Mapping[str, str]:
    """Give for each message what was said to its last try that settled anything."""
    c = attempts.c
    final = c.outcome.in_((Outcome.DELIVERED, Outcome.DEAD))
    query = select(c.message, c.endpoint, c.answer).where(c.message.in_(ids), final).order_by(c.id)
    return {
        message: f"{endpoint}: {answer}" if answer else endpoint
        for message, endpoint, answer in connection.execute(query)
    }


def _one(where: ColumnElement[bool]) -> ColumnElement[int]:
    return case((where, 1), else_=0)


def _if(where: ColumnElement[bool], value: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((where, value), else_=None)


def of_model(connection: Connection, limit: int, model: str | None) -> Sequence[Retraining]:
    """Give retrainings, those decided on last first."""
    c = retrainings.c
    query = select(c.body).order_by(c.decided_at.desc(), c.ordinal.desc(), c.id).limit(limit)
    if model is not None:
        query = query.where(c.model == model)
    return [decode_retraining(body) for body in connection.scalars(query)]


def one(connection: Connection, id_: str) -> Retraining | None:
    """Give a retraining by its id."""
    body = connection.scalar(select(retrainings.c.body).where(retrainings.c.id == id_))
    return None if body is None else decode_retraining(body)


def decided(connection: Connection, id_: str) -> Sequence[Decision]:
    """Give all that was decided of a retraining, oldest first."""
    c = decisions.c
    query = select(decisions).where(c.retraining == id_).order_by(c.id)
    return [
        Decision(
            row.retraining, Stage(row.stage), decode_reasons(row.reasons), row.at, row.boundary
        )
        for row in connection.execute(query)
    ]


def kept_back(connection: Connection, ids: Iterable[str], now: int) -> Mapping[str, bool]:
    """Say which messages must not go out now: True for never, False for not yet.

    Their rows are held against the tick until the relay's claim is in.
    """
    c = retrainings.c
    query = select(c.id, c.stage, c.expires_at).where(c.id.in_(list(ids)))
    rows = connection.execute(query.with_for_update(read=True)).all()
    return voided({row.id: (Stage(row.stage), row.expires_at) for row in rows}, now)
