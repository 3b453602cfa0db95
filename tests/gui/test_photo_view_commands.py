"""Duplicate, copy and paste, split, rows; the loupe, the comparison, and labels that hide nothing."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from shelfaudit.domain.edits import EditKind
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Author, Facing
from shelfaudit.gui.photo_view.box_labels import HIDES_AT_MOST, draw_labels
from shelfaudit.gui.photo_view.copying import CopiedFacings
from shelfaudit.gui.photo_view.facing_styles import FacingStyles
from shelfaudit.gui.photo_view.undo import edit_text
from shelfaudit.gui.photo_view.view import PhotoView
from tests.gui.photo_view_driver import CATALOGUE, HEIGHT, WIDTH, Hands, facing

UPPER = [facing(f"upper{i}", 100 + 120 * i, 100 + 4 * i, 200 + 120 * i, 300 + 4 * i, "alba-cola") for i in range(6)]
LOWER = [facing(f"lower{i}", 100 + 120 * i, 400 + 4 * i, 200 + 120 * i, 600 + 4 * i) for i in range(6)]
SHELF = [*UPPER, *LOWER]


class TestDuplicate:
    def test_stands_beside_the_original_and_is_selected(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, [UPPER[0]])
        hands.view.select(["upper0"])
        hands.view.duplicate_selected()
        hands.view.duplicate_selected()
        assert [known.box for known in hands.facings] == [
            Box(100, 100, 200, 300),
            Box(200, 100, 300, 300),
            Box(300, 100, 400, 300),
        ]
        assert hands.selected == [hands.facings[-1].id]
        copy = hands.facings[-1]
        assert (copy.product, copy.product_by, copy.score) == ("alba-cola", Author.AUDITOR, None)

    def test_several_go_beside_all_of_them(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, UPPER[:2])
        hands.view.select_all()
        hands.view.duplicate_selected()
        assert [known.box.x1 for known in hands.facings] == [100, 220, 320, 440]
        assert edit_text(hands.edits[0]) == "Duplicate 2 facings"

    def test_goes_to_the_left_where_the_photo_ends(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, [facing("last", WIDTH - 150, 100, WIDTH - 50, 300)])
        hands.view.select_all()
        hands.view.duplicate_selected()
        assert hands.facings[-1].box == Box(WIDTH - 250, 100, WIDTH - 150, 300)

    def test_stays_inside_a_photo_that_has_no_room(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, [facing("wide", 100, 100, WIDTH - 50, 300)])
        hands.view.select_all()
        hands.view.duplicate_selected()
        assert hands.facings[-1].box == Box(0, 100, WIDTH - 150, 300)


class TestPaste:
    def test_in_the_same_photo_steps_aside_each_time(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, [UPPER[0]])
        hands.view.select_all()
        hands.view.copy_selected()
        hands.view.paste_copied()
        hands.view.paste_copied()
        assert [known.box.x1 for known in hands.facings] == [100, 115, 130]
        assert [edit.kind for edit in hands.edits] == [EditKind.PASTE] * 2
        assert hands.selected == [hands.facings[-1].id]

    def test_in_another_photo_keeps_the_place_in_proportion(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, UPPER)
        hands.view.select_all()
        hands.view.copy_selected()
        image = QImage(100, 75, QImage.Format.Format_RGB32)
        image.fill(QColor("#806040"))
        empty: tuple[Facing, ...] = ()
        hands.facings = empty
        hands.view.show_photo(image, WIDTH * 2, HEIGHT * 2, empty)
        hands.view.paste_copied()
        assert [known.box for known in hands.facings] == [known.box.scaled(2) for known in UPPER]
        assert {known.product for known in hands.facings} == {"alba-cola"}
        assert not {known.id for known in hands.facings} & {known.id for known in UPPER}

    def test_where_nothing_was_copied_does_nothing(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, UPPER)
        hands.view.copy_selected()
        hands.view.paste_copied()
        assert hands.edits == []

    def test_into_a_photo_of_another_shape_is_brought_inside(self) -> None:
        copied = CopiedFacings((facing("a", 1500, 1000, 1600, 1200),), 1600, 1200)
        ((_, box),) = copied.placed_in(1200, 1600, [])
        assert box == Box(1100, 1000, 1200, 1200)

    def test_what_is_larger_than_the_photo_is_cut(self) -> None:
        copied = CopiedFacings((facing("a", 0, 0, 1600, 100), facing("b", 1300, 0, 1600, 100)), 1600, 1200)
        placed = copied.placed_in(1200, 1600, [])
        assert [(known.id, box) for known, box in placed] == [("a", Box(0, 0, 1200, 100))]


class TestSplit:
    def test_a_wide_box_in_a_row_of_slim_ones_is_two_side_by_side(self, qtbot: QtBot) -> None:
        wide = facing("wide", 820, 120, 1020, 320, "alba-cola")
        hands = Hands(qtbot, [*UPPER, wide])
        hands.view.select(["wide"])
        hands.view.split_selected()
        assert [known.box for known in hands.facings[-2:]] == [Box(820, 120, 920, 320), Box(920, 120, 1020, 320)]
        assert len(hands.selected) == 2
        assert edit_text(hands.edits[0]) == "Split facing"

    def test_a_tall_box_is_two_above_each_other(self, qtbot: QtBot) -> None:
        tall = facing("tall", 820, 100, 920, 500)
        hands = Hands(qtbot, [*SHELF, tall])
        hands.view.select(["tall"])
        hands.view.split_selected()
        assert [known.box for known in hands.facings[-2:]] == [Box(820, 100, 920, 300), Box(820, 300, 920, 500)]

    def test_a_box_that_would_be_too_small_stays_whole(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, [facing("tiny", 10, 10, 15, 15)])
        hands.view.select_all()
        hands.view.split_selected()
        assert hands.edits == []

    def test_merging_takes_it_back(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, [*UPPER, facing("wide", 820, 120, 1020, 320)])
        hands.view.select(["wide"])
        hands.view.split_selected()
        hands.view.merge_selected()
        assert hands.box("wide") == (820, 120, 1020, 320)
        assert len(hands.facings) == 7


class TestRow:
    def test_the_row_of_a_tilted_shelf(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, SHELF)
        hands.click((500, 500))
        hands.view.select_row()
        assert hands.selected == [known.id for known in LOWER]

    def test_rows_of_several_facings(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, SHELF)
        hands.view.select(["upper1", "lower2"])
        hands.view.select_row()
        assert len(hands.selected) == 12

    def test_of_nothing_is_nothing(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, SHELF)
        hands.view.select_row()
        assert hands.selected == []


def loupe_is_off(view: PhotoView) -> bool:
    """Asked anew each time: mypy takes an attribute to be what it was."""
    return not view.loupe.on


class TestLoupe:
    def test_shows_as_long_as_its_key_is_held(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, UPPER)
        told: list[bool] = []
        hands.view.loupe_toggled.connect(told.append)
        QTest.keyPress(hands.view, Qt.Key.Key_Z)
        assert not loupe_is_off(hands.view)
        qtbot.wait(350)
        QTest.keyRelease(hands.view, Qt.Key.Key_Z)
        assert loupe_is_off(hands.view)
        assert told == [True, False]

    def test_a_tap_switches_it_and_escape_puts_it_away(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, UPPER)
        hands.view.select(["upper0"])
        hands.key(Qt.Key.Key_Z)
        assert not loupe_is_off(hands.view)
        hands.key(Qt.Key.Key_Z)
        assert loupe_is_off(hands.view)
        hands.key(Qt.Key.Key_Z)
        hands.key(Qt.Key.Key_Escape)
        assert loupe_is_off(hands.view)
        assert hands.selected == ["upper0"]

    def test_is_where_the_work_is(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, SHELF)
        hands.view.toggle_loupe()
        hands.move((700, 500))
        assert (hands.view.loupe.looks_at - QPointF(700, 500)).manhattanLength() <= 2
        hands.key(Qt.Key.Key_Tab)
        assert hands.view.loupe.looks_at == QPointF(150, 200)
        hands.key(Qt.Key.Key_Right)
        hands.view.commit_pending()
        hands.view.viewport().repaint()
        qtbot.waitUntil(lambda: hands.view.loupe.looks_at == QPointF(151, 200), timeout=3000)
        hands.move((400, 300))
        assert (hands.view.loupe.looks_at - QPointF(400, 300)).manhattanLength() <= 2

    def test_magnifies_photo_and_boxes_alike(self, qtbot: QtBot) -> None:
        """In a window too, where a widget's painter has an offset: the box is round the middle of the glass."""
        hands = Hands(qtbot, [facing("one", 700, 500, 780, 580)])
        hands.view.select(["one"])
        hands.view.toggle_loupe()
        glass = hands.view.loupe.grab().toImage()
        inside = [glass.pixel(QPoint(glass.width() // 2 + 20, glass.height() // 2 + y)) for y in (-20, 20)]
        assert inside[0] == inside[1] != QColor("#806040").rgb(), "the veil of the selection"
        left, right = (
            next(step for step in range(30, 130) if glass.pixel(131 + sign * step, 150) != inside[0])
            for sign in (-1, 1)
        )
        assert abs(left - right) <= 2
        assert abs(left - 80 * 1.5 / 2) <= 6

    def test_is_put_away_with_the_photo(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, UPPER)
        hands.view.toggle_loupe()
        hands.view.clear("No photo")
        assert loupe_is_off(hands.view)
        hands.view.toggle_loupe()
        assert loupe_is_off(hands.view)


class TestComparison:
    DETECTED = tuple((known.id, known.box) for known in UPPER)

    def legend(self, hands: Hands) -> str:
        return hands.view.comparison_text

    def test_says_what_became_of_the_detection_and_follows_edits(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, UPPER)
        hands.view.show_detection(self.DETECTED)
        assert hands.view.comparing
        assert self.legend(hands) == "As detected: 6 · now: 6 (0 added, 0 removed, 0 moved)"
        hands.view.select(["upper0", "upper1"])
        hands.view.remove_selected()
        hands.view.select(["upper3"])
        hands.view.nudge(0, 20)
        hands.view.commit_pending()
        hands.view.duplicate_selected()
        assert self.legend(hands) == "As detected: 6 · now: 5 (1 added, 2 removed, 1 moved)"
        hands.view.hide_detection()
        assert self.legend(hands) == ""

    def test_is_seen_and_goes_without_a_trace(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, UPPER[:4])
        before = hands.view.grab().toImage()
        hands.view.show_detection(self.DETECTED)
        removed = hands.at((640, 316))
        assert hands.view.grab().toImage().pixel(removed) != before.pixel(removed)
        hands.view.hide_detection()
        assert hands.view.grab().toImage() == before

    def test_says_where_it_is_not_known(self, qtbot: QtBot) -> None:
        hands = Hands(qtbot, UPPER)
        hands.view.show_detection(None)
        assert "not known" in self.legend(hands)
        hands.view.clear("No photo")
        assert not hands.view.comparing


@pytest.mark.parametrize("side", [8, 16, 20, 24, 28, 34, 42, 60, 90, 120, 240])
@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_a_label_leaves_its_product_and_all_neighbours_seen(qtbot: QtBot, side: int, scale: float) -> None:
    del qtbot
    for sku in ("alba-cola", "brio-long"):
        canvas = QImage(400, 400, QImage.Format.Format_ARGB32_Premultiplied)
        canvas.fill(Qt.GlobalColor.transparent)
        painter = QPainter(canvas)
        draw_labels(painter, sku, np.array([[100, 100, side, side]]), FacingStyles(CATALOGUE, scale=scale))
        painter.end()
        covered = [(x, y) for x in range(400) for y in range(400) if canvas.pixel(x, y) >> 24]
        inside = [(x, y) for x, y in covered if 100 <= x < 100 + side and 100 <= y < 100 + side]
        assert covered == inside
        assert len(covered) <= HIDES_AT_MOST * side * side
        assert bool(covered) == (side >= 28 * scale) or 20 * scale < side < 34 * scale


def test_boxes_in_a_window_are_drawn_where_they_are(qtbot: QtBot) -> None:
    """The view is not at the window's corner; what it draws must not know that."""
    alone = Hands(qtbot, [UPPER[0]]).view.grab().toImage()
    window = QWidget()
    window.resize(837, 653)
    view = PhotoView(window)
    view.setGeometry(37, 53, 800, 600)
    view.set_catalogue(CATALOGUE)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    image = QImage(WIDTH // 2, HEIGHT // 2, QImage.Format.Format_RGB888)
    image.fill(QColor("#806040"))
    view.show_photo(image, WIDTH, HEIGHT, [UPPER[0]])
    view.show_viewpoint((0.5, WIDTH / 2, HEIGHT / 2))
    inside = window.grab().toImage().copy(37, 53, 800, 600)
    assert inside.convertToFormat(alone.format()) == alone
