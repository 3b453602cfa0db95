"""What is drawn over the photo in the view's own pixels: the band of a drag, the crosshair, the message."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen

_MARGIN = 48
_LINES = ((QColor(0, 0, 0, 180), Qt.PenStyle.SolidLine), (QColor(255, 255, 255), Qt.PenStyle.DashLine))
"""Dark beneath, white dashes above: seen on any photo."""


def draw_band(painter: QPainter, band: QRect, accent: QColor) -> None:
    """The rectangle that a drag selects or draws."""
    fill = QColor(accent)
    fill.setAlpha(40)
    painter.fillRect(band, fill)
    for colour, style in _LINES:
        painter.setPen(QPen(colour, 1, style))
        painter.drawRect(band)


def draw_place(painter: QPainter, place: QRect, accent: QColor) -> None:
    """A place where a facing may be missing: a frame with a plus sign, unlike any box."""
    draw_band(painter, place, accent)
    arm = max(4, min(place.width(), place.height()) // 6)
    middle = place.center()
    for colour, width in ((QColor(0, 0, 0, 180), 5), (QColor(255, 255, 255), 2)):
        painter.setPen(QPen(colour, width))
        painter.drawLine(middle.x() - arm, middle.y(), middle.x() + arm, middle.y())
        painter.drawLine(middle.x(), middle.y() - arm, middle.x(), middle.y() + arm)


def draw_crosshair(painter: QPainter, at: QPoint, room: QRect) -> None:
    """Two lines through the mouse, to line a new box up with its neighbours."""
    for colour, style in _LINES:
        painter.setPen(QPen(colour, 1, style))
        painter.drawLine(room.left(), at.y(), room.right(), at.y())
        painter.drawLine(at.x(), room.top(), at.x(), room.bottom())


def draw_guides(painter: QPainter, lines: Sequence[QLineF]) -> None:
    """The lines on which the edges of a dragged box meet those of others."""
    for colour, style in _LINES:
        painter.setPen(QPen(colour, 3 if style is Qt.PenStyle.SolidLine else 1, style))
        painter.drawLines(lines)


def draw_message(painter: QPainter, room: QRect, message: str, palette: QPalette) -> None:
    """What to do where there is no photo."""
    painter.setPen(palette.color(QPalette.ColorRole.WindowText))
    inside = room.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
    painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, message)
