"""Boxes: one at a time, and as arrays."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain.geometry import Box, box_areas, boxes_to_array, matched_iou, pairwise_iou

coordinates = st.integers(min_value=-500, max_value=500)
sides = st.integers(min_value=1, max_value=400)
boxes = st.builds(Box.from_xywh, coordinates, coordinates, sides, sides)


@pytest.mark.parametrize(
    "corners", [(5, 0, 5, 10), (6, 0, 5, 10), (0, 10, 5, 10), (0, math.nan, 5, 10), (0, 0, math.inf, 1)]
)
def test_empty_inverted_and_infinite_boxes_are_refused(corners: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="box"):
        Box(*corners)


def test_right_and_bottom_edges_do_not_belong_to_the_box() -> None:
    box = Box(0, 0, 10, 20)
    assert box.contains(0, 0)
    assert not box.contains(10, 5)
    assert not box.contains(5, 20)


def test_touching_is_not_overlapping() -> None:
    assert Box(0, 0, 10, 10).intersection(Box(10, 0, 20, 10)) is None


def test_iou_of_halves() -> None:
    assert Box(0, 0, 10, 10).iou(Box(5, 0, 15, 10)) == pytest.approx(1 / 3)


def test_clipped_to_the_photo() -> None:
    assert Box(-5, -5, 5, 5).clipped(100, 100) == Box(0, 0, 5, 5)
    assert Box(-5, -5, -1, -1).clipped(100, 100) is None


@given(boxes)
def test_xywh_round_trip(box: Box) -> None:
    assert Box.from_xywh(*box.as_xywh()) == box


@given(boxes, boxes)
def test_iou_is_symmetric_and_bounded(first: Box, second: Box) -> None:
    assert 0 <= first.iou(second) <= 1
    assert first.iou(second) == second.iou(first)
    assert first.iou(first) == 1


@given(boxes, boxes)
def test_hull_holds_both_and_intersection_lies_in_both(first: Box, second: Box) -> None:
    hull = first.hull(second)
    assert hull.intersection(first) == first
    assert hull.intersection(second) == second
    common = first.intersection(second)
    if common is not None:
        assert common.intersection(first) == common
        assert common.area <= min(first.area, second.area)


@given(boxes, coordinates, coordinates)
def test_translation_keeps_the_size_and_returns(box: Box, dx: int, dy: int) -> None:
    moved = box.translated(dx, dy)
    assert (moved.width, moved.height) == (box.width, box.height)
    assert moved.translated(-dx, -dy) == box


@given(st.lists(boxes, max_size=8), st.lists(boxes, max_size=8))
def test_arrays_agree_with_single_boxes(first: list[Box], second: list[Box]) -> None:
    arrays = boxes_to_array(first), boxes_to_array(second)
    assert arrays[0].shape == (len(first), 4)
    np.testing.assert_allclose(box_areas(arrays[0]), [box.area for box in first])
    expected = np.array([[a.iou(b) for b in second] for a in first]).reshape(len(first), len(second))
    np.testing.assert_allclose(pairwise_iou(*arrays), expected, atol=1e-6)


@given(st.lists(st.tuples(boxes, boxes), max_size=8))
def test_matched_boxes_have_the_iou_of_the_pairs(pairs: list[tuple[Box, Box]]) -> None:
    first, second = boxes_to_array([one for one, _ in pairs]), boxes_to_array([other for _, other in pairs])
    np.testing.assert_array_equal(matched_iou(first, second), np.diag(pairwise_iou(first, second)))
