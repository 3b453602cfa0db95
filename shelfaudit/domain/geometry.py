"""Axis-aligned boxes in photo pixels, one at a time (`Box`) and as arrays.

The coordinate frame of the whole project: the *upright* photo (orientation applied), origin at the outer
corner of the top-left pixel, x to the right, y down, lengths in pixels. A box covers [x1, x2) × [y1, y2), so
its width is x2 - x1 (no "+ 1").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle (x1, y1, x2, y2) in upright photo pixels, with x1 < x2 and y1 < y2.

    Raises:
        ValueError: a corner is not finite, or the box is empty or inverted.
    """

    x1: float
    y1: float
    x2: float
    y2: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for value in (self.x1, self.y1, self.x2, self.y2)):
            raise ValueError(f"box corners must be finite, got {self.as_tuple()}")
        if self.x1 >= self.x2 or self.y1 >= self.y2:
            raise ValueError(f"box must have x1 < x2 and y1 < y2, got {self.as_tuple()}")

    @classmethod
    def from_xywh(cls, x: float, y: float, width: float, height: float) -> Box:
        """The box with its top-left corner at (x, y), as COCO writes it."""
        return cls(x, y, x + width, y + height)

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        return ((self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2)

    def as_tuple(self) -> tuple[float, float, float, float]:
        """(x1, y1, x2, y2)."""
        return (self.x1, self.y1, self.x2, self.y2)

    def as_xywh(self) -> tuple[float, float, float, float]:
        """(x, y, width, height), as COCO writes it."""
        return (self.x1, self.y1, self.width, self.height)

    def contains(self, x: float, y: float) -> bool:
        """Whether the point lies inside (the right and bottom edges do not belong to the box)."""
        return self.x1 <= x < self.x2 and self.y1 <= y < self.y2

    def translated(self, dx: float, dy: float) -> Box:
        return Box(self.x1 + dx, self.y1 + dy, self.x2 + dx, self.y2 + dy)

    def scaled(self, factor: float) -> Box:
        """The same box in a photo resized by `factor` (> 0)."""
        return Box(self.x1 * factor, self.y1 * factor, self.x2 * factor, self.y2 * factor)

    def intersection(self, other: Box) -> Box | None:
        """The common part, or None where the boxes do not overlap (touching is not overlapping)."""
        x1, y1 = max(self.x1, other.x1), max(self.y1, other.y1)
        x2, y2 = min(self.x2, other.x2), min(self.y2, other.y2)
        return Box(x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None

    def hull(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(min(self.x1, other.x1), min(self.y1, other.y1), max(self.x2, other.x2), max(self.y2, other.y2))

    def clipped(self, width: float, height: float) -> Box | None:
        """The part inside a photo of this size, or None where nothing of it is inside."""
        return self.intersection(Box(0.0, 0.0, width, height))

    def iou(self, other: Box) -> float:
        """Intersection over union, in [0, 1]."""
        common = self.intersection(other)
        if common is None:
            return 0.0
        return common.area / (self.area + other.area - common.area)


def boxes_to_array(boxes: Sequence[Box]) -> FloatArray:
    """Boxes as a float32 array (N, 4) of x1, y1, x2, y2."""
    return np.array([box.as_tuple() for box in boxes], dtype=np.float32).reshape(-1, 4)


def box_areas(boxes: FloatArray) -> FloatArray:
    """Areas (N,) of boxes (N, 4); inverted boxes count as empty."""
    sides = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    areas: FloatArray = sides[:, 0] * sides[:, 1]
    return areas


def pairwise_intersection(first: FloatArray, second: FloatArray) -> FloatArray:
    """Overlap areas (N, M) of boxes (N, 4) and (M, 4)."""
    areas = _pairwise_overlap(first[:, 0], first[:, 2], second[:, 0], second[:, 2])
    areas *= _pairwise_overlap(first[:, 1], first[:, 3], second[:, 1], second[:, 3])
    return areas


def matched_iou(first: FloatArray, second: FloatArray) -> FloatArray:
    """Intersection over union (N,) of boxes (N, 4) and (N, 4), row by row; 0 where both are empty."""
    top_left = np.maximum(first[:, :2], second[:, :2])
    sides = np.clip(np.minimum(first[:, 2:], second[:, 2:]) - top_left, 0, None)
    intersection = sides[:, 0] * sides[:, 1]
    union = box_areas(first) + box_areas(second) - intersection
    iou: FloatArray = np.divide(intersection, union, out=np.zeros_like(intersection), where=union > 0)
    return iou


def _pairwise_overlap(low: FloatArray, high: FloatArray, other_low: FloatArray, other_high: FloatArray) -> FloatArray:
    """Common lengths (N, M) of intervals; one side of the boxes at a time, which is several times faster than both."""
    lengths: FloatArray = np.minimum(high[:, None], other_high[None, :])
    lengths -= np.maximum(low[:, None], other_low[None, :])
    return np.maximum(lengths, 0, out=lengths)


def pairwise_iou(first: FloatArray, second: FloatArray) -> FloatArray:
    """Intersection over union (N, M) of boxes (N, 4) and (M, 4); 0 where both are empty."""
    intersection = pairwise_intersection(first, second)
    union = box_areas(first)[:, None] + box_areas(second)[None, :] - intersection
    iou: FloatArray = np.divide(intersection, union, out=np.zeros_like(intersection), where=union > 0)
    return iou
