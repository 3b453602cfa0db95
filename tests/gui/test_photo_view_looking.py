"""Zooming, panning and drawing: exact at the cursor, whole at every fraction, quick enough for a thousand boxes."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QNativeGestureEvent, QPainter, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyleOptionGraphicsItem
from pytestqt.qtbot import QtBot

from shelfaudit.domain.palette import brand_styles
from shelfaudit.gui.photo_view.photo_item import PhotoItem
from shelfaudit.gui.photo_view.view import PhotoView
from tests.gui.photo_view_driver import CATALOGUE, HEIGHT, SHIFT, WIDTH, Hands, facing

ONE = facing("one", 600, 400, 900, 800, "alba-cola")


def _distance(first: QPointF, second: QPointF) -> float:
    return (first - second).manhattanLength()


@pytest.mark.parametrize("notches", [1, -1, 0.3, 7, -5])
def test_the_wheel_keeps_the_photo_point_under_the_cursor(qtbot: QtBot, notches: float) -> None:
    hands = Hands(qtbot, [ONE])
    here = QPointF(hands.at((410, 310)))
    before = hands.view.photo_point(here)
    hands.wheel((410, 310), notches)
    after = hands.view.photo_point(here)
    assert _distance(before, after) * hands.view.zoom <= 2.0  # scroll bars count whole pixels
    assert (hands.view.zoom > 0.5) == (notches > 0)


def test_a_pinch_zooms_at_the_fingers(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [ONE])
    here = QPointF(300, 200)
    before = hands.view.photo_point(here)
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture, QPointingDevice.primaryPointingDevice(), 2, here, here, here, 0.2,
        QPointF(),
    )  # fmt: skip
    QApplication.sendEvent(hands.view.viewport(), event)
    assert hands.view.zoom == pytest.approx(0.6)
    assert _distance(before, hands.view.photo_point(here)) * hands.view.zoom <= 2.0


def test_fit_shows_the_whole_photo_and_follows_the_window(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [ONE], zoom=3.0)
    hands.view.fit()
    for size in ((800, 600), (500, 900), (1201, 333)):
        hands.view.resize(*size)
        room = hands.view.viewport().rect()
        assert room.contains(hands.at((0, 0)))
        assert room.contains(hands.at((WIDTH, HEIGHT)))
        middle = hands.view.photo_point(QPointF(room.center()))
        assert _distance(middle, QPointF(WIDTH / 2, HEIGHT / 2)) * hands.view.zoom <= 4.0
    assert hands.view.viewpoint() is None


def test_actual_size_is_one_photo_pixel_per_screen_pixel(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [ONE])
    hands.view.zoom_actual()
    assert hands.view.zoom == pytest.approx(1 / hands.view.devicePixelRatioF())


def test_zoom_is_told_and_limited(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [ONE])
    told: list[float] = []
    hands.view.zoom_changed.connect(told.append)
    for _ in range(60):
        hands.view.zoom_in()
    assert hands.view.zoom == told[-1] == 32.0
    for _ in range(60):
        hands.view.zoom_out()
    assert 0.2 < hands.view.zoom < 0.3
    assert hands.view.zoom == told[-1]


def test_a_viewpoint_comes_back(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [ONE])
    hands.view.show_viewpoint((1.7, 400.0, 500.0))
    kept = hands.view.viewpoint()
    assert kept is not None
    hands.view.fit()
    hands.view.show_viewpoint(kept)
    assert hands.view.zoom == pytest.approx(1.7)
    middle = hands.view.photo_point(QPointF(400, 300))
    assert _distance(middle, QPointF(400, 500)) <= 4.0


def test_the_middle_button_pans(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [ONE])
    viewport = hands.view.viewport()
    before = hands.view.photo_point(QPointF(100, 100))
    QTest.mousePress(viewport, Qt.MouseButton.MiddleButton, pos=QPoint(300, 300))
    QTest.mouseMove(viewport, QPoint(350, 280))
    QTest.mouseRelease(viewport, Qt.MouseButton.MiddleButton, pos=QPoint(350, 280))
    after = hands.view.photo_point(QPointF(150, 80))
    assert _distance(before, after) < 1e-6
    assert hands.edits == []


def test_space_and_drag_pan_without_a_tap(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [ONE])
    hands.view.select(["one"])
    taps: list[None] = []
    hands.view.space_tapped.connect(lambda: taps.append(None))
    before = hands.view.photo_point(QPointF(400, 300))
    QTest.keyPress(hands.view, Qt.Key.Key_Space)
    viewport = hands.view.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=QPoint(400, 300))
    QTest.mouseMove(viewport, QPoint(420, 310))
    QTest.mouseMove(viewport, QPoint(450, 300))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=QPoint(450, 300))
    QTest.keyRelease(hands.view, Qt.Key.Key_Space)
    assert _distance(before, hands.view.photo_point(QPointF(450, 300))) < 1e-6
    assert hands.edits == []
    assert taps == []
    hands.key(Qt.Key.Key_Space)
    assert taps == [None]


def test_arrows_pan_where_nothing_is_selected(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [ONE], zoom=2.0)
    before = hands.view.photo_point(QPointF(100, 100))
    hands.key(Qt.Key.Key_Right)
    hands.key(Qt.Key.Key_Down)
    after = hands.view.photo_point(QPointF(100, 100))
    assert after.x() > before.x()
    assert after.y() > before.y()


def test_shift_and_wheel_pan_sideways(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [ONE], zoom=2.0)
    before = hands.view.photo_point(QPointF(0, 0))
    hands.wheel((800, 600), -1, SHIFT)
    after = hands.view.photo_point(QPointF(0, 0))
    assert after.x() > before.x()
    assert after.y() == before.y()
    assert hands.view.zoom == 2.0


def test_every_fractional_zoom_draws_and_draws_boxes(qtbot: QtBot) -> None:
    """labelImg#872, #838, #899, #1004: a float where Qt wants an integer ended the program."""
    hands = Hands(qtbot, [facing(f"f{i}", 10.3 + 90 * i, 20.7, 80.1 + 90 * i, 333.3, "alba-cola") for i in range(12)])
    rng = random.Random(7)
    for turn in range(25):
        at = (rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT))
        hands.wheel(at, rng.uniform(-3, 3))
        hands.view.set_draw_mode(turn % 2 == 0)
        hands.drag(at, (at[0] + rng.uniform(-200, 200), at[1] + rng.uniform(-200, 200)))
        hands.view.grab()
    for drawn in hands.facings:
        assert drawn.box.x1 >= 0
        assert drawn.box.x2 <= WIDTH
        assert drawn.box.height >= 4


def test_a_thousand_boxes_show_scroll_and_change(qtbot: QtBot) -> None:
    boxes = [
        facing(
            f"f{i}", x := 40 * (i % 40), y := 48 * (i // 40), x + 36, y + 44, [None, "alba-cola", "brio-zero"][i % 3]
        )
        for i in range(1000)
    ]
    hands = Hands(qtbot, boxes)
    hands.view.select_all()
    hands.view.grab()
    hands.view.label_selected("brio-zero")
    assert len(hands.edits[0].after) == 1000
    hands.view.nudge(1, 1)
    hands.view.commit_pending()
    hands.view.zoom_in()
    hands.view.pan_step(1, 1)
    assert hands.view.grab().width() == 800
    hands.view.remove_selected()
    assert hands.facings == ()


def _differing_pixels(first: QImage, second: QImage) -> int:
    return sum(
        first.pixel(x, y) != second.pixel(x, y) for x in range(0, first.width(), 2) for y in range(0, first.height(), 2)
    )


def _on_screen(view: PhotoView) -> QImage:
    """What was drawn to the screen so far; `grab` would draw everything anew."""
    QApplication.processEvents()
    return view.screen().grabWindow(view.winId()).toImage()


TWO = facing("two", 1000, 400, 1200, 800)
WIDE = facing("wide", 300, 200, 1400, 1000)
CHANGES: dict[str, Callable[[Hands], None]] = {
    "moved": lambda hands: hands.view.show_facings([ONE, facing("two", 960, 380, 1300, 700), WIDE]),
    "named": lambda hands: hands.view.show_facings([ONE, facing("two", 1000, 400, 1200, 800, "brio-zero"), WIDE]),
    "removed": lambda hands: hands.view.show_facings([ONE, WIDE]),
    "added": lambda hands: hands.view.show_facings([ONE, TWO, WIDE, facing("new", 460, 360, 590, 500, "alba-cola")]),
    "selected": lambda hands: hands.view.select(["two"]),
    "nudged": lambda hands: hands.view.nudge(40, 10),
    "panned": lambda hands: hands.view.pan_step(-1, -1),
    "zoomed": lambda hands: hands.view.zoom_in(),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("zoom", [0.5, 1.1])
def test_drawing_only_what_changed_gives_the_same_picture(qtbot: QtBot, change: str, zoom: float) -> None:
    hands = Hands(qtbot, [ONE, TWO, WIDE], zoom=zoom)
    hands.view.select(["one"])
    before = _on_screen(hands.view)
    CHANGES[change](hands)
    partly = _on_screen(hands.view)
    assert _differing_pixels(before, partly) > 30
    hands.view.viewport().update()
    assert _differing_pixels(partly, _on_screen(hands.view)) == 0
    hands.view.select([])
    hands.view.viewport().update()
    clean = _on_screen(hands.view)
    hands.view.select(["two"], reveal=False)
    _on_screen(hands.view)
    hands.view.select([])
    assert _differing_pixels(clean, _on_screen(hands.view)) == 0


def test_the_long_label_of_a_small_selected_box_comes_and_goes_whole(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [ONE, facing("tiny", 1400, 1000, 1420, 1030, "brio-long")])
    hands.view.show_viewpoint((0.5, 1500, 900))
    clean = _on_screen(hands.view)
    hands.view.select(["tiny"], reveal=False)
    selected = _on_screen(hands.view)
    assert _differing_pixels(clean, selected) > 500
    hands.view.viewport().update()
    assert _differing_pixels(selected, _on_screen(hands.view)) == 0
    hands.view.show_viewpoint((0.5, 700, 900))  # the label is cut by the right edge: panning brings the rest
    _on_screen(hands.view)
    for _ in range(3):
        hands.view.pan_step(1, 0)
        partly = _on_screen(hands.view)
        hands.view.viewport().update()
        assert _differing_pixels(partly, _on_screen(hands.view)) == 0
    hands.view.show_viewpoint((0.5, 1500, 900))
    _on_screen(hands.view)
    hands.view.select([])
    assert _differing_pixels(clean, _on_screen(hands.view)) == 0


def test_a_drag_that_is_taken_back_leaves_no_trace_on_screen(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [ONE])
    hands.view.select(["one"])
    hands.view.viewport().setCursor(Qt.CursorShape.ArrowCursor)
    before = _on_screen(hands.view)
    hands.press((700, 600))
    hands.move((900, 700))
    assert _differing_pixels(before, _on_screen(hands.view)) > 500
    hands.key(Qt.Key.Key_Escape)
    assert _differing_pixels(before, _on_screen(hands.view)) == 0
    hands.release((900, 700))


def test_labels_hide_and_come_back(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [ONE])
    with_labels = hands.view.grab().toImage()
    hands.view.toggle_labels()
    assert not hands.view.labels_shown
    assert _differing_pixels(with_labels, hands.view.grab().toImage()) > 50
    hands.view.toggle_labels()
    assert _differing_pixels(with_labels, hands.view.grab().toImage()) == 0


def test_a_touched_box_looks_firmer_than_an_untouched_one(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [ONE])
    hands.view.toggle_labels()
    plain = QColor(hands.view.grab().toImage().pixel(hands.at((600, 600)) + QPoint(2, 0)))
    hands.view.select_all()
    hands.view.label_selected("alba-cola")
    hands.view.select([])
    firm = QColor(hands.view.grab().toImage().pixel(hands.at((600, 600)) + QPoint(1, 0)))
    assert plain != firm
    assert firm.blue() > firm.red()  # Alba's own blue where there was the photo or the dark edge


def test_the_photo_covers_its_full_size_whatever_the_image_has(qtbot: QtBot) -> None:
    hands = Hands(qtbot)
    shot = hands.view.grab().toImage()
    for point in ((2, 2), (WIDTH - 4, HEIGHT - 4), (WIDTH / 2, HEIGHT / 2)):
        assert QColor(shot.pixel(hands.at(point))) == QColor("#806040")
    sharper = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB888)
    sharper.fill(QColor("#204060"))
    hands.view.set_image(sharper)
    shot = hands.view.grab().toImage()
    assert QColor(shot.pixel(hands.at((WIDTH - 4, HEIGHT - 4)))) == QColor("#204060")


def test_an_empty_view_says_what_to_do(qtbot: QtBot) -> None:
    view = PhotoView()
    qtbot.addWidget(view)
    view.resize(400, 300)
    blank = view.grab().toImage()
    view.clear("Drop photos here.")
    assert _differing_pixels(blank, view.grab().toImage()) > 20


def test_another_palette_changes_the_backdrop(qtbot: QtBot) -> None:
    hands = Hands(qtbot, zoom=0.25)
    corner = QColor(hands.view.grab().toImage().pixel(3, 3))
    dark = hands.view.palette()
    dark.setColor(dark.ColorRole.Window, QColor("#1b1d21"))
    hands.view.setPalette(dark)
    QApplication.sendEvent(hands.view, QEvent(QEvent.Type.PaletteChange))
    assert QColor(hands.view.grab().toImage().pixel(3, 3)).lightness() < corner.lightness()


def test_catalogue_styles_can_be_those_of_the_panel(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [ONE])
    before = hands.view.grab().toImage()
    reversed_names = Hands(qtbot, [ONE])
    reversed_names.view.set_catalogue(CATALOGUE, brand_styles(["Brio", "Alba"]))
    assert _differing_pixels(before, reversed_names.view.grab().toImage()) > 50


def test_shrinking_keeps_the_mean_of_fine_print(qtbot: QtBot) -> None:
    """A one-pixel checker must come out grey, not black or white, when it is shown at a fifth."""
    del qtbot
    image = QImage(1024, 1024, QImage.Format.Format_RGB32)
    for y in range(1024):
        for x in range(1024):
            image.setPixel(x, y, 0xFFFFFFFF if (x + y) % 2 else 0xFF000000)
    item = PhotoItem()
    item.show_image(image, 1024, 1024)
    target = QImage(205, 205, QImage.Format.Format_RGB32)
    painter = QPainter(target)
    painter.scale(0.2, 0.2)
    item.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    values = [QColor(target.pixel(x, y)).lightness() for x in range(20, 180, 7) for y in range(20, 180, 7)]
    assert min(values) > 110
    assert max(values) < 145
