"""Edges of dragged boxes meet those of neighbours, unless Alt is held."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from shelfaudit.domain.geometry import Box
from shelfaudit.gui.photo_view.snapping import ALL_SIDES, Side, snap
from tests.gui.photo_view_driver import Hands, facing

ALT = Qt.KeyboardModifier.AltModifier
STANDING = facing("standing", 400, 400.5, 600, 700)
LOOSE = facing("loose", 700, 300, 900, 620)
FAR = facing("far", 706, 1000, 906, 1180)
ROOM = np.array([[400.0, 400.5, 600.0, 700.0]])

boxes = st.builds(Box.from_xywh, st.integers(0, 900), st.integers(0, 900), st.integers(20, 300), st.integers(20, 300))


def test_a_moved_box_comes_to_stand_beside_its_neighbour(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [STANDING, LOOSE])
    hands.view.select(["loose"])
    hands.drag((800, 400), (704, 476))  # four pixels short of the neighbour, its foot four above the other's
    assert hands.box("loose") == (600, 380, 800, 700)


def test_a_dragged_edge_meets_that_of_a_neighbour_exactly(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [STANDING, LOOSE])
    hands.view.select(["loose"])
    hands.drag((700, 460), (608, 460))
    assert hands.box("loose") == (600, 300, 900, 620)
    hands.drag((750, 300), (750, 396))
    assert hands.box("loose") == (600, 400.5, 900, 620)


def test_with_alt_a_drag_goes_where_the_mouse_is(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [STANDING, LOOSE])
    hands.view.select(["loose"])
    hands.press((800, 400))
    hands.move_with((760, 440), ALT)
    hands.move_with((704, 476), ALT)
    hands.release((704, 476), ALT)
    assert hands.box("loose") == (604, 376, 804, 696)


def test_a_drawn_box_meets_its_neighbour(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [STANDING])
    hands.view.start_draw()
    hands.drag((900, 460), (606, 696))
    assert hands.facings[-1].box == Box(600, 460, 900, 700)


def test_what_stands_far_away_is_not_met(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [LOOSE, FAR])
    hands.view.select(["loose"])
    hands.drag((800, 400), (804, 350))
    hands.drag((800, 400), (804, 440))
    assert hands.box("loose")[0] == 700 + 4 + 4


def test_the_reach_is_the_same_on_screen_at_every_zoom(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [STANDING, LOOSE], zoom=2.0)
    hands.view.show_viewpoint((2.0, 700, 450))
    hands.view.select(["loose"], reveal=False)
    hands.drag((750, 400), (656, 400))  # six photo pixels are twelve on screen
    assert hands.box("loose")[0] == 606


def test_a_guide_shows_where_edges_meet_and_goes_with_the_drag(qtbot: QtBot) -> None:
    hands = Hands(qtbot, [STANDING, LOOSE])
    hands.view.select(["loose"])
    before = hands.view.grab().toImage()
    hands.press((800, 400))
    hands.move((750, 440))
    hands.move((704, 476))
    guide = hands.view.grab().toImage()
    (left, foot), right = hands.at((400, 700)).toTuple(), hands.at((800, 700)).x()
    dashes = [x for x in range(left, right) if guide.pixel(x, foot) != before.pixel(x, foot)]
    assert dashes[0] <= left + 2, "the guide goes on under the neighbour"
    assert dashes[-1] >= right - 4
    hands.key(Qt.Key.Key_Escape)
    hands.view.viewport().update()
    assert hands.view.grab().toImage() == before
    hands.release((704, 476))
    assert hands.edits == []


def test_several_boxes_move_as_one(qtbot: QtBot) -> None:
    second = facing("second", 920, 300, 1000, 620)
    hands = Hands(qtbot, [STANDING, LOOSE, second])
    hands.view.select(["loose", "second"])
    hands.drag((800, 400), (704, 400))
    assert hands.box("loose") == (600, 300, 800, 620)
    assert hands.box("second") == (820, 300, 900, 620)


@given(boxes, st.lists(boxes, max_size=8), st.floats(0.5, 12))
def test_sides_go_to_an_edge_within_reach_or_stay(box: Box, others: list[Box], reach: float) -> None:
    corners = np.array([other.as_tuple() for other in others], dtype=np.float64).reshape(-1, 4)
    found = snap(box, ALL_SIDES, corners, reach)
    assert abs(found.dx) <= reach
    assert abs(found.dy) <= reach
    upright = {value for other in others for value in (other.x1, other.x2)}
    level = {value for other in others for value in (other.y1, other.y2)}
    assert found.dx == 0 or {box.x1 + found.dx, box.x2 + found.dx} & upright
    assert found.dy == 0 or {box.y1 + found.dy, box.y2 + found.dy} & level


def test_only_dragged_sides_are_drawn_to_edges() -> None:
    box = Box(603, 400, 800, 690)
    assert snap(box, {Side.RIGHT}, ROOM, 5).dx == 0
    assert snap(box, {Side.LEFT}, ROOM, 5).dx == -3
