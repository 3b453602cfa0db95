"""COCO's scores of a comparison: over everything, by label and by size."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.domain.geometry import box_areas
from shelfaudit.evaluation.coco import IOUS, Comparison, Range, compare
from shelfaudit.evaluation.predictions import Predictions

_LIMITED, _UNLIMITED = 0, 1

COCO_SIZES: dict[str, Range] = {"small": (0, 32**2), "medium": (32**2, 96**2), "large": (96**2, float("inf"))}
"""COCO's classes of size by the box's area in square pixels of the photo."""

QUARTERS = ("smallest quarter", "second quarter", "third quarter", "largest quarter")


@dataclass(frozen=True)
class DetectionScores:
    """COCO scores in [0, 1]; with several labels the mean of those that have a product.

    ap: average precision, mean over IoU .50:.05:.95. ap50, ap75: at one IoU.
    ar300: recall of the best 300 boxes a photo, mean over the same IoUs. recall: of all boxes. recall50: at IoU .50.
    """

    ap: float
    ap50: float
    ap75: float
    ar300: float
    recall: float
    recall50: float

    def to_json(self) -> dict[str, float]:
        """The scores by the names the field uses."""
        return {
            "AP": round(self.ap, 4),
            "AP50": round(self.ap50, 4),
            "AP75": round(self.ap75, 4),
            "AR300": round(self.ar300, 4),
            "recall": round(self.recall, 4),
            "recall50": round(self.recall50, 4),
        }


@dataclass(frozen=True)
class GroupScores:
    """The scores of some of the products: those of one label or one class of size; None where there is none.

    name: of the label or the class. limits: of the size, in pixels (√area) or as a share of the photo's √area.
    """

    name: str
    boxes: int
    ap: float | None
    ap50: float | None
    recall: float | None
    limits: tuple[float, float | None] | None = None

    def to_json(self) -> dict[str, object]:
        entry: dict[str, object] = {
            "boxes": self.boxes,
            "AP": _rounded(self.ap),
            "AP50": _rounded(self.ap50),
            "recall": _rounded(self.recall),
        }
        return entry if self.limits is None else {**entry, "from": self.limits[0], "to": self.limits[1]}


@dataclass(frozen=True, eq=False)
class PrecisionRecall:
    """Precision at the recalls .00:.01:1.00 at one IoU, mean of the labels; (101,)."""

    iou: float
    precision: NDArray[np.float64]


def overall_scores(comparison: Comparison) -> DetectionScores:
    """The scores over all labels and sizes."""
    precision = comparison.precision[:, :, :, 0, _UNLIMITED]
    recall = comparison.recall[:, :, 0, :]
    return DetectionScores(
        ap=_mean(precision),
        ap50=_mean(precision[_at(0.5)]),
        ap75=_mean(precision[_at(0.75)]),
        ar300=_mean(recall[:, :, _LIMITED]),
        recall=_mean(recall[:, :, _UNLIMITED]),
        recall50=_mean(recall[_at(0.5), :, _UNLIMITED]),
    )


def scores_by_label(
    comparison: Comparison, photos: Sequence[LabelledPhoto], labels: Sequence[str]
) -> tuple[GroupScores, ...]:
    """The scores of each label."""
    counts = np.bincount(np.concatenate([photo.labels for photo in photos]), minlength=len(labels))
    return tuple(_group(comparison, name, int(counts[index]), label=index, size=0) for index, name in enumerate(labels))


def scores_by_size(
    photos: Sequence[LabelledPhoto], predictions: Sequence[Predictions], label_count: int
) -> tuple[tuple[GroupScores, ...], tuple[GroupScores, ...]]:
    """The scores of COCO's classes of size, and of the quarters of the products by the share of the photo they fill."""
    areas = [box_areas(photo.boxes) for photo in photos]
    absolute = _by_range(photos, predictions, label_count, COCO_SIZES, np.concatenate(areas), relative=False)
    shares = np.concatenate([area / (photo.width * photo.height) for area, photo in zip(areas, photos, strict=True)])
    edges = [0.0, *_quarter_edges(shares), float("inf")]
    quarters = dict(zip(QUARTERS, itertools.pairwise(edges), strict=True))
    return absolute, _by_range(photos, predictions, label_count, quarters, shares, relative=True)


def precision_recall(comparison: Comparison, iou: float) -> PrecisionRecall:
    """The curve at one of `IOUS`."""
    precision = comparison.precision[_at(iou), :, :, 0, _UNLIMITED][0]
    known = precision[:, (precision > -1).all(axis=0)]
    return PrecisionRecall(iou, known.mean(axis=1))


def _quarter_edges(values: NDArray[np.floating]) -> list[float]:
    """Three values that part the given ones (N,) into quarters, between two of them, so that no value is in two."""
    ordered = np.sort(values.astype(np.float64))
    places = [min(max(round(len(ordered) * share), 1), len(ordered) - 1) for share in (0.25, 0.5, 0.75)]
    return [float(ordered[max(place - 1, 0)] + ordered[place]) / 2 for place in places]


def _by_range(
    photos: Sequence[LabelledPhoto],
    predictions: Sequence[Predictions],
    label_count: int,
    ranges: dict[str, Range],
    areas: NDArray[np.floating],
    *,
    relative: bool,
) -> tuple[GroupScores, ...]:
    comparison = compare(photos, predictions, label_count, list(ranges.values()), relative=relative)
    groups = []
    for index, (name, (low, high)) in enumerate(ranges.items()):
        boxes = int(np.count_nonzero((areas >= low) & (areas <= high)))
        sides = (round(float(np.sqrt(low)), 4), round(float(np.sqrt(high)), 4) if np.isfinite(high) else None)
        groups.append(_group(comparison, name, boxes, label=None, size=index, limits=sides))
    return tuple(groups)


def _group(
    comparison: Comparison,
    name: str,
    boxes: int,
    *,
    label: int | None,
    size: int,
    limits: tuple[float, float | None] | None = None,
) -> GroupScores:
    labels = slice(None) if label is None else slice(label, label + 1)
    precision = comparison.precision[:, :, labels, size, _UNLIMITED]
    recall = comparison.recall[:, labels, size, _UNLIMITED]
    if not (precision > -1).any():
        return GroupScores(name, boxes, None, None, None, limits)
    return GroupScores(name, boxes, _mean(precision), _mean(precision[_at(0.5)]), _mean(recall), limits)


def _at(iou: float) -> NDArray[np.bool_]:
    return np.isclose(IOUS, iou)


def _mean(values: NDArray[np.float64]) -> float:
    """The mean of what is known; −1 stands for "no such product"."""
    known = values[values > -1]
    return float(known.mean()) if known.size else 0.0


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
