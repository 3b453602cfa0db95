"""What shows that boxes are selected: a halo around each, and handles of constant screen size on a single one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from shelfaudit.gui.photo_view.box_geometry import Handle

HANDLE_SIDE = 9
"""Side of a handle as drawn, in device-independent pixels."""
HANDLE_GRIP = 16
"""Side of the square around it that takes the mouse."""
MARK_REACH = 24
"""How far marks reach beyond their box."""

HALO_GAP = 3
"""Between a box and the middle of its halo."""
MARK_HEIGHT = HANDLE_SIDE // 2 + 3
"""What halo and handles of a large box take above it."""
_EDGE_HANDLES_FROM = 44
"""Boxes shorter than this on screen have handles at their corners only, so that there is room to take the box."""
_SMALL_BOX = 32
"""Handles stand off a box with a side below this, for the same reason."""
_STAND_OFF = 7


def draw_halos(painter: QPainter, rects: Sequence[QRect], accent: QColor) -> None:
    """Mark these boxes (screen pixels) as selected."""
    if not rects:
        return
    veil = QColor(accent)
    veil.setAlpha(46)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(veil)
    painter.drawRects(rects)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    halos = [rect.adjusted(-HALO_GAP, -HALO_GAP, HALO_GAP, HALO_GAP) for rect in rects]
    for colour, width in ((QColor(0, 0, 0, 190), 5), (QColor(255, 255, 255), 3), (accent, 1)):
        painter.setPen(_mitred(colour, width))
        painter.drawRects(halos)


def draw_handles(painter: QPainter, rects: Sequence[QRect]) -> None:
    """The handles by which these boxes (screen pixels) can be resized."""
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1))
    painter.setBrush(QColor(255, 255, 255))
    for rect in rects:
        painter.drawRects([_square(spot, HANDLE_SIDE).toRect() for spot in handle_spots(QRectF(rect)).values()])
    painter.setBrush(Qt.BrushStyle.NoBrush)


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


def _mitred(colour: QColor, width: int) -> QPen:
    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    return pen
