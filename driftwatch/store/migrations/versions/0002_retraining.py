"""Retrainings with their decisions, and where the data of a pane lie."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("models", _whole("born", null=True))
    op.add_column("instructions", sa.Column("details", sa.LargeBinary(), nullable=True))
    op.create_table(
        "places",
        *(_words(name) for name in ("source", "partition")),
        *(_whole(name) for name in ("pane", "width", "first", "next")),
        sa.PrimaryKeyConstraint("source", "partition", "pane", name="pk_places"),
    )
    op.create_table(
        "retrainings",
        *(_words(name) for name in ("id", "model", "version", "reference")),
        _whole("ordinal"),
        _words("stage"),
        _whole("expires_at", null=True),
        *(_whole(name) for name in ("decided_at", "closed", "revision")),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_retrainings"),
    )
    op.create_index("ix_retrainings_model_closed", "retrainings", ["model", "closed"])
    op.create_table(
        "decisions",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        *(_words(name) for name in ("retraining", "stage")),
        sa.Column("reasons", sa.LargeBinary(), nullable=False),
        *(_whole(name) for name in ("at", "boundary")),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_retraining_id", "decisions", ["retraining", "id"])


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _whole(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)
