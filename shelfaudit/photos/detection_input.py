"""A photo's way to the detector, and its boxes' way back: one path for audits, evaluation and all else."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shelfaudit import settings
from shelfaudit.domain.detections import Detections
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.photos.decode import DecodedPhoto, read_photo


def read_for_detection(path: Path) -> DecodedPhoto:
    """The photo's pixels at the resolution that is enough for the detector.

    Raises:
        PhotoError: the file cannot be read or decoded.
    """
    return read_photo(path, at_most=settings.current().decode_long_side)


def usable_detections(detections: Detections, decoded: DecodedPhoto) -> Detections:
    """The detections cut to the picture; those of which less than one of its pixels is left are dropped."""
    height, width = decoded.pixels.shape[:2]
    boxes = np.clip(detections.boxes, 0, np.array([width, height, width, height], dtype=np.float32))
    kept = (boxes[:, 2:] - boxes[:, :2] >= 1).all(axis=1)
    return Detections(
        boxes=boxes[kept],
        scores=detections.scores[kept],
        labels=detections.labels[kept],
        features=detections.features[kept],
    )


def in_photo_pixels(boxes: FloatArray, decoded: DecodedPhoto) -> FloatArray:
    """Boxes (N, 4) in the decoded pixels as boxes of the whole upright photo, inside its borders."""
    # Reduced sides are rounded up, so that a box at the border may end a fraction outside after scaling back.
    limits = [decoded.width, decoded.height, decoded.width, decoded.height]
    scaled: FloatArray = np.clip(boxes / decoded.scale, 0, limits).astype(np.float32)
    return scaled
