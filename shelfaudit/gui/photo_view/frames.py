"""Box outlines as filled rectangles, a whole photo's at once.

Qt strokes lines wider than a pixel by building and filling a path each, dashes by many; filling four upright
rectangles is some times faster, and dashes come for free from a striped brush. Rectangles stay numpy arrays up to the
painter: making thousands of Python objects for a frame would take longer than drawing them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter
from shiboken6 import Shiboken

ScreenBoxes = NDArray[np.int64]
"""Boxes (N, 4) as x, y, width and height in whole device pixels."""


def frame_rects(boxes: ScreenBoxes, *, width: int, grown: int) -> ScreenBoxes:
    """Four rectangles (4 N, 4) for each box in turn, side by side, that make a frame of this width.

    The frame's outer edge lies `grown` pixels outside the box. A side may be empty (width or height 0).
    """
    outer = boxes + np.array([-grown, -grown, 2 * grown, 2 * grown])
    left, top, across, down = outer.T
    thick = np.minimum(width, np.minimum(across, down) // 2)
    sides = np.repeat(outer[:, None, :], 4, axis=1)  # (N, top | bottom | left | right, 4)
    sides[:, :2, 3] = thick[:, None]
    sides[:, 1, 1] = top + down - thick
    sides[:, 2:, 1] = (top + thick)[:, None]
    sides[:, 2:, 2] = thick[:, None]
    sides[:, 2:, 3] = (down - 2 * thick)[:, None]
    sides[:, 3, 0] = left + across - thick
    return sides.reshape(-1, 4)


def fill_rects(painter: QPainter, rects: ScreenBoxes) -> None:
    """Fill rectangles (N, 4) of x, y, width and height with the painter's brush; it must have no pen."""
    if not len(rects):
        return
    # QRect is four 32-bit integers: the left, top, right and bottom pixel.
    as_stored = np.ascontiguousarray(rects, dtype=np.int32)
    as_stored[:, 2:] += as_stored[:, :2] - 1
    first = Shiboken.wrapInstance(as_stored.ctypes.data, QRect)
    assert isinstance(first, QRect)
    painter.drawRects(first, len(as_stored))


def striped_brush(colour: QColor, pattern: Sequence[float]) -> QBrush:
    """A brush that gives dashes along upright lines of any direction: stripes at 45 degrees.

    `pattern` is drawn, free, drawn, free, … in device pixels; empty for no stripes.
    """
    lengths = [max(1, round(length)) for length in pattern]
    if not lengths:
        return QBrush(colour)
    drawn = [index % 2 == 0 for index, length in enumerate(lengths) for _ in range(length)]
    period = len(drawn)
    tile = QImage(period, period, QImage.Format.Format_ARGB32_Premultiplied)
    tile.fill(Qt.GlobalColor.transparent)
    for y in range(period):
        for x in range(period):
            if drawn[(x + y) % period]:
                tile.setPixelColor(x, y, colour)
    brush = QBrush(tile)
    brush.setColor(colour)  # not drawn; for whoever wants the line without its dashes
    return brush
