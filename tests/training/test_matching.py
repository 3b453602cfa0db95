from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfaudit.detection.priors import make_priors
from shelfaudit.domain.geometry import FloatArray, pairwise_iou
from shelfaudit.training.default_boxes import make_default_boxes
from shelfaudit.training.matching import BOX, LABEL, WEIGHT, make_targets, match_adaptively, match_by_iou, points_inside

PRIORS = make_priors(256, 256)
LEVEL_STARTS = np.cumsum([0, *PRIORS.level_sizes])


def boxes_of(*rows: tuple[float, float, float, float]) -> FloatArray:
    return np.array(rows, dtype=np.float32).reshape(-1, 4)


def level_of(indices: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> set[int]:
    return set((np.searchsorted(LEVEL_STARTS, indices, side="right") - 1).tolist())


@pytest.mark.parametrize(("side", "level"), [(48, 0), (96, 1), (192, 2)])
def test_a_product_is_found_on_the_level_of_its_size(side: int, level: int) -> None:
    start = (256 - side) / 2
    owner = match_adaptively(PRIORS, boxes_of((start, start, start + side, start + side)))
    assert level_of(np.flatnonzero(owner == 0)) == {level}


def test_positive_priors_lie_inside_their_product() -> None:
    box = boxes_of((50, 40, 90, 130))
    centers = PRIORS.centers[match_adaptively(PRIORS, box) == 0]
    assert len(centers) > 1
    assert (centers > box[0, :2]).all()
    assert (centers < box[0, 2:]).all()


def test_no_products_no_positives() -> None:
    assert (match_adaptively(PRIORS, boxes_of()) == -1).all()


@st.composite
def packed_rows(draw: st.DrawFn) -> FloatArray:
    """Products side by side, as on a shelf."""
    widths = draw(st.lists(st.integers(14, 90), min_size=1, max_size=12))
    height = draw(st.integers(14, 120))
    right = np.cumsum(widths)
    right = right[right <= 256]
    left = np.concatenate([[0], right[:-1]])[: len(right)]
    return np.stack([left, np.full(len(right), 60), right, np.full(len(right), 60 + height)], axis=1).astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(packed_rows())
def test_every_product_of_a_packed_row_gets_a_prior(boxes: FloatArray) -> None:
    owner = match_adaptively(PRIORS, boxes)
    assert set(range(len(boxes))) <= set(owner.tolist())


def test_targets_say_what_is_known() -> None:
    boxes = boxes_of((40, 40, 88, 88), (150, 150, 198, 198))
    known = PRIORS.centers[:, 0] < 128
    targets = make_targets(match_adaptively(PRIORS, boxes), boxes, np.array([0, 3]), known)
    positive = targets[:, LABEL] >= 0
    assert set(targets[positive, LABEL].tolist()) == {0, 3}
    second = targets[:, LABEL] == 3
    np.testing.assert_array_equal(np.unique(targets[second, BOX], axis=0), boxes[1:])
    # The second product is labelled although nothing around it is known.
    np.testing.assert_array_equal(targets[:, WEIGHT] == 1, positive | known)
    assert (targets[~positive & ~known, WEIGHT] == 0).all()


def test_points_inside_any_box() -> None:
    points = np.array([[1, 1], [5, 5], [12, 1]], dtype=np.float32)
    assert points_inside(points, boxes_of((0, 0, 5, 5), (10, 0, 20, 2))).tolist() == [True, False, True]
    assert points_inside(points, boxes_of()).tolist() == [False, False, False]


DEFAULT_BOXES = make_default_boxes(320)


def test_there_are_as_many_default_boxes_as_in_the_reference() -> None:
    # ssd_mobilenet_v2_320x320 of the TF Object Detection API: 20² × 3 + (10² + 5² + 3² + 2² + 1) × 6.
    assert len(DEFAULT_BOXES) == 2034
    assert DEFAULT_BOXES.sizes[0].tolist() == pytest.approx([32, 32])  # half the least scale
    assert DEFAULT_BOXES.sizes[1].tolist() == pytest.approx([64 * 2**0.5, 64 / 2**0.5])
    assert DEFAULT_BOXES.centers[0].tolist() == [8, 8]
    assert DEFAULT_BOXES.centers[-1].tolist() == [160, 160]
    assert DEFAULT_BOXES.sizes[-1].max() == pytest.approx(320 * 0.95**0.5)


@settings(max_examples=40, deadline=None)
@given(packed_rows())
def test_every_product_gets_a_default_box(boxes: FloatArray) -> None:
    prior_boxes = DEFAULT_BOXES.boxes()
    owner = match_by_iou(prior_boxes, boxes)
    assert set(range(len(boxes))) <= set(owner.tolist())
    # Beyond one a product, a default box answers only for what it overlaps by half.
    owned = np.flatnonzero(owner >= 0)
    iou = pairwise_iou(prior_boxes[owned], boxes)[np.arange(len(owned)), owner[owned]]
    assert (iou < 0.5).sum() <= len(boxes)


def test_without_products_no_default_box_answers() -> None:
    assert (match_by_iou(DEFAULT_BOXES.boxes(), boxes_of()) == -1).all()
