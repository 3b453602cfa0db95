from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.detection.postprocess import (
    LEAST_VOTING_IOU,
    VOTING_WIDTH,
    choose_scale,
    clip_boxes,
    inside_tile,
    median_side,
    non_max_suppression,
    select,
    vote_boxes,
)
from shelfaudit.detection.preprocess import Tile
from shelfaudit.domain.geometry import FloatArray, pairwise_iou


def boxes_of(*rows: tuple[float, float, float, float]) -> FloatArray:
    return np.array(rows, dtype=np.float32).reshape(-1, 4)


def test_select_takes_the_best_label_from_the_threshold_on() -> None:
    scores = np.array([[0.1, 0.3], [0.9, 0.2], [0.29, 0.1]], dtype=np.float32)
    boxes = boxes_of((0, 0, 9, 9), (10, 0, 19, 9), (20, 0, 29, 9))
    best, kept, labels = select(scores, boxes, 0.3)
    np.testing.assert_allclose(best, [0.3, 0.9])
    np.testing.assert_array_equal(kept, boxes[:2])
    assert labels.tolist() == [1, 0]


def test_select_leaves_out_what_is_no_box() -> None:
    scores = np.full((4, 1), 0.9, dtype=np.float32)
    boxes = boxes_of((0, 0, np.inf, 9), (0, 0, np.nan, 9), (0, 0, 1, 50), (0, 0, 9, 9))
    _, kept, _ = select(scores, boxes, 0.5)
    np.testing.assert_array_equal(kept, boxes[3:])


def test_select_of_nothing_keeps_its_shapes() -> None:
    best, kept, labels = select(np.zeros((0, 1), dtype=np.float32), boxes_of(), 0.5)
    assert best.shape == (0,)
    assert kept.shape == (0, 4)
    assert labels.shape == (0,)


def test_suppression_keeps_the_better_of_two_and_sorts() -> None:
    boxes = boxes_of((0, 0, 10, 10), (0, 0, 10, 9), (50, 0, 60, 10))
    scores = np.array([0.5, 0.6, 0.9], dtype=np.float32)
    assert non_max_suppression(boxes, scores, 0.5).tolist() == [2, 1]


def test_neighbours_side_by_side_stay() -> None:
    boxes = boxes_of((0, 0, 10, 30), (9, 0, 19, 30), (18, 0, 28, 30))
    assert len(non_max_suppression(boxes, np.full(3, 0.5, dtype=np.float32), 0.5)) == 3


def test_no_hidden_limit_of_boxes() -> None:
    grid = np.stack(np.meshgrid(np.arange(50), np.arange(40)), axis=-1).reshape(-1, 2) * 20
    boxes = np.concatenate([grid, grid + 18], axis=1).astype(np.float32)
    scores = np.linspace(0.01, 1, len(boxes), dtype=np.float32)
    assert len(non_max_suppression(boxes, scores, 0.5)) == 2000


def test_a_score_of_zero_takes_part() -> None:
    assert non_max_suppression(boxes_of((0, 0, 5, 5)), np.zeros(1, dtype=np.float32), 0.5).tolist() == [0]


def test_suppression_of_nothing() -> None:
    assert non_max_suppression(boxes_of(), np.zeros(0, dtype=np.float32), 0.5).shape == (0,)


@st.composite
def scored_boxes(draw: st.DrawFn) -> tuple[FloatArray, FloatArray]:
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, 60), st.integers(0, 60), st.integers(1, 40), st.integers(1, 40), st.integers(0, 1000)
            ),
            max_size=40,
        )
    )
    values = np.array(rows, dtype=np.float32).reshape(-1, 5)
    return np.concatenate([values[:, :2], values[:, :2] + values[:, 2:4]], axis=1), values[:, 4] / np.float32(1000)


@given(scored_boxes(), st.floats(0.1, 0.9))
def test_suppression_leaves_no_duplicates_and_drops_nothing_else(
    scored: tuple[FloatArray, FloatArray], iou: float
) -> None:
    boxes, scores = scored
    kept = non_max_suppression(boxes, scores, iou)
    assert len(set(kept.tolist())) == len(kept)
    assert (np.diff(scores[kept]) <= 0).all()
    overlaps = pairwise_iou(boxes, boxes)
    slack = 1e-3
    among = overlaps[np.ix_(kept, kept)] - np.eye(len(kept), dtype=np.float32)
    assert (among <= iou + slack).all()
    for dropped in set(range(len(boxes))) - set(kept.tolist()):
        better = kept[scores[kept] >= scores[dropped]]
        assert (overlaps[dropped, better] > iou - slack).any()


@given(scored_boxes(), st.floats(0.1, 0.9))
def test_suppressing_twice_changes_nothing(scored: tuple[FloatArray, FloatArray], iou: float) -> None:
    boxes, scores = scored
    kept = non_max_suppression(boxes, scores, iou)
    assert non_max_suppression(boxes[kept], scores[kept], iou).tolist() == list(range(len(kept)))


def test_clipped_boxes_lie_in_the_photo() -> None:
    clipped = clip_boxes(boxes_of((-5, -5, 5, 5), (90, 40, 130, 70), (200, 0, 210, 9)), 100, 50)
    np.testing.assert_array_equal(clipped, boxes_of((0, 0, 5, 5), (90, 40, 100, 50), (100, 0, 100, 9)))


def test_boxes_cut_by_an_inner_border_are_not_whole() -> None:
    tile = Tile(100, 0, 100)
    boxes = boxes_of((100, 10, 130, 40), (120, 0, 150, 40), (170, 10, 200, 40), (120, 60, 150, 100))
    # The photo goes on to the left and right, and ends at the tile's top and bottom.
    assert inside_tile(boxes, tile, 400, 100).tolist() == [False, True, False, True]
    # Here the tile is the rightmost one and the photo goes on below.
    assert inside_tile(boxes, tile, 200, 300).tolist() == [False, True, True, False]


def test_a_lone_tile_cuts_nothing() -> None:
    boxes = boxes_of((0, 0, 30, 30), (60, 60, 100, 100))
    assert inside_tile(boxes, Tile(0, 0, 100), 100, 100).all()


def test_scale_brings_the_median_product_to_the_target() -> None:
    boxes = boxes_of((0, 0, 10, 40), (0, 0, 20, 20), (0, 0, 5, 5))
    assert median_side(boxes) == pytest.approx(20)
    assert choose_scale(boxes, 50) == pytest.approx(2.5)


def test_without_boxes_there_is_no_scale() -> None:
    assert choose_scale(boxes_of(), 50) is None
    assert choose_scale(boxes_of((0, 0, 0, 0)), 50) is None


def test_target_side_must_be_positive() -> None:
    with pytest.raises(ValueError, match="target side"):
        choose_scale(boxes_of((0, 0, 1, 1)), 0)


def test_a_box_is_placed_where_those_that_agree_are_on_average() -> None:
    boxes = boxes_of((0, 0, 100, 100), (4, 0, 104, 100), (-4, 0, 96, 100), (200, 0, 300, 100))
    scores = np.array([0.9, 0.6, 0.6, 0.9], dtype=np.float32)
    np.testing.assert_allclose(vote_boxes(boxes[:1], boxes, scores), boxes[:1], atol=1e-4)
    moved = vote_boxes(boxes[:1], boxes[:2], scores[:2])[0]
    assert 0 < moved[0] < 2
    assert moved[2] - moved[0] == pytest.approx(100, abs=1e-3)


def test_a_neighbour_has_no_vote() -> None:
    boxes = boxes_of((0, 0, 100, 100), (40, 0, 140, 100))
    np.testing.assert_array_equal(vote_boxes(boxes[:1], boxes, np.ones(2, dtype=np.float32)), boxes[:1])
    assert vote_boxes(boxes[:0], boxes, np.ones(2, dtype=np.float32)).shape == (0, 4)


@given(st.integers(0, 2**32 - 1))
def test_votes_are_those_of_every_pair(seed: int) -> None:
    random = np.random.default_rng(seed)
    corners = random.uniform(0, 60, (40, 2))
    boxes = np.concatenate([corners, corners + random.uniform(5, 40, (40, 2))], axis=1).astype(np.float32)
    scores = random.uniform(0.1, 1, 40).astype(np.float32)
    iou = pairwise_iou(boxes, boxes)
    weights = np.where(iou >= LEAST_VOTING_IOU, scores**2 * np.exp(-((1 - iou) ** 2) / VOTING_WIDTH), 0)
    expected = weights @ boxes / weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(vote_boxes(boxes, boxes, scores), expected, atol=1e-3)
