"""Facings: what the detector finds, what the auditor changes, and the log of those changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from shelfaudit.domain.edits import Edit, EditKind
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.domain.threshold import RawDetection, unsettled
from shelfaudit.domain.visit import Author, Facing, Photo, PhotoState
from shelfaudit.storage.appearances import forget_unused_appearances, store_appearances
from shelfaudit.storage.convert import facing_of, facing_values
from shelfaudit.storage.detections import store_detection
from shelfaudit.storage.part import RepositoryPart, note_change, photo_row, visit_row
from shelfaudit.storage.tables import EditRow, FacingRow, PhotoRow, RejectedRow
from shelfaudit.storage.visits import load_photo


class FacingsPart(RepositoryPart):
    """Saving detections, edits and names."""

    def save_detection(
        self,
        photo_id: int,
        *,
        width: int,
        height: int,
        sha256: str,
        facings: Sequence[Facing],
        appearances: FloatArray | None,
        model: str,
        threshold: float,
        below: Sequence[Facing] = (),
        maker: str = "",
    ) -> Photo:
        """Replaces the machine's facings of the photo by these; returns the photo, now DETECTED.

        Facings that the auditor touched stay as they are and come first; a new one that overlaps one of them, or a
        box that the auditor removed, by more than IoU `SAME_FACING_IOU` is dropped. All that was found is kept beside
        them as it is, for `raw_detection`.
        appearances: (N, K), one row for each of `facings`, or None. below: what was found under the threshold.
        maker: what described the appearances.
        Raises UserError where there is no such photo.
        """
        with self._database.writing() as session:
            photo = load_photo(session, photo_id)
            kept = [facing for facing in photo.facings if facing.touched]
            session.execute(
                delete(FacingRow).where(
                    FacingRow.photo_id == photo_id, FacingRow.id.not_in([facing.id for facing in kept])
                )
            )
            _append(session, photo_id, unsettled(facings, [*(f.box for f in kept), *photo.rejected.values()]))
            store_detection(session, photo_id, RawDetection(threshold, (*facings, *below)))
            forget_unused_appearances(session, photo_id)
            if appearances is not None:
                vectors = zip(facings, appearances, strict=True)
                store_appearances(session, photo_id, {facing.id: vector for facing, vector in vectors}, maker)
            row = photo_row(session, photo_id)
            row.width, row.height, row.sha256 = width, height, sha256
            row.model, row.threshold = model, threshold
            row.state, row.error = PhotoState.DETECTED, ""
            note_change(session, row.visit_id)
            return load_photo(session, photo_id)

    def save_failure(self, photo_id: int, error: str) -> Photo:
        """The photo, now FAILED for this reason; facings it has stay. Raises UserError where there is no such photo."""
        with self._database.writing() as session:
            row = photo_row(session, photo_id)
            row.state, row.error = PhotoState.FAILED, error
            note_change(session, row.visit_id)
            return load_photo(session, photo_id)

    def save_edit(self, photo_id: int, edit: Edit, *, undo: bool = False) -> None:
        """Saves one edit; see `save_edits`."""
        self.save_edits({photo_id: edit}, undo=undo)

    def save_edits(self, edits: Mapping[int, Edit], *, undo: bool = False) -> None:
        """Saves edits by photo id and logs them, all or none; they are on the disk when this returns.

        undo: the edits take back some saved before (`edit.reverted`), so that neither counts as a correction.

        Raises:
            EditConflict: the stored facings are not `edit.before`, or one that is added is there already; nothing is
                changed in any photo.
            UserError: there is no such photo.
        """
        with self._database.writing() as session:
            for photo_id, edit in edits.items():
                _save_edit(session, photo_id, edit, undo=undo)

    def edit_counts(self, visit_id: int) -> dict[EditKind, int]:
        """How many edits of each kind stand in the visit: those saved less those undone; kinds with none are left out.

        Raises UserError where there is no such visit.
        """
        standing = func.sum(case((EditRow.undo, -1), else_=1))
        query = (
            select(EditRow.kind, standing)
            .join(PhotoRow, PhotoRow.id == EditRow.photo_id)
            .where(PhotoRow.visit_id == visit_id)
            .group_by(EditRow.kind)
            .having(standing > 0)
        )
        with self._database.reading() as session:
            visit_row(session, visit_id)
            return dict(session.execute(query).all())

    def save_names(self, visit_id: int, names: Mapping[str, str | None]) -> None:
        """The machine's products (None: not recognised) by facing id.

        A product that the auditor set stays, and ids that are no longer in the visit are skipped.
        Raises UserError where there is no such visit.
        """
        with self._database.writing() as session:
            visit_row(session, visit_id)
            open_to_machine = (
                select(FacingRow.id, FacingRow.product)
                .join(PhotoRow, PhotoRow.id == FacingRow.photo_id)
                .where(PhotoRow.visit_id == visit_id, FacingRow.product_by.is_distinct_from(Author.AUDITOR))
            )
            changed = [
                {"id": facing_id, "product": names[facing_id], "product_by": _namer(names[facing_id])}
                for facing_id, product in session.execute(open_to_machine)
                if facing_id in names and names[facing_id] != product
            ]
            if changed:
                session.execute(update(FacingRow), changed)
                note_change(session, visit_id)


def _save_edit(session: Session, photo_id: int, edit: Edit, *, undo: bool) -> None:
    photo = photo_row(session, photo_id)
    ids = {facing.id for facing in (*edit.before, *edit.after)}
    rows = session.scalars(
        select(FacingRow).where(FacingRow.photo_id == photo_id, FacingRow.id.in_(ids)).order_by(FacingRow.position)
    )
    stored = {row.id: row for row in rows}
    edit.apply(map(facing_of, stored.values()))
    photo.threshold = edit.set_threshold(photo.threshold)
    session.execute(delete(FacingRow).where(FacingRow.id.in_(edit.removed_ids)))
    for facing in edit.after:
        if facing.id in stored:
            _overwrite(stored[facing.id], facing)
    _append(session, photo_id, [facing for facing in edit.after if facing.id not in stored])
    session.execute(delete(RejectedRow).where(RejectedRow.facing_id.in_([f.id for f in edit.after])))
    if not undo:  # taking back a drawn box says nothing about what the detector finds there
        _reject(session, photo_id, edit.rejected)
    session.add(
        EditRow(
            photo_id=photo_id,
            time=dt.datetime.now(dt.UTC).replace(tzinfo=None),
            kind=edit.kind,
            undo=undo,
            facings=len(ids),
        )
    )
    note_change(session, photo.visit_id)


def _namer(product: str | None) -> Author | None:
    """Who set a product that the machine proposed: nobody, where it did not recognise one."""
    return Author.DETECTOR if product is not None else None


def _reject(session: Session, photo_id: int, facings: Iterable[Facing]) -> None:
    for facing in facings:
        x1, y1, x2, y2 = facing.box.as_tuple()
        session.add(RejectedRow(facing_id=facing.id, photo_id=photo_id, x1=x1, y1=y1, x2=x2, y2=y2))


def _append(session: Session, photo_id: int, facings: Iterable[Facing]) -> None:
    last = session.scalar(select(func.max(FacingRow.position)).where(FacingRow.photo_id == photo_id))
    first = 0 if last is None else last + 1
    values = [facing_values(facing, photo_id, position) for position, facing in enumerate(facings, first)]
    if values:
        session.execute(insert(FacingRow), values)


def _overwrite(row: FacingRow, facing: Facing) -> None:
    for column, value in facing_values(facing, row.photo_id, row.position).items():
        setattr(row, column, value)
