"""A video file that plays like a camera: at its own rate, once."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from shelfaudit.capture.frames import Pixels, to_rgb
from shelfaudit.errors import CameraError

_USUAL_RATE = 25.0
_FASTEST_RATE = 240.0


class VideoFile:
    """Plays a video file. A reader that is too slow misses frames, as with a camera; the end is None.

    The file is opened here and handed to OpenCV as a stream, because OpenCV cannot open every path by its name
    (non-ASCII ones on Windows).

    Args:
        path: the file.
        clock, sleep: seconds that pass, and waiting for them.

    Raises:
        CameraError: the file is missing or no video.
    """

    def __init__(
        self, path: Path, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._path, self._clock, self._sleep = path, clock, sleep
        try:
            self._file: io.BufferedReader = path.open("rb")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise CameraError(f"The video cannot be opened ({reason}).", advice="Check the name.", file=path) from error
        # The type stubs know only readers written as IStreamReader; any buffered binary file will do.
        self._capture = cv2.VideoCapture(self._file, cv2.CAP_FFMPEG, [])  # type: ignore[call-overload]
        if not self._capture.isOpened():
            self.close()
            raise CameraError("This is not a video that can be played.", advice="MP4, AVI and MOV work.", file=path)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self._frame_rate = rate if 0 < rate <= _FASTEST_RATE else _USUAL_RATE
        self._started: float | None = None
        self._next_index = 0
        self._last: Pixels | None = None

    @property
    def frame_rate(self) -> float:
        """Frames a second at which it was recorded."""
        return self._frame_rate

    def read(self) -> Pixels | None:
        """The frame that is due now, after waiting for it; None at the end."""
        if self._started is None:
            self._started = self._clock()
        early = self._started + self._next_index / self._frame_rate - self._clock()
        if early > 0:
            self._sleep(early)
        for _ in range(int(-early * self._frame_rate)):
            if not self._capture.grab():
                return None
            self._next_index += 1
        found, frame = self._capture.read()
        if not found or frame is None:
            return None
        self._next_index += 1
        self._last = to_rgb(frame)
        return self._last

    def still(self) -> Pixels:
        """The frame that was read last, or the first one: frames of a file have full resolution.

        Raises:
            CameraError: the video has no frames.
        """
        frame = self._last if self._last is not None else self.read()
        if frame is None:
            raise CameraError("This video has no frames.", advice="Choose another one.", file=self._path)
        return frame

    def close(self) -> None:
        """Close the file; may be called again."""
        self._capture.release()
        self._file.close()
