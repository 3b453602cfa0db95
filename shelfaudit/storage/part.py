"""What the parts of the repository have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from shelfaudit.errors import UserError
from shelfaudit.storage.database import Database
from shelfaudit.storage.tables import Base, PhotoRow, VisitRow


class RepositoryPart:
    """Some of the repository's calls on one database; every call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database


def visit_row(session: Session, visit_id: int) -> VisitRow:
    """The row of a visit. Raises UserError where there is none."""
    row = session.get(VisitRow, visit_id)
    if row is None:
        raise UserError(f"There is no visit {visit_id}.")
    return row


def photo_row(session: Session, photo_id: int) -> PhotoRow:
    """The row of a photo. Raises UserError where there is none."""
    row = session.get(PhotoRow, photo_id)
    if row is None:
        raise UserError(f"There is no photo {photo_id} (any more).")
    return row


def note_change(session: Session, visit_id: int) -> None:
    """The numbers of the visit may differ now: a report written before no longer shows them."""
    session.execute(update(VisitRow).where(VisitRow.id == visit_id).values(reported=False))


def upsert(session: Session, table: type[Base], key: str, values: Sequence[Mapping[str, object]]) -> None:
    """Inserts rows of equal columns; one whose `key` column is there already is replaced."""
    if not values:
        return
    statement = insert(table)
    replaced = {column: statement.excluded[column] for column in values[0] if column != key}
    session.execute(statement.on_conflict_do_update(index_elements=[key], set_=replaced), list(values))
