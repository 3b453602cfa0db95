"""How facings and reference crops look: the vectors that naming compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session

from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.domain.visit import Author
from shelfaudit.storage.convert import STORED_FLOAT, blobs_to_matrix, vector_to_blob
from shelfaudit.storage.part import RepositoryPart, photo_row, upsert, visit_row
from shelfaudit.storage.tables import AppearanceRow, FacingRow, PhotoRow, ReferenceRow


class AppearancesPart(RepositoryPart):
    """Saving and collecting appearance vectors (unit vectors of length K, kept as float16).

    An appearance belongs to the box it was described in: once the box is moved it is left out, until it is described
    again or the move is undone. It belongs to its maker, too (`recognition.appearance.appearance_maker`): vectors of
    different makers are never read together. "" stands for vectors from before makers were noted.
    """

    def save_appearances(self, photo_id: int, appearances: Mapping[str, FloatArray], maker: str = "") -> None:
        """Vectors (K,) by facing id, for the boxes as stored now; ids not in the photo are skipped.

        Raises UserError where there is no such photo.
        """
        with self._database.writing() as session:
            photo_row(session, photo_id)
            store_appearances(session, photo_id, appearances, maker)

    def described_boxes(self, photo_id: int, maker: str = "") -> dict[str, Box]:
        """The boxes of the photo whose appearance this maker described, by facing id."""
        query = select(AppearanceRow.facing_id, AppearanceRow.x1, AppearanceRow.y1, AppearanceRow.x2, AppearanceRow.y2)
        with self._database.reading() as session:
            rows = session.execute(query.where(AppearanceRow.photo_id == photo_id, AppearanceRow.maker == maker))
            return {facing_id: Box(*corners) for facing_id, *corners in rows}

    def commonest_maker(self, visit_id: int) -> str:
        """What described most of the visit's facings; "" where none is described."""
        query = (
            select(AppearanceRow.maker)
            .join(FacingRow, SAME_BOX)
            .join(PhotoRow, PhotoRow.id == FacingRow.photo_id)
            .where(PhotoRow.visit_id == visit_id)
            .group_by(AppearanceRow.maker)
            .order_by(func.count().desc(), AppearanceRow.maker.desc())
            .limit(1)
        )
        with self._database.reading() as session:
            return session.scalar(query) or ""

    def appearances(self, visit_id: int, maker: str = "") -> tuple[list[str], FloatArray]:
        """Ids of the visit's facings that this maker described, in order, and their vectors (N, K).

        Raises UserError where there is no such visit.
        """
        query = (
            select(FacingRow.id, AppearanceRow.vector)
            .join(AppearanceRow, SAME_BOX)
            .join(PhotoRow, PhotoRow.id == FacingRow.photo_id)
            .where(PhotoRow.visit_id == visit_id, AppearanceRow.maker == maker)
            .order_by(PhotoRow.id, FacingRow.position)
        )
        with self._database.reading() as session:
            visit_row(session, visit_id)
            return _of_one_length(session.execute(query))

    def places(self, visit_id: int) -> dict[str, tuple[int, Box]]:
        """The photo and the box of every facing of a visit, by facing id. Raises UserError where there is none such."""
        query = (
            select(FacingRow.id, FacingRow.photo_id, FacingRow.x1, FacingRow.y1, FacingRow.x2, FacingRow.y2)
            .join(PhotoRow, PhotoRow.id == FacingRow.photo_id)
            .where(PhotoRow.visit_id == visit_id)
        )
        with self._database.reading() as session:
            visit_row(session, visit_id)
            return {facing_id: (photo_id, Box(*corners)) for facing_id, photo_id, *corners in session.execute(query)}

    def named_appearances(self, length: int | None = None, maker: str = "") -> tuple[list[str], list[str], FloatArray]:
        """Facing ids, SKUs and vectors (N, K) by this maker of every facing the auditor named in any visit.

        length: K; None: the commonest one.
        """
        query = (
            select(FacingRow.id, FacingRow.product, AppearanceRow.vector)
            .join(AppearanceRow, SAME_BOX)
            .where(FacingRow.product.is_not(None), FacingRow.product_by == Author.AUDITOR)
            .where(AppearanceRow.maker == maker)
            .order_by(FacingRow.product, FacingRow.id)
        )
        with self._database.reading() as session:
            skus: dict[str, str] = {}
            vectors: list[tuple[str, bytes]] = []
            for facing_id, sku, vector in session.execute(query):
                if sku is not None:
                    skus[facing_id] = sku
                    vectors.append((facing_id, vector))
        ids, matrix = _of_one_length(vectors, length)
        return ids, [skus[facing_id] for facing_id in ids], matrix

    def reference_appearances(self, length: int | None = None, maker: str = "") -> tuple[list[str], FloatArray]:
        """SKUs and vectors (N, K) by this maker of every reference crop of the catalogue.

        length: K; None: the commonest one.
        """
        query = select(ReferenceRow.sku, ReferenceRow.vector).order_by(ReferenceRow.sku, ReferenceRow.id)
        query = query.where(ReferenceRow.maker == maker)
        with self._database.reading() as session:
            return _of_one_length(session.execute(query), length)


SAME_BOX: ColumnElement[bool] = and_(
    AppearanceRow.facing_id == FacingRow.id,
    AppearanceRow.x1 == FacingRow.x1,
    AppearanceRow.y1 == FacingRow.y1,
    AppearanceRow.x2 == FacingRow.x2,
    AppearanceRow.y2 == FacingRow.y2,
)


def store_appearances(session: Session, photo_id: int, appearances: Mapping[str, FloatArray], maker: str) -> None:
    """Keeps these vectors (K,) by facing id with the boxes stored now; ids not in the photo are skipped."""
    boxes = select(FacingRow.id, FacingRow.x1, FacingRow.y1, FacingRow.x2, FacingRow.y2)
    values = [
        {
            "facing_id": facing_id,
            "photo_id": photo_id,
            "x1": x1,
            "y1": y1,
            "x2": x2,
            "y2": y2,
            "vector": vector_to_blob(appearances[facing_id]),
            "maker": maker,
        }
        for facing_id, x1, y1, x2, y2 in session.execute(boxes.where(FacingRow.photo_id == photo_id))
        if facing_id in appearances
    ]
    upsert(session, AppearanceRow, "facing_id", values)


def forget_unused_appearances(session: Session, photo_id: int) -> None:
    """Drops the vectors of facings that are gone from the photo for good."""
    present = select(FacingRow.id).where(FacingRow.photo_id == photo_id)
    session.execute(
        delete(AppearanceRow).where(AppearanceRow.photo_id == photo_id, AppearanceRow.facing_id.not_in(present))
    )


def _of_one_length(pairs: Iterable[tuple[str, bytes]], length: int | None = None) -> tuple[list[str], FloatArray]:
    """Keys and vectors (N, K) of this K, or of the commonest: another model's vectors cannot be compared with these."""
    pairs = list(pairs)
    if not pairs:
        return [], blobs_to_matrix([])
    if length is None:
        ((size, _),) = Counter(len(vector) for _, vector in pairs).most_common(1)
    else:
        size = length * STORED_FLOAT.itemsize
    same = [(key, vector) for key, vector in pairs if len(vector) == size]
    return [key for key, _ in same], blobs_to_matrix([vector for _, vector in same])
