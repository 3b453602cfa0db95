"""Bugs: every one is logged and shown once, from whatever thread it comes."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from shelfaudit.errors import UserError

LOG_BYTES = 1_000_000

_log = logging.getLogger("shelfaudit")


def start_log(file: Path) -> logging.Handler | None:
    """Write warnings and errors to a file that never grows beyond two megabytes; None where it cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
    except OSError:
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    _log.addHandler(handler)
    return handler


def stop_log(handler: logging.Handler | None) -> None:
    """Close what `start_log` opened."""
    if handler is not None:
        _log.removeHandler(handler)
        handler.close()


class Failures(QObject):
    """The one place where uncaught exceptions of all threads arrive."""

    user_error = Signal(object)
    """A `UserError` that nobody handled: not a bug, to be shown in place."""
    _caught = Signal(object)

    def __init__(self, log_file: Path) -> None:
        super().__init__()
        self._log_file = log_file
        self._window: QWidget | None = None
        self._open: QMessageBox | None = None
        self._before = (sys.excepthook, threading.excepthook)
        self._caught.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Catch what is raised in any thread from now on."""
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._from_main
        threading.excepthook = self._from_thread

    def uninstall(self) -> None:
        """Back to what caught them before."""
        sys.excepthook, threading.excepthook = self._before

    def set_window(self, window: QWidget | None) -> None:
        """Where the dialog belongs."""
        self._window = window

    def _from_main(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self._report(error)

    def _from_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._report(arguments.exc_value)

    def _report(self, error: BaseException) -> None:
        if isinstance(error, UserError):
            self.user_error.emit(error)
            return
        text = "".join(traceback.format_exception(error))
        _log.error("uncaught exception\n%s", text)
        self._caught.emit((error, text))

    def _show(self, caught: tuple[BaseException, str]) -> None:
        if self._open is not None:  # one at a time: a bug in a paint event would open hundreds
            return
        error, text = caught
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Critical)
        box.setWindowTitle("Something went wrong in shelfaudit")
        box.setText(f"This is a bug: {type(error).__name__}.")
        box.setInformativeText(
            "What is marked “Saved” is safe. You can go on; if the window behaves strangely, start it again.\n\n"
            f"The details are in {self._log_file}"
        )
        box.setDetailedText(text)
        box.finished.connect(self._closed)
        self._open = box
        box.open()

    def _closed(self) -> None:
        if self._open is not None:
            self._open.deleteLater()
            self._open = None
