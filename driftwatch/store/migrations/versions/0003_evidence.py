"""What the pager has gathered on each population."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence",
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("model", "version", "segment", "fingerprint")
        ),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("body", "ratios")),
        sa.PrimaryKeyConstraint("model", "version", "segment", name="pk_evidence"),
    )
