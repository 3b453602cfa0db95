"""What a detector said about a labelled photo, and which of it is judged.

Only what is known is judged: a prediction counts if its centre lies in the photo's region (the whole photo where the
labels name none); areas marked to be ignored excuse what lies in them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.dataset import IntArray, LabelledPhoto, centers_inside
from shelfaudit.domain.geometry import Box, FloatArray, box_areas, pairwise_intersection

EXCUSED_SHARE = 0.5
"""A box lies in an area to ignore from this share of its own area on."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """The boxes found in one photo, in any order.

    boxes: float32 (N, 4), x1 y1 x2 y2 in upright photo pixels.
    scores: float32 (N,), in [0, 1].
    labels: int64 (N,), index into the labels that are judged.

    Raises:
        ValueError: the arrays do not have these shapes.
    """

    boxes: FloatArray
    scores: FloatArray
    labels: IntArray

    def __post_init__(self) -> None:
        count = len(self.scores)
        if self.boxes.shape != (count, 4) or self.labels.shape != (count,):
            raise ValueError(
                f"{count} scores need boxes ({count}, 4) and labels ({count},), "
                f"got {self.boxes.shape} and {self.labels.shape}"
            )

    def __len__(self) -> int:
        return len(self.scores)

    def where(self, chosen: NDArray[np.bool_]) -> Predictions:
        """The predictions that a mask (N,) marks."""
        return Predictions(self.boxes[chosen], self.scores[chosen], self.labels[chosen])


def judged_area(photo: LabelledPhoto) -> Box:
    """The part of the photo in which boxes are judged, in its pixels."""
    return photo.region or Box(0, 0, photo.width, photo.height)


def is_partly_judged(photo: LabelledPhoto) -> bool:
    """Whether a part of the photo is not judged."""
    area = judged_area(photo)
    return area.x1 > 0 or area.y1 > 0 or area.x2 < photo.width or area.y2 < photo.height


def in_region(predictions: Predictions, photo: LabelledPhoto) -> Predictions:
    """The predictions whose centre lies where the labels are complete."""
    return predictions.where(centers_inside(predictions.boxes, judged_area(photo)))


def countable(predictions: Predictions, photo: LabelledPhoto) -> Predictions:
    """The predictions that a count of the region would include: centred in it, not in an ignored area."""
    inside = in_region(predictions, photo)
    if not len(photo.ignored) or not len(inside):
        return inside
    overlap = pairwise_intersection(inside.boxes, photo.ignored).max(axis=1)
    return inside.where(overlap < EXCUSED_SHARE * np.maximum(box_areas(inside.boxes), 1e-6))
