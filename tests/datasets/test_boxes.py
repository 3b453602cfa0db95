from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.datasets.boxes import as_corners, check_boxes, whole_pixels
from shelfaudit.datasets.problems import ProblemKind

NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        ((5, 5, 2, 9), ProblemKind.BOX_INVERTED),
        ((5, 5, 9, 2), ProblemKind.BOX_INVERTED),
        ((5, 5, 5, 9), ProblemKind.BOX_EMPTY),
        ((5, 5, 5 + 1e-9, 9), ProblemKind.BOX_EMPTY),
        ((100, 5, 120, 9), ProblemKind.BOX_OUTSIDE),
        ((-9, 5, 0, 9), ProblemKind.BOX_OUTSIDE),
        ((5, 50, 9, 60), ProblemKind.BOX_OUTSIDE),
        ((NAN, 5, 9, 9), ProblemKind.ENTRY_INVALID),
        ((5, 5, INFINITE, 9), ProblemKind.ENTRY_INVALID),
    ],
)
def test_a_box_that_cannot_be_used_is_left_out_and_told(box: tuple[float, ...], kind: ProblemKind) -> None:
    checked = check_boxes(as_corners([(1, 1, 9, 9), box, (2, 2, 8, 8)]), 100, 50)
    assert checked.boxes.tolist() == [[1, 1, 9, 9], [2, 2, 8, 8]]
    assert checked.kept.tolist() == [0, 2]
    (fault,) = checked.faults
    assert (fault.index, fault.kind) == (1, kind)
    assert "left out" in fault.message


def test_a_box_that_reaches_out_is_clipped_and_told() -> None:
    checked = check_boxes(as_corners([(-3, 10, 20, 70)]), 100, 50)
    assert checked.boxes.tolist() == [[0, 10, 20, 50]]
    (fault,) = checked.faults
    assert fault.kind is ProblemKind.BOX_OVERHANG
    assert fault.message == "The box (-3, 10, 20, 70) in 100 × 50 pixels reaches out of the photo; clipped."


def test_rounding_over_an_edge_is_no_news() -> None:
    checked = check_boxes(as_corners([(-0.004, 0, 100.005, 50)]), 100, 50)
    assert checked.boxes.tolist() == [[0, 0, 100, 50]]
    assert checked.faults == []


def test_no_box_is_no_fault() -> None:
    checked = check_boxes(as_corners([]), 100, 50)
    assert checked.boxes.shape == (0, 4)
    assert checked.faults == []


corner = st.floats(allow_nan=True, width=64) | st.floats(-200, 200) | st.integers(-5, 105).map(float)


@given(st.lists(st.tuples(corner, corner, corner, corner), max_size=8))
def test_every_box_is_kept_or_told(boxes: list[tuple[float, float, float, float]]) -> None:
    checked = check_boxes(as_corners(boxes), 100, 50)
    left_out = {fault.index for fault in checked.faults if fault.kind is not ProblemKind.BOX_OVERHANG}
    assert left_out | set(checked.kept.tolist()) == set(range(len(boxes)))
    assert not left_out & set(checked.kept.tolist())
    x1, y1, x2, y2 = checked.boxes.T
    assert np.all((x1 >= 0) & (x1 < x2) & (x2 <= 100))
    assert np.all((y1 >= 0) & (y1 < y2) & (y2 <= 50))


@given(st.lists(st.tuples(st.floats(0, 99, width=32), st.floats(0, 49, width=32)), max_size=5))
def test_whole_pixels_are_neither_empty_nor_outside(points: list[tuple[float, float]]) -> None:
    boxes = np.array([(x, y, min(x + 0.3, 100), min(y + 0.3, 50)) for x, y in points], dtype=np.float32).reshape(-1, 4)
    x1, y1, x2, y2 = whole_pixels(boxes, 100, 50).T
    assert np.all((x1 >= 0) & (x1 < x2) & (x2 <= 100))
    assert np.all((y1 >= 0) & (y1 < y2) & (y2 <= 50))
