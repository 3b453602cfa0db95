"""Frames from a camera in a thread of its own; the newest one is always the one shown."""

from __future__ import annotations

import threading
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal

from shelfaudit.errors import CameraError, OutputError, UserError
from shelfaudit.photos.encode import encode_jpeg

if TYPE_CHECKING:
    from shelfaudit.capture.frames import FrameSource

Pixels = NDArray[np.uint8]
STILL_QUALITY = 95


class FrameRate:
    """Events a second over the last second or so."""

    def __init__(self, window_s: float = 1.5) -> None:
        self._window_s = window_s
        self._times: deque[float] = deque()

    def tick(self, now: float) -> None:
        """Something happened at this time, in seconds of a steady clock."""
        self._times.append(now)
        while self._times[0] < now - self._window_s:
            self._times.popleft()

    @property
    def value(self) -> float:
        """Events a second; 0 until there were two."""
        if len(self._times) < 2 or self._times[-1] == self._times[0]:
            return 0.0
        return (len(self._times) - 1) / (self._times[-1] - self._times[0])


class CameraFeed(QObject):
    """Opens a camera or video, reads it, and takes stills; everything about the device happens in one thread.

    source: index of a camera, a video file in place of one, or None for the first camera there is.
    """

    frame_ready = Signal()
    """There is a newer frame than the one taken last (see `take_frame`)."""
    still_saved = Signal(object)
    """Path of the still."""
    failed = Signal(object)
    """A `CameraError` that ended the feed, or an `OutputError` of a still."""
    cameras_found = Signal(list)
    """`CameraInfo` of every camera of this computer, when the first one was asked for."""
    ended = Signal()
    """The video is over, or the feed was stopped."""
    _stopped = Signal()

    def __init__(self, source: int | Path | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._lock = threading.Lock()
        self._newest: Pixels | None = None
        self._announced = False
        self._stop = threading.Event()
        self._still_file: Path | None = None
        self._thread = threading.Thread(target=self._run, name="shelfaudit-camera", daemon=True)
        self._stopped.connect(self.ended, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Open the device and begin."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """End the thread and let the device go."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def take_frame(self) -> Pixels | None:
        """The newest frame, once; None where there is no newer one."""
        with self._lock:
            frame, self._newest, self._announced = self._newest, None, False
        return frame

    def take_still(self, file: Path) -> None:
        """Save a full-resolution still as JPEG; `still_saved` or `failed` follows."""
        with self._lock:
            self._still_file = file

    # In the thread

    def _run(self) -> None:
        # Imported here: OpenCV's video part is slow to load, and most days nobody opens the camera.
        from shelfaudit.capture.camera import list_cameras, open_camera

        try:
            wanted = self._source
            if wanted is None:
                cameras = list_cameras()
                self.cameras_found.emit(cameras)
                wanted = cameras[0].index if cameras else 0
            source = open_camera(wanted)
            try:
                self._read(source)
            finally:
                source.close()
        except CameraError as error:
            if not self._stop.is_set():
                self.failed.emit(error)
        self._stopped.emit()

    def _read(self, source: FrameSource) -> None:
        while not self._stop.is_set():
            frame = source.read()
            if frame is None:
                return
            with self._lock:
                self._newest = frame
                announce, self._announced = not self._announced, True
                still_file, self._still_file = self._still_file, None
            if announce:
                self.frame_ready.emit()
            if still_file is not None:
                self._save_still(source, still_file)

    def _save_still(self, source: FrameSource, file: Path) -> None:
        try:
            data = encode_jpeg(source.still(), STILL_QUALITY)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.failed.emit(
                OutputError(f"The photo cannot be saved ({reason}).", advice="Make room on the disk.", file=file)
            )
        except UserError as error:
            self.failed.emit(error)
        else:
            self.still_saved.emit(file)


def still_name(moment: float) -> str:
    """The file name of a still taken at this time (seconds since 1970), sorted by time, to the millisecond."""
    whole = time.strftime("%Y-%m-%d %H-%M-%S", time.localtime(moment))
    return f"{whole}-{int(moment % 1 * 1000):03}.jpg"
