"""The photo itself, drawn smoothly at every zoom."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

_PIXELS_SHOW_FROM = 8.0
"""From this many screen pixels per photo pixel on the pixels are drawn as they are, not smoothed."""
_SMALLEST_LEVEL = 256
_DRAWN_AT_ONCE = 2_000_000
"""More device pixels than these take longer than a frame to draw well."""


def is_large(painter: QPainter) -> bool:
    """Whether what is painted on has so many pixels that a frame cannot have everything while another is waited for."""
    device = painter.device()
    return device.width() * device.height() * device.devicePixelRatio() ** 2 > _DRAWN_AT_ONCE


class PhotoItem(QGraphicsItem):
    """A photo in scene units of full upright photo pixels; its image may have fewer.

    Shrinking by more than half with one smooth step drops lines of the image (print shimmers), so halved copies are
    kept, each made when it is first needed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._area = QRectF()
        self._levels: list[QPixmap] = []
        self._hurried = False

    def set_hurried(self, hurried: bool) -> None:
        """While hurried, a large photo is drawn quickly instead of smoothly: the next frame is on its way."""
        if self._hurried and not hurried:
            self.update()
        self._hurried = hurried

    def show_image(self, image: QImage, width: int, height: int) -> None:
        """Show `image` over (0, 0, width, height), the full size of the upright photo."""
        self.prepareGeometryChange()
        self._area = QRectF(0, 0, width, height)
        self._levels = [QPixmap.fromImage(image)]
        self.update()

    def clear(self) -> None:
        """Show nothing, and free the image."""
        self.prepareGeometryChange()
        self._area = QRectF()
        self._levels = []

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        if not self._levels or self._levels[0].isNull():
            return
        zoom = painter.deviceTransform().m11()
        pixmap = self._level_for(zoom)
        smooth = zoom < _PIXELS_SHOW_FROM and not (self._hurried and is_large(painter))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawPixmap(self._area, pixmap, QRectF(pixmap.rect()))

    def _level_for(self, zoom: float) -> QPixmap:
        """The smallest copy that still has a pixel for every device pixel at `zoom` (device ÷ photo pixels)."""
        wanted = zoom * self._area.width()
        level = 0
        while self._levels[level].width() >= 2 * max(wanted, _SMALLEST_LEVEL / 2):
            level += 1
            if level == len(self._levels):
                larger = self._levels[-1]
                self._levels.append(
                    larger.scaled(
                        max(1, larger.width() // 2),
                        max(1, larger.height() // 2),
                        Qt.AspectRatioMode.IgnoreAspectRatio,
                        Qt.TransformationMode.SmoothTransformation,
                    )
                )
        return self._levels[level]
