"""The whole window without a mouse: what has the focus, what presses it, and what Escape closes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, QStandardPaths, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from shelfaudit.domain.catalogue import Brand, Ownership, Product
from shelfaudit.domain.visit import Author
from shelfaudit.errors import StorageError
from shelfaudit.gui.actions import Act
from shelfaudit.gui.file_chooser import FileChooser
from shelfaudit.gui.visit_dialog import KnownNames, VisitDetails, VisitDialog
from shelfaudit.storage.repository import VisitRepository

from .shell_driver import BLUE, RED, Auditor, running_window, write_shelf
from .test_shell_camera import write_video

ALBA, COLA = Brand("Alba", Ownership.OWN), Product("Alba/Cola", "Cola", "Alba")


@pytest.fixture
def auditor(qtbot: QtBot, tmp_path: Path) -> Iterator[Auditor]:
    with running_window(qtbot, tmp_path / "visits.sqlite") as driver:
        driver.window.activateWindow()
        qtbot.waitUntil(driver.window.isActiveWindow)
        yield driver


@pytest.fixture
def at_a_photo(auditor: Auditor, tmp_path: Path) -> Auditor:
    auditor.begin_visit()
    auditor.import_photos(write_shelf(tmp_path / "a.jpg", [RED, BLUE]))
    auditor.wait_for_detection()
    auditor.wait_for_photo()
    return auditor


def in_focus() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None, "nothing has the focus"
    return widget


def press(key: Qt.Key) -> None:
    """As the keyboard does: the key goes to what has the focus, shortcuts first."""
    QTest.keyClick(in_focus(), key)


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_the_button_in_focus_is_pressed_whatever_the_key_does_in_the_photo(at_a_photo: Auditor, key: Qt.Key) -> None:
    window = at_a_photo.window
    window.notices.show_done("Report saved", [("Open", lambda: None)])
    button = window.notices.buttons[0]
    button.setFocus()
    press(key)
    assert window.notices.text == ""
    assert not window.visit_page.view.selected_facings(), "the key did not reach the photo"

    undo = next(b for b in window.header.findChildren(QToolButton) if b.defaultAction() is window.actions_[Act.UNDO])
    at_a_photo.select(at_a_photo.facings[:1])
    at_a_photo.press(Act.REMOVE)
    undo.setFocus()
    press(key)
    assert len(at_a_photo.facings) == 2


def test_keys_of_the_photo_still_reach_it(at_a_photo: Auditor) -> None:
    view = at_a_photo.window.visit_page.view
    view.setFocus()
    press(Qt.Key.Key_Space)
    assert len(view.selected_facings()) == 1
    press(Qt.Key.Key_Return)
    assert sum(facing.product_by is Author.AUDITOR for facing in at_a_photo.facings) == 1


def test_an_empty_visit_is_filled_by_one_key_and_then_keys_mean_the_photo(auditor: Auditor, tmp_path: Path) -> None:
    auditor.begin_visit()
    button = in_focus()
    assert isinstance(button, QPushButton)
    assert button.text() == "Import photos"
    auditor.chooser.paths = [write_shelf(tmp_path / "a.jpg", [RED])]
    press(Qt.Key.Key_Return)
    auditor.wait_for_detection()
    auditor.wait_for_photo()
    assert in_focus() is auditor.window.visit_page.view


def test_f6_goes_from_part_to_part(at_a_photo: Auditor) -> None:
    page = at_a_photo.window.visit_page
    at_a_photo.wait_until(lambda: page.shares.brands.isVisible())
    page.view.setFocus()
    for part in (page.shares.brands, page.photos, page.view):
        press(Qt.Key.Key_F6)
        assert in_focus() is part


def test_escape_closes_the_message_and_then_the_full_screen(at_a_photo: Auditor) -> None:
    window = at_a_photo.window
    window.showMaximized()
    at_a_photo.press(Act.FULL_SCREEN)
    window.visit_page.view.setFocus()
    window.notices.show_done("Done.")
    press(Qt.Key.Key_Escape)
    assert window.notices.text == ""
    assert window.isFullScreen()
    press(Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert window.isMaximized(), "as it was before"


def test_space_takes_a_photo_and_escape_leaves_the_camera(qtbot: QtBot, tmp_path: Path) -> None:
    video = write_video(tmp_path / "shelf.avi")
    with running_window(qtbot, tmp_path / "visits.sqlite", camera=video) as auditor:
        page = auditor.window.camera_page
        auditor.window.activateWindow()
        auditor.begin_visit()
        auditor.wait_until(lambda: page.live.has_frame)
        assert in_focus() is page
        press(Qt.Key.Key_Space)
        auditor.wait_until(lambda: bool(auditor.photos))
        press(Qt.Key.Key_Escape)
        assert not page.running
        assert auditor.window.pages.currentWidget() is auditor.window.visit_page


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_one_tab_leaves_the_date(qtbot: QtBot) -> None:
    dialog = VisitDialog(KnownNames())
    qtbot.addWidget(dialog)
    given: list[VisitDetails] = []
    dialog.confirmed.connect(given.append)
    with qtbot.waitExposed(dialog):
        dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is dialog.store)
    for words in ("Markt", "Drinks", "", "Ada"):
        QTest.keyClicks(in_focus(), words)
        press(Qt.Key.Key_Tab)
    dialog.accept()
    today = QDate.currentDate()
    assert given == [VisitDetails("Markt", "Drinks", dt.date(today.year(), today.month(), today.day()), "Ada")]


def test_a_new_product_that_cannot_be_saved_is_not_there(at_a_photo: Auditor, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(VisitRepository, "save_catalogue", fail)
    at_a_photo.select(at_a_photo.facings[:1])
    at_a_photo.window.naming.add_product(ALBA, COLA)
    at_a_photo.wait_until(lambda: "The disk is full" in at_a_photo.window.notices.text)
    assert COLA.sku not in at_a_photo.session.catalogue.products
    assert at_a_photo.window.naming.recent == []
    assert all(facing.product is None for facing in at_a_photo.facings)


def test_a_report_needs_no_model(qtbot: QtBot, tmp_path: Path) -> None:
    with running_window(qtbot, tmp_path / "visits.sqlite", tmp_path / "missing.tflite") as auditor:
        auditor.begin_visit()
        auditor.save_as(Act.REPORT, tmp_path / "report.pdf")
        assert auditor.window.notices.text == "Report saved: report.pdf"
        assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_a_database_that_is_not_open_can_be_tried_again_whatever_was_asked(qtbot: QtBot, tmp_path: Path) -> None:
    blocked = tmp_path / "folder"
    blocked.write_bytes(b"a file where the folder should be")
    with running_window(qtbot, tmp_path / "fine.sqlite") as auditor:
        window = auditor.window
        window.workers.stop()
        window.workers.database_file = blocked / "visits.sqlite"
        window._show_problem(StorageError("The database is not open."))
        assert [button.text() for button in window.notices.buttons] == ["Try again"]


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_dialogs_begin_at_home_where_there_is_no_folder_for_it(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _: str(tmp_path / "not there"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    parent = QWidget()
    qtbot.addWidget(parent)
    FileChooser(parent).ask_where_to_save("Save", "a.pdf", "PDF", "pdf", lambda _: None)
    dialog = parent.findChild(QFileDialog)
    assert dialog is not None
    assert Path(dialog.directory().absolutePath()) == tmp_path
    assert [Path(name) for name in dialog.selectedFiles()] == [tmp_path / "a.pdf"]
    dialog.reject()


def test_the_window_fits_half_of_a_cheap_laptop(at_a_photo: Auditor) -> None:
    window = at_a_photo.window
    window.resize(683, 360)
    at_a_photo.wait_until(lambda: window.width() == 683)
    QApplication.processEvents()
    header = window.header
    buttons = [button for button in header.findChildren(QToolButton) if button.isVisible()]
    assert len(buttons) > 5
    assert all(header.rect().contains(button.geometry()) for button in buttons)
    shares = window.visit_page.shares
    assert shares.mapTo(window, shares.rect().topRight()).x() < 683
