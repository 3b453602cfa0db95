"""The auditor's word that a facing is not a product."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "not_product",
        sa.Column("facing_id", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("facing_id", "sku", name="pk_not_product"),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_not_product_photo_id", ondelete="CASCADE"),
    )
    op.create_index("ix_not_product_photo_id", "not_product", ["photo_id"])
