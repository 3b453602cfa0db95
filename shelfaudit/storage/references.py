"""Reference pictures of products: the small JPEG beside the vector that naming compares."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.domain.visit import Author
from shelfaudit.errors import UserError
from shelfaudit.storage.convert import vector_to_blob
from shelfaudit.storage.part import RepositoryPart
from shelfaudit.storage.tables import FacingRow, PhotoRow, ReferenceRow


@dataclass(frozen=True, slots=True)
class ReferencePicture:
    """A reference crop of a product; `jpeg` is None for one from before pictures were kept."""

    id: int
    sku: str
    jpeg: bytes | None


@dataclass(frozen=True, slots=True)
class NamedCrop:
    """Where a product was seen: the photo's file, and the box in its upright pixels."""

    path: Path
    sha256: str
    box: Box


class ReferencesPart(RepositoryPart):
    """Saving and showing reference pictures."""

    def save_references(
        self, sku: str, vectors: FloatArray, pictures: Sequence[bytes] | None = None, maker: str = ""
    ) -> None:
        """Vectors (N, K) of the reference crops of a product, in place of those it had, and the pictures (JPEG).

        The product must be in the catalogue (a bug otherwise: sqlalchemy's IntegrityError).
        """
        shown: Sequence[bytes | None] = pictures if pictures is not None else [None] * len(vectors)
        with self._database.writing() as session:
            session.execute(delete(ReferenceRow).where(ReferenceRow.sku == sku))
            session.add_all(
                ReferenceRow(sku=sku, vector=vector_to_blob(vector), picture=picture, maker=maker)
                for vector, picture in zip(vectors, shown, strict=True)
            )

    def add_reference(self, sku: str, vector: FloatArray, picture: bytes, maker: str = "") -> ReferencePicture:
        """One more reference crop (vector (K,), JPEG) of a product. Raises UserError where the product is gone."""
        with self._database.writing() as session:
            row = ReferenceRow(sku=sku, vector=vector_to_blob(vector), picture=picture, maker=maker)
            session.add(row)
            session.flush()
            return ReferencePicture(row.id, sku, picture)

    def remove_reference(self, reference_id: int) -> Mapping[str, object]:
        """Removes a reference crop; the answer brings it back with `restore_reference`. UserError where it is gone."""
        with self._database.writing() as session:
            for values in reference_values(session, ids=[reference_id]):
                session.execute(delete(ReferenceRow).where(ReferenceRow.id == reference_id))
                return values
            raise UserError("This picture is gone already.")

    def restore_reference(self, values: Mapping[str, object]) -> None:
        """Brings a removed reference crop back."""
        with self._database.writing() as session:
            session.execute(insert(ReferenceRow), [dict(values)])

    def reference_pictures(self, sku: str) -> list[ReferencePicture]:
        """The reference crops of a product, the oldest first."""
        query = select(ReferenceRow.id, ReferenceRow.picture).where(ReferenceRow.sku == sku).order_by(ReferenceRow.id)
        with self._database.reading() as session:
            return [ReferencePicture(reference_id, sku, jpeg) for reference_id, jpeg in session.execute(query)]

    def first_pictures(self, skus: Collection[str]) -> dict[str, bytes]:
        """The first reference picture (JPEG) of each of these products that has one."""
        first = (
            select(func.min(ReferenceRow.id))
            .where(ReferenceRow.sku.in_(skus), ReferenceRow.picture.is_not(None))
            .group_by(ReferenceRow.sku)
        )
        query = select(ReferenceRow.sku, ReferenceRow.picture).where(ReferenceRow.id.in_(first))
        with self._database.reading() as session:
            return {sku: jpeg for sku, jpeg in session.execute(query) if jpeg is not None}

    def named_crops(self, skus: Collection[str]) -> dict[str, NamedCrop]:
        """The tallest facing that an auditor named so, for each of these products that has one."""
        height = FacingRow.y2 - FacingRow.y1
        query = (
            select(FacingRow, PhotoRow.path, PhotoRow.sha256, func.max(height))
            .join(PhotoRow, PhotoRow.id == FacingRow.photo_id)
            .where(FacingRow.product.in_(skus), FacingRow.product_by == Author.AUDITOR)
            .group_by(FacingRow.product)
        )
        with self._database.reading() as session:
            return {
                row.product: NamedCrop(path, sha256, Box(row.x1, row.y1, row.x2, row.y2))
                for row, path, sha256, _ in session.execute(query)
                if row.product is not None
            }


def reference_values(
    session: Session, skus: Collection[str] = (), ids: Collection[int] = ()
) -> Iterator[dict[str, object]]:
    """Whole rows of reference crops, of these products or with these ids, as they can be inserted again."""
    table = ReferenceRow.__table__
    query = select(*table.columns).where(table.c.sku.in_(skus) | table.c.id.in_(ids))
    for row in session.execute(query).mappings():
        yield dict(row)
