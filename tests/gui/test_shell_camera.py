"""The camera page, with a video in place of the camera."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from shelfaudit.gui.actions import Act
from shelfaudit.gui.camera_feed import FrameRate, still_name
from shelfaudit.photos.decode import read_photo

from .shell_driver import RED, running_window, write_shelf


def write_video(file: Path, seconds: float = 6.0) -> Path:
    """Eight red facings on a dark shelf, 512 × 512, 20 frames a second."""
    frame = read_photo(write_shelf(file.with_suffix(".jpg"), [RED] * 8)).pixels
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 20, (512, 512))
    for _ in range(round(seconds * 20)):
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()
    return file


def test_live_boxes_and_a_still_into_a_visit(qtbot: QtBot, tmp_path: Path) -> None:
    video = write_video(tmp_path / "shelf.avi")
    with running_window(qtbot, tmp_path / "visits.sqlite", camera=video) as auditor:
        page = auditor.window.camera_page
        auditor.wait_until(lambda: page.live.box_count == 8)
        assert "8 facings" in page.facts
        assert "frames/s" in page.facts
        auditor.begin_visit()
        assert auditor.window.camera_page.running, "the camera goes on while a visit is made"
        auditor.press(Act.STILL)
        auditor.wait_until(lambda: bool(auditor.photos))
        auditor.press(Act.VISITS)
        auditor.wait_until(lambda: not page.running)
        auditor.wait_for_detection()
        (photo,) = auditor.photos
        assert (photo.width, photo.height, len(photo.facings)) == (512, 512, 8)
        assert photo.path.is_relative_to(tmp_path / "visits-stills")


def test_a_video_that_is_over_can_be_played_again(qtbot: QtBot, tmp_path: Path) -> None:
    video = write_video(tmp_path / "short.avi", seconds=0.5)
    with running_window(qtbot, tmp_path / "visits.sqlite", camera=video) as auditor:
        page = auditor.window.camera_page
        auditor.wait_until(lambda: not page.running)
        assert "The video is over" in page.pane.text
        page.pane.chosen.emit("Play again")
        auditor.wait_until(lambda: page.live.has_frame)


def test_what_is_no_video_is_explained_in_place(qtbot: QtBot, tmp_path: Path) -> None:
    broken = tmp_path / "broken.avi"
    broken.write_bytes(b"no video")
    with running_window(qtbot, tmp_path / "visits.sqlite", camera=broken) as auditor:
        page = auditor.window.camera_page
        auditor.wait_until(lambda: not page.running)
        assert "not a video" in page.pane.text
        assert page.pane.isVisible()


def test_frame_rate_counts_the_last_moments_only() -> None:
    rate = FrameRate(window_s=1.0)
    assert rate.value == 0
    for tick in range(11):
        rate.tick(tick / 10)
    assert rate.value == pytest.approx(10)
    for tick in range(6):
        rate.tick(5 + tick / 5)
    assert rate.value == pytest.approx(5)


def test_stills_sort_by_time() -> None:
    names = [still_name(1_760_000_000 + moment) for moment in (0, 0.25, 1, 61)]
    assert names == sorted(names)
    assert len(set(names)) == 4
