"""Mouse gestures over the boxes: each follows the mouse in photo pixels and ends as one edit, or as nothing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF

from shelfaudit.domain import edits
from shelfaudit.domain.edits import Edit
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Author, Facing, new_facing_id
from shelfaudit.gui.photo_view.box_geometry import MIN_SIDE, Handle, drawn, keeps_within, moved, resized, step_within
from shelfaudit.gui.photo_view.box_layer import BoxLayer
from shelfaudit.gui.photo_view.snapping import ALL_SIDES, Corners, Side, Snap, sides_of, snap


class Gesture(ABC):
    """One press, drag and release; points are photo pixels."""

    def __init__(self, start: QPointF) -> None:
        self.start = start
        self.band: QRectF | None = None
        """A rectangle to draw while the gesture runs, in photo pixels."""
        self.guides: tuple[QLineF, ...] = ()
        """Lines on which edges meet those of neighbours, in photo pixels."""

    @property
    def overlaid(self) -> bool:
        """Whether it has anything to draw over the boxes."""
        return self.band is not None or bool(self.guides)

    @property
    def facings(self) -> Sequence[Facing]:
        """The facings that it would change, as they were when it began."""
        return ()

    @abstractmethod
    def drag_to(self, point: QPointF, reach: float) -> None:
        """Show what a release here would do; edges snap to others within `reach` photo pixels (0: not at all)."""

    def finish(self) -> Edit | None:
        """Stop showing it; the edit it comes to, if any."""
        return None

    def cancel(self) -> None:
        """Stop showing it, as if it had never begun."""
        self.band, self.guides = None, ()


class BandSelect(Gesture):
    """Select the boxes whose centre is in a rectangle: neighbours that are only grazed stay out."""

    def __init__(self, start: QPointF, layer: BoxLayer, kept: Sequence[str]) -> None:
        super().__init__(start)
        self._layer = layer
        self.kept = kept
        self.ids: list[str] = list(kept)

    def drag_to(self, point: QPointF, reach: float) -> None:
        del reach
        self.band = QRectF(self.start, point).normalized()
        self.ids = list(dict.fromkeys([*self.kept, *self._layer.ids_centred_in(self.band)]))


class _BoxChange(Gesture):
    """Other boxes for some facings, previewed in the layer."""

    def __init__(self, start: QPointF, layer: BoxLayer, facings: Sequence[Facing], size: tuple[int, int]) -> None:
        super().__init__(start)
        self._layer = layer
        self._facings = tuple(facings)
        self._others = _edges(layer, {facing.id for facing in facings}, size)
        self._width, self._height = size
        self._boxes: dict[str, Box] = {}

    @property
    def facings(self) -> Sequence[Facing]:
        return self._facings

    @abstractmethod
    def _changed(self, dx: float, dy: float, reach: float) -> dict[str, Box]:
        """The boxes by facing id after a drag by (dx, dy)."""

    def drag_to(self, point: QPointF, reach: float) -> None:
        self._boxes = self._changed(point.x() - self.start.x(), point.y() - self.start.y(), reach)
        self._layer.preview(self._boxes)

    def finish(self) -> Edit | None:
        self.cancel()
        return moved(self._facings, self._boxes)

    def cancel(self) -> None:
        super().cancel()
        self._layer.preview({})


class MoveBoxes(_BoxChange):
    """Move the selected boxes together, inside the photo."""

    def _changed(self, dx: float, dy: float, reach: float) -> dict[str, Box]:
        boxes = [facing.box for facing in self._facings]
        dx, dy = step_within(boxes, dx, dy, self._width, self._height)
        hull = boxes[0]
        for box in boxes[1:]:
            hull = hull.hull(box)
        found = snap(hull.translated(dx, dy), ALL_SIDES, self._others, reach) if reach else Snap()
        if not keeps_within(hull, dx + found.dx, dy + found.dy, self._width, self._height):
            found = Snap()
        self.guides = found.guides
        return {facing.id: facing.box.translated(dx + found.dx, dy + found.dy) for facing in self._facings}


class ResizeBox(_BoxChange):
    """Drag one handle of one box."""

    def __init__(self, start: QPointF, layer: BoxLayer, facing: Facing, handle: Handle, size: tuple[int, int]) -> None:
        super().__init__(start, layer, (facing,), size)
        self.handle = handle

    def _changed(self, dx: float, dy: float, reach: float) -> dict[str, Box]:
        facing, sides = self._facings[0], sides_of(self.handle)
        box = resized(facing.box, self.handle, dx, dy, self._width, self._height)
        found = snap(box, sides, self._others, reach) if reach else Snap()
        snapped = _with_sides(box, sides, found)
        self.guides = found.guides if snapped is not None else ()
        return {facing.id: snapped or box}


class DrawBox(Gesture):
    """Draw the box of a facing that was missed; its product is unknown at first."""

    def __init__(self, start: QPointF, layer: BoxLayer, size: tuple[int, int]) -> None:
        super().__init__(start)
        self._others = _edges(layer, (), size)
        self._width, self._height = size
        self._box: Box | None = None

    def drag_to(self, point: QPointF, reach: float) -> None:
        start = self.start
        self._box, self.guides = drawn(start.x(), start.y(), point.x(), point.y(), self._width, self._height), ()
        photo = QRectF(0, 0, self._width, self._height)
        self.band = QRectF(start, point).normalized().intersected(photo)
        if self._box is None or not reach:
            return
        sides = {
            Side.RIGHT if point.x() > start.x() else Side.LEFT,
            Side.BOTTOM if point.y() > start.y() else Side.TOP,
        }
        found = snap(self._box, sides, self._others, reach)
        snapped = _with_sides(self._box, sides, found)
        if snapped is not None and found.guides:
            self._box, self.guides = snapped, found.guides
            self.band = QRectF(*snapped.as_xywh()).intersected(photo)

    def finish(self) -> Edit | None:
        self.guides = ()
        if self._box is None:
            return None
        return edits.add(Facing(new_facing_id(), self._box, box_by=Author.AUDITOR))


def _edges(layer: BoxLayer, without: Collection[str], size: tuple[int, int]) -> Corners:
    """What a dragged edge may meet: the other boxes, as far as they are in the photo."""
    return np.clip(layer.corners_without(without), 0, (*size, *size))


def _with_sides(box: Box, sides: Collection[Side], found: Snap) -> Box | None:
    """The box with these sides moved on; None where it would be too small."""
    values = list(box.as_tuple())
    for side in sides:
        values[side.value] += found.dx if side in (Side.LEFT, Side.RIGHT) else found.dy
    x1, y1, x2, y2 = values
    return Box(x1, y1, x2, y2) if x2 - x1 >= MIN_SIDE and y2 - y1 >= MIN_SIDE else None
