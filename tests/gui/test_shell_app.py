"""The whole application, as `shelfaudit` without a command starts it; and what happens to bugs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from shelfaudit import paths
from shelfaudit.__main__ import main
from shelfaudit.errors import StorageError
from shelfaudit.gui.failures import Failures, start_log, stop_log
from shelfaudit.gui.main_window import MainWindow

from .shell_driver import TINY_MODEL


@pytest.fixture(autouse=True)
def _plain_look_afterwards(qapp: QApplication) -> Iterator[None]:
    yield
    qapp.setStyleSheet("")
    qapp.setPalette(QPalette())


def test_the_window_opens_and_closes_by_main(qapp: QApplication, tmp_path: Path) -> None:
    database = tmp_path / "Ä visits.sqlite"
    seen: list[str] = []

    def look() -> None:
        for window in qapp.topLevelWidgets():
            if isinstance(window, MainWindow) and window.isVisible():
                seen.append(window.windowTitle())
                timer.stop()
                window.close()

    timer = QTimer(interval=50)
    timer.timeout.connect(look)
    timer.start()
    thread_hook = threading.excepthook
    assert main(["--database", str(database), "--model", str(TINY_MODEL)]) == 0
    assert seen == ["shelfaudit"]
    assert database.exists()
    assert threading.excepthook is thread_hook
    assert not isinstance(getattr(sys.excepthook, "__self__", None), Failures)
    assert not paths.default_database_file().exists()


@pytest.fixture
def failures(qapp: QApplication, tmp_path: Path) -> Iterator[Failures]:
    del qapp
    created = Failures(tmp_path / "shelfaudit.log")
    created.install()
    yield created
    created.uninstall()
    created.deleteLater()


def message_boxes(qapp: QApplication) -> list[QMessageBox]:
    return [box for box in qapp.topLevelWidgets() if isinstance(box, QMessageBox) and box.isVisible()]


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_a_bug_in_any_thread_is_logged_and_shown_once(
    qtbot: QtBot, qapp: QApplication, failures: Failures, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert failures is not None
    handler = start_log(tmp_path / "log" / "shelfaudit.log")
    assert handler is not None

    def fail() -> None:
        raise ZeroDivisionError("in a thread")

    for _ in range(3):
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    qtbot.waitUntil(lambda: bool(message_boxes(qapp)))
    (box,) = message_boxes(qapp)
    assert "ZeroDivisionError" in box.text()
    assert "in a thread" in box.detailedText()
    assert str(tmp_path / "shelfaudit.log") in box.informativeText()
    box.close()
    stop_log(handler)
    assert (tmp_path / "log" / "shelfaudit.log").read_text(encoding="utf-8").count(
        "ZeroDivisionError: in a thread"
    ) == 3
    caplog.clear()


def test_a_user_error_is_no_bug(qtbot: QtBot, failures: Failures) -> None:
    def fail() -> None:
        raise StorageError("The disk is full.")

    with qtbot.waitSignal(failures.user_error) as told:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    assert str(told.args[0]) == "The disk is full."
