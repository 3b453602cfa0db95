"""The database's tables. A change here needs a new script in `migrations/versions` (a test compares the two)."""

from __future__ import annotations

import datetime as dt
import os
from enum import StrEnum
from pathlib import Path

from sqlalchemy import (
    Dialect,
    Double,
    Enum,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shelfaudit.domain.catalogue import BrandColour, Ownership
from shelfaudit.domain.edits import EditKind
from shelfaudit.domain.learning import Purpose
from shelfaudit.domain.visit import Author, PhotoState


class PathText(TypeDecorator[Path]):
    """A path as readable text; a name that is not valid Unicode (old Linux disks) as its bytes, so none is lost."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Path | None, dialect: Dialect) -> str | bytes | None:
        del dialect
        if value is None:
            return None
        text = str(value)
        try:
            text.encode()
        except UnicodeEncodeError:
            return os.fsencode(text)
        return text

    def process_result_value(self, value: str | bytes | None, dialect: Dialect) -> Path | None:
        del dialect
        return Path(os.fsdecode(value)) if value is not None else None


def _values(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]


def _word(kind: type[StrEnum]) -> Enum:
    """A column of an enumeration's own words, readable in any SQLite browser and free to grow."""
    return Enum(kind, native_enum=False, create_constraint=False, length=16, values_callable=_values)


class Base(DeclarativeBase):
    """The root of all tables; constraints have fixed names so that later migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it as a plain attribute
        str: Text(),
        float: Double(),
        bytes: LargeBinary(),
        Path: PathText(),
        Author: _word(Author),
        BrandColour: _word(BrandColour),
        EditKind: _word(EditKind),
        Ownership: _word(Ownership),
        PhotoState: _word(PhotoState),
        Purpose: _word(Purpose),
    }


# An undo list or a noted visit number must never meet another visit that got the number of a deleted one.
_NEVER_REUSE_IDS = {"sqlite_autoincrement": True}


class StoreRow(Base):
    __tablename__ = "store"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class VisitRow(Base):
    __tablename__ = "visit"
    __table_args__ = (Index(None, "date"), _NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"), index=True)
    category: Mapped[str]
    date: Mapped[dt.date]
    auditor: Mapped[str]
    reported: Mapped[bool] = mapped_column(default=False)


class PhotoRow(Base):
    """Ids grow in import order. `path` is as it was given."""

    __tablename__ = "photo"
    __table_args__ = (UniqueConstraint("visit_id", "path"), _NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"))
    path: Mapped[Path]
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(default="")
    state: Mapped[PhotoState] = mapped_column(default=PhotoState.WAITING)
    error: Mapped[str] = mapped_column(default="")
    model: Mapped[str] = mapped_column(default="")
    threshold: Mapped[float | None]


class FacingRow(Base):
    """`product` is no foreign key: a SKU may be named before its catalogue is loaded, and outlive it."""

    __tablename__ = "facing"
    __table_args__ = (
        Index(None, "photo_id", "product"),
        Index("ix_facing_named_by_auditor", "product", sqlite_where=text("product_by = 'auditor'")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"))
    position: Mapped[int]
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]
    score: Mapped[float | None]
    product: Mapped[str | None]
    box_by: Mapped[Author]
    product_by: Mapped[Author | None]


class AppearanceRow(Base):
    """How the pixels inside one box look, as little-endian float16; `maker`: what described them ("": not noted).

    It belongs to the facing only while the facing has this very box, and it stays when the facing is removed: so a
    moved facing is never matched by its old pixels, and undoing the move or the removal brings the vector back.
    """

    __tablename__ = "appearance"

    facing_id: Mapped[str] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), index=True)
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]
    vector: Mapped[bytes]
    maker: Mapped[str] = mapped_column(server_default="")


class RejectedRow(Base):
    """A box that the auditor removed: detecting the photo again must not bring it back."""

    __tablename__ = "rejected"

    facing_id: Mapped[str] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), index=True)
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]


class DetectionRunRow(Base):
    """One run of the detector over a photo: the score from which boxes counted. Older programs did not note it."""

    __tablename__ = "detection_run"

    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), primary_key=True)
    threshold: Mapped[float]


class DetectionRow(Base):
    """A box as the detector found it, counted or not, and the id of the facing it became or would become.

    Edits never change it: the threshold can bring it back.
    """

    __tablename__ = "detection"

    facing_id: Mapped[str] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), index=True)
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]
    score: Mapped[float]


class NotProductRow(Base):
    """The auditor said of a facing that it is not this product: the machine gives it that name no more.

    It stays when the facing is removed, so that undoing the removal brings it back.
    """

    __tablename__ = "not_product"

    facing_id: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), index=True)


class EditRow(Base):
    """One saved edit; `undo` marks the taking back of an earlier one. `time` is UTC."""

    __tablename__ = "edit"

    id: Mapped[int] = mapped_column(primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id", ondelete="CASCADE"), index=True)
    time: Mapped[dt.datetime]
    kind: Mapped[EditKind]
    undo: Mapped[bool]
    facings: Mapped[int]


class BrandRow(Base):
    __tablename__ = "brand"

    name: Mapped[str] = mapped_column(primary_key=True)
    ownership: Mapped[Ownership]
    colour: Mapped[BrandColour | None]


class ProductRow(Base):
    __tablename__ = "product"

    sku: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    brand: Mapped[str] = mapped_column(ForeignKey("brand.name"), index=True)
    width_cm: Mapped[float | None]
    barcode: Mapped[str]
    must_stock: Mapped[bool]
    category: Mapped[str] = mapped_column(server_default="")
    size: Mapped[str] = mapped_column(server_default="")


class ReferenceRow(Base):
    """One reference crop of a product: its appearance as in `AppearanceRow`, and the picture as a small JPEG.

    Crops of before there were pictures have none.
    """

    __tablename__ = "reference"

    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(ForeignKey("product.sku", ondelete="CASCADE"), index=True)
    vector: Mapped[bytes]
    picture: Mapped[bytes | None]
    maker: Mapped[str] = mapped_column(server_default="")


class LearningPhotoRow(Base):
    """What a corrected photo serves when the detector learns, by the hash of its file: it outlives the visit, so that
    a photo that was locked once is never trained on."""

    __tablename__ = "learning_photo"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[Purpose]


class UiStateRow(Base):
    __tablename__ = "ui_state"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
