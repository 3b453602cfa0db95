"""Folders of thousands of photos: only what is in view is decoded, and the window stays free."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from shelfaudit.gui.image_loader import ImageLoader

from .shell_driver import RED, Auditor, running_window, write_shelf

PHOTOS = 3000


@pytest.fixture
def auditor(qtbot: QtBot, tmp_path: Path) -> Iterator[Auditor]:
    with running_window(qtbot, tmp_path / "visits.sqlite") as driver:
        yield driver


def test_importing_thousands_decodes_only_what_is_in_view(auditor: Auditor, tmp_path: Path) -> None:
    data = write_shelf(tmp_path / "first.jpg", [RED] * 4).read_bytes()
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(PHOTOS):
        (folder / f"{number}.jpg").write_bytes(data)
    decoded: set[int] = set()
    thumbnails = auditor.window.visit_page.thumbnails
    thumbnails.loaded.connect(lambda photo_id, _image: decoded.add(photo_id))
    auditor.begin_visit()
    ticks: list[float] = []
    heartbeat = QTimer(interval=10)
    heartbeat.timeout.connect(lambda: ticks.append(time.monotonic()))
    heartbeat.start()
    auditor.import_photos(folder)
    auditor.wait_until(lambda: len(auditor.photos) == PHOTOS and bool(decoded))
    auditor.window.runner.cancel()
    auditor.wait_until(lambda: not auditor.window.runner.running)
    heartbeat.stop()
    assert [photo.path.name for photo in auditor.photos[:3]] == ["0.jpg", "1.jpg", "2.jpg"]
    assert len(decoded) < 100
    assert len(ticks) > 5, "the event loop went on while the folder was imported"


def test_the_newest_request_comes_first_and_old_ones_are_forgotten(qtbot: QtBot, tmp_path: Path) -> None:
    file = write_shelf(tmp_path / "a.jpg", [RED])
    loader = ImageLoader("test-images", long_side=64, waiting=3, cached=2, shrink=True)
    order: list[int] = []
    loader.loaded.connect(lambda photo_id, _image: order.append(photo_id))
    try:
        for photo_id in range(40):
            loader.request(photo_id, file)
        qtbot.waitUntil(lambda: 37 in order or len(order) > 4)
        qtbot.wait(100)
        assert order[-3:] == [39, 38, 37]
        assert len(order) < 40
        assert loader.image(37) is not None
        assert loader.image(39) is None, "only the last two are kept"
        image = loader.image(37)
        assert image is not None
        assert max(image.width(), image.height()) == 64
    finally:
        loader.stop()


def test_a_photo_that_cannot_be_read_is_told_once(qtbot: QtBot, tmp_path: Path) -> None:
    loader = ImageLoader("test-images", long_side=64, waiting=3, cached=2, shrink=True)
    told: list[str] = []
    loader.failed.connect(lambda _photo_id, error: told.append(str(error)))
    try:
        with qtbot.waitSignal(loader.failed):
            loader.request(1, tmp_path / "missing.jpg")
        loader.request(1, tmp_path / "missing.jpg")
        qtbot.wait(100)
        assert len(told) == 1
        assert "missing.jpg" in told[0]
        loader.forget(1)
        with qtbot.waitSignal(loader.failed):
            loader.request(1, tmp_path / "missing.jpg")
    finally:
        loader.stop()
