"""A glass over the photo: three times as near, from the pixels of the full photo."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

MAGNIFIES = 3.0
_NEAREST = 16.0
_SIDE = 264
_RING = 3
_TAP_S = 0.3
"""A key that is up again after so short a time switches the loupe; one that is held shows it as long."""
_CROSS = 7


def loupe_zoom(zoom: float) -> float:
    """Screen pixels per photo pixel in the loupe, in a view of this zoom; at least every photo pixel is shown."""
    return max(zoom, min(max(MAGNIFIES * zoom, 1.0), _NEAREST))


class Loupe(QWidget):
    """Shows a place of the photo magnified; the mouse goes through it.

    It is a child of the view, not of its viewport, whose children are scrolled with the photo.
    """

    toggled = Signal(bool)

    def __init__(self, view: QWidget, draw: Callable[[QPainter, QRectF], None]) -> None:
        """`draw` paints an area of the photo, in its pixels, with a painter whose world is the photo."""
        super().__init__(view)
        self._view = view
        self._draw = draw
        self._point = QPointF()
        self._zoom = 1.0
        self._pressed_at: float | None = None
        self._was_on = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedSize(_SIDE, _SIDE)
        self.hide()

    @property
    def on(self) -> bool:
        return not self.isHidden()

    @property
    def looks_at(self) -> QPointF:
        """The photo point in its middle."""
        return self._point

    def set_on(self, on: bool) -> None:
        """Show or hide it."""
        if on != self.on:
            self.setVisible(on)
            self.toggled.emit(on)

    def press(self) -> None:
        """Its key went down."""
        self._was_on, self._pressed_at = self.on, time.monotonic()
        self.set_on(True)

    def release(self) -> None:
        """Its key is up again: a tap has switched the loupe, a longer press has only shown it."""
        held = self._pressed_at is not None and time.monotonic() - self._pressed_at > _TAP_S
        self._pressed_at = None
        if held or self._was_on:
            self.set_on(False)

    def look_at(self, point: QPointF, at: QPointF, zoom: float) -> None:
        """Magnify this photo point, which is at `at` in the view; the glass stays inside the view."""
        self._point, self._zoom = point, zoom
        room = self._view.rect()
        left = max(0, min(round(at.x()) - _SIDE // 2, room.width() - _SIDE))
        top = max(0, min(round(at.y()) - _SIDE // 2, room.height() - _SIDE))
        self.move(left, top)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = QRectF(self.rect()).adjusted(_RING, _RING, -_RING, -_RING)
        glass = QPainterPath()
        glass.addEllipse(ring)
        painter.setClipPath(glass)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Window).darker(140))
        middle = QRectF(self.rect()).center()
        painter.save()
        painter.translate(middle)
        painter.scale(self._zoom, self._zoom)
        painter.translate(-self._point)
        reach = _SIDE / 2 / self._zoom
        self._draw(painter, QRectF(self._point.x() - reach, self._point.y() - reach, 2 * reach, 2 * reach))
        painter.restore()
        self._draw_cross(painter, middle)
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((QColor(0, 0, 0, 170), 2 * _RING), (self.palette().color(QPalette.ColorRole.Accent), 3)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(ring)

    def _draw_cross(self, painter: QPainter, middle: QPointF) -> None:
        for colour, width in ((QColor(0, 0, 0, 150), 3), (QColor(255, 255, 255), 1)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(middle - QPointF(_CROSS, 0), middle + QPointF(_CROSS, 0))
            painter.drawLine(middle - QPointF(0, _CROSS), middle + QPointF(0, _CROSS))
