"""Which priors answer for which product, and the targets that follow.

`match_adaptively` is adaptive training sample selection (ATSS, Zhang et al., CVPR 2020), for our detector;
`match_by_iou` the rule of the classic SSD (Liu et al., ECCV 2016). Pure numpy: the matching runs in the threads that
prepare the batches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shelfaudit.detection.priors import Priors
from shelfaudit.domain.geometry import FloatArray, pairwise_iou

CANDIDATES_PER_LEVEL = 9
LEAST_IOU = 0.5

WEIGHT, LABEL, BOX = 0, 1, slice(2, 6)
"""Columns of a target: weight of the loss (0: nothing is known), label (-1 for background), box in input pixels."""

TARGET_COLUMNS = 6


def match_adaptively(priors: Priors, boxes: FloatArray) -> NDArray[np.int64]:
    """The box each prior is responsible for: (N,) indices into `boxes` (M, 4), or -1.

    Candidates of a box are the nearest priors on each level; those whose IoU with it reaches the candidates' mean
    plus standard deviation and whose centre lies inside the box become positive. A prior wanted by several boxes
    goes to the one it overlaps most. A box that would get none gets the best of its candidates that is still free.
    """
    owner = np.full(len(priors), -1, dtype=np.int64)
    if len(boxes) == 0:
        return owner
    candidates = _nearest(priors, boxes)
    iou = _candidate_iou(priors, boxes, candidates)
    threshold = iou.mean(axis=1) + iou.std(axis=1)
    centers = priors.centers[candidates]
    inside = ((centers > boxes[:, None, :2]) & (centers < boxes[:, None, 2:])).all(axis=2)
    positive = inside & (iou >= threshold[:, None])

    best_iou = np.zeros(len(priors), dtype=np.float32)
    for index in range(len(boxes)):
        chosen = candidates[index, positive[index]]
        value = iou[index, positive[index]]
        better = value > best_iou[chosen]
        owner[chosen[better]] = index
        best_iou[chosen[better]] = value[better]
    for index in np.setdiff1d(np.arange(len(boxes)), owner):
        free = np.flatnonzero(owner[candidates[index]] < 0)
        if len(free):
            owner[candidates[index, free[iou[index, free].argmax()]]] = index
    return owner


def _nearest(priors: Priors, boxes: FloatArray) -> NDArray[np.int64]:
    """Indices (M, K) of the priors whose centres are nearest to each box's centre, the same number on every level."""
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    found: list[NDArray[np.int64]] = []
    start = 0
    for size in priors.level_sizes:
        level = priors.centers[start : start + size]
        squared = ((level[None] - centers[:, None]) ** 2).sum(axis=2)
        count = min(CANDIDATES_PER_LEVEL, size)
        nearest = np.argpartition(squared, count - 1, axis=1)[:, :count]
        found.append(nearest.astype(np.int64) + start)
        start += size
    return np.concatenate(found, axis=1)


def _candidate_iou(priors: Priors, boxes: FloatArray, candidates: NDArray[np.int64]) -> FloatArray:
    prior_boxes = priors.boxes()
    rows = [pairwise_iou(prior_boxes[chosen], box[None])[:, 0] for chosen, box in zip(candidates, boxes, strict=True)]
    return np.stack(rows).astype(np.float32)


def match_by_iou(prior_boxes: FloatArray, boxes: FloatArray) -> NDArray[np.int64]:
    """The box each prior is responsible for: (N,) indices into `boxes` (M, 4), or -1.

    A prior belongs to the box it overlaps most, from an IoU of `LEAST_IOU` on; and every box gets the free prior that
    overlaps it most, whatever the IoU (those that overlap best choose first).

    Args:
        prior_boxes: (N, 4).
    """
    owner = np.full(len(prior_boxes), -1, dtype=np.int64)
    if len(boxes) == 0:
        return owner
    iou = pairwise_iou(prior_boxes, boxes)
    best = iou.argmax(axis=1)
    overlapping = iou[np.arange(len(iou)), best] >= LEAST_IOU
    owner[overlapping] = best[overlapping]
    free = np.ones(len(prior_boxes), dtype=np.bool_)
    for index in np.argsort(-iou.max(axis=0), kind="stable"):
        prior = int(np.where(free, iou[:, index], -1).argmax())
        if free[prior] and iou[prior, index] > 0:
            owner[prior] = index
            free[prior] = False
    return owner


def make_targets(
    owner: NDArray[np.int64], boxes: FloatArray, labels: NDArray[np.int64], known: NDArray[np.bool_]
) -> FloatArray:
    """What the network should answer for one input, (N, 6): weight, label, x1 y1 x2 y2.

    Args:
        owner: (N,) the box each prior is responsible for, or -1.
        boxes: (M, 4) products in input pixels.
        labels: (M,) their labels.
        known: (N,) whether the absence of a product at this prior's centre is certain. Priors without a
            product where nothing is known carry no loss.
    """
    positive = owner >= 0
    targets = np.zeros((len(owner), TARGET_COLUMNS), dtype=np.float32)
    targets[:, WEIGHT] = positive | known
    targets[:, LABEL] = -1
    targets[positive, LABEL] = labels[owner[positive]]
    targets[positive, BOX] = boxes[owner[positive]]
    return targets


def points_inside(points: FloatArray, boxes: FloatArray) -> NDArray[np.bool_]:
    """Mask (N,): which points (N, 2) lie inside any of the boxes (M, 4)."""
    if len(boxes) == 0:
        return np.zeros(len(points), dtype=np.bool_)
    inside = np.all((points[:, None] >= boxes[None, :, :2]) & (points[:, None] < boxes[None, :, 2:]), axis=2)
    return np.asarray(inside.any(axis=1), dtype=np.bool_)
