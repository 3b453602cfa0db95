"""Brands get a colour, products a category and a size, reference crops their picture."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("brand", sa.Column("colour", sa.String(16), nullable=True))
    op.add_column("product", sa.Column("category", sa.Text(), nullable=False, server_default=""))
    op.add_column("product", sa.Column("size", sa.Text(), nullable=False, server_default=""))
    op.add_column("reference", sa.Column("picture", sa.LargeBinary(), nullable=True))
