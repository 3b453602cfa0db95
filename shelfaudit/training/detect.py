"""Detection with any forward function, in the two passes that the laptop runs: for choosing and evaluating.

First the whole photo in one input; its boxes tell how large the products are. If that is far from the size the
network knows best, a second pass runs at the better scale, in overlapping tiles.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shelfaudit.detection.postprocess import clip_boxes, inside_tile, non_max_suppression, select
from shelfaudit.detection.preprocess import PixelArray, cut_tile, letterbox, plan_tiles, resize
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.training.scoring import Predictions

Forward = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""Input (1, S, S, 3) → scores (N, C) and boxes (N, 4) in input pixels."""


def detect_whole(forward: Forward, pixels: PixelArray, size: int, min_score: float, iou: float) -> Predictions:
    """One pass over the whole photo; boxes in photo pixels, the best first."""
    image, scale = letterbox(pixels, size)
    scores, boxes, _ = select(*forward(image), min_score)
    return _finish(boxes / scale, scores, pixels, iou)


def detect_tiles(
    forward: Forward, pixels: PixelArray, scale: float, size: int, overlap: int, min_score: float, iou: float
) -> Predictions:
    """One pass over the photo at a given scale, in tiles; boxes in photo pixels, the best first."""
    scaled = resize(pixels, scale)
    height, width = scaled.shape[:2]
    found_boxes: list[FloatArray] = []
    found_scores: list[FloatArray] = []
    for tile in plan_tiles(pixels.shape[1], pixels.shape[0], scale, size, overlap):
        scores, boxes, _ = select(*forward(cut_tile(scaled, tile)), min_score)
        boxes = boxes + np.array([tile.x, tile.y, tile.x, tile.y], dtype=np.float32)
        whole = inside_tile(boxes, tile, width, height)
        found_boxes.append(boxes[whole])
        found_scores.append(scores[whole])
    return _finish(np.concatenate(found_boxes) / scale, np.concatenate(found_scores), pixels, iou)


def _finish(boxes: FloatArray, scores: FloatArray, pixels: PixelArray, iou: float) -> Predictions:
    boxes = clip_boxes(boxes.astype(np.float32), pixels.shape[1], pixels.shape[0])
    real = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    boxes, scores = boxes[real], scores[real]
    kept = non_max_suppression(boxes, scores, iou)
    return boxes[kept], scores[kept]
