"""Changes of the open visit that are on their way to the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection

from PySide6.QtCore import QObject, Signal

from shelfaudit.gui.workers import Workers
from shelfaudit.storage.repository import VisitRepository


class PendingSaves(QObject):
    """Counts what waits. Photos whose changes cannot be saved are given to `reload`."""

    all_saved = Signal(bool)
    """Whether the database has confirmed everything, when that changes."""
    failed = Signal(object)
    """An exception that kept something from being saved."""

    def __init__(self, workers: Workers, reload: Callable[[int], object], parent: QObject) -> None:
        super().__init__(parent)
        self._workers, self._reload = workers, reload
        self._waiting = 0
        self._of_photos: Counter[int] = Counter()
        self._stopped = False

    @property
    def done(self) -> bool:
        """Whether nothing waits."""
        return self._waiting == 0

    def concern(self, photo_id: int) -> bool:
        """Whether a change of this photo waits."""
        return self._of_photos[photo_id] > 0

    def save(
        self,
        write: Callable[[VisitRepository], object],
        photo_ids: Collection[int] = (),
        on_failure: Callable[[Exception], object] | None = None,
    ) -> None:
        """Save what changed in these photos."""
        photo_ids = tuple(photo_ids)
        self._waiting += 1
        self._of_photos.update(photo_ids)
        if self._waiting == 1:
            self.all_saved.emit(False)

        def saved(_: object) -> None:
            self._waiting -= 1
            self._of_photos.subtract(photo_ids)
            if self.done and not self._stopped:
                self.all_saved.emit(True)

        def not_saved(error: Exception) -> None:
            saved(None)
            if not self._stopped:
                if on_failure is not None:
                    on_failure(error)
                for photo_id in photo_ids:
                    self._reload(photo_id)
            self.failed.emit(error)

        self._workers.ask(write, saved, not_saved)

    def stop(self) -> None:
        """The visit is left: what waits is still saved, and failures are told; nothing else is."""
        self._stopped = True
