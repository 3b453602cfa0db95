"""Mouse gestures over the boxes: each follows the mouse in photo pixels and ends as one edit, or as nothing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF

from shelfaudit.domain import edits
from shelfaudit.domain.edits import Edit
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Author, Facing, new_facing_id
from shelfaudit.gui.photo_view.box_geometry import Handle, drawn, moved, resized, step_within
from shelfaudit.gui.photo_view.box_layer import BoxLayer


class Gesture(ABC):
    """One press, drag and release; points are photo pixels."""

    def __init__(self, start: QPointF) -> None:
        self.start = start
        self.band: QRectF | None = None
        """A rectangle to draw while the gesture runs, in photo pixels."""

    @property
    def facings(self) -> Sequence[Facing]:
        """The facings that it would change, as they were when it began."""
        return ()

    @abstractmethod
    def drag_to(self, point: QPointF) -> None:
        """Show what a release here would do."""

    def finish(self) -> Edit | None:
        """Stop showing it; the edit it comes to, if any."""
        return None

    def cancel(self) -> None:
        """Stop showing it, as if it had never begun."""
        self.band = None


class BandSelect(Gesture):
    """Select the boxes whose centre is in a rectangle: neighbours that are only grazed stay out."""

    def __init__(self, start: QPointF, layer: BoxLayer, kept: Sequence[str]) -> None:
        super().__init__(start)
        self._layer = layer
        self.kept = kept
        self.ids: list[str] = list(kept)

    def drag_to(self, point: QPointF) -> None:
        self.band = QRectF(self.start, point).normalized()
        self.ids = list(dict.fromkeys([*self.kept, *self._layer.ids_centred_in(self.band)]))


class _BoxChange(Gesture):
    """Other boxes for some facings, previewed in the layer."""

    def __init__(self, start: QPointF, layer: BoxLayer, facings: Sequence[Facing], size: tuple[int, int]) -> None:
        super().__init__(start)
        self._layer = layer
        self._facings = tuple(facings)
        self._width, self._height = size
        self._boxes: dict[str, Box] = {}

    @property
    def facings(self) -> Sequence[Facing]:
        return self._facings

    @abstractmethod
    def _changed(self, dx: float, dy: float) -> dict[str, Box]:
        """The boxes by facing id after a drag by (dx, dy)."""

    def drag_to(self, point: QPointF) -> None:
        self._boxes = self._changed(point.x() - self.start.x(), point.y() - self.start.y())
        self._layer.preview(self._boxes)

    def finish(self) -> Edit | None:
        self.cancel()
        return moved(self._facings, self._boxes)

    def cancel(self) -> None:
        self._layer.preview({})


class MoveBoxes(_BoxChange):
    """Move the selected boxes together, inside the photo."""

    def _changed(self, dx: float, dy: float) -> dict[str, Box]:
        boxes = [facing.box for facing in self._facings]
        step = step_within(boxes, dx, dy, self._width, self._height)
        return {facing.id: facing.box.translated(*step) for facing in self._facings}


class ResizeBox(_BoxChange):
    """Drag one handle of one box."""

    def __init__(self, start: QPointF, layer: BoxLayer, facing: Facing, handle: Handle, size: tuple[int, int]) -> None:
        super().__init__(start, layer, (facing,), size)
        self.handle = handle

    def _changed(self, dx: float, dy: float) -> dict[str, Box]:
        facing = self._facings[0]
        return {facing.id: resized(facing.box, self.handle, dx, dy, self._width, self._height)}


class DrawBox(Gesture):
    """Draw the box of a facing that was missed; its product is unknown at first."""

    def __init__(self, start: QPointF, size: tuple[int, int]) -> None:
        super().__init__(start)
        self._width, self._height = size
        self._box: Box | None = None

    def drag_to(self, point: QPointF) -> None:
        start = self.start
        self._box = drawn(start.x(), start.y(), point.x(), point.y(), self._width, self._height)
        self.band = QRectF(start, point).normalized().intersected(QRectF(0, 0, self._width, self._height))

    def finish(self) -> Edit | None:
        if self._box is None:
            return None
        return edits.add(Facing(new_facing_id(), self._box, box_by=Author.AUDITOR))
