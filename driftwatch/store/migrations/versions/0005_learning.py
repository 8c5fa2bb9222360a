"""Records that profiles are learned of, and what was learned."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "samples",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("model", "version")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("day", "rank")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("source", "partition")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("offset", "time")),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model", "version", "day", "rank", name="pk_samples"),
    )
    op.create_table(
        "learned",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("model", "version")),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model", "version", name="pk_learned"),
    )
