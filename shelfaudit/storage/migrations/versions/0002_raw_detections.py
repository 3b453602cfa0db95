"""What the detector found in each photo, kept as it is beside the facings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "detection_run",
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("photo_id", name="pk_detection_run"),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_detection_run_photo_id", ondelete="CASCADE"),
    )
    op.create_table(
        "detection",
        sa.Column("facing_id", sa.Text(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("x1", sa.Double(), nullable=False),
        sa.Column("y1", sa.Double(), nullable=False),
        sa.Column("x2", sa.Double(), nullable=False),
        sa.Column("y2", sa.Double(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("facing_id", name="pk_detection"),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_detection_photo_id", ondelete="CASCADE"),
    )
    op.create_index("ix_detection_photo_id", "detection", ["photo_id"])
