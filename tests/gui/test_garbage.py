"""Widgets in reference cycles are deleted by the UI thread, whichever thread allocates."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from shelfaudit.gui.garbage import UiThreadGarbage


class Cycle:
    """Refers to itself, and notes the thread that deletes it."""

    def __init__(self, deleted_by: list[threading.Thread]) -> None:
        self.itself = self
        self.deleted_by = deleted_by

    def __del__(self) -> None:
        self.deleted_by.append(threading.current_thread())


@pytest.fixture
def _python_collects() -> Iterator[None]:
    gc.enable()
    yield
    gc.disable()


@pytest.mark.usefixtures("_python_collects")
def test_a_worker_thread_deletes_nothing_and_the_ui_thread_does_it_soon(qtbot: QtBot) -> None:
    deleted_by: list[threading.Thread] = []
    # Kept until the end: what is freed again counts as never allocated, and no collection would be due.
    kept: list[list[int]] = []

    def allocate_much() -> None:
        kept.extend([] for _ in range(10 * gc.get_threshold()[0]))

    garbage = UiThreadGarbage()
    Cycle(deleted_by)
    worker = threading.Thread(target=allocate_much)
    worker.start()
    worker.join()
    assert deleted_by == []
    qtbot.waitUntil(lambda: bool(deleted_by))
    assert deleted_by == [threading.main_thread()]
    garbage.stop()
    assert gc.isenabled()
