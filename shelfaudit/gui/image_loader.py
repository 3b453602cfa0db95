"""Photos and thumbnails decoded in a thread: what is looked at now comes first."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from shelfaudit.errors import PhotoError
from shelfaudit.gui.images import scaled_to_fit, to_qimage
from shelfaudit.gui.jobs import TaskThread
from shelfaudit.photos.decode import read_photo


@dataclass(frozen=True)
class _Loaded:
    photo_id: int
    image: QImage | None = None
    error: PhotoError | None = None


class ImageLoader(QObject):
    """Decodes the newest request first and forgets old ones, so that scrolling past photos costs nothing.

    long_side: device pixels that are enough. waiting: requests kept. cached: images kept, the latest used.
    shrink: whether to scale down to `long_side` exactly (thumbnails) or to keep what the decoder gives.
    """

    loaded = Signal(int, QImage)
    """Photo id and its upright image, perhaps reduced."""
    failed = Signal(int, object)

    def __init__(
        self, name: str, *, long_side: int, waiting: int, cached: int, shrink: bool, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._long_side, self._shrink, self._cached = long_side, shrink, cached
        self._thread = TaskThread(name, self)
        self._waiting: deque[tuple[int, Path]] = deque(maxlen=waiting)
        self._in_work: set[int] = set()
        self._images: OrderedDict[int, QImage] = OrderedDict()
        self._broken: set[int] = set()

    def image(self, photo_id: int) -> QImage | None:
        """The image if it is at hand."""
        image = self._images.get(photo_id)
        if image is not None:
            self._images.move_to_end(photo_id)
        return image

    def request(self, photo_id: int, path: Path) -> None:
        """Load the image; `loaded` or `failed` follows unless newer requests push this one out."""
        if photo_id in self._images or photo_id in self._broken or photo_id in self._in_work:
            return
        entry = (photo_id, path)
        if entry in self._waiting:
            self._waiting.remove(entry)
        self._waiting.append(entry)
        self._thread.submit(self._load_newest, self._take)

    def forget(self, photo_id: int) -> None:
        """The file may have changed: the next request reads it again."""
        self._images.pop(photo_id, None)
        self._broken.discard(photo_id)

    def clear(self) -> None:
        """Another visit: drop everything."""
        self._waiting.clear()
        self._images.clear()
        self._broken.clear()

    def stop(self) -> None:
        """End the thread."""
        self._waiting.clear()
        self._thread.stop()

    def _load_newest(self) -> _Loaded | None:
        """In the thread: the newest request, or None where a newer one pushed this turn's request out."""
        try:
            photo_id, path = self._waiting.pop()
        except IndexError:
            return None
        self._in_work.add(photo_id)
        try:
            image = to_qimage(read_photo(path, self._long_side).pixels)
        except PhotoError as error:
            return _Loaded(photo_id, error=error)
        finally:
            self._in_work.discard(photo_id)
        if self._shrink:
            image = scaled_to_fit(image, QSize(self._long_side, self._long_side))
        return _Loaded(photo_id, image)

    def _take(self, loaded: _Loaded | None) -> None:
        if loaded is None:
            return
        if loaded.image is None:
            self._broken.add(loaded.photo_id)
            self.failed.emit(loaded.photo_id, loaded.error)
            return
        self._images[loaded.photo_id] = loaded.image
        while len(self._images) > self._cached:
            self._images.popitem(last=False)
        self.loaded.emit(loaded.photo_id, loaded.image)
