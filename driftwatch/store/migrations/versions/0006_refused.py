"""Whose the last record of a partition was that could be read, and when it arrived."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("model", "version"):
        column = sa.Column(name, sa.Text(), nullable=False, server_default="")
        op.add_column("positions", column)
    op.add_column("positions", sa.Column("arrived", sa.BigInteger(), nullable=True))
