"""Scores of detections against labelled regions: COCO average precision, recall and the error of counts.

Only what is known is judged: a prediction counts if its centre lies in the photo's region; areas marked to be ignored
excuse what lies in them. No score limits the number of boxes per photo unless its name says so.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from shelfaudit.datasets.dataset import LabelledPhoto, centers_inside
from shelfaudit.domain.geometry import Box, FloatArray, box_areas, pairwise_intersection

UNLIMITED = 100_000
"""More boxes than any photo has: COCO's own limit of 100 would truncate a shelf."""

Predictions = tuple[FloatArray, FloatArray]
"""Boxes (N, 4) in photo pixels and scores (N,)."""


@dataclass(frozen=True)
class DetectionScores:
    """COCO scores in [0, 1].

    ap: average precision, mean over IoU .50:.05:.95. ap50, ap75: at one IoU. ar300: recall of the best 300 boxes a
    photo, mean over the same IoUs.
    """

    ap: float
    ap50: float
    ap75: float
    ar300: float


def in_region(predictions: Predictions, photo: LabelledPhoto) -> Predictions:
    """The predictions whose centre lies where the labels are complete."""
    boxes, scores = predictions
    inside = centers_inside(boxes, photo.region or Box(0, 0, photo.width, photo.height))
    return boxes[inside], scores[inside]


def detection_scores(photos: Sequence[LabelledPhoto], predictions: Sequence[Predictions]) -> DetectionScores:
    """COCO scores of one list of predictions per photo.

    Raises:
        ValueError: not one list per photo, or no photo has a product.
    """
    if len(photos) != len(predictions):
        raise ValueError(f"{len(photos)} photos but {len(predictions)} lists of predictions")
    if not any(len(photo.boxes) for photo in photos):
        raise ValueError("without a labelled product there is no score")
    rows = []
    for index, photo in enumerate(photos):
        for box, score in zip(*in_region(predictions[index], photo), strict=True):
            rows.append((index + 1, *_xywh(box), float(score), 1))
    if not rows:
        return DetectionScores(0.0, 0.0, 0.0, 0.0)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = _as_coco(photos)
        evaluation = COCOeval(truth, truth.loadRes(np.array(rows, dtype=np.float64)), "bbox")
        evaluation.params.maxDets = [300, UNLIMITED]
        evaluation.evaluate()
        evaluation.accumulate()
    # precision: (IoU, recall, category, area, limit); recall: (IoU, category, area, limit).
    precision = evaluation.eval["precision"][:, :, 0, 0, 1]
    recall = evaluation.eval["recall"][:, 0, 0, 0]
    thresholds = evaluation.params.iouThrs
    return DetectionScores(
        ap=float(precision.mean()),
        ap50=float(precision[np.isclose(thresholds, 0.5)].mean()),
        ap75=float(precision[np.isclose(thresholds, 0.75)].mean()),
        ar300=float(recall.mean()),
    )


def _xywh(box: FloatArray) -> tuple[float, float, float, float]:
    return float(box[0]), float(box[1]), float(box[2] - box[0]), float(box[3] - box[1])


def _as_coco(photos: Sequence[LabelledPhoto]) -> COCO:
    annotations: list[dict[str, object]] = []
    for index, photo in enumerate(photos):
        for boxes, crowd in ((photo.boxes, 0), (photo.ignored, 1)):
            for box, area in zip(boxes, box_areas(boxes), strict=True):
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": index + 1,
                        "category_id": 1,
                        "bbox": list(_xywh(box)),
                        "area": float(area),
                        "iscrowd": crowd,
                    }
                )
    coco = COCO()
    coco.dataset = {
        "info": {},
        "images": [{"id": index + 1} for index in range(len(photos))],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "product"}],
    }
    coco.createIndex()
    return coco


def countable(predictions: Predictions, photo: LabelledPhoto) -> FloatArray:
    """Scores of the predictions that a count of the region would include: centred in it, not in an ignored area."""
    boxes, scores = in_region(predictions, photo)
    if len(photo.ignored) and len(boxes):
        covered = pairwise_intersection(boxes, photo.ignored).max(axis=1) / np.maximum(box_areas(boxes), 1e-6)
        scores = scores[covered < 0.5]
    return scores


def count_error(photos: Sequence[LabelledPhoto], predictions: Sequence[Predictions], threshold: float) -> float:
    """Σ |counted − true| ÷ Σ true over the photos' regions, at one threshold of the score."""
    true = np.array([len(photo.boxes) for photo in photos])
    counted = np.array(
        [
            np.count_nonzero(countable(found, photo) >= threshold)
            for photo, found in zip(photos, predictions, strict=True)
        ]
    )
    return float(np.abs(counted - true).sum() / true.sum())


def choose_threshold(photos: Sequence[LabelledPhoto], predictions: Sequence[Predictions]) -> tuple[float, float]:
    """The threshold that counts best (0.05 … 0.90 in steps of 0.01) and its count error.

    Errors are averaged over ± 0.02 before the least is taken: on few photos a single dip is luck. Where several
    thresholds are equally good it is the middle one of them.
    """
    candidates = np.round(np.arange(0.05, 0.905, 0.01), 2)
    errors = np.array([count_error(photos, predictions, float(candidate)) for candidate in candidates])
    reach = 2
    smooth = np.convolve(np.pad(errors, reach, mode="edge"), np.full(2 * reach + 1, 1 / (2 * reach + 1)), "valid")
    best = np.flatnonzero(np.isclose(smooth, smooth.min()))
    chosen = int(best[len(best) // 2])
    return float(candidates[chosen]), float(errors[chosen])
