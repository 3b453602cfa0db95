"""What the auditor said that facings are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from shelfaudit.storage.part import RepositoryPart, visit_row
from shelfaudit.storage.tables import FacingRow, NotProductRow, PhotoRow


@dataclass(frozen=True, slots=True)
class RenamedRefusal:
    """A refused name whose product has another SKU now, or none (`after` is None).

    added: whether the facing was not refused as the successor before.
    """

    facing_id: str
    photo_id: int
    before: str
    after: str | None
    added: bool


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


def rename_refusals(session: Session, renamed: Mapping[str, str | None]) -> tuple[RenamedRefusal, ...]:
    """What is refused under an old SKU is refused under its successor; with a product that is gone, it goes."""
    query = select(NotProductRow.facing_id, NotProductRow.sku, NotProductRow.photo_id)
    concerned = {*renamed, *(sku for sku in renamed.values() if sku is not None)}
    rows = session.execute(query.where(NotProductRow.sku.in_(concerned))).all()
    there = {(facing_id, sku) for facing_id, sku, _ in rows}
    changes = []
    for facing_id, sku, photo_id in rows:
        if sku in renamed:
            successor = renamed[sku]
            added = successor is not None and (facing_id, successor) not in there
            there.add((facing_id, successor or ""))
            changes.append(RenamedRefusal(facing_id, photo_id, sku, successor, added))
    session.execute(delete(NotProductRow).where(NotProductRow.sku.in_(renamed)))
    _insert(session, [(each.facing_id, each.after, each.photo_id) for each in changes if each.added and each.after])
    return tuple(changes)


def take_back_refusals(session: Session, changes: Iterable[RenamedRefusal]) -> None:
    """Refusals as they were before `rename_refusals`; what the auditor allowed since, or removed, stays so."""
    photo_ids = set(session.scalars(select(PhotoRow.id)))
    rows = select(NotProductRow.facing_id, NotProductRow.sku)
    there = {(facing_id, sku) for facing_id, sku in session.execute(rows)}
    restored = []
    for each in changes:
        if each.photo_id in photo_ids and (each.after is None or (each.facing_id, each.after) in there):
            restored.append((each.facing_id, each.before, each.photo_id))
            if each.added:
                row = (NotProductRow.facing_id == each.facing_id, NotProductRow.sku == each.after)
                session.execute(delete(NotProductRow).where(*row))
    _insert(session, restored)


def _insert(session: Session, rows: Iterable[tuple[str, str, int]]) -> None:
    values = [{"facing_id": facing_id, "sku": sku, "photo_id": photo_id} for facing_id, sku, photo_id in rows]
    if values:
        session.execute(insert(NotProductRow), values)
