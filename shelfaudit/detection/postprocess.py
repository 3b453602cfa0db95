"""From the network's raw boxes to one box per product. Boxes are float32 (N, 4), x1 y1 x2 y2 in pixels."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shelfaudit.detection.preprocess import Tile
from shelfaudit.domain.geometry import FloatArray, box_areas, matched_iou

IndexArray = NDArray[np.int64]

LEAST_VOTING_IOU = 0.5
"""A prediction that overlaps a kept box by less speaks of another product."""

VOTING_WIDTH = 0.05
"""σ of the weight exp(−(1 − IoU)² ÷ σ) of a vote (Kim & Lee use .025 for sparser scenes)."""

MIN_SIDE = 2.0
"""Boxes thinner than this many pixels are no products but rounding errors of the network."""


def select(scores: FloatArray, boxes: FloatArray, min_score: float) -> tuple[FloatArray, FloatArray, IndexArray]:
    """The predictions worth looking at: each prior's best label, where it reaches `min_score`.

    Args:
        scores: (N, C), a probability for each prior and label.
        boxes: (N, 4).
        min_score: lowest score kept.

    Returns:
        scores (M,), boxes (M, 4) and labels (M,) in the order of the priors. Boxes that are not finite
        or thinner than `MIN_SIDE` are left out.
    """
    labels = scores.argmax(axis=1)
    best = scores[np.arange(len(scores)), labels]
    kept = np.flatnonzero(best >= min_score)
    sides = boxes[kept, 2:] - boxes[kept, :2]
    kept = kept[np.isfinite(boxes[kept]).all(axis=1) & (sides >= MIN_SIDE).all(axis=1)]
    return best[kept], boxes[kept], labels[kept].astype(np.int64)


def non_max_suppression(boxes: FloatArray, scores: FloatArray, iou: float) -> IndexArray:
    """Greedy non-maximum suppression: indices of the boxes kept, the highest score first.

    A box goes when its IoU with a kept box of a higher score is above `iou`. Any number of boxes may be kept.

    Args:
        boxes: (N, 4).
        scores: (N,).
        iou: in (0, 1].
    """
    if len(boxes) == 0:
        return np.zeros(0, dtype=np.int64)
    xywh = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1).astype(np.float64)
    # OpenCV drops scores that are not above its threshold, which must not be negative; here every box takes part.
    positive = np.maximum(scores, np.finfo(np.float32).tiny).astype(np.float32)
    kept = cv2.dnn.NMSBoxes(xywh.tolist(), positive.tolist(), 0.0, iou)
    indices = np.asarray(kept, dtype=np.int64).reshape(-1)
    return indices[np.argsort(-scores[indices], kind="stable")]


def vote_boxes(kept: FloatArray, boxes: FloatArray, scores: FloatArray) -> FloatArray:
    """The kept boxes (K, 4), each moved to the weighted mean of the predictions that agree with it.

    Many priors answer for one product, and their mean is nearer to its edges than the best of them (box voting, Gidaris
    & Komodakis, ICCV 2015; its weights as in score voting, Kim & Lee, PAA, ECCV 2020). A weight is score² ×
    exp(−(1 − IoU)² ÷ σ).

    Args:
        kept: (K, 4).
        boxes: (N, 4), all predictions. scores: (N,).
    """
    order = np.argsort(boxes[:, 0] + boxes[:, 2], kind="stable")
    boxes, scores = boxes[order], scores[order]
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    # With an IoU of a half or more the centre of one box lies in the other: few predictions need a closer look.
    starts = np.searchsorted(centers[:, 0], kept[:, 0], side="left")
    counts = np.searchsorted(centers[:, 0], kept[:, 2], side="right") - starts
    owners = np.repeat(np.arange(len(kept)), counts)
    voters = np.arange(len(owners)) + np.repeat(starts - np.cumsum(counts) + counts, counts)
    near = (centers[voters, 1] >= kept[owners, 1]) & (centers[voters, 1] <= kept[owners, 3])
    owners, voters = owners[near], voters[near]
    iou = matched_iou(kept[owners], boxes[voters])
    agree = iou >= LEAST_VOTING_IOU
    owners, voters, iou = owners[agree], voters[agree], iou[agree]
    weights = scores[voters] ** 2 * np.exp(-((1 - iou) ** 2) / VOTING_WIDTH)
    totals = np.bincount(owners, weights, minlength=len(kept))
    sums = [np.bincount(owners, weights * boxes[voters, side], minlength=len(kept)) for side in range(4)]
    voted = kept.copy()
    heard = totals > 0
    voted[heard] = np.stack(sums, axis=1)[heard] / totals[heard, None]
    return voted


def clip_boxes(boxes: FloatArray, width: float, height: float) -> FloatArray:
    """The parts of the boxes inside a photo of this size (a box outside becomes empty)."""
    limits = np.array([width, height, width, height], dtype=np.float32)
    return np.clip(boxes, 0, limits).astype(np.float32)


def inside_tile(boxes: FloatArray, tile: Tile, width: int, height: int, margin: float = 2.0) -> NDArray[np.bool_]:
    """Which boxes of a tile are whole: mask (N,), False where an inner border of the tile cuts the box.

    A border of the tile that is also a border of the scaled photo cuts nothing. With tiles that overlap
    by more than the largest product every product is whole in some tile.

    Args:
        boxes: (N, 4) in pixels of the scaled photo.
        tile: the window in which they were found.
        width, height: size of the scaled photo.
        margin: a box that ends closer than this to the border counts as cut.
    """
    right, bottom = tile.x + tile.size, tile.y + tile.size
    whole = np.ones(len(boxes), dtype=np.bool_)
    if tile.x > 0:
        whole &= boxes[:, 0] > tile.x + margin
    if tile.y > 0:
        whole &= boxes[:, 1] > tile.y + margin
    if right < width:
        whole &= boxes[:, 2] < right - margin
    if bottom < height:
        whole &= boxes[:, 3] < bottom - margin
    return whole


def median_side(boxes: FloatArray) -> float | None:
    """Median √area of the boxes in pixels, or None without boxes."""
    return float(np.median(np.sqrt(box_areas(boxes)))) if len(boxes) else None


def choose_scale(boxes: FloatArray, target_side: float) -> float | None:
    """By how much to resize the picture in which these boxes were found so that their median √area
    becomes `target_side` pixels; None without boxes.

    Raises:
        ValueError: `target_side` is not positive.
    """
    if target_side <= 0:
        raise ValueError(f"target side must be positive, got {target_side}")
    side = median_side(boxes)
    return target_side / side if side else None
