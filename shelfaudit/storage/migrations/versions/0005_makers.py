"""Vectors say what made them; what corrected photos serve when the detector learns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for table in ("appearance", "reference"):
        op.add_column(table, sa.Column("maker", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "learning_photo",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_learning_photo"),
    )
