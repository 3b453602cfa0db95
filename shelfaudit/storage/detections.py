"""What the detector found in the photos, before anybody edited it."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import Session

from shelfaudit.domain.geometry import Box
from shelfaudit.domain.threshold import RawDetection
from shelfaudit.domain.visit import Facing
from shelfaudit.storage.convert import box_values
from shelfaudit.storage.part import RepositoryPart, photo_row, visit_row
from shelfaudit.storage.tables import DetectionRow, DetectionRunRow, PhotoRow


class DetectionsPart(RepositoryPart):
    """Reading raw detections; `save_detection` writes them."""

    def raw_detection(self, photo_id: int) -> RawDetection | None:
        """What was found in a photo; None where it was not detected, or by an earlier version of the program.

        Raises UserError where there is no such photo.
        """
        with self._database.reading() as session:
            photo_row(session, photo_id)
            return _load(session, PhotoRow.id == photo_id).get(photo_id)

    def raw_detections(self, visit_id: int) -> dict[int, RawDetection]:
        """As `raw_detection`, for every photo of a visit that has one, by photo id. Raises UserError likewise."""
        with self._database.reading() as session:
            visit_row(session, visit_id)
            return _load(session, PhotoRow.visit_id == visit_id)


def store_detection(session: Session, photo_id: int, raw: RawDetection) -> None:
    """Keeps what was found in a photo in place of what was found before."""
    for table in (DetectionRow, DetectionRunRow):
        session.execute(delete(table).where(table.photo_id == photo_id))
    session.execute(insert(DetectionRunRow).values(photo_id=photo_id, threshold=float(raw.threshold)))
    values = [
        {"facing_id": facing.id, "photo_id": photo_id, **box_values(facing.box), "score": float(facing.score)}
        for facing in raw.found
        if facing.score is not None
    ]
    if values:
        session.execute(insert(DetectionRow), values)


def _load(session: Session, photos: ColumnElement[bool]) -> dict[int, RawDetection]:
    runs = select(DetectionRunRow.photo_id, DetectionRunRow.threshold)
    boxes = select(
        DetectionRow.photo_id,
        DetectionRow.facing_id,
        DetectionRow.x1,
        DetectionRow.y1,
        DetectionRow.x2,
        DetectionRow.y2,
        DetectionRow.score,
    )
    found: dict[int, list[Facing]] = defaultdict(list)
    rows = session.execute(
        boxes.join(PhotoRow, PhotoRow.id == DetectionRow.photo_id).where(photos).order_by(DetectionRow.score.desc())
    )
    for photo_id, facing_id, x1, y1, x2, y2, score in rows:
        found[photo_id].append(Facing(facing_id, Box(x1, y1, x2, y2), score))
    thresholds = session.execute(runs.join(PhotoRow, PhotoRow.id == DetectionRunRow.photo_id).where(photos))
    return {photo_id: RawDetection(threshold, tuple(found[photo_id])) for photo_id, threshold in thresholds}
