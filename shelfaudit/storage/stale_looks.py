"""Vectors that have to be made anew before they can be compared: missing ones, and those of another maker."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import and_, func, select, update

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.domain.visit import PhotoState
from shelfaudit.storage.appearances import SAME_BOX
from shelfaudit.storage.convert import vector_to_blob
from shelfaudit.storage.part import RepositoryPart
from shelfaudit.storage.references import ReferencePicture
from shelfaudit.storage.tables import AppearanceRow, FacingRow, PhotoRow, ReferenceRow

_WITH_FACINGS = (PhotoState.DETECTED, PhotoState.REVIEWED)


class StaleLooksPart(RepositoryPart):
    """Finding what this maker (`recognition.appearance.appearance_maker`) has not described; saving it."""

    def stale_photos(self, maker: str) -> dict[int, int]:
        """How many facings are to be described anew, by photo id, the newest photos first; photos with none are left
        out."""
        described = and_(SAME_BOX, AppearanceRow.maker == maker)
        query = (
            select(PhotoRow.id, func.count())
            .join(FacingRow, FacingRow.photo_id == PhotoRow.id)
            .outerjoin(AppearanceRow, described)
            .where(PhotoRow.state.in_(_WITH_FACINGS), AppearanceRow.facing_id.is_(None))
            .group_by(PhotoRow.id)
            .order_by(PhotoRow.id.desc())
        )
        with self._database.reading() as session:
            return dict(session.execute(query).all())

    def stale_references(self, maker: str) -> list[ReferencePicture]:
        """The reference crops that are to be described anew."""
        query = select(ReferenceRow.id, ReferenceRow.sku, ReferenceRow.picture)
        query = query.where(ReferenceRow.maker != maker).order_by(ReferenceRow.id)
        with self._database.reading() as session:
            return [ReferencePicture(*row) for row in session.execute(query)]

    def save_reference_looks(self, looks: Mapping[int, FloatArray], maker: str) -> None:
        """New vectors (K,) of reference crops, by their id; those that are gone are skipped."""
        with self._database.writing() as session:
            for reference_id, vector in looks.items():
                row = update(ReferenceRow).where(ReferenceRow.id == reference_id)
                session.execute(row.values(vector=vector_to_blob(vector), maker=maker))
