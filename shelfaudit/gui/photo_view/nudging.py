"""Moving and resizing boxes by keys: a series of presses is one edit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer

from shelfaudit.domain.edits import Edit
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Facing
from shelfaudit.gui.photo_view.box_geometry import Handle, moved, resized, step_within
from shelfaudit.gui.photo_view.box_layer import BoxLayer

PAUSE_MS = 300
"""After this long without another nudge, the series is over."""


class Nudging(QObject):
    """Collects nudges of the selected facings, previews them, and hands over one edit at the end of the series."""

    def __init__(self, layer: BoxLayer, made: Callable[[Edit], None], parent: QObject) -> None:
        super().__init__(parent)
        self._layer = layer
        self._made = made
        self._facings: tuple[Facing, ...] = ()
        self._boxes: dict[str, Box] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.commit)

    @property
    def facings(self) -> Sequence[Facing]:
        """The facings that are being nudged, as they were before; empty between series."""
        return self._facings

    def nudge(self, facings: Sequence[Facing], dx: int, dy: int, size: tuple[int, int], *, held: bool) -> None:
        """Move these by whole photo pixels; while the key is `held` the series cannot end by a pause."""
        self._begin(facings)
        step = step_within(self._boxes.values(), dx, dy, *size)
        self._show({key: box.translated(*step) for key, box in self._boxes.items()}, held=held)

    def resize(self, facings: Sequence[Facing], dx: int, dy: int, size: tuple[int, int], *, held: bool) -> None:
        """Move the right and lower edges of these by whole photo pixels, in the same series."""
        self._begin(facings)
        boxes = {key: resized(box, Handle.BOTTOM_RIGHT, dx, dy, *size) for key, box in self._boxes.items()}
        self._show(boxes, held=held)

    def release(self) -> None:
        """The key is up: the pause begins."""
        if self._facings:
            self._timer.start()

    def commit(self) -> None:
        """End the series now; its edit, if it moved anything, is handed over."""
        facings, boxes = self._facings, self._boxes
        self.drop()
        edit = moved(facings, boxes)
        if edit is not None:
            self._made(edit)

    def drop(self) -> None:
        """Forget the series."""
        self._timer.stop()
        if self._facings:
            self._layer.preview({})
        self._facings, self._boxes = (), {}

    def _begin(self, facings: Sequence[Facing]) -> None:
        if self._facings != tuple(facings):
            self.commit()
            self._facings = tuple(facings)
            self._boxes = {facing.id: facing.box for facing in facings}

    def _show(self, boxes: dict[str, Box], *, held: bool) -> None:
        self._boxes = boxes
        self._layer.preview(boxes)
        if held:
            self._timer.stop()
        else:
            self._timer.start()
