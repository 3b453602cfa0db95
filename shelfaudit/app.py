"""The desktop application: one QApplication, one window, and the places where errors and settings meet."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from shelfaudit import __version__, paths
from shelfaudit.gui.failures import Failures, start_log, stop_log
from shelfaudit.gui.garbage import UiThreadGarbage
from shelfaudit.gui.icons import app_icon
from shelfaudit.gui.main_window import MainWindow
from shelfaudit.gui.theme import Theme


def run_desktop(arguments: Sequence[str] = ()) -> int:
    """Open the window and run until it is closed; returns the exit code of the process.

    arguments: `--database FILE`, `--model FILE`, `--camera FILE` (a video in place of the camera).
    """
    options = _parse(arguments)
    app = _application()
    handler = start_log(paths.log_file())
    failures = Failures(paths.log_file())
    failures.install()
    garbage = UiThreadGarbage()
    window = MainWindow(
        Theme(app), options.database or paths.default_database_file(), options.model, camera=options.camera
    )
    failures.set_window(window)
    failures.user_error.connect(window.notices.show_error)
    # Shown where it was left, so not before the database answered; where it cannot, the window says why.
    window.restored.connect(lambda: window.show() if window.placed else window.showMaximized())
    QTimer.singleShot(SHOW_ANYWAY_MS, window, window.show)
    window.open()
    try:
        return app.exec()
    finally:
        garbage.stop()
        failures.uninstall()
        stop_log(handler)


SHOW_ANYWAY_MS = 700
"""A database that is slow to open must not look like a program that does not start."""


def _application() -> QApplication:
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        # Fractional scales stay fractional: 150 % is not rounded to 200 %.
        QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
        app = QApplication([sys.argv[0]])
    QCoreApplication.setApplicationName(paths.APP_NAME)
    QCoreApplication.setApplicationVersion(__version__)
    QGuiApplication.setDesktopFileName(paths.APP_NAME)
    app.setWindowIcon(app_icon())
    return app


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="shelfaudit")
    for option in ("--database", "--model", "--camera"):
        parser.add_argument(option, type=Path)
    return parser.parse_args(arguments)
