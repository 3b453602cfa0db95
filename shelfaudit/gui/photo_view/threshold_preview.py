"""What another threshold would do to a photo: boxes that would come, and boxes that would go."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLine, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from shelfaudit.domain.geometry import Box
from shelfaudit.gui.photo_view.frames import ScreenBoxes, fill_rects, frame_rects, striped_brush

_DARK = QColor(0, 0, 0, 200)
_LIGHT = QColor(255, 255, 255)
_VEIL = QColor(40, 40, 40, 130)
_DASHES = (5, 4)
_PLUS = 6
"""Half the length of a plus sign, in device-independent pixels."""
_SMALLEST_MARKED = 12
_FAR = 4096


class ThresholdPreview(QGraphicsItem):
    """Coming boxes are dashed and bear a plus, going ones are veiled and crossed out: no colour needs to be told apart.

    Scene units are upright photo pixels.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(1)
        self._area = QRectF()
        self._coming: NDArray[np.float64] = np.zeros((0, 4))
        self._going: NDArray[np.float64] = np.zeros((0, 4))

    def set_area(self, area: QRectF) -> None:
        """Where boxes may be."""
        self.prepareGeometryChange()
        self._area = area

    def show_boxes(self, coming: Sequence[Box], going: Sequence[Box]) -> None:
        """Show these; two empty sequences end the preview."""
        self._coming, self._going = _corners(coming), _corners(going)
        self.update()

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        if not len(self._coming) and not len(self._going):
            return
        transform = painter.worldTransform()
        zoom, dx, dy = transform.m11(), transform.dx(), transform.dy()
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        _draw_going(painter, _on_screen(self._going, zoom, dx, dy))
        _draw_coming(painter, _on_screen(self._coming, zoom, dx, dy))
        painter.restore()


def _draw_going(painter: QPainter, boxes: ScreenBoxes) -> None:
    rects = [QRect(*box) for box in boxes.tolist()]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_VEIL)
    painter.drawRects(rects)
    crosses = [line for rect in rects for line in _diagonals(rect)]
    for colour, width in ((_DARK, 3), (_LIGHT, 1)):
        painter.setPen(QPen(colour, width))
        painter.drawLines(crosses)


def _draw_coming(painter: QPainter, boxes: ScreenBoxes) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_DARK)
    fill_rects(painter, frame_rects(boxes, width=4, grown=2))
    painter.setBrush(striped_brush(_LIGHT, _DASHES))
    fill_rects(painter, frame_rects(boxes, width=2, grown=1))
    large = [QRect(*box).center() for box in boxes.tolist() if min(box[2:]) >= _SMALLEST_MARKED]
    plus = [
        line
        for at in large
        for line in (
            QLine(at.x() - _PLUS, at.y(), at.x() + _PLUS, at.y()),
            QLine(at.x(), at.y() - _PLUS, at.x(), at.y() + _PLUS),
        )
    ]
    for colour, width in ((_DARK, 5), (_LIGHT, 2)):
        painter.setPen(QPen(colour, width))
        painter.drawLines(plus)


def _diagonals(rect: QRect) -> tuple[QLine, QLine]:
    return QLine(rect.topLeft(), rect.bottomRight()), QLine(rect.bottomLeft(), rect.topRight())


def _corners(boxes: Sequence[Box]) -> NDArray[np.float64]:
    return np.array([box.as_tuple() for box in boxes], dtype=np.float64).reshape(-1, 4)


def _on_screen(corners: NDArray[np.float64], zoom: float, dx: float, dy: float) -> ScreenBoxes:
    pixels = np.clip(np.rint(corners * zoom + (dx, dy, dx, dy)), -_FAR, 3 * _FAR).astype(np.int64)
    pixels[:, 2:] = np.maximum(pixels[:, 2:] - pixels[:, :2], 1)
    return pixels
