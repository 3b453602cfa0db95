"""Losses of the detectors, in keras.ops: they run on every Keras backend.

Ours. Scores: quality focal loss (Li et al., Generalized Focal Loss, NeurIPS 2020): the target of a product's score is
the IoU of the predicted box, so that the score says how well the box fits. Boxes: generalised IoU (Rezatofighi et al.,
CVPR 2019).

The classic SSD's. Scores: sigmoid focal loss (Lin et al., ICCV 2017). Boxes: smooth L1 of their codes (Girshick, Fast
R-CNN, ICCV 2015).

Every loss is a sum over a batch; whoever calls divides it by the batch's number of products (a batch that is split over
devices has one such number, not one a device).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from keras import ops

from shelfaudit.training.architecture import Architecture
from shelfaudit.training.default_boxes import CODE_WEIGHTS, make_default_boxes
from shelfaudit.training.matching import BOX, LABEL, WEIGHT

EPSILON = 1e-6
BOX_WEIGHT = 2.0
FOCAL_ALPHA, FOCAL_GAMMA = 0.75, 2.0

Tensor = Any
"""A tensor of the Keras backend in use; Keras gives it no type."""

DetectionLoss = Callable[[Tensor, Mapping[str, Tensor]], tuple[Tensor, Tensor]]
"""From targets (B, N, 6), as `matching.make_targets` gives them, and a network's outputs to the losses of scores and
boxes of each input, (B,) and (B,): weighted sums over the priors."""


def make_loss(architecture: Architecture, input_size: int) -> DetectionLoss:
    """The loss that goes with an architecture."""
    return quality_loss if architecture.kind == "fpn" else CodedLoss(input_size)


def iou_and_giou(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU (…,) of boxes (…, 4) and boxes (…, 4), pair by pair."""
    first_sides = ops.maximum(first[..., 2:] - first[..., :2], 0.0)
    second_sides = ops.maximum(second[..., 2:] - second[..., :2], 0.0)
    common = ops.maximum(
        ops.minimum(first[..., 2:], second[..., 2:]) - ops.maximum(first[..., :2], second[..., :2]), 0.0
    )
    hull = ops.maximum(first[..., 2:], second[..., 2:]) - ops.minimum(first[..., :2], second[..., :2])
    intersection = common[..., 0] * common[..., 1]
    union = first_sides[..., 0] * first_sides[..., 1] + second_sides[..., 0] * second_sides[..., 1] - intersection
    hull_area = hull[..., 0] * hull[..., 1]
    iou = intersection / ops.maximum(union, EPSILON)
    return iou, iou - (hull_area - union) / ops.maximum(hull_area, EPSILON)


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy with logits, element by element, in the form that neither overflows nor takes log(0)."""
    return ops.maximum(logits, 0.0) - logits * target + ops.log1p(ops.exp(-ops.abs(logits)))


def quality_focal_loss(logits: Tensor, quality: Tensor, beta: float = 2.0) -> Tensor:
    """|quality − σ(logit)|^β × binary cross-entropy, element by element."""
    return ops.abs(quality - ops.sigmoid(logits)) ** beta * cross_entropy(logits, quality)


def sigmoid_focal_loss(logits: Tensor, target: Tensor) -> Tensor:
    """α_t (1 − p_t)^γ × binary cross-entropy, element by element; `target` is 0 or 1."""
    missed = ops.abs(target - ops.sigmoid(logits))
    alpha = target * FOCAL_ALPHA + (1.0 - target) * (1.0 - FOCAL_ALPHA)
    return alpha * missed**FOCAL_GAMMA * cross_entropy(logits, target)


def smooth_l1(difference: Tensor) -> Tensor:
    """½ d² up to 1, then |d| − ½, element by element."""
    size = ops.abs(difference)
    return ops.where(size < 1.0, 0.5 * size**2, size - 0.5)


def quality_loss(targets: Tensor, outputs: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """The losses of our detector; see `DetectionLoss`. It reads `logits` (B, N, C) and `boxes` (B, N, 4)."""
    logits = outputs["logits"]
    weight, label, truth = targets[..., WEIGHT], targets[..., LABEL], targets[..., BOX]
    positive = ops.cast(label >= 0, logits.dtype)
    iou, giou = iou_and_giou(outputs["boxes"], truth)
    quality = _one_hot(label, logits) * ops.stop_gradient(iou * positive)[..., None]
    score_loss = ops.sum(quality_focal_loss(logits, quality) * weight[..., None], axis=(1, 2))
    box_loss = ops.sum((1.0 - giou) * positive * weight, axis=1)
    return score_loss, BOX_WEIGHT * box_loss


class CodedLoss:
    """The losses of the classic SSD; see `DetectionLoss`. They read `logits` (B, N, C) and `codes` (B, N, 4)."""

    def __init__(self, input_size: int) -> None:
        default = make_default_boxes(input_size)
        self._centers, self._sizes = default.centers[None], default.sizes[None]

    def __call__(self, targets: Tensor, outputs: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        logits = outputs["logits"]
        weight, label, truth = targets[..., WEIGHT], targets[..., LABEL], targets[..., BOX]
        positive = ops.cast(label >= 0, logits.dtype)
        focal = sigmoid_focal_loss(logits, _one_hot(label, logits))
        score_loss = ops.sum(focal * weight[..., None], axis=(1, 2))
        distance = ops.mean(smooth_l1(outputs["codes"] - self.encode(truth)), axis=-1)
        return score_loss, ops.sum(distance * positive * weight, axis=1)

    def encode(self, boxes: Tensor) -> Tensor:
        """The codes (B, N, 4) of boxes (B, N, 4) in input pixels, each relative to its default box."""
        centers = (boxes[..., :2] + boxes[..., 2:]) / 2.0
        sides = ops.maximum(boxes[..., 2:] - boxes[..., :2], 1.0)
        # In functions, not operators: NumPy and torch do not subtract from each other.
        moved = ops.divide(ops.subtract(centers, self._centers), self._sizes)
        codes = ops.concatenate([moved, ops.log(ops.divide(sides, self._sizes))], axis=-1)
        return ops.multiply(codes, CODE_WEIGHTS)


def _one_hot(label: Tensor, logits: Tensor) -> Tensor:
    """(B, N, C); a label of -1 gives a row of zeros: background."""
    return ops.one_hot(ops.cast(label, "int32"), logits.shape[-1], dtype=logits.dtype)
