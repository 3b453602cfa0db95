"""What shows that boxes are selected: a halo around each, and handles of constant screen size on a single one."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from shelfaudit.gui.photo_view.box_geometry import Handle
from shelfaudit.gui.photo_view.frames import ScreenBoxes, fill_rects, frame_rects

HANDLE_SIDE = 9
"""Side of a handle as drawn, in device-independent pixels."""
HANDLE_GRIP = 16
"""Side of the square around it that takes the mouse."""
MARK_REACH = 24
"""How far marks reach beyond their box."""

_HALO = ((QColor(0, 0, 0, 190), 5, 6), (QColor(255, 255, 255), 3, 5), (None, 1, 4))
"""Colour (None: the accent), width, and how far outside the box it begins; the lowest first."""
_FULL_HALOS = 150
"""Where more boxes are selected, halos are white only: nobody looks at each, and all must still move smoothly."""
MARK_HEIGHT = HANDLE_SIDE // 2 + 3
"""What halo and handles of a large box take above it."""
_EDGE_HANDLES_FROM = 44
"""Boxes shorter than this on screen have handles at their corners only, so that there is room to take the box."""
_SMALL_BOX = 32
"""Handles stand off a box with a side below this, for the same reason."""
_STAND_OFF = 7


def draw_halos(painter: QPainter, boxes: ScreenBoxes, accent: QColor, scale: float) -> None:
    """Mark these boxes (device pixels, `scale` to a device-independent one) as selected; the painter has no pen."""
    veil = QColor(accent)
    veil.setAlpha(46)
    painter.setBrush(veil)
    fill_rects(painter, boxes)
    for colour, width, grown in _HALO if len(boxes) <= _FULL_HALOS else _HALO[1:2]:
        painter.setBrush(colour if colour is not None else accent)
        fill_rects(painter, frame_rects(boxes, width=round(width * scale), grown=round(grown * scale)))


def draw_handles(painter: QPainter, box: QRectF) -> None:
    """The handles by which this box (device-independent screen pixels) can be resized."""
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1))
    painter.setBrush(QColor(255, 255, 255))
    painter.drawRects([_square(spot, HANDLE_SIDE).toRect() for spot in handle_spots(box).values()])


def handle_spots(rect: QRectF) -> dict[Handle, QPointF]:
    """Where the handles of a box (screen pixels) are: corners first, so that they win where the grips overlap."""
    off = _STAND_OFF if min(rect.width(), rect.height()) < _SMALL_BOX else 0
    frame = rect.adjusted(-off, -off, off, off)
    return {
        handle: QPointF(frame.x() + handle.across * frame.width(), frame.y() + handle.down * frame.height())
        for handle in sorted(Handle, key=lambda handle: not handle.is_corner)
        if handle.is_corner or (rect.width() if handle.across == 0.5 else rect.height()) >= _EDGE_HANDLES_FROM
    }


def handle_at(rect: QRectF, point: QPointF) -> Handle | None:
    """The handle of this box whose grip holds the point (both in screen pixels), or None."""
    for handle, spot in handle_spots(rect).items():
        if _square(spot, HANDLE_GRIP).contains(point):
            return handle
    return None


def _square(centre: QPointF, side: float) -> QRectF:
    return QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side)
