"""Losses of the detector, in keras.ops: they run on every Keras backend.

Scores: quality focal loss (Li et al., Generalized Focal Loss, NeurIPS 2020): the target of a product's score is the
IoU of the predicted box, so that the score says how well the box fits. Boxes: generalised IoU (Rezatofighi et al.,
CVPR 2019).
"""

from __future__ import annotations

from typing import Any

from keras import ops

from shelfaudit.training.matching import BOX, LABEL, WEIGHT

EPSILON = 1e-6

Tensor = Any
"""A tensor of the Keras backend in use; Keras gives it no type."""


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


def quality_focal_loss(logits: Tensor, quality: Tensor, beta: float = 2.0) -> Tensor:
    """|quality − σ(logit)|^β × binary cross-entropy, element by element."""
    probability = ops.sigmoid(logits)
    # BCE with logits in the form that neither overflows nor takes log(0).
    cross_entropy = ops.maximum(logits, 0.0) - logits * quality + ops.log1p(ops.exp(-ops.abs(logits)))
    return ops.abs(quality - probability) ** beta * cross_entropy


def detection_loss(targets: Tensor, logits: Tensor, boxes: Tensor, box_weight: float = 2.0) -> tuple[Tensor, Tensor]:
    """Score loss and weighted box loss of a batch, both divided by the number of positive priors.

    Args:
        targets: (B, N, 6) as `matching.make_targets` gives them.
        logits: (B, N, C).
        boxes: (B, N, 4) in input pixels.
        box_weight: weight of the box loss.
    """
    weight, label, truth = targets[..., WEIGHT], targets[..., LABEL], targets[..., BOX]
    positive = ops.cast(label >= 0, logits.dtype)
    count = ops.maximum(ops.sum(positive), 1.0)
    iou, giou = iou_and_giou(boxes, truth)
    # one_hot of -1 is a row of zeros: background.
    quality = ops.one_hot(ops.cast(label, "int32"), logits.shape[-1]) * ops.stop_gradient(iou * positive)[..., None]
    score_loss = ops.sum(quality_focal_loss(logits, quality) * weight[..., None]) / count
    box_loss = ops.sum((1.0 - giou) * positive) / count
    return score_loss, box_weight * box_loss
