"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _intake()
    _judge()
    _outbox()
    meta = op.create_table("meta", *_texts("key"), _words("value"), _key("meta", "key"))
    op.bulk_insert(meta, [{"key": "store.requires", "value": revision}])


def _intake() -> None:
    op.create_table(
        "positions",
        *_texts("source", "partition"),
        _whole("next"),
        _whole("high", null=True),
        _whole("standing", null=True),
        _words("log"),
        _key("positions", "source", "partition"),
    )
    op.create_table(
        "parts",
        _id(),
        *_texts("model", "version", "segment", "reference"),
        *(_whole(name) for name in ("pane", "width", "rows")),
        _bytes("body"),
        _key("parts", "id"),
    )
    op.create_index("ix_parts_model_pane", "parts", ["model", "pane"])
    kind = ("kind", "model", "version", "reason")
    op.create_table(
        "tallies",
        *_texts("source"),
        _whole("pane"),
        *_texts(*kind),
        _whole("count"),
        _key("tallies", "source", "pane", *kind),
    )
    op.create_table(
        "counters", *_texts("source", *kind), _whole("count"), _key("counters", "source", *kind)
    )
    op.create_table(
        "rejected",
        _id(),
        *_texts("source", "partition"),
        *(_whole(name) for name in ("offset", "arrived")),
        *(_words(name) for name in ("reason", "detail", "model")),
        _bytes("payload", null=True),
        _key("rejected", "id"),
    )
    op.create_index("ix_rejected_source_id", "rejected", ["source", "id"])


def _judge() -> None:
    op.create_table(
        "models",
        *_texts("name"),
        *(_whole(name, null=True) for name in ("closed", "boundary", "decided_at")),
        _key("models", "name"),
    )
    op.create_table(
        "hours",
        *_texts("model"),
        _whole("pane"),
        *_texts("version", "segment", "reference"),
        _whole("rows"),
        _bytes("body"),
        _key("hours", "model", "pane", "version", "segment", "reference"),
    )
    op.create_table(
        "verdicts",
        *_texts("model", "version", "segment", "window"),
        _whole("end"),
        _bytes("body"),
        _key("verdicts", "model", "version", "segment", "window"),
    )
    op.create_table(
        "alerts",
        *_texts("model", "version", "alert", "state"),
        _whole("since"),
        *_texts("reference", "severity"),
        _whole("ordinal"),
        *(_bytes(name) for name in ("memory", "evidence")),
        _key("alerts", "model", "version", "alert"),
    )
    op.create_table(
        "transitions",
        _id(),
        *_texts("model", "version", "alert", "before", "after"),
        *(_whole(name) for name in ("boundary", "ordinal")),
        *_texts("severity", "reference"),
        _bytes("evidence"),
        _words("why"),
        _key("transitions", "id"),
    )
    op.create_index("ix_transitions_model_boundary", "transitions", ["model", "boundary"])


def _outbox() -> None:
    op.create_table(
        "messages",
        *_texts("id", "kind", "order"),
        _whole("at"),
        _bytes("facts"),
        _whole("created"),
        _key("messages", "id"),
    )
    op.create_table(
        "deliveries",
        _id(),
        *_texts("message", "endpoint", "outcome"),
        *(_whole(name) for name in ("attempt", "due")),
        _whole("claimed", null=True),
        _whole("created"),
        _key("deliveries", "id"),
        sa.UniqueConstraint("message", "endpoint", name="uq_deliveries"),
    )
    columns = ["endpoint", "outcome", "id"]
    op.create_index("ix_deliveries_endpoint_outcome_id", "deliveries", columns)
    op.create_table(
        "attempts",
        _id(),
        *_texts("message", "endpoint"),
        _whole("at"),
        _words("outcome"),
        _whole("status", null=True),
        _words("answer"),
        _whole("due", null=True),
        _key("attempts", "id"),
    )
    op.create_index("ix_attempts_message_endpoint", "attempts", ["message", "endpoint"])
    op.create_table(
        "circuits",
        *_texts("endpoint"),
        _whole("failures"),
        _whole("open_until", null=True),
        _words("disabled"),
        _key("circuits", "endpoint"),
    )
    op.create_table(
        "instructions",
        _id(),
        *_texts("kind", "subject"),
        _whole("given_at"),
        *_texts("by", "reason"),
        _key("instructions", "id"),
    )


def _id() -> sa.Column[int]:
    return sa.Column("id", _SERIAL, autoincrement=True, nullable=False)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [_words(name) for name in names]


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _whole(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _bytes(name: str, *, null: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=null)


def _key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=f"pk_{table}")
