"""The first schema: visits, photos, facings, edits, appearances, catalogue, state of the window."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("PRAGMA application_id = 0x73686175")
    _create_visits()
    _create_facings()
    _create_catalogue()
    op.create_table(
        "ui_state",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_ui_state"),
    )


def _create_visits() -> None:
    op.create_table(
        "store",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_store"),
        sa.UniqueConstraint("name", name="uq_store_name"),
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("auditor", sa.Text(), nullable=False),
        sa.Column("reported", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_visit"),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name="fk_visit_store_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_visit_store_id", "visit", ["store_id"])
    op.create_index("ix_visit_date", "visit", ["date"])
    op.create_table(
        "photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_photo"),
        sa.UniqueConstraint("visit_id", "path", name="uq_photo_visit_id_path"),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name="fk_photo_visit_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )


def _create_facings() -> None:
    op.create_table(
        "facing",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("x1", sa.Double(), nullable=False),
        sa.Column("y1", sa.Double(), nullable=False),
        sa.Column("x2", sa.Double(), nullable=False),
        sa.Column("y2", sa.Double(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("box_by", sa.String(16), nullable=False),
        sa.Column("product_by", sa.String(16), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_facing"),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_facing_photo_id", ondelete="CASCADE"),
    )
    op.create_index("ix_facing_photo_id_product", "facing", ["photo_id", "product"])
    op.create_index("ix_facing_named_by_auditor", "facing", ["product"], sqlite_where=sa.text("product_by = 'auditor'"))
    op.create_table(
        "appearance",
        sa.Column("facing_id", sa.Text(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("x1", sa.Double(), nullable=False),
        sa.Column("y1", sa.Double(), nullable=False),
        sa.Column("x2", sa.Double(), nullable=False),
        sa.Column("y2", sa.Double(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("facing_id", name="pk_appearance"),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_appearance_photo_id", ondelete="CASCADE"),
    )
    op.create_index("ix_appearance_photo_id", "appearance", ["photo_id"])
    op.create_table(
        "rejected",
        sa.Column("facing_id", sa.Text(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("x1", sa.Double(), nullable=False),
        sa.Column("y1", sa.Double(), nullable=False),
        sa.Column("x2", sa.Double(), nullable=False),
        sa.Column("y2", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("facing_id", name="pk_rejected"),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_rejected_photo_id", ondelete="CASCADE"),
    )
    op.create_index("ix_rejected_photo_id", "rejected", ["photo_id"])
    op.create_table(
        "edit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("time", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("undo", sa.Boolean(), nullable=False),
        sa.Column("facings", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_edit"),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_edit_photo_id", ondelete="CASCADE"),
    )
    op.create_index("ix_edit_photo_id", "edit", ["photo_id"])


def _create_catalogue() -> None:
    op.create_table(
        "brand",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ownership", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_brand"),
    )
    op.create_table(
        "product",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("width_cm", sa.Double(), nullable=True),
        sa.Column("barcode", sa.Text(), nullable=False),
        sa.Column("must_stock", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sku", name="pk_product"),
        sa.ForeignKeyConstraint(["brand"], ["brand.name"], name="fk_product_brand"),
    )
    op.create_index("ix_product_brand", "product", ["brand"])
    op.create_table(
        "reference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reference"),
        sa.ForeignKeyConstraint(["sku"], ["product.sku"], name="fk_reference_sku", ondelete="CASCADE"),
    )
    op.create_index("ix_reference_sku", "reference", ["sku"])
