"""Where the look-alike in focus is in the photo: shown without selecting it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from shelfaudit.gui.photo_view.facings_view import FacingsView

_LINES = ((7.0, QColor(0, 0, 0, 150)), (4.0, QColor("white")))
"""Width in screen pixels and colour: a light line on a dark one is seen on any pack."""
_REACH = 6
"""Screen pixels between the box and the line."""


class Spotlight(QGraphicsItem):
    """A dashed frame around one box of the photo on screen."""

    def __init__(self, view: FacingsView) -> None:
        super().__init__()
        self._view = view
        self._area = QRectF()
        self.setZValue(1)
        self.hide()
        view.scene().addItem(self)

    def show_at(self, area: QRectF) -> None:
        """Frame this area (photo pixels) and bring it into view."""
        self.prepareGeometryChange()
        self._area = area
        self.show()
        self._view.reveal(area)

    def boundingRect(self) -> QRectF:
        # Wide enough at any zoom at which the whole photo fits.
        room = 4 * _REACH / max(self._view.zoom, 1e-3)
        return self._area.adjusted(-room, -room, room, room)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        reach = _REACH / painter.worldTransform().m11()
        frame = self._area.adjusted(-reach, -reach, reach, reach)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, colour in _LINES:
            pen = QPen(colour, width)
            pen.setCosmetic(True)
            if width == _LINES[-1][0]:
                pen.setDashPattern([3, 2])
            painter.setPen(pen)
            painter.drawRoundedRect(frame, reach, reach)
