"""A visit is audited from import to report without the mouse: only keys, sent to what has the focus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from shelfaudit.domain.catalogue import Brand, Product
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Author, PhotoState
from shelfaudit.gui.product_dialog import ProductDialog
from shelfaudit.gui.review_bar import ReviewBar
from shelfaudit.gui.visit_dialog import VisitDialog

from .shell_driver import BLUE, RED, YELLOW, Auditor, running_window, write_shelf

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Key, CTRL, SHIFT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


class Keyboard:
    """Ten fingers and the review bar to read from."""

    def __init__(self, auditor: Auditor) -> None:
        self.auditor = auditor

    def press(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self._in_focus(), key, keys)

    def write(self, text: str) -> None:
        QTest.keyClicks(self._in_focus(), text)

    def wait_for_dialog(self, kind: type[QWidget]) -> None:
        self.auditor.wait_until(lambda: isinstance(QApplication.activeModalWidget(), kind))
        self.auditor.wait_until(lambda: isinstance(QApplication.focusWidget(), QLineEdit))

    def wait_for_question(self, words: str) -> None:
        self.auditor.wait_until(lambda: words in self.asked)

    def wait_for_window(self) -> None:
        """A window system gives the focus back when a dialog closes; without one, the test does."""
        self.auditor.window.activateWindow()
        self.auditor.wait_until(lambda: QApplication.focusWidget() is not None)

    @property
    def bar(self) -> ReviewBar:
        return self.auditor.window.visit_page.review_bar

    @property
    def asked(self) -> str:
        question = self.bar.question
        return f"{question.text} {question.reason}" if question is not None else ""

    @staticmethod
    def _in_focus() -> QWidget:
        widget = QApplication.focusWidget()
        assert widget is not None, "nothing has the focus"
        return widget


@pytest.fixture
def keyboard(qtbot: QtBot, tmp_path: Path) -> Iterator[Keyboard]:
    with running_window(qtbot, tmp_path / "visits.sqlite") as auditor:
        auditor.window.activateWindow()
        qtbot.waitUntil(auditor.window.isActiveWindow)
        yield Keyboard(auditor)


def begin(keyboard: Keyboard, folder: Path) -> None:
    """A new visit with the photos of a folder, from the start page."""
    auditor = keyboard.auditor
    keyboard.press(Key.Key_N, CTRL)
    keyboard.wait_for_dialog(VisitDialog)
    keyboard.write("Markt")
    keyboard.press(Key.Key_Return)
    auditor.wait_until(lambda: auditor.window.visits.session is not None)
    keyboard.wait_for_window()
    auditor.chooser.paths = [folder]
    keyboard.press(Key.Key_O, CTRL | SHIFT)
    auditor.wait_until(lambda: auditor.window.visits.session is not None and bool(auditor.photos))
    auditor.wait_for_detection()
    auditor.wait_for_photo()


def name_new(keyboard: Keyboard, brand: str, product: str, *, own: bool) -> None:
    """The facing that is asked about is a product that the catalogue does not have yet."""
    auditor = keyboard.auditor
    keyboard.press(Key.Key_L)
    keyboard.write(product)
    keyboard.press(Key.Key_Return)
    keyboard.wait_for_dialog(ProductDialog)
    keyboard.write(brand)
    if not own:
        keyboard.press(Key.Key_Tab)
        keyboard.press(Key.Key_Down)
    keyboard.press(Key.Key_Return)
    auditor.wait_until(lambda: any(known.name == product for known in auditor.session.catalogue.products.values()))
    keyboard.wait_for_window()


def test_from_import_to_report_without_the_mouse(keyboard: Keyboard, tmp_path: Path) -> None:
    write_shelf(tmp_path / "shelf" / "1.jpg", [RED, RED, RED, RED, BLUE, BLUE, YELLOW])
    write_shelf(tmp_path / "shelf" / "2.jpg", [BLUE, RED, RED])
    auditor = keyboard.auditor
    begin(keyboard, tmp_path / "shelf")
    keyboard.wait_for_question("to decide in this photo")

    # The photo that changes most is on screen: its first pack is asked for its name, and its like follow.
    keyboard.press(Key.Key_Space)
    keyboard.wait_for_question("Which product is this? not named")
    name_new(keyboard, "Alba", "Cola", own=True)
    assert auditor.window.review.asked is not None, "the next question came by itself"
    auditor.wait_until(lambda: sum(f.product == "Alba/Cola" for photo in auditor.photos for f in photo.facings) == 6)

    names, answers = {RED: "1"}, 0
    while any(state is PhotoState.DETECTED for state in auditor.states()):
        answers += 1
        assert answers < 60, f"no end in sight at: {keyboard.asked}"
        selected = auditor.window.visit_page.view.selected_facings()
        if not selected:  # nothing is missing in this gap; or all is decided here
            keyboard.press(Key.Key_Return)
        elif (colour := colour_of(auditor, selected[0].box)) == YELLOW:
            keyboard.press(Key.Key_Delete)
        elif selected[0].product is not None:
            keyboard.press(Key.Key_Return)
        elif colour in names:
            keyboard.write(names[colour])
        else:
            name_new(keyboard, "Brio", "Water", own=False)
            names = {BLUE: "1", RED: "2"}
        auditor.wait_for_photo()

    assert keyboard.asked.strip() == "All photos are reviewed"
    assert keyboard.bar.progress_text == "nothing left"
    named = [facing.product for photo in auditor.photos for facing in photo.facings]
    assert sorted(named, key=str) == ["Alba/Cola"] * 6 + ["Brio/Water"] * 3
    auditor.wait_until_saved()
    auditor.chooser.paths = [tmp_path / "report.pdf"]
    keyboard.press(Key.Key_P, CTRL)
    auditor.wait_until(lambda: auditor.window.notices.text == "Report saved: report.pdf")
    assert "Alba" in "".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)


def colour_of(auditor: Auditor, box: Box) -> tuple[int, int, int]:
    """What a person sees in a box."""
    image = auditor.window.visit_page.images.image(auditor.photo.id)
    assert image is not None
    scale = image.width() / auditor.photo.width
    seen = image.pixelColor(round(box.center[0] * scale), round(box.center[1] * scale))
    return min(
        (RED, BLUE, YELLOW),
        key=lambda paint: sum(abs(a - b) for a, b in zip(paint, (seen.red(), seen.green(), seen.blue()), strict=True)),
    )


@pytest.fixture
def at_a_shelf(keyboard: Keyboard, tmp_path: Path) -> Keyboard:
    """Two packs with room for more, seen for the first time."""
    write_shelf(tmp_path / "shelf" / "1.jpg", [RED, RED, BLUE])
    begin(keyboard, tmp_path / "shelf")
    keyboard.wait_for_question("to decide in this photo")
    return keyboard


def test_undo_returns_to_the_decision_that_was_taken_back(at_a_shelf: Keyboard) -> None:
    auditor = at_a_shelf.auditor
    view = auditor.window.visit_page.view
    at_a_shelf.press(Key.Key_Space)
    [first] = view.selected_facings()
    at_a_shelf.press(Key.Key_Delete)
    [second] = view.selected_facings()
    assert second.id != first.id, "the next one is asked"
    at_a_shelf.press(Key.Key_Return)
    [third] = view.selected_facings()
    assert third.id not in (first.id, second.id)
    for expected in (second, first):
        at_a_shelf.press(Key.Key_Z, CTRL)
        assert [facing.id for facing in view.selected_facings()] == [expected.id]
        assert at_a_shelf.asked.startswith("Which product is this?")
    assert len(auditor.facings) == 3
    assert not any(facing.touched for facing in auditor.facings)


def test_space_asks_again_later_and_the_queue_gets_shorter_with_every_answer(at_a_shelf: Keyboard) -> None:
    auditor = at_a_shelf.auditor
    queue = auditor.window.review.queue
    assert queue is not None
    decisions = queue.decisions(auditor.photo.id)
    asked = []
    for _ in range(len(decisions)):
        at_a_shelf.press(Key.Key_Space)
        assert auditor.window.review.asked is not None
        asked.append(auditor.window.review.asked.id)
    assert asked == [decision.id for decision in decisions], "in the order of the queue"
    at_a_shelf.press(Key.Key_Space)
    assert auditor.window.review.asked is not None
    assert auditor.window.review.asked.id == decisions[0].id, "what was skipped comes again"
    left = queue.left
    at_a_shelf.press(Key.Key_Return)
    assert queue.left == left - 1
    assert at_a_shelf.bar.progress_text == f"{left - 1} of {queue.total} left"


def test_a_box_is_drawn_moved_and_resized_by_keys_and_named(at_a_shelf: Keyboard) -> None:
    auditor = at_a_shelf.auditor
    view = auditor.window.visit_page.view
    for _ in range(3):
        at_a_shelf.press(Key.Key_Tab)
    [blue] = view.selected_facings()
    at_a_shelf.press(Key.Key_B)
    assert at_a_shelf.asked.startswith("Draw the facing that was missed")
    at_a_shelf.press(Key.Key_Return)
    [drawn] = view.selected_facings()
    assert not view.draw_mode
    assert drawn.box_by is Author.AUDITOR
    assert drawn.box.iou(blue.box.translated(blue.box.width, 0)) > 0.9, "beside the one that was selected"
    at_a_shelf.press(Key.Key_Right, SHIFT)
    at_a_shelf.press(Key.Key_Down, CTRL | SHIFT)
    at_a_shelf.press(Key.Key_Left, CTRL)
    box = drawn.box
    wanted = Box(box.x1 + 10, box.y1, box.x2 + 9, box.y2 + 10)
    at_a_shelf.press(Key.Key_U)  # whatever key comes next, the move is done before it
    facing = next(facing for facing in auditor.facings if facing.id == drawn.id)
    assert facing.box == wanted
    assert facing.product_by is Author.AUDITOR
    at_a_shelf.press(Key.Key_Z, CTRL)
    at_a_shelf.press(Key.Key_Z, CTRL)
    assert next(facing for facing in auditor.facings if facing.id == drawn.id).box == box, "one step of undo"
    at_a_shelf.press(Key.Key_Z, CTRL)
    assert len(auditor.facings) == 3


def test_the_bar_can_be_closed_and_stays_closed(at_a_shelf: Keyboard) -> None:
    bar = at_a_shelf.bar
    assert bar.isVisible()
    at_a_shelf.press(Key.Key_Q)
    at_a_shelf.press(Key.Key_Space)
    assert not bar.isVisible()
    assert not at_a_shelf.auditor.window.state.review_bar
    at_a_shelf.press(Key.Key_Q)
    assert bar.isVisible()


def test_digits_are_offered_with_what_they_name(keyboard: Keyboard, tmp_path: Path) -> None:
    write_shelf(tmp_path / "shelf" / "1.jpg", [RED, BLUE, YELLOW])
    begin(keyboard, tmp_path / "shelf")
    auditor = keyboard.auditor

    def digits() -> dict[str, str]:
        question = keyboard.bar.question
        assert question is not None
        return {key: words for key, words in question.keys if key[0].isdigit()}

    alba, cola, zero = Brand("Alba"), Product("a1", "Cola", "Alba"), Product("a2", "Zero", "Alba")
    auditor.select(auditor.facings[:1])
    assert digits() == {}, "nothing was named yet"
    auditor.name_new(alba, cola)
    auditor.select(auditor.facings[1:2])
    assert digits() == {"1": "Cola"}
    auditor.name_new(alba, zero)
    auditor.select(auditor.facings[2:])
    assert digits() == {"1": "Zero", "2": "Cola"}
    keyboard.press(Key.Key_2)
    assert auditor.facings[2].product == "a1"
