"""Which box found which product: COCO's matching of a comparison, photo by photo.

COCO matches greedily from the best score down, so what is matched above a threshold is the same as if the boxes below
it had never been found: one matching serves every threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.evaluation.coco import IOUS, Comparison
from shelfaudit.evaluation.predictions import Predictions

BoolArray = NDArray[np.bool_]

AT_HALF = 0
"""Where IoU .5 is in `IOUS`."""


@dataclass(frozen=True, eq=False)
class MatchedPhoto:
    """The judged predictions of a photo and its products, matched at each of `IOUS`.

    predictions: those in the region, in the order they were given in; N of them.
    right: (IoU, N), the box found a product. excused: (IoU, N), it lies in an area to ignore.
    found_by: (IoU, G), the score of the box that found each product; NaN where none did.
    product_labels: (G,).
    """

    predictions: Predictions
    right: BoolArray
    excused: BoolArray
    found_by: FloatArray
    product_labels: NDArray[np.int64]

    def missed_at(self, threshold: float) -> BoolArray:
        """The products (G,) that no box of this score found, at IoU .5."""
        # NaN compares as False: what no box found is missed.
        found: BoolArray = self.found_by[AT_HALF] >= np.float32(threshold)
        return ~found

    def right_at(self, threshold: float) -> BoolArray:
        """The boxes (N,) of this score that found a product, at IoU .5."""
        right: BoolArray = self.right[AT_HALF]
        return right & (self.predictions.scores >= np.float32(threshold))

    def false_at(self, threshold: float) -> BoolArray:
        """The boxes (N,) of this score that found none and are not excused, at IoU .5."""
        wrong: BoolArray = ~(self.right | self.excused)[AT_HALF]
        return wrong & (self.predictions.scores >= np.float32(threshold))


@dataclass(frozen=True)
class ThresholdScores:
    """What is right among the boxes from a threshold on, at IoU .5.

    precision: None where no box is judged. recall: share of the products that are found.
    """

    threshold: float
    precision: float | None
    recall: float
    f1: float

    def to_json(self) -> dict[str, object]:
        precision = None if self.precision is None else round(self.precision, 4)
        return {
            "threshold": round(self.threshold, 4),
            "precision": precision,
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
        }


def matched_photos(comparison: Comparison, photos: Sequence[LabelledPhoto]) -> tuple[MatchedPhoto, ...]:
    """The matches of a comparison whose first range is every size, in the photos' order."""
    matched = [_unmatched(found, photo) for found, photo in zip(comparison.judged, photos, strict=True)]
    ranges = comparison.precision.shape[3]
    for number, image in enumerate(comparison.images):
        if image is None or (number // len(photos)) % ranges:
            continue
        photo = matched[number % len(photos)]
        answers = np.array([comparison.found[found][1] for found in image["dtIds"]], dtype=np.int64)
        photo.excused[:, answers] = image["dtIgnore"]
        photo.right[:, answers] = (image["dtMatches"] > 0) & ~image["dtIgnore"].astype(bool)
        for column, (truth, ignored) in enumerate(zip(image["gtIds"], image["gtIgnore"], strict=True)):
            if not ignored:
                product = comparison.truth[truth][1]
                for row, found in enumerate(image["gtMatches"][:, column].astype(int).tolist()):
                    if found:
                        photo.found_by[row, product] = photo.predictions.scores[comparison.found[found][1]]
    return tuple(matched)


def scores_at(matched: Sequence[MatchedPhoto], thresholds: NDArray[np.float64]) -> tuple[ThresholdScores, ...]:
    """Precision, recall and their harmonic mean at each threshold of the score, at IoU .5."""
    limits = thresholds.astype(np.float32)
    right = _at_least(np.concatenate([photo.predictions.scores[photo.right[AT_HALF]] for photo in matched]), limits)
    judged = _at_least(np.concatenate([photo.predictions.scores[~photo.excused[AT_HALF]] for photo in matched]), limits)
    found_by = np.concatenate([photo.found_by[AT_HALF] for photo in matched])
    found = _at_least(found_by[~np.isnan(found_by)], limits)
    scores = []
    for threshold, true_boxes, boxes, products in zip(thresholds.tolist(), right, judged, found, strict=True):
        precision = float(true_boxes / boxes) if boxes else None
        recall = float(products / len(found_by))
        total = (precision or 0.0) + recall
        f1 = 2 * (precision or 0.0) * recall / total if total else 0.0
        scores.append(ThresholdScores(threshold, precision, recall, f1))
    return tuple(scores)


def _unmatched(found: Predictions, photo: LabelledPhoto) -> MatchedPhoto:
    return MatchedPhoto(
        predictions=found,
        right=np.zeros((len(IOUS), len(found)), dtype=np.bool_),
        excused=np.zeros((len(IOUS), len(found)), dtype=np.bool_),
        found_by=np.full((len(IOUS), len(photo.boxes)), np.nan, dtype=np.float32),
        product_labels=photo.labels,
    )


def _at_least(scores: FloatArray, thresholds: FloatArray) -> NDArray[np.int64]:
    """How many of the scores reach each threshold."""
    return len(scores) - np.searchsorted(np.sort(scores), thresholds, side="left")
