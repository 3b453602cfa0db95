"""Edits of a whole visit, worked out beside the UI thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject

from shelfaudit.domain.edits import Edit, edited
from shelfaudit.domain.visit import Photo
from shelfaudit.errors import EditConflict
from shelfaudit.gui.workers import Workers

MANY = 20
"""Edits of fewer photos take no longer than the thread would."""

Ahead = Mapping[int, tuple[Photo, Photo]]
"""By photo id: the photo that was edited, and what it became. Worth something while the first one is the photo."""


class EditsAhead(QObject):
    """Works out one step at a time; whoever cannot wait for it takes it as it is."""

    def __init__(self, workers: Workers, parent: QObject) -> None:
        super().__init__(parent)
        self._workers = workers
        self._waiting: Callable[[Ahead], object] | None = None

    def work_out(
        self, edits: Mapping[int, Edit], photos: Mapping[int, Photo], then: Callable[[Ahead], object], *, undo: bool
    ) -> None:
        """What these edits make of their photos, for `then`, which is called at once where they are few."""
        self.finish()
        if len(edits) < MANY:
            then({})
            return
        self._waiting = then
        before = {photo_id: photos[photo_id] for photo_id in edits}

        def done(ahead: Ahead) -> None:
            if self._waiting is then:
                self._waiting = None
                then(ahead)

        self._workers.measuring.submit(lambda: _edited(before, edits, undo=undo), done)

    def finish(self) -> None:
        """Something else follows: what waits is done now."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting({})


def _edited(photos: Mapping[int, Photo], edits: Mapping[int, Edit], *, undo: bool) -> Ahead:
    found = {}
    for photo_id, photo in photos.items():
        try:
            found[photo_id] = photo, edited(photo, edits[photo_id], undo=undo)
        except EditConflict:
            continue  # found again, and told, where the edit is made
    return found
