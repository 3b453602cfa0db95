"""What gestures do to boxes, and how outlines are cut into rectangles: laws that hold for every box."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect
from PySide6.QtGui import QRegion

from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Author, Facing
from shelfaudit.gui.photo_view.box_geometry import MIN_SIDE, Handle, drawn, moved, reading_order, resized, step_within
from shelfaudit.gui.photo_view.frames import frame_rects

WIDTH, HEIGHT = 640.0, 480.0
steps = st.floats(-2000, 2000)
points = st.tuples(st.floats(-500, 1200), st.floats(-500, 1000))


@st.composite
def boxes_inside(draw: st.DrawFn) -> Box:
    """A box inside the photo, sides at least the smallest."""
    x1, y1 = draw(st.floats(0, WIDTH - 10)), draw(st.floats(0, HEIGHT - 10))
    return Box(x1, y1, draw(st.floats(x1 + 5, WIDTH)), draw(st.floats(y1 + 5, HEIGHT)))


@given(st.lists(boxes_inside(), min_size=1, max_size=6), steps, steps)
def test_moving_keeps_boxes_inside_and_their_size(boxes: list[Box], dx: float, dy: float) -> None:
    step = step_within(boxes, dx, dy, WIDTH, HEIGHT)
    for box in boxes:
        there = box.translated(*step)
        assert there.x1 >= -1e-9
        assert there.y1 >= -1e-9
        assert there.x2 <= WIDTH + 1e-9
        assert there.y2 <= HEIGHT + 1e-9
        assert abs(there.width - box.width) < 1e-9
    assert abs(step[0]) <= abs(round(dx))
    assert abs(step[1]) <= abs(round(dy))


@given(boxes_inside(), st.integers(-4, 4), st.integers(-4, 4))
def test_a_move_that_fits_is_made_in_full(box: Box, dx: int, dy: int) -> None:
    roomy = Box(box.x1 + 10, box.y1 + 10, box.x2 + 10, box.y2 + 10)
    assert step_within([roomy], dx, dy, WIDTH + 20, HEIGHT + 20) == (dx, dy)


def test_a_box_hanging_over_the_edge_may_come_in_but_not_go_further_out() -> None:
    hanging = Box(-3.5, 10, 60, 80)
    assert step_within([hanging], -5, 0, WIDTH, HEIGHT) == (0, 0)
    assert step_within([hanging], 5, 2, WIDTH, HEIGHT) == (5, 2)


@given(boxes_inside(), st.sampled_from(list(Handle)), steps, steps)
def test_resizing_moves_only_its_sides_and_stays_a_box_in_the_photo(
    box: Box, handle: Handle, dx: float, dy: float
) -> None:
    there = resized(box, handle, dx, dy, WIDTH, HEIGHT)
    if handle.across != 0.0:
        assert there.x1 == box.x1
    if handle.across != 1.0:
        assert there.x2 == box.x2
    if handle.down != 0.0:
        assert there.y1 == box.y1
    if handle.down != 1.0:
        assert there.y2 == box.y2
    assert there.x1 >= 0
    assert there.x2 <= WIDTH
    assert there.y1 >= 0
    assert there.y2 <= HEIGHT
    assert there.width >= MIN_SIDE - 1e-9
    assert there.height >= MIN_SIDE - 1e-9


@given(points, points)
def test_a_drawn_box_is_inside_on_whole_pixels_and_the_same_from_any_corner(
    first: tuple[float, float], second: tuple[float, float]
) -> None:
    box = drawn(*first, *second, WIDTH, HEIGHT)
    assert box == drawn(*second, *first, WIDTH, HEIGHT)
    assert box == drawn(first[0], second[1], second[0], first[1], WIDTH, HEIGHT)
    if box is not None:
        assert box.clipped(WIDTH, HEIGHT) == box
        assert all(value == int(value) for value in box.as_tuple())
        assert min(box.width, box.height) >= MIN_SIDE


@given(boxes_inside(), boxes_inside())
def test_an_edit_names_only_boxes_that_moved(first: Box, second: Box) -> None:
    still, moving = Facing("still", first), Facing("moving", first)
    edit = moved([still, moving], {"still": first, "moving": second})
    if first == second:
        assert edit is None
    else:
        assert edit is not None
        assert edit.before == (moving,)
        assert edit.after == (Facing("moving", second, box_by=Author.AUDITOR),)


@given(st.lists(boxes_inside(), max_size=20))
def test_reading_order_keeps_every_facing(boxes: list[Box]) -> None:
    facings = [Facing(str(index), box) for index, box in enumerate(boxes)]
    assert sorted(facing.id for facing in reading_order(facings)) == sorted(facing.id for facing in facings)


@given(st.randoms(use_true_random=False))
def test_rows_on_a_tilted_shelf_are_read_row_by_row(random: object) -> None:
    """Twelve packs a row, each two pixels lower than the one before, heights differing by a fifth."""
    assert hasattr(random, "shuffle")
    rows = [
        Facing(f"{row}-{place:02}", Box(50.0 * place, 100.0 * row + 2 * place, 50.0 * place + 40, y2))
        for row in range(4)
        for place in range(12)
        for y2 in [100.0 * row + 2 * place + 60 + 6 * (place % 3)]
    ]
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert [facing.id for facing in reading_order(shuffled)] == sorted(facing.id for facing in rows)


@given(
    st.tuples(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 60), st.integers(1, 60)),
    st.integers(1, 6),
    st.integers(0, 5),
)
def test_a_frame_covers_its_ring_once(box: tuple[int, int, int, int], width: int, grown: int) -> None:
    x, y, across, down = box
    frame = frame_rects(np.array([box]), width=width, grown=grown)
    sides = [QRect(*side) for side in frame.tolist() if 0 not in side[2:]]
    outer = QRegion(x - grown, y - grown, across + 2 * grown, down + 2 * grown)
    covered = QRegion()
    for side in sides:
        assert not covered.intersects(side)
        covered += QRegion(side)
    assert covered.subtracted(outer).isEmpty()
    if min(across, down) + 2 * grown > 2 * width:
        hole = QRegion(x - grown + width, y - grown + width, across + 2 * (grown - width), down + 2 * (grown - width))
        assert covered == outer.subtracted(hole)
