from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra `train`")
pytestmark = pytest.mark.training

from keras import ops  # noqa: E402

from shelfaudit.domain.geometry import FloatArray  # noqa: E402
from shelfaudit.training.default_boxes import make_default_boxes  # noqa: E402
from shelfaudit.training.losses import (  # noqa: E402
    CodedLoss,
    iou_and_giou,
    quality_focal_loss,
    quality_loss,
    sigmoid_focal_loss,
    smooth_l1,
)
from shelfaudit.training.ssd import DecodeCodes  # noqa: E402


def test_giou_of_known_pairs() -> None:
    first = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 10]], dtype=np.float32)
    second = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 0, 30, 10]], dtype=np.float32)
    iou, giou = (ops.convert_to_numpy(value) for value in iou_and_giou(first, second))
    np.testing.assert_allclose(iou, [1, 1 / 3, 0], atol=1e-6)
    # The third pair fills 200 of its hull's 300.
    np.testing.assert_allclose(giou, [1, 1 / 3, -1 / 3], atol=1e-6)


def test_quality_focal_loss_is_least_at_the_quality() -> None:
    logits = np.linspace(-6, 6, 241).astype(np.float32)
    values = ops.convert_to_numpy(quality_focal_loss(logits, np.full_like(logits, 0.7)))
    best = 1 / (1 + math.exp(-logits[values.argmin()]))
    assert best == pytest.approx(0.7, abs=0.02)
    assert values.min() == pytest.approx(0, abs=1e-4)


def test_quality_focal_loss_of_extreme_logits_is_finite() -> None:
    values = ops.convert_to_numpy(quality_focal_loss(np.array([-200, 200], dtype=np.float32), np.array([1.0, 0.0])))
    np.testing.assert_allclose(values, [200, 200], rtol=1e-5)


def targets_of(*rows: tuple[float, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array([rows], dtype=np.float32)


BOX = (10, 10, 50, 50)


def detection_loss(targets: FloatArray, logits: FloatArray, boxes: FloatArray) -> tuple[float, float]:
    """The losses of a batch of one input."""
    score_loss, box_loss = quality_loss(targets, {"logits": logits, "boxes": boxes})
    return float(score_loss[0]), float(box_loss[0])


def test_exact_boxes_cost_nothing() -> None:
    boxes = np.array([[BOX, (0, 0, 9, 9)]], dtype=np.float32)
    logits = np.array([[[20.0], [-20.0]]], dtype=np.float32)
    score_loss, box_loss = detection_loss(targets_of((1, 0, *BOX), (1, -1, 0, 0, 0, 0)), logits, boxes)
    assert float(score_loss) == pytest.approx(0, abs=1e-6)
    assert float(box_loss) == pytest.approx(0, abs=1e-6)


def test_priors_without_weight_carry_no_loss() -> None:
    boxes = np.array([[BOX, (0, 0, 9, 9)]], dtype=np.float32)
    loud = np.array([[[20.0], [9.0]]], dtype=np.float32)
    score_loss, _ = detection_loss(targets_of((1, 0, *BOX), (0, -1, 0, 0, 0, 0)), loud, boxes)
    assert float(score_loss) == pytest.approx(0, abs=1e-6)
    known, _ = detection_loss(targets_of((1, 0, *BOX), (1, -1, 0, 0, 0, 0)), loud, boxes)
    assert float(known) > 5


def test_background_only_is_no_division_by_zero() -> None:
    boxes = np.array([[(0, 0, 9, 9)]], dtype=np.float32)
    score_loss, box_loss = detection_loss(targets_of((1, -1, 0, 0, 0, 0)), np.zeros((1, 1, 1), np.float32), boxes)
    assert float(score_loss) == pytest.approx(0.25 * math.log(2), rel=1e-5)
    assert float(box_loss) == 0


def test_a_label_concerns_its_own_class_only() -> None:
    boxes = np.array([[BOX]], dtype=np.float32)
    logits = np.array([[[-20.0, 20.0]]], dtype=np.float32)
    right, _ = detection_loss(targets_of((1, 1, *BOX)), logits, boxes)
    wrong, _ = detection_loss(targets_of((1, 0, *BOX)), logits, boxes)
    assert float(right) == pytest.approx(0, abs=1e-6)
    assert float(wrong) == pytest.approx(40, rel=1e-4)


def test_the_weight_of_a_sample_multiplies_both_losses() -> None:
    boxes = np.array([[(12, 12, 60, 40)]], dtype=np.float32)
    logits = np.zeros((1, 1, 1), dtype=np.float32)
    whole = detection_loss(targets_of((1, 0, *BOX)), logits, boxes)
    half = detection_loss(targets_of((0.5, 0, *BOX)), logits, boxes)
    assert half == pytest.approx([value / 2 for value in whole])


def test_focal_loss_of_known_values() -> None:
    # At p = ½: α (½)² log 2 for a product, (1 − α) (½)² log 2 for background; α = ¾.
    values = ops.convert_to_numpy(sigmoid_focal_loss(np.zeros(2, np.float32), np.array([1, 0], dtype=np.float32)))
    np.testing.assert_allclose(values, [0.75 * 0.25 * math.log(2), 0.25 * 0.25 * math.log(2)], rtol=1e-6)
    extreme = ops.convert_to_numpy(sigmoid_focal_loss(np.array([200, -200], np.float32), np.array([0.0, 1.0])))
    np.testing.assert_allclose(extreme, [0.25 * 200, 0.75 * 200], rtol=1e-5)


def test_smooth_l1_is_quadratic_up_to_one() -> None:
    values = ops.convert_to_numpy(smooth_l1(np.array([0, 0.5, -1, 3], dtype=np.float32)))
    np.testing.assert_allclose(values, [0, 0.125, 0.5, 2.5])


def test_codes_of_boxes_decode_to_the_boxes() -> None:
    count = len(make_default_boxes(64))
    corners = np.random.default_rng(0).uniform(0, 30, (1, count, 2)).astype(np.float32)
    boxes = np.concatenate([corners, corners + 25], axis=-1)
    codes = CodedLoss(64).encode(boxes)
    np.testing.assert_allclose(ops.convert_to_numpy(DecodeCodes(64)(codes)), boxes, atol=1e-3)


def test_right_codes_cost_nothing_and_wrong_ones_do() -> None:
    count = len(make_default_boxes(64))
    loss = CodedLoss(64)
    targets = np.zeros((1, count, 6), dtype=np.float32)
    targets[..., 0], targets[..., 1] = 1, -1
    targets[0, 5] = (1, 0, 4, 4, 40, 30)
    logits = np.full((1, count, 1), -20, dtype=np.float32)
    logits[0, 5] = 20
    codes = np.array(ops.convert_to_numpy(loss.encode(targets[..., 2:])))
    assert [float(part[0]) for part in loss(targets, {"logits": logits, "codes": codes})] == pytest.approx(
        [0, 0], abs=1e-4
    )
    codes[0, 5, 0] += 3
    # One of four numbers is 3 off: (3 − ½) ÷ 4.
    assert float(loss(targets, {"logits": logits, "codes": codes})[1][0]) == pytest.approx(2.5 / 4, rel=1e-4)
