"""Small pictures of products, made in a thread: what is asked for last comes first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage, QPixmap

from shelfaudit.gui.images import scaled_to_fit, to_qimage
from shelfaudit.gui.workers import Workers
from shelfaudit.usecases.reference_pictures import product_pictures

SIDE = 96
"""Long side in device pixels: rows show 36, at twice the scale 72."""
_WAITING = 40


class ProductPictures(QObject):
    """Pictures by SKU: a reference picture, or a facing that the auditor named so; made once and kept."""

    loaded = Signal(str, QPixmap)

    def __init__(self, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workers = workers
        self._waiting: deque[str] = deque(maxlen=_WAITING)
        self._pixmaps: dict[str, QPixmap] = {}
        self._without: set[str] = set()

    @property
    def pixmaps(self) -> Mapping[str, QPixmap]:
        """The pictures that are at hand, by SKU."""
        return self._pixmaps

    def request(self, skus: Iterable[str]) -> None:
        """Make these pictures; `loaded` follows for products that have one, the first of these first."""
        fresh = [sku for sku in skus if sku not in self._pixmaps and sku not in self._without]
        for sku in reversed(fresh):
            if sku in self._waiting:
                self._waiting.remove(sku)
            self._waiting.append(sku)
        for _ in fresh:
            self._workers.pictures.submit(self._make_newest, self._take)

    def look_again(self) -> None:
        """Products without a picture may have one by now."""
        self._without.clear()

    def forget(self) -> None:
        """The catalogue or its pictures changed."""
        self._pixmaps.clear()
        self._without.clear()

    def _make_newest(self) -> tuple[str, QImage | None] | None:
        """In the thread: the newest request, or None where a newer one pushed this turn's request out."""
        try:
            sku = self._waiting.pop()
        except IndexError:
            return None
        pixels = product_pictures(self._workers.repository(), [sku]).get(sku)
        return sku, scaled_to_fit(to_qimage(pixels), QSize(SIDE, SIDE)) if pixels is not None else None

    def _take(self, made: tuple[str, QImage | None] | None) -> None:
        if made is None:
            return
        sku, image = made
        if image is None:
            self._without.add(sku)
            return
        self._pixmaps[sku] = QPixmap.fromImage(image)
        self.loaded.emit(sku, self._pixmaps[sku])
