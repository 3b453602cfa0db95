"""Self-training: a detector labels what nobody labelled, so that its successor learns from whole photos.

What it is sure of becomes a label, what it doubts an area to ignore, and the rest is background (Lee, Pseudo-Label,
ICML 2013 workshop; confident boxes only, as in Sohn et al., STAC, 2020). Labels made by a person are never changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.dataset import LabelledPhoto, PixelArray, centers_inside
from shelfaudit.detection.detector import Detector
from shelfaudit.detection.postprocess import median_side, non_max_suppression, vote_boxes
from shelfaudit.domain.geometry import Box, FloatArray, box_areas, pairwise_intersection, pairwise_iou
from shelfaudit.errors import UserError

SAME_PRODUCT = 0.4
"""A prediction that overlaps a labelled box by this IoU is that product."""

COVERED = 0.5
"""A doubtful box of which this part lies on sure ones is a second look at them, not another product."""

BORDER = 0.1
"""A product centred just outside a region is unlabelled though it reaches in: this part of a median side along the
region's inner border is the detector's to label."""


@dataclass(frozen=True)
class SelfTraining:
    """What the detector's own labels must reach.

    sure: a prediction is a product from this score on. doubtful: from this score on, an area to ignore.
    """

    sure: float = 0.55
    doubtful: float = 0.2


def label_photo(detector: Detector, photo: LabelledPhoto, settings: SelfTraining) -> LabelledPhoto:
    """The photo with labels all over; labels that were there stay as they are.

    Raises:
        UserError: the photo cannot be read, or the detector tells several labels apart.
    """
    if len(detector.info.labels) > 1:
        raise UserError(
            "Self-training labels products; this detector tells several labels apart.",
            advice="Name a detector with one label.",
            file=detector.info.file,
        )
    return complete(photo, *predict(detector, photo.read(), settings.doubtful), settings)


def predict(detector: Detector, pixels: PixelArray, min_score: float) -> tuple[FloatArray, FloatArray]:
    """What the detector finds in a photo and in its mirror image together: boxes (N, 4) and scores (N,).

    Two looks agree where one may err, and labels are worth more time than counts.
    """
    straight = detector.detect(pixels, min_score=min_score)
    mirrored = detector.detect(np.ascontiguousarray(pixels[:, ::-1]), min_score=min_score)
    turned = mirrored.boxes.copy()
    turned[:, [0, 2]] = pixels.shape[1] - mirrored.boxes[:, [2, 0]]
    boxes = np.concatenate([straight.boxes, turned])
    scores = np.concatenate([straight.scores, mirrored.scores])
    kept = non_max_suppression(boxes, scores, detector.info.nms_iou)
    return vote_boxes(boxes[kept], boxes, scores), scores[kept]


def complete(photo: LabelledPhoto, boxes: FloatArray, scores: FloatArray, settings: SelfTraining) -> LabelledPhoto:
    """The photo labelled all over by its own labels and, where nothing was known, by predictions.

    Args:
        boxes: (N, 4) in photo pixels. scores: (N,).
    """
    unknown = _unknown(photo, boxes)
    sure = boxes[unknown & (scores >= settings.sure)]
    doubtful = boxes[unknown & (scores >= settings.doubtful) & (scores < settings.sure)]
    products = np.concatenate([photo.boxes, sure])
    return replace(
        photo,
        boxes=products,
        labels=np.concatenate([photo.labels, np.zeros(len(sure), dtype=np.int64)]),
        products=(*photo.products, *(None,) * len(sure)),
        ignored=np.concatenate([photo.ignored, doubtful[~_covered(doubtful, products)]]),
        region=Box(0, 0, photo.width, photo.height),
    )


def _unknown(photo: LabelledPhoto, boxes: FloatArray) -> NDArray[np.bool_]:
    """Mask (N,): which boxes are not known to be a product or background already."""
    unknown = np.ones(len(boxes), dtype=np.bool_)
    region = _inner(photo)
    if region is not None:
        unknown &= ~centers_inside(boxes, region)
    if len(photo.boxes):
        unknown &= pairwise_iou(boxes, photo.boxes).max(axis=1, initial=0) < SAME_PRODUCT
    return unknown


def _inner(photo: LabelledPhoto) -> Box | None:
    """The region without its border; None where there is none or nothing is left of it."""
    if photo.region is None:
        return None
    margin = BORDER * (median_side(photo.boxes) or 0.0)
    region = photo.region
    x1, y1 = region.x1 + margin * (region.x1 > 0), region.y1 + margin * (region.y1 > 0)
    x2, y2 = region.x2 - margin * (region.x2 < photo.width), region.y2 - margin * (region.y2 < photo.height)
    return Box(x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


def _covered(boxes: FloatArray, products: FloatArray) -> NDArray[np.bool_]:
    """Mask (N,): which boxes lie for the most part on products (M, 4)."""
    common = pairwise_intersection(boxes, products).sum(axis=1)
    covered: NDArray[np.bool_] = common > COVERED * box_areas(boxes)
    return covered
