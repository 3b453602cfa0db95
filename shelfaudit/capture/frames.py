"""What a page that shows frames needs of their source, whatever it is."""

from __future__ import annotations

import os
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

# OpenCV and FFmpeg report every device and file they cannot open on standard error; here that is a CameraError.
# FFmpeg's level is read from the environment once, when the first video is opened.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


class FrameSource(Protocol):
    """Gives frames one after the other; used by one thread, closed by `close`.

    frame_rate: frames a second it means to give.
    """

    @property
    def frame_rate(self) -> float: ...

    def read(self) -> Pixels | None:
        """The next frame, RGB uint8 (H, W, 3), as soon as it is due; None at the end of a video.

        Raises:
            CameraError: the source went away.
        """

    def still(self) -> Pixels:
        """One frame at the highest resolution there is.

        Raises:
            CameraError: there is no frame (any more).
        """

    def close(self) -> None:
        """Let go of the device or file; may be called again."""


class Capture(Protocol):
    """The part of cv2.VideoCapture that is used, so that tests can stand in for a camera."""

    def isOpened(self) -> bool: ...

    def read(self) -> tuple[bool, Pixels | None]: ...

    def grab(self) -> bool: ...

    def get(self, prop: int, /) -> float: ...

    def set(self, prop: int, value: float, /) -> bool: ...

    def release(self) -> None: ...


def to_rgb(frame: Pixels) -> Pixels:
    """OpenCV's BGR as RGB."""
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), dtype=np.uint8)
