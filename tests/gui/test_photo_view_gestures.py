"""Every gesture makes exactly the edit it should, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from shelfaudit.domain import edits
from shelfaudit.domain.edits import EditKind
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Author
from shelfaudit.gui.photo_view.box_geometry import Handle
from tests.gui.photo_view_driver import CTRL, HEIGHT, NO_KEYS, SHIFT, WIDTH, Hands, Point, facing

LEFT = facing("left", 400, 400, 600, 700)
RIGHT = facing("right", 800, 400, 1000, 700)


def test_draws_a_facing_of_the_auditor_and_selects_it(qtbot: QtBot) -> None:
    hands = Hands(qtbot)
    hands.view.start_draw()
    hands.drag((300, 300), (500, 640))
    (edit,) = hands.edits
    (drawn,) = edit.after
    assert edit == edits.add(drawn)
    assert drawn.box == Box(300, 300, 500, 640)
    assert (drawn.score, drawn.product, drawn.box_by) == (None, None, Author.AUDITOR)
    assert hands.selected == [drawn.id]
    assert hands.view.draw_mode


def test_a_box_drawn_backwards_and_beyond_the_photo_is_clipped(qtbot: QtBot) -> None:
    hands = Hands(qtbot, zoom=0.4)
    hands.view.start_draw()
    hands.drag((200, 150), (-100, -80))
    assert hands.facings[0].box == Box(0, 0, 200, 150)


def test_a_box_below_the_smallest_side_is_not_drawn(qtbot: QtBot) -> None:
    hands = Hands(qtbot, zoom=2.0)
    hands.view.start_draw()
    hands.drag((800, 600), (803, 640))
    assert hands.edits == []


def test_a_click_in_draw_mode_draws_nothing(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT])
    hands.view.start_draw()
    hands.click((500, 500))
    assert hands.edits == []
    assert hands.selected == []


def test_moves_the_selected_box_in_one_edit(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT, RIGHT])
    hands.click((500, 500))
    hands.drag((500, 500), (560, 440))
    assert hands.edits == [edits.move(LEFT, Box(460, 340, 660, 640))]
    assert hands.selected == ["left"]


def test_moves_all_selected_boxes_together_and_stops_at_the_edge(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT, RIGHT])
    hands.click((500, 500))
    hands.click((900, 500), CTRL)
    hands.drag((900, 500), (1590, 500))
    (edit,) = hands.edits
    assert edit.kind is EditKind.MOVE
    assert edit.before == (LEFT, RIGHT)
    assert [changed.box for changed in edit.after] == [Box(1000, 400, 1200, 700), Box(1400, 400, 1600, 700)]


def test_while_dragging_the_facing_itself_does_not_change(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT])
    hands.click((500, 500))
    hands.press((500, 500))
    hands.move((700, 600))
    assert hands.edits == []
    assert hands.view.selected_facings() == [LEFT]
    hands.release((700, 600))
    assert len(hands.edits) == 1


def test_dragging_a_box_that_is_not_selected_moves_nothing(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT])
    hands.drag((500, 500), (560, 440))
    assert hands.edits == []


def test_a_drag_back_to_its_start_is_no_edit(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT])
    hands.click((500, 500))
    hands.press((500, 500))
    hands.move((700, 600))
    hands.move((500, 500))
    hands.release((500, 500))
    assert hands.edits == []


RESIZES = [
    (Handle.TOP_LEFT, (400, 400), Box(420, 370, 600, 700)),
    (Handle.TOP, (500, 400), Box(400, 370, 600, 700)),
    (Handle.TOP_RIGHT, (600, 400), Box(400, 370, 620, 700)),
    (Handle.RIGHT, (600, 550), Box(400, 400, 620, 700)),
    (Handle.BOTTOM_RIGHT, (600, 700), Box(400, 400, 620, 670)),
    (Handle.BOTTOM, (500, 700), Box(400, 400, 600, 670)),
    (Handle.BOTTOM_LEFT, (400, 700), Box(420, 400, 600, 670)),
    (Handle.LEFT, (400, 550), Box(420, 400, 600, 700)),
]


@pytest.mark.parametrize(("handle", "grip", "expected"), RESIZES, ids=[entry[0].name for entry in RESIZES])
def test_each_handle_resizes_its_sides(qtbot: QtBot, handle: Handle, grip: Point, expected: Box) -> None:
    hands = Hands(qtbot, [LEFT])
    hands.click((500, 500))
    hands.drag(grip, (grip[0] + 20, grip[1] - 30))
    assert hands.edits == [edits.move(LEFT, expected)], handle


def test_a_resize_keeps_the_smallest_side_and_the_photo(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT])
    hands.click((500, 500))
    hands.drag((600, 550), (300, 550))
    assert hands.box("left") == (400, 400, 404, 700)
    hands.drag((402, 700), (402, 1300))
    assert hands.box("left")[3] == HEIGHT


def test_handles_keep_their_size_on_screen(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT], zoom=0.5)
    hands.view.select(["left"])
    hands.drag((600 + 12, 550), (640, 550))  # 6 screen pixels beside the edge is still the grip
    assert len(hands.edits) == 1
    hands.view.show_viewpoint((4.0, 628, 550))
    hands.press((628 + 12, 550))  # 48 screen pixels are not
    hands.move((660, 550))
    hands.release((660, 550))
    assert len(hands.edits) == 1


@pytest.mark.parametrize("mode", ["move", "resize", "draw"])
def test_escape_cancels_a_drag(qtbot: QtBot, mode: str) -> None:
    hands = Hands(qtbot, [LEFT])
    if mode == "draw":
        hands.view.start_draw()
    else:
        hands.view.select(["left"])
    start = (600.0, 700.0) if mode == "resize" else (500.0, 500.0)
    hands.press(start)
    hands.move((900, 900))
    hands.key(Qt.Key.Key_Escape)
    hands.move((950, 950))
    hands.release((950, 950))
    assert hands.edits == []
    assert hands.box("left") == LEFT.box.as_tuple()
    assert hands.view.draw_mode == (mode == "draw")


def test_escape_steps_back_from_draw_mode_then_from_the_selection(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT])
    hands.view.select(["left"])
    hands.view.start_draw()
    hands.key(Qt.Key.Key_Escape)
    assert not hands.view.draw_mode
    assert hands.selected == ["left"]
    hands.key(Qt.Key.Key_Escape)
    assert hands.selected == []


def test_facings_that_change_under_a_drag_end_it(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT, RIGHT])
    hands.click((500, 500))
    hands.press((500, 500))
    hands.move((560, 500))
    hands.view.show_facings([RIGHT])
    hands.move((700, 500))
    hands.release((700, 500))
    assert hands.edits == []
    assert hands.selected == []


def test_arrow_keys_are_one_edit_after_a_pause(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT])
    hands.view.select(["left"])
    for _ in range(3):
        hands.key(Qt.Key.Key_Right)
    hands.key(Qt.Key.Key_Up, SHIFT)
    assert hands.edits == []
    qtbot.waitUntil(lambda: len(hands.edits) == 1, timeout=3000)
    assert hands.edits == [edits.move(LEFT, Box(403, 390, 603, 690))]


def test_nudges_are_kept_before_anything_else_happens(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT, RIGHT])
    hands.view.select(["left"])
    hands.view.nudge(5, 0)
    hands.click((900, 500))
    hands.view.nudge(0, 2)
    hands.view.label_selected("alba-cola")
    assert [edit.kind for edit in hands.edits] == [EditKind.MOVE, EditKind.MOVE, EditKind.RELABEL]
    assert hands.box("left") == (405, 400, 605, 700)
    assert hands.box("right") == (800, 402, 1000, 702)


def test_a_drag_right_after_nudges_starts_from_where_they_led(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT])
    hands.view.select(["left"])
    hands.view.nudge(10, 0)
    hands.drag((500, 500), (520, 560))
    assert [edit.kind for edit in hands.edits] == [EditKind.MOVE, EditKind.MOVE]
    assert hands.box("left") == (430, 460, 630, 760)


def test_an_edit_that_is_refused_leaves_the_box_where_it_was(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT])
    hands.view.select(["left"])
    place = hands.view.selection_rect()
    hands.refusing = True
    hands.drag((500, 500), (620, 560))
    assert hands.view.selection_rect() == place
    hands.view.nudge(8, 8)
    hands.view.commit_pending()
    assert len(hands.edits) == 2
    assert hands.view.selection_rect() == place


@pytest.mark.parametrize("how", ["undo key", "other photo", "focus", "commit"])
def test_pending_nudges_are_never_lost(qtbot: QtBot, how: str) -> None:
    hands = Hands(qtbot, [LEFT])
    hands.view.select(["left"])
    hands.view.nudge(5, 0)
    match how:
        case "undo key":
            hands.key(Qt.Key.Key_Z, CTRL)
        case "other photo":
            hands.view.clear("No photo")
        case "focus":
            hands.view.hide()
        case _:
            hands.view.commit_pending()
    assert [edit.kind for edit in hands.edits] == [EditKind.MOVE]


def test_nudging_stops_at_the_edge_without_an_edit(qtbot: QtBot) -> None:
    at_edge = facing("edge", 0, 0, 50, 50)
    hands = Hands(qtbot, [at_edge])
    hands.view.select(["edge"])
    hands.view.nudge(-10, -10)
    hands.view.commit_pending()
    assert hands.edits == []


def test_naming_leaves_out_what_the_auditor_named_so_already(qtbot: QtBot) -> None:
    by_machine = replace(LEFT, product="alba-cola", product_by=Author.DETECTOR)
    by_auditor = replace(RIGHT, product="alba-cola", product_by=Author.AUDITOR)
    hands = Hands(qtbot, [by_machine, by_auditor])
    hands.view.select_all()
    hands.view.label_selected("alba-cola")
    assert hands.edits == [edits.relabel([by_machine], "alba-cola")]
    hands.view.label_selected("alba-cola")
    assert len(hands.edits) == 1


def test_a_facing_can_be_named_not_known(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT])
    hands.view.select_all()
    hands.view.label_selected(None)
    assert hands.edits == [edits.relabel([LEFT], None)]


def test_removes_and_tab_goes_on_from_there(qtbot: QtBot) -> None:
    third = facing("third", 1200, 400, 1400, 700)
    hands = Hands(qtbot, [LEFT, RIGHT, third])
    hands.view.select(["right"])
    hands.view.remove_selected()
    assert hands.edits == [edits.remove([RIGHT])]
    assert hands.selected == []
    hands.view.select_next()
    assert hands.selected == ["third"]


def test_merges_into_the_first_in_reading_order(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [RIGHT, LEFT])
    hands.view.select(["right"])
    hands.view.merge_selected()
    assert hands.edits == []
    hands.view.select_all()
    hands.view.merge_selected()
    assert hands.edits == [edits.merge([LEFT, RIGHT])]
    assert hands.selected == ["left"]
    assert hands.box("left") == (400, 400, 1000, 700)


def test_without_a_photo_no_gesture_does_anything(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT])
    hands.view.clear("Import photos to begin.")
    hands.view.start_draw()
    hands.drag((300, 300), (500, 500), NO_KEYS)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Tab, Qt.Key.Key_Escape, Qt.Key.Key_Space):
        hands.key(key)
    hands.view.zoom_in()
    hands.view.fit()
    hands.view.remove_selected()
    assert hands.edits == []
    assert hands.view.accessibleName() == "Import photos to begin."
    assert hands.view.grab().width() > 0


def test_boxes_are_limited_to_the_photo_at_any_zoom(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LEFT], zoom=0.37)
    hands.view.start_draw()
    hands.drag((1500, 1100), (1900, 1500))
    box = hands.facings[-1].box
    assert (box.x2, box.y2) == (WIDTH, HEIGHT)
    assert all(value == int(value) for value in box.as_tuple())
