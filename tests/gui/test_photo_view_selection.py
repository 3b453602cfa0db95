"""Selecting with mouse and keys, and what a screen reader is told."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from shelfaudit.domain.edits import EditKind
from tests.gui.photo_view_driver import CTRL, SHIFT, Hands, facing

BIG = facing("big", 200, 200, 1200, 1000)
MIDDLE = facing("middle", 400, 400, 900, 800)
SMALL = facing("small", 500, 500, 600, 600, "alba-cola")
NESTED = [BIG, SMALL, MIDDLE]
ROWS = [
    facing("b1", 100, 600, 200, 800),
    facing("a2", 420, 130, 520, 330),
    facing("b2", 300, 620, 400, 800),
    facing("a1", 200, 100, 300, 300),
    facing("a3", 600, 90, 700, 320),
]


def test_the_smallest_box_wins_and_more_clicks_reach_the_larger_ones(qtbot: QtBot) -> None:
    hands = Hands(qtbot, NESTED)
    reached = []
    for _ in range(4):
        hands.click((550, 550))
        reached += hands.selected
    assert reached == ["small", "middle", "big", "small"]


def test_a_click_elsewhere_begins_with_the_smallest_again(qtbot: QtBot) -> None:
    hands = Hands(qtbot, NESTED)
    hands.click((550, 550))
    hands.click((550, 550))
    assert hands.selected == ["middle"]
    hands.click((520, 520))
    assert hands.selected == ["small"]


def test_a_click_beside_all_boxes_selects_nothing(qtbot: QtBot) -> None:
    hands = Hands(qtbot, NESTED)
    hands.click((550, 550))
    hands.click((1400, 1100))
    assert hands.selected == []


def test_control_toggles_and_shift_adds(qtbot: QtBot) -> None:
    hands = Hands(qtbot, ROWS)
    hands.click((250, 200))
    hands.click((470, 200), CTRL)
    hands.click((650, 200), SHIFT)
    hands.click((650, 200), SHIFT)
    assert hands.selected == ["a1", "a2", "a3"]
    hands.click((470, 200), CTRL)
    assert hands.selected == ["a1", "a3"]


def test_a_band_selects_boxes_by_their_centre(qtbot: QtBot) -> None:
    hands = Hands(qtbot, ROWS)
    hands.drag((60, 60), (560, 360))
    assert hands.selected == ["a1", "a2"]
    hands.drag((560, 60), (760, 360), SHIFT)
    assert hands.selected == ["a1", "a2", "a3"]
    hands.drag((1000, 900), (1100, 1000))
    assert hands.selected == []


def test_escape_takes_a_band_back(qtbot: QtBot) -> None:
    hands = Hands(qtbot, ROWS)
    hands.click((650, 200))
    hands.press((60, 60), SHIFT)
    hands.move((560, 360))
    assert len(hands.selected) == 3
    hands.key(Qt.Key.Key_Escape)
    assert hands.selected == ["a3"]


def test_tab_goes_in_reading_order_and_leaves_after_the_last(qtbot: QtBot) -> None:
    hands = Hands(qtbot, ROWS)
    order = []
    for _ in ROWS:
        hands.key(Qt.Key.Key_Tab)
        order += hands.selected
    assert order == ["a1", "a2", "a3", "b1", "b2"]
    hands.key(Qt.Key.Key_Tab)
    assert hands.selected == ["b2"]
    hands.key(Qt.Key.Key_Backtab, SHIFT)
    assert hands.selected == ["b1"]


def test_next_and_previous_go_round(qtbot: QtBot) -> None:
    hands = Hands(qtbot, ROWS)
    hands.view.select_previous()
    assert hands.selected == ["b2"]
    hands.view.select_next()
    assert hands.selected == ["a1"]


def test_a_selection_outside_the_view_is_brought_into_it(qtbot: QtBot) -> None:
    hands = Hands(qtbot, ROWS, zoom=4.0)
    hands.view.select(["b1"])
    assert hands.view.viewport().rect().contains(hands.at((150, 700)))
    area = hands.view.selection_rect()
    assert area.contains(hands.view.viewport().mapToGlobal(hands.at((150, 700))))


def test_selection_signal_tells_only_changes(qtbot: QtBot) -> None:
    hands = Hands(qtbot, ROWS)
    told: list[list[str]] = []
    hands.view.selection_changed.connect(told.append)
    hands.click((250, 200))
    hands.click((250, 200))
    hands.view.select(["a1", "not there"])
    hands.view.select_all()
    assert told == [["a1"], [known.id for known in ROWS]]


def test_the_selection_outlives_edits_and_loses_what_is_gone(qtbot: QtBot) -> None:
    hands = Hands(qtbot, ROWS)
    hands.view.select(["a1", "a2"])
    hands.view.label_selected("alba-cola")
    assert hands.selected == ["a1", "a2"]
    hands.view.show_facings([known for known in hands.facings if known.id != "a1"])
    assert hands.selected == ["a2"]


def test_double_click_and_l_ask_for_a_name(qtbot: QtBot) -> None:
    hands = Hands(qtbot, NESTED)
    hands.key(Qt.Key.Key_L)
    assert hands.label_requests == 0
    hands.double_click((550, 550))
    assert hands.selected == ["small"]
    assert hands.label_requests == 1
    hands.key(Qt.Key.Key_L)
    assert hands.label_requests == 2


def test_a_right_click_selects_what_is_under_it(qtbot: QtBot) -> None:
    hands = Hands(qtbot, ROWS)
    hands.view.select(["b1", "b2"])
    viewport = hands.view.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.RightButton, pos=hands.at((150, 700)))
    assert hands.selected == ["b1", "b2"]
    QTest.mouseClick(viewport, Qt.MouseButton.RightButton, pos=hands.at((250, 200)))
    assert hands.selected == ["a1"]


def test_a_screen_reader_hears_what_is_selected(qtbot: QtBot) -> None:
    hands = Hands(qtbot, NESTED)
    assert hands.view.accessibleName() == "Photo with 3 facings"
    hands.view.select(["small"])
    assert hands.view.accessibleName() == "Photo with 3 facings, selected: Alba Cola"
    hands.view.select(["big"])
    assert hands.view.accessibleName() == "Photo with 3 facings, selected: not recognised"
    hands.view.select_all()
    assert hands.view.accessibleName() == "Photo with 3 facings, 3 selected"


def test_another_photo_begins_with_nothing_selected(qtbot: QtBot) -> None:
    hands = Hands(qtbot, NESTED)
    hands.view.select_all()
    hands.view.start_draw()
    hands.view.clear("")
    assert hands.selected == []
    assert not hands.view.draw_mode
    assert [edit.kind for edit in hands.edits if edit.kind is not EditKind.ADD] == []
