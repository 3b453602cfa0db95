"""What the auditor said that facings are not."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from shelfaudit.storage.part import RepositoryPart, visit_row
from shelfaudit.storage.tables import FacingRow, NotProductRow, PhotoRow


class RefusalsPart(RepositoryPart):
    """Saving and collecting which products facings are not."""

    def refuse_name(self, facing_id: str, sku: str, *, refused: bool = True) -> None:
        """The facing is not this product (or may be again); a facing that is gone is skipped."""
        with self._database.writing() as session:
            row = (NotProductRow.facing_id == facing_id, NotProductRow.sku == sku)
            session.execute(delete(NotProductRow).where(*row))
            photo_id = session.scalar(select(FacingRow.photo_id).where(FacingRow.id == facing_id))
            if refused and photo_id is not None:
                session.execute(insert(NotProductRow).values(facing_id=facing_id, sku=sku, photo_id=photo_id))

    def refusals(self, visit_id: int) -> set[tuple[str, str]]:
        """(facing id, SKU) of every refused name in the visit. Raises UserError where there is no such visit."""
        query = (
            select(NotProductRow.facing_id, NotProductRow.sku)
            .join(PhotoRow, PhotoRow.id == NotProductRow.photo_id)
            .where(PhotoRow.visit_id == visit_id)
        )
        with self._database.reading() as session:
            visit_row(session, visit_id)
            return {(facing_id, sku) for facing_id, sku in session.execute(query)}
