"""Crops of facings, cut from the photos' files in a thread: every photo is decoded once for all its crops."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from shelfaudit.domain.visit import Facing, Photo
from shelfaudit.errors import PhotoError
from shelfaudit.gui.images import scaled_to_fit, to_qimage
from shelfaudit.gui.jobs import TaskThread
from shelfaudit.photos.decode import DecodedPhoto, read_photo

CACHED = 600
_LONGEST_SIDE = 4000
"""No photo is decoded larger than it is shown, however small its products are."""


@dataclass
class _Sheet:
    """What is wanted of one photo, and afterwards what was cut."""

    photo: Photo
    facings: list[Facing] = field(default_factory=list)
    crops: dict[Facing, QImage] = field(default_factory=dict)


class CropLoader(QObject):
    """Cuts the crops that are wanted now and keeps the latest."""

    loaded = Signal(list)
    """Ids of facings whose crops came, or cannot come."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = TaskThread("shelfaudit-crops", self)
        self._waiting: deque[_Sheet] = deque()
        self._crops: OrderedDict[tuple[object, ...], QImage] = OrderedDict()
        self._missing: set[str] = set()
        self._size = QSize()

    def request(self, wanted: Iterable[tuple[Photo, Facing]], size: QSize) -> None:
        """Cut these to fit into `size` device pixels, the first ones first, instead of what was wanted before."""
        if size != self._size:
            self._size = size
            self._crops.clear()
        self._missing.clear()  # the card may be back
        sheets: dict[int, _Sheet] = {}
        for photo, facing in wanted:
            if self.crop(facing) is None:
                sheets.setdefault(photo.id, _Sheet(photo)).facings.append(facing)
        self._waiting = deque(sheets.values())
        for _ in sheets:
            self._thread.submit(lambda: self._cut_next(size), lambda sheet: self._take(sheet, size))

    def crop(self, facing: Facing) -> QImage | None:
        """The crop if it is at hand."""
        key = _key(facing)
        if key in self._crops:
            self._crops.move_to_end(key)
        return self._crops.get(key)

    def is_missing(self, facing: Facing) -> bool:
        """Whether its photo could not be read."""
        return facing.id in self._missing

    def stop(self) -> None:
        """End the thread."""
        self._waiting.clear()
        self._thread.stop()

    def _cut_next(self, size: QSize) -> _Sheet | None:
        """In the thread: the crops of the next photo, as many as the file gives."""
        try:
            sheet = self._waiting.popleft()
        except IndexError:  # a newer request took the place of this one
            return None
        try:
            decoded = read_photo(sheet.photo.path, _long_side(sheet, size))
        except PhotoError:
            return sheet
        sheet.crops = {facing: _cut(decoded, facing, size) for facing in sheet.facings}
        return sheet

    def _take(self, sheet: _Sheet | None, size: QSize) -> None:
        if sheet is None or size != self._size:
            return
        for facing, image in sheet.crops.items():
            self._crops[_key(facing)] = image
        self._missing |= {facing.id for facing in sheet.facings if facing not in sheet.crops}
        while len(self._crops) > CACHED:
            self._crops.popitem(last=False)
        self.loaded.emit([facing.id for facing in sheet.facings])


def _key(facing: Facing) -> tuple[object, ...]:
    """Crops belong to the box: a name makes no difference."""
    return (facing.id, facing.box)


def _long_side(sheet: _Sheet, size: QSize) -> int:
    """The long side at which the photo is large enough for its smallest crop."""
    smallest = min(max(facing.box.width / size.width(), facing.box.height / size.height()) for facing in sheet.facings)
    long_side = max(sheet.photo.width, sheet.photo.height)
    return min(_LONGEST_SIDE, max(1, round(long_side / max(smallest, 1e-3)))) if long_side else _LONGEST_SIDE


def _cut(decoded: DecodedPhoto, facing: Facing, size: QSize) -> QImage:
    """The part of the photo inside the box, at least one pixel of it."""
    height, width = decoded.pixels.shape[:2]
    x1, y1, x2, y2 = (round(side) for side in facing.box.scaled(decoded.scale).as_tuple())
    left, top = min(max(x1, 0), width - 1), min(max(y1, 0), height - 1)
    right, bottom = min(max(x2, left + 1), width), min(max(y2, top + 1), height)
    return scaled_to_fit(to_qimage(decoded.pixels[top:bottom, left:right]), size)
