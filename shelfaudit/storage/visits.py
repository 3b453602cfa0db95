"""Visits and their photos."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import ColumnElement, case, delete, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from shelfaudit.domain.catalogue import Ownership
from shelfaudit.domain.review import SURE_LEAD
from shelfaudit.domain.visit import Author, Facing, Photo, PhotoState, Visit, VisitSummary, visit_state
from shelfaudit.storage.convert import facing_of, photo_of, visit_of
from shelfaudit.storage.part import RepositoryPart, note_change, photo_row, visit_row
from shelfaudit.storage.tables import BrandRow, FacingRow, PhotoRow, ProductRow, RejectedRow, StoreRow, VisitRow


class VisitsPart(RepositoryPart):
    """Making, changing, listing and deleting visits and photos."""

    def create_visit(self, store: str, category: str, date: dt.date, auditor: str) -> Visit:
        """A new, empty visit; the store is created where its name is new. Raises ValueError for a nameless store."""
        with self._database.writing() as session:
            row = VisitRow(
                store_id=_store_id(session, store), category=category, date=date, auditor=auditor, reported=False
            )
            session.add(row)
            session.flush()
            return _load_visit(session, row.id)

    def update_visit(
        self,
        visit_id: int,
        *,
        store: str | None = None,
        category: str | None = None,
        date: dt.date | None = None,
        auditor: str | None = None,
    ) -> Visit:
        """Changes what is given and returns the visit. Raises UserError where there is no such visit."""
        with self._database.writing() as session:
            row = visit_row(session, visit_id)
            if store is not None:
                row.store_id = _store_id(session, store)
            if category is not None:
                row.category = category
            if date is not None:
                row.date = date
            if auditor is not None:
                row.auditor = auditor
            row.reported = False
            session.flush()
            return _load_visit(session, visit_id)

    def visit(self, visit_id: int) -> Visit:
        """The visit with its photos and facings. Raises UserError where there is no such visit."""
        with self._database.reading() as session:
            return _load_visit(session, visit_id)

    def visits(self) -> list[VisitSummary]:
        """All visits, the newest date first; counted by SQL, so that no facing is loaded.

        `own_share` is by facings, as in `domain.measures.own_share`.
        """
        own_skus = select(ProductRow.sku).join(BrandRow).where(BrandRow.ownership == Ownership.OWN)
        in_photo = (
            select(
                FacingRow.photo_id,
                func.count().label("facings"),
                func.sum(case((FacingRow.product.in_(own_skus), 1), else_=0)).label("own"),
            )
            .group_by(FacingRow.photo_id)
            .subquery()
        )
        states = {state: _count_of(PhotoRow.state == state) for state in PhotoState}
        query = (
            select(
                VisitRow,
                StoreRow.name,
                func.coalesce(func.sum(in_photo.c.facings), 0),
                func.coalesce(func.sum(in_photo.c.own), 0),
                *states.values(),
            )
            .join(StoreRow, StoreRow.id == VisitRow.store_id)
            .outerjoin(PhotoRow, PhotoRow.visit_id == VisitRow.id)
            .outerjoin(in_photo, in_photo.c.photo_id == PhotoRow.id)
            .group_by(VisitRow.id)
            .order_by(VisitRow.date.desc(), VisitRow.id.desc())
        )
        summaries = []
        with self._database.reading() as session:
            has_own_brand = bool(session.scalar(select(exists().where(BrandRow.ownership == Ownership.OWN))))
            to_review = _facings_to_review(session)
            for row, store, facings, own, *numbers in session.execute(query):
                photos = dict(zip(states, numbers, strict=True))
                present = [state for state, number in photos.items() if number]
                summaries.append(
                    VisitSummary(
                        id=row.id,
                        store=store,
                        category=row.category,
                        date=row.date,
                        auditor=row.auditor,
                        photos=sum(photos.values()),
                        failed=photos[PhotoState.FAILED],
                        facings=facings,
                        own_share=own / facings if facings and has_own_brand else None,
                        state=visit_state(present, reported=row.reported),
                        waiting=photos[PhotoState.WAITING],
                        to_review=to_review.get(row.id, 0),
                    )
                )
        return summaries

    def delete_visit(self, visit_id: int) -> None:
        """Deletes the visit with all that belongs to it; photo files stay. Raises UserError where there is none."""
        with self._database.writing() as session:
            visit_row(session, visit_id)
            session.execute(delete(VisitRow).where(VisitRow.id == visit_id))

    def mark_reported(self, visit_id: int) -> None:
        """Notes that a report was written; the next change to the visit takes it back. Raises UserError."""
        with self._database.writing() as session:
            visit_row(session, visit_id).reported = True

    def add_photos(self, visit_id: int, paths: Sequence[Path]) -> list[Photo]:
        """Adds photos in this order and returns those added: a path that is in the visit already is skipped.

        Relative paths become absolute. Raises UserError where there is no such visit.
        """
        with self._database.writing() as session:
            visit_row(session, visit_id)
            present = set(session.scalars(select(PhotoRow.path).where(PhotoRow.visit_id == visit_id)))
            new = [path for path in dict.fromkeys(path.absolute() for path in paths) if path not in present]
            rows = [PhotoRow(visit_id=visit_id, path=path) for path in new]
            session.add_all(rows)
            if rows:
                note_change(session, visit_id)
            session.flush()
            return [photo_of(row) for row in rows]

    def photo(self, photo_id: int) -> Photo:
        """The photo with its facings. Raises UserError where there is no such photo."""
        with self._database.reading() as session:
            return load_photo(session, photo_id)

    def remove_photo(self, photo_id: int) -> None:
        """Takes the photo out of its visit; the file stays. Raises UserError where there is no such photo."""
        with self._database.writing() as session:
            note_change(session, photo_row(session, photo_id).visit_id)
            session.execute(delete(PhotoRow).where(PhotoRow.id == photo_id))

    def set_photo_state(self, photo_id: int, state: PhotoState) -> None:
        """Any state but FAILED also clears the photo's error. Raises UserError where there is no such photo."""
        with self._database.writing() as session:
            row = photo_row(session, photo_id)
            row.state = state
            if state is not PhotoState.FAILED:
                row.error = ""

    def store_names(self) -> list[str]:
        """Every store, the one visited last first."""
        last_visit = func.max(VisitRow.id)
        query = (
            select(StoreRow.name)
            .outerjoin(VisitRow, VisitRow.store_id == StoreRow.id)
            .group_by(StoreRow.id)
            .order_by(last_visit.desc().nulls_last(), StoreRow.name)
        )
        with self._database.reading() as session:
            return list(session.scalars(query))

    def categories(self) -> list[str]:
        """Every category of a visit, the one used last first."""
        return self._used(VisitRow.category)

    def auditors(self) -> list[str]:
        """Every auditor of a visit, the one named last first."""
        return self._used(VisitRow.auditor)

    def _used(self, column: InstrumentedAttribute[str]) -> list[str]:
        query = select(column).where(column != "").group_by(column).order_by(func.max(VisitRow.id).desc())
        with self._database.reading() as session:
            return list(session.scalars(query))


def load_photo(session: Session, photo_id: int) -> Photo:
    """The photo with its facings in order. Raises UserError where there is no such photo."""
    rows = session.scalars(select(FacingRow).where(FacingRow.photo_id == photo_id).order_by(FacingRow.position))
    rejected = session.scalars(select(RejectedRow).where(RejectedRow.photo_id == photo_id))
    return photo_of(photo_row(session, photo_id), map(facing_of, rows), rejected)


def _load_visit(session: Session, visit_id: int) -> Visit:
    row = visit_row(session, visit_id)
    store = session.scalars(select(StoreRow.name).where(StoreRow.id == row.store_id)).one()
    photo_rows = session.scalars(select(PhotoRow).where(PhotoRow.visit_id == visit_id).order_by(PhotoRow.id)).all()
    facings = _facings_by_photo(
        session.scalars(
            select(FacingRow)
            .join(PhotoRow, PhotoRow.id == FacingRow.photo_id)
            .where(PhotoRow.visit_id == visit_id)
            .order_by(FacingRow.position)
        )
    )
    rejected: dict[int, list[RejectedRow]] = defaultdict(list)
    of_visit = PhotoRow.visit_id == visit_id
    for box in session.scalars(select(RejectedRow).join(PhotoRow, PhotoRow.id == RejectedRow.photo_id).where(of_visit)):
        rejected[box.photo_id].append(box)
    return visit_of(row, store, (photo_of(photo, facings[photo.id], rejected[photo.id]) for photo in photo_rows))


def _facings_by_photo(rows: Iterable[FacingRow]) -> dict[int, list[Facing]]:
    facings: dict[int, list[Facing]] = defaultdict(list)
    for row in rows:
        facings[row.photo_id].append(facing_of(row))
    return facings


def _store_id(session: Session, name: str) -> int:
    name = name.strip()
    if not name:
        raise ValueError("a store needs a name")
    row = session.scalars(select(StoreRow).where(StoreRow.name == name)).one_or_none()
    if row is None:
        row = StoreRow(name=name)
        session.add(row)
        session.flush()
    return row.id


def _facings_to_review(session: Session) -> dict[int, int]:
    """By visit, what the review queue asks about a facing for itself: its name, or whether a low score is a facing.

    The queue knows more (neighbours, gaps, doubtful names), but only of the visit that is open. Photos that are
    reviewed, nearly all of a long history, are not read.
    """
    sure = PhotoRow.threshold + SURE_LEAD * (1 - PhotoRow.threshold)
    unknown = FacingRow.product.is_(None) | FacingRow.product.not_in(select(ProductRow.sku))
    doubtful = (FacingRow.box_by != Author.AUDITOR) & (FacingRow.score < sure)
    query = (
        select(PhotoRow.visit_id, func.count())
        .join(FacingRow, FacingRow.photo_id == PhotoRow.id)
        .where(PhotoRow.state == PhotoState.DETECTED, FacingRow.product_by.is_distinct_from(Author.AUDITOR))
        .where(unknown | doubtful)
        .group_by(PhotoRow.visit_id)
    )
    return dict(session.execute(query).all())


def _count_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
