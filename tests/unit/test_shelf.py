"""Rows from boxes alone: on straight, tilted and keystoned photos, whatever stands on the shelf."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain.geometry import Box
from shelfaudit.domain.shelf import find_rows, halves, stands_side_by_side

boxes = st.builds(Box.from_xywh, st.floats(0, 4000), st.floats(0, 3000), st.floats(1, 400), st.floats(1, 400))


@st.composite
def shelves(draw: st.DrawFn) -> list[list[Box]]:
    """Rows of packs of any width and height that stand on boards, as seen by a camera that is not held level."""
    tilt = draw(st.floats(-0.1, 0.1))
    keystone = draw(st.floats(-0.05, 0.05))
    rows, bottom = [], 0.0
    for _ in range(draw(st.integers(1, 6))):
        tallest = draw(st.floats(100, 300))
        bottom += tallest + 30
        x, row = draw(st.floats(0, 60)), []
        for _ in range(draw(st.integers(4, 20))):
            width, height = draw(st.floats(40, 110)), tallest * draw(st.floats(0.6, 1.0))
            jitter = height * draw(st.floats(-0.03, 0.03))
            # Lines of slope tilt + keystone × (y − 800) ÷ 800, straight enough over a photo of 2,000 pixels.
            across = x + width / 2 - 1000
            foot = bottom + across * (tilt + keystone * (bottom - 800) / 800) + jitter
            row.append(Box(x, foot - height, x + width, foot))
            x += width + draw(st.floats(0, 25))
        rows.append(row)
    return rows


@given(shelves(), st.randoms(use_true_random=False))
def test_rows_are_found_from_the_top_and_from_left_to_right(rows: list[list[Box]], random: object) -> None:
    assert hasattr(random, "shuffle")
    shuffled = [box for row in rows for box in row]
    random.shuffle(shuffled)
    found = [[shuffled[index] for index in row] for row in find_rows(shuffled)]
    assert found == rows


@given(st.lists(boxes, max_size=40))
def test_every_box_is_in_one_row(many: list[Box]) -> None:
    rows = find_rows(many)
    assert sorted(index for row in rows for index in row) == list(range(len(many)))
    assert all(rows)


@given(shelves(), st.integers(-500, 500), st.sampled_from([0.25, 0.5, 2.0, 4.0]))
def test_rows_are_the_same_in_a_larger_photo_and_elsewhere_in_it(
    rows: list[list[Box]], shift: int, factor: float
) -> None:
    flat = [box for row in rows for box in row]
    assert find_rows([box.scaled(factor) for box in flat]) == find_rows(flat)
    assert find_rows([box.translated(shift, shift) for box in flat]) == find_rows(flat)


def test_packs_stacked_on_others_are_a_row_of_their_own() -> None:
    lower = [Box(50.0 * place, 100, 50.0 * place + 45, 150) for place in range(6)]
    upper = [box.translated(0, -50) for box in lower]
    assert find_rows([*lower, *upper]) == [list(range(6, 12)), list(range(6))]


def test_tall_and_short_packs_on_one_board_are_one_row() -> None:
    tall = [Box(60.0 * place, 0, 60.0 * place + 50, 300) for place in range(4)]
    short = [Box(240 + 60.0 * place, 190, 290 + 60.0 * place, 298) for place in range(4)]
    assert find_rows([*short, *tall]) == [[4, 5, 6, 7, 0, 1, 2, 3]]


def test_no_boxes_have_no_rows() -> None:
    assert find_rows([]) == []


def test_a_wide_box_among_slim_ones_holds_two_side_by_side() -> None:
    slim = [Box(0, 0, 50, 120)] * 5
    assert stands_side_by_side(Box(0, 0, 102, 118), slim)
    assert not stands_side_by_side(Box(0, 0, 52, 236), slim)


def test_a_box_that_looks_square_is_divided_as_its_neighbours_say() -> None:
    wide = [Box(0, 0, 120, 60)] * 3
    assert not stands_side_by_side(Box(0, 0, 122, 118), wide)
    assert stands_side_by_side(Box(0, 0, 122, 118), [Box(0, 0, 60, 120)])


def test_without_neighbours_the_longer_side_is_halved() -> None:
    assert stands_side_by_side(Box(0, 0, 30, 20), [])
    assert not stands_side_by_side(Box(0, 0, 20, 30), [])


@given(boxes, st.booleans())
def test_halves_are_equal_and_together_the_whole(box: Box, beside: bool) -> None:
    first, second = halves(box, side_by_side=beside)
    assert first.hull(second) == box
    assert first.intersection(second) is None
    assert math.isclose(first.area, second.area, rel_tol=1e-6)
