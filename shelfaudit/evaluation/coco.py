"""Labelled photos and predictions through pycocotools: COCO's matching and its averages, without COCO's limits.

Boxes are handed over as x, y, width, height and never truncated: COCO's own limit of 100 boxes a photo would cut a
shelf short. Where a score is limited, its name says so (AR300).
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools.coco import COCO

from shelfaudit.datasets.dataset import IntArray, LabelledPhoto
from shelfaudit.domain.geometry import FloatArray, box_areas
from shelfaudit.evaluation.dense_cocoeval import DenseCOCOeval
from shelfaudit.evaluation.predictions import Predictions, in_region

UNLIMITED = 100_000
"""More boxes than any photo has."""

LIMITED = 300
"""Boxes a photo that AR300 looks at, as the literature of SKU-110K does."""

IOUS: NDArray[np.float64] = np.linspace(0.5, 0.95, 10)
"""The IoUs that AP averages over."""

EVERY_SIZE = (0.0, float("inf"))

Range = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Comparison:
    """What pycocotools made of the photos and predictions.

    precision: (IoU, recall .00:.01:1.00, label, range of sizes, limit of boxes); recall: the same without the second
    axis. −1 where there is no such product. The limits are `LIMITED` and `UNLIMITED`.
    images: pycocotools' result per label, range and photo, in this order; None where a photo has nothing of a label.
    truth, found: products and predictions by the ids in `images`: (photo, index in its arrays).
    judged: the predictions in the regions, one a photo.
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    images: list[dict[str, Any] | None]
    truth: dict[int, tuple[int, int]]
    found: dict[int, tuple[int, int]]
    judged: tuple[Predictions, ...]


def compare(
    photos: Sequence[LabelledPhoto],
    predictions: Sequence[Predictions],
    label_count: int = 1,
    ranges: Sequence[Range] = (EVERY_SIZE,),
    *,
    relative: bool = False,
) -> Comparison:
    """Match predictions to labelled products, label by label, at each of `IOUS`.

    Args:
        photos: their labels are below `label_count`.
        predictions: one a photo; those centred outside its region are left out.
        ranges: areas of boxes (lowest, highest) in square pixels to be scored apart.
        relative: areas as shares of the photo's area instead.

    Raises:
        ValueError: not one list of predictions a photo, or no photo has a product.
    """
    if len(photos) != len(predictions):
        raise ValueError(f"{len(photos)} photos but {len(predictions)} lists of predictions")
    if not any(len(photo.boxes) for photo in photos):
        raise ValueError("without a labelled product there is no score")
    judged = tuple(in_region(found, photo) for found, photo in zip(predictions, photos, strict=True))
    units = [photo.width * photo.height if relative else 1 for photo in photos]
    truth, found = _Annotations(), _Annotations()
    for index, (photo, answers, unit) in enumerate(zip(photos, judged, units, strict=True)):
        truth.add(index, photo.boxes, photo.labels, unit)
        for label in range(label_count):  # an area to ignore is one for every label
            truth.add(index, photo.ignored, np.full(len(photo.ignored), label), unit, crowd=True)
        found.add(index, answers.boxes, answers.labels, unit, answers.scores)
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints its progress
        evaluation = DenseCOCOeval(
            truth.as_coco(len(photos), label_count), found.as_coco(len(photos), label_count), iouType="bbox"
        )
        evaluation.params.iouThrs = IOUS
        evaluation.params.maxDets = [LIMITED, UNLIMITED]
        evaluation.params.areaRng = [list(limits) for limits in ranges]
        evaluation.params.areaRngLbl = [str(limits) for limits in ranges]
        evaluation.evaluate()
        evaluation.accumulate()
    return Comparison(
        precision=evaluation.eval["precision"],
        recall=evaluation.eval["recall"],
        images=evaluation.evalImgs,
        truth=truth.places,
        found=found.places,
        judged=judged,
    )


class _Annotations:
    """Boxes as COCO annotations, and where each came from."""

    def __init__(self) -> None:
        self.places: dict[int, tuple[int, int]] = {}
        self._annotations: list[dict[str, object]] = []

    def add(
        self,
        photo: int,
        boxes: FloatArray,
        labels: IntArray,
        unit: int,
        scores: FloatArray | None = None,
        *,
        crowd: bool = False,
    ) -> None:
        # In double precision: a box that equals another has an IoU of 1, however large its coordinates are.
        exact = boxes.astype(np.float64)
        sides = np.concatenate([exact[:, :2], exact[:, 2:] - exact[:, :2]], axis=1).tolist()
        areas = (box_areas(boxes) / unit).tolist()
        for index, (xywh, area, label) in enumerate(zip(sides, areas, labels.tolist(), strict=True)):
            number = len(self._annotations) + 1
            self.places[number] = (photo, index)
            annotation = {
                "id": number,
                "image_id": photo + 1,
                "category_id": label + 1,
                "bbox": xywh,
                "area": area,
                "iscrowd": int(crowd),
            }
            if scores is not None:
                annotation["score"] = float(scores[index])
            self._annotations.append(annotation)

    def as_coco(self, photos: int, labels: int) -> COCO:
        coco = COCO()
        coco.dataset = {
            "info": {},
            "images": [{"id": number + 1} for number in range(photos)],
            "annotations": self._annotations,
            "categories": [{"id": number + 1} for number in range(labels)],
        }
        coco.createIndex()
        return coco
