"""Cameras: which there are, frames from one, and stills at full resolution."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2

from shelfaudit.capture.frames import Capture, FrameSource, Pixels, to_rgb
from shelfaudit.capture.video_file import VideoFile
from shelfaudit.errors import CameraError

LIVE_SIZE = (1280, 720)
"""Width and height asked of the camera for the live view; it gives the nearest it has."""

STILL_SIZES = ((3840, 2160), (2592, 1944), (1920, 1080))
"""Sizes asked for a still, largest first."""

_PROBED_CAMERAS = 4
_FRAMES_TO_SETTLE = 5
"""Exposure and focus need some frames after a camera starts or changes its size."""

_ATTEMPTS = 10
_PAUSE = 0.05
"""A camera that gives no frame in this many attempts, so many seconds apart, is gone."""

_SYSTEM = platform.system()
_DEVICES = Path("/dev")
_DEVICE_CLASSES = Path("/sys/class/video4linux")

Opener = Callable[[int, int], Capture]


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera of this computer: the index that opens it and a name for a person."""

    index: int
    name: str


def list_cameras() -> list[CameraInfo]:
    """The cameras of this computer. On Linux the system knows them; elsewhere the first few are tried."""
    if _SYSTEM == "Linux":
        return _linux_cameras(_DEVICE_CLASSES)
    return [CameraInfo(index, f"Camera {index + 1}") for index in range(_PROBED_CAMERAS) if _opens(index)]


def open_camera(source: int | Path) -> FrameSource:
    """Open a camera by its index, or a video file in place of one.

    Raises:
        CameraError: there is none, another program uses it, it may not be used, or the file is no video.
    """
    return VideoFile(source) if isinstance(source, Path) else LiveCamera(source)


class LiveCamera:
    """A camera that is on.

    Raises:
        CameraError: there is no such camera, it may not be used, or it gives no frames because another program has it.
    """

    def __init__(
        self, index: int, *, opener: Opener | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._name, self._sleep = f"Camera {index + 1}", sleep
        self._capture = (opener or _open_device)(index, _backend())
        if not self._capture.isOpened():
            raise _cannot_open(index)
        self._configure(LIVE_SIZE)
        # Only the newest frame is of interest.
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        if self._next_frame() is None:
            self.close()
            raise CameraError(
                f"{self._name} gives no picture.", advice="Close other programs that use the camera, then try again."
            )

    @property
    def frame_rate(self) -> float:
        """Frames a second the camera means to give; 30 where it does not say."""
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        return rate if rate > 0 else 30.0

    def read(self) -> Pixels:
        """The newest frame.

        Raises:
            CameraError: the camera was unplugged.
        """
        frame = self._next_frame()
        if frame is None:
            raise CameraError(f"{self._name} stopped sending pictures.", advice="Check its plug, then choose it again.")
        return to_rgb(frame)

    def still(self) -> Pixels:
        """A frame at the camera's highest resolution; the live view goes on afterwards.

        Raises:
            CameraError: the camera was unplugged.
        """
        live = self.read()
        large = self._large_frame()
        self._configure(LIVE_SIZE)
        return to_rgb(large) if large is not None and large.size > live.size else live

    def close(self) -> None:
        """Turn the camera off; may be called again."""
        self._capture.release()

    def _large_frame(self) -> Pixels | None:
        for size in STILL_SIZES:
            self._configure(size)
            if int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)) > LIVE_SIZE[0]:
                for _ in range(_FRAMES_TO_SETTLE):
                    self._capture.grab()
                return self._next_frame()
        return None

    def _configure(self, size: tuple[int, int]) -> None:
        # Uncompressed frames of this size do not fit through USB 2 at a useful rate.
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])

    def _next_frame(self) -> Pixels | None:
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._sleep(_PAUSE)
            found, frame = self._capture.read()
            if found and frame is not None and frame.size:
                return frame
        return None


def _backend() -> int:
    """OpenCV's interface to cameras on this system."""
    if _SYSTEM == "Windows":
        return cv2.CAP_DSHOW  # Media Foundation takes up to minutes to open a camera (opencv/opencv#17687)
    return cv2.CAP_AVFOUNDATION if _SYSTEM == "Darwin" else cv2.CAP_V4L2


def _open_device(index: int, backend: int) -> Capture:
    return cast("Capture", cv2.VideoCapture(index, backend))


def _opens(index: int) -> bool:
    capture = _open_device(index, _backend())
    opened = capture.isOpened()
    capture.release()
    return opened


def _linux_cameras(classes: Path) -> list[CameraInfo]:
    """Cameras as Video4Linux lists them; a camera's further nodes (metadata) have an index above 0."""
    cameras = []
    for node in classes.glob("video*"):
        try:
            if (node / "index").read_text().strip() == "0":
                name = (node / "name").read_text(errors="replace").strip()
                cameras.append(CameraInfo(int(node.name.removeprefix("video")), name))
        except (OSError, ValueError):
            continue  # unplugged while we looked
    return sorted(cameras, key=lambda camera: camera.index)


def _cannot_open(index: int) -> CameraError:
    """Why a camera does not open, as far as the system tells."""
    name = f"Camera {index + 1}"
    if _SYSTEM == "Linux" and not (_DEVICES / f"video{index}").exists():
        return CameraError(f"{name} is not there.", advice="Plug a camera in, then choose it again.")
    return CameraError(
        f"{name} cannot be opened.",
        advice="Close other programs that use it, and allow this one the camera in the system's privacy settings.",
    )
