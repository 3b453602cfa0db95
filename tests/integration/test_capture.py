"""Video files through OpenCV, and cameras played by a stand-in for the device."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from shelfaudit.capture import camera as camera_module
from shelfaudit.capture.camera import CameraInfo, LiveCamera, list_cameras, open_camera
from shelfaudit.capture.video_file import VideoFile
from shelfaudit.errors import CameraError

RATE, FRAMES = 20, 12


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A video of frames that get redder, in a folder of any script."""
    plain, file = tmp_path / "plain.avi", tmp_path / "обход №1 商店.avi"
    writer = cv2.VideoWriter(str(plain), cv2.VideoWriter.fourcc(*"MJPG"), RATE, (160, 120))
    for index in range(FRAMES):
        writer.write(np.full((120, 160, 3), (10, 60, 20 * index), dtype=np.uint8))
    writer.release()
    return plain.rename(file)


class Time:
    """A clock that only moves when somebody waits or works."""

    def __init__(self) -> None:
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def redness(frame: NDArray[np.uint8] | None) -> int:
    assert frame is not None
    assert frame.shape == (120, 160, 3)
    return round(float(frame[..., 0].mean()) / 20)


def test_a_video_plays_at_its_own_rate_and_ends(video: Path) -> None:
    time = Time()
    source = VideoFile(video, clock=time.clock, sleep=time.sleep)
    assert source.frame_rate == RATE
    frames = []
    while (frame := source.read()) is not None:
        frames.append(redness(frame))
    assert frames == list(range(FRAMES))
    assert time.now - 100.0 == pytest.approx(FRAMES / RATE)
    assert source.read() is None
    assert redness(source.still()) == FRAMES - 1
    source.close()
    source.close()


def test_a_slow_reader_misses_frames(video: Path) -> None:
    time = Time()
    source = VideoFile(video, clock=time.clock, sleep=time.sleep)
    frames = []
    while (frame := source.read()) is not None:
        frames.append(redness(frame))
        time.sleep(3 / RATE + 0.001)
    assert frames == [0, 3, 6, 9]
    source.close()


def test_a_still_before_the_first_frame(video: Path) -> None:
    source = open_camera(video)
    assert redness(source.still()) == 0
    source.close()


def test_files_that_are_no_videos(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    junk = tmp_path / "junk.mp4"
    junk.write_bytes(b"junk" * 500)
    with pytest.raises(CameraError, match="not a video"):
        open_camera(junk)
    with pytest.raises(CameraError, match="cannot be opened") as caught:
        open_camera(tmp_path / "gone.avi")
    assert caught.value.file == tmp_path / "gone.avi"
    assert capfd.readouterr().err == ""


class FakeDevice:
    """A camera with these sizes (widths to heights); blue on its left half."""

    def __init__(self, sizes: dict[int, int], *, opened: bool = True, frames: int = 1000, slow_start: int = 0) -> None:
        self.sizes, self.opened, self.frames, self.slow_start = sizes, opened, frames, slow_start
        self.width = min(sizes)
        self.released = 0

    def isOpened(self) -> bool:
        return self.opened

    def read(self) -> tuple[bool, NDArray[np.uint8] | None]:
        if self.slow_start > 0:
            self.slow_start -= 1
            return False, None
        if self.frames <= 0:
            return False, None
        self.frames -= 1
        frame = np.zeros((self.sizes[self.width], self.width, 3), dtype=np.uint8)
        frame[:, : self.width // 2, 0] = 255
        return True, frame

    def grab(self) -> bool:
        return self.read()[0]

    def get(self, prop: int, /) -> float:
        return float({cv2.CAP_PROP_FRAME_WIDTH: self.width, cv2.CAP_PROP_FPS: 0}[prop])

    def set(self, prop: int, value: float, /) -> bool:
        if prop == cv2.CAP_PROP_FRAME_WIDTH:
            self.width = min(self.sizes, key=lambda width: abs(width - value))
        return True

    def release(self) -> None:
        self.released += 1


def live(device: FakeDevice) -> LiveCamera:
    return LiveCamera(0, opener=lambda *_: device, sleep=lambda _: None)


def test_live_frames_are_rgb_and_stills_have_the_highest_resolution() -> None:
    device = FakeDevice({640: 480, 1280: 720, 2592: 1944})
    camera = live(device)
    frame = camera.read()
    assert frame.shape == (720, 1280, 3)
    assert frame[0, 0].tolist() == [0, 0, 255]
    assert camera.still().shape == (1944, 2592, 3)
    assert camera.read().shape == (720, 1280, 3)
    assert camera.frame_rate == 30
    camera.close()
    assert device.released


def test_a_camera_of_one_size_gives_stills_of_it() -> None:
    assert live(FakeDevice({640: 480})).still().shape == (480, 640, 3)


def test_a_camera_may_take_a_moment_to_start() -> None:
    assert live(FakeDevice({640: 480}, slow_start=4)).read().shape == (480, 640, 3)


def test_a_busy_camera_is_explained_and_let_go() -> None:
    device = FakeDevice({640: 480}, frames=0)
    with pytest.raises(CameraError, match=r"gives no picture\. Close other programs"):
        live(device)
    assert device.released


def test_an_unplugged_camera_is_explained() -> None:
    camera = live(FakeDevice({640: 480}, frames=2))
    assert camera.read() is not None
    with pytest.raises(CameraError, match="stopped sending pictures"):
        camera.read()


def test_a_camera_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(camera_module, "_SYSTEM", "Linux")
    monkeypatch.setattr(camera_module, "_DEVICES", tmp_path)
    with pytest.raises(CameraError, match="Camera 1 is not there"):
        live(FakeDevice({640: 480}, opened=False))
    (tmp_path / "video0").touch()
    with pytest.raises(CameraError, match="cannot be opened"):
        live(FakeDevice({640: 480}, opened=False))


def test_linux_lists_each_camera_once_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for node, index, name in [("video2", "0", "Doc Cam"), ("video0", "0", "Webcam"), ("video1", "1", "Webcam")]:
        (tmp_path / node).mkdir()
        (tmp_path / node / "index").write_text(f"{index}\n")
        (tmp_path / node / "name").write_text(f"{name}\n")
    (tmp_path / "video9").mkdir()
    monkeypatch.setattr(camera_module, "_SYSTEM", "Linux")
    monkeypatch.setattr(camera_module, "_DEVICE_CLASSES", tmp_path)
    assert list_cameras() == [CameraInfo(0, "Webcam"), CameraInfo(2, "Doc Cam")]


def test_elsewhere_the_first_cameras_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "_SYSTEM", "Windows")
    monkeypatch.setattr(camera_module, "_open_device", lambda index, _: FakeDevice({640: 480}, opened=index in (0, 2)))
    assert list_cameras() == [CameraInfo(0, "Camera 1"), CameraInfo(2, "Camera 3")]
