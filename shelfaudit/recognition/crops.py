"""Products cut out of photos, as the embedder sees them: one definition for training and for the laptop."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray

PADDING = 0.04
"""Part of a box's sides added around it: edges of boxes are a little off."""


def cut_crops(pixels: NDArray[np.uint8], boxes: FloatArray, side: int) -> NDArray[np.uint8]:
    """The products in these boxes, each stretched to a square: uint8 (N, side, side, 3).

    The proportions are lost on purpose (`describe_shapes` keeps them), so that no pixel is spent on padding.

    Args:
        pixels: uint8 (H, W, 3), RGB, upright.
        boxes: (N, 4), x1 y1 x2 y2 in coordinates of the pixels; what lies outside is filled from the edge.
    """
    crops = np.zeros((len(boxes), side, side, 3), dtype=np.uint8)
    for index, box in enumerate(boxes):
        crops[index] = _cut(pixels, box, side)
    return crops


def _cut(pixels: NDArray[np.uint8], box: FloatArray, side: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    x1, y1, x2, y2 = (float(value) for value in box)
    dx, dy = (x2 - x1) * PADDING, (y2 - y1) * PADDING
    left, top = min(max(round(x1 - dx), 0), width - 1), min(max(round(y1 - dy), 0), height - 1)
    right, bottom = min(max(round(x2 + dx), left + 1), width), min(max(round(y2 + dy), top + 1), height)
    patch = pixels[top:bottom, left:right]
    # Shrinking averages areas, also where only one side shrinks: then OpenCV interpolates the other one.
    shrinks = patch.shape[0] > side or patch.shape[1] > side
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(patch, (side, side), interpolation=method), dtype=np.uint8)
