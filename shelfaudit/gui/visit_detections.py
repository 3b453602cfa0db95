"""What the detector found in the photos of the open visit, read ahead so that nobody waits for it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from shelfaudit.domain.threshold import RawDetection
from shelfaudit.gui.workers import Workers


class VisitDetections(QObject):
    """Raw detections by photo, asked from the database thread when somebody wants them."""

    loaded = Signal()
    """Some photos' detections are known now."""

    def __init__(self, visit_id: int, workers: Workers, parent: QObject) -> None:
        super().__init__(parent)
        self._visit_id = visit_id
        self._workers = workers
        self._known: dict[int, RawDetection | None] = {}
        self._asked: set[int] = set()
        self._asking_all = False

    def of(self, photo_id: int) -> RawDetection | None:
        """What was found in a photo; None while that is not known, or where an earlier version detected it."""
        return self._known.get(photo_id)

    def known(self, photo_id: int) -> bool:
        """Whether the database has answered for this photo."""
        return photo_id in self._known

    def want(self, photo_id: int) -> None:
        """Read what was found in this photo, unless it is known or on its way."""
        if photo_id in self._known or photo_id in self._asked:
            return
        self._asked.add(photo_id)

        def take(raw: RawDetection | None) -> None:
            if photo_id in self._asked:
                self._asked.discard(photo_id)
                self._known[photo_id] = raw
                self.loaded.emit()

        # A photo that was removed in the meantime is nobody's problem.
        self._workers.ask(lambda repository: repository.raw_detection(photo_id), take, lambda _: None)

    def want_all(self, photo_ids: frozenset[int]) -> None:
        """Read what was found in all these photos of the visit."""
        missing = photo_ids - self._known.keys()
        if not missing or self._asking_all:
            return
        self._asking_all = True
        self._asked |= missing

        def take(raws: dict[int, RawDetection]) -> None:
            self._asking_all = False
            fresh = missing & self._asked
            self._asked -= fresh
            self._known.update((photo_id, raws.get(photo_id)) for photo_id in fresh)
            self.loaded.emit()

        def fail(_: Exception) -> None:
            self._asking_all = False
            self._asked.difference_update(missing)

        self._workers.ask(lambda repository: repository.raw_detections(self._visit_id), take, fail)

    def forget(self, photo_id: int) -> None:
        """The photo was detected again, or removed: an answer on its way is out of date."""
        self._known.pop(photo_id, None)
        self._asked.discard(photo_id)
