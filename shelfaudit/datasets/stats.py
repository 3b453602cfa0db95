"""What is in a data set, in numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from shelfaudit.datasets.dataset import Dataset, IntArray, LabelledPhoto
from shelfaudit.domain.geometry import FloatArray, box_areas


@dataclass(frozen=True, slots=True)
class Quantiles:
    """How some numbers are spread: the least, the 5th to 95th percentiles, the largest."""

    least: float
    p5: float
    p25: float
    median: float
    p75: float
    p95: float
    largest: float
    mean: float

    @classmethod
    def of(cls, values: ArrayLike) -> Quantiles | None:
        """Of some numbers; None where there are none."""
        numbers = np.asarray(values, dtype=np.float64)
        if not numbers.size:
            return None
        spread = np.percentile(numbers, [0, 5, 25, 50, 75, 95, 100]).tolist()
        return cls(*[*spread, float(numbers.mean())])


@dataclass(frozen=True, slots=True)
class ClassStats:
    """How often a class occurs: its boxes, the photos they are in, and the median √area of its boxes in pixels."""

    name: str
    boxes: int
    photos: int
    median_side: float | None


@dataclass(frozen=True, slots=True)
class RegionStats:
    """How much of the photos is known.

    whole, part, none: photos in which every product is labelled, those in which a part of the photo is, and those of
    which nothing is known outside their boxes.
    known_area, ignored_area: shares of the area of all photos that lie in a region, and in areas to ignore.
    """

    whole: int
    part: int
    none: int
    known_area: float
    ignored_area: float


@dataclass(frozen=True, slots=True)
class DatasetStats:
    """A data set in numbers.

    unlabelled: photos without a box. named: boxes whose product is known, of `products` different ones.
    sources: photos by source ("" where unknown), most first. classes: in the data set's order.
    side: √area of the boxes in pixels; relative_side: that as a share of √area of the photo; aspect: width ÷ height.
    """

    photos: int
    unlabelled: int
    boxes: int
    ignored: int
    named: int
    products: int
    sources: dict[str, int]
    classes: tuple[ClassStats, ...]
    regions: RegionStats
    boxes_per_photo: Quantiles | None
    photo_width: Quantiles | None
    photo_height: Quantiles | None
    side: Quantiles | None
    relative_side: Quantiles | None
    aspect: Quantiles | None


def describe(dataset: Dataset) -> DatasetStats:
    """The numbers of a data set; only its labels are read, no photo."""
    photos = dataset.photos
    boxes = np.concatenate([np.zeros((0, 4), np.float32), *(photo.boxes for photo in photos)])
    labels = np.concatenate([np.zeros(0, np.int64), *(photo.labels for photo in photos)])
    sides = np.sqrt(box_areas(boxes))
    photo_sides = np.concatenate([np.zeros(0), *(np.full(len(photo.boxes), _side(photo)) for photo in photos)])
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    named = [product for photo in photos for product in photo.products if product is not None]
    return DatasetStats(
        photos=len(photos),
        unlabelled=sum(not len(photo.boxes) for photo in photos),
        boxes=len(boxes),
        ignored=sum(len(photo.ignored) for photo in photos),
        named=len(named),
        products=len(set(named)),
        sources=dict(Counter(photo.source for photo in photos).most_common()),
        classes=_class_stats(dataset, labels, sides),
        regions=_region_stats(photos),
        boxes_per_photo=Quantiles.of([len(photo.boxes) for photo in photos]),
        photo_width=Quantiles.of([photo.width for photo in photos]),
        photo_height=Quantiles.of([photo.height for photo in photos]),
        side=Quantiles.of(sides),
        relative_side=Quantiles.of(sides / photo_sides),
        aspect=Quantiles.of(widths / heights),
    )


def boxes_by_class(dataset: Dataset) -> list[int]:
    """How many boxes each class has, in the data set's order."""
    return _counts((photo.labels for photo in dataset.photos), len(dataset.labels))


def photos_by_class(dataset: Dataset) -> list[int]:
    """In how many photos each class occurs, in the data set's order."""
    return _counts((np.unique(photo.labels) for photo in dataset.photos), len(dataset.labels))


def _counts(labels: Iterable[IntArray], classes: int) -> list[int]:
    counts: list[int] = np.bincount(np.concatenate([np.zeros(0, np.int64), *labels]), minlength=classes).tolist()
    return counts


def _class_stats(dataset: Dataset, labels: IntArray, sides: FloatArray) -> tuple[ClassStats, ...]:
    return tuple(
        ClassStats(name, boxes, photos, float(np.median(sides[labels == index])) if boxes else None)
        for index, (name, boxes, photos) in enumerate(
            zip(dataset.labels, boxes_by_class(dataset), photos_by_class(dataset), strict=True)
        )
    )


def _side(photo: LabelledPhoto) -> float:
    return math.sqrt(max(1, photo.width * photo.height))


def _region_stats(photos: Sequence[LabelledPhoto]) -> RegionStats:
    whole = sum(covers_photo(photo) for photo in photos)
    none = sum(photo.region is None for photo in photos)
    area = sum(photo.width * photo.height for photo in photos)
    known = sum(photo.region.area for photo in photos if photo.region is not None)
    ignored = sum(_union_area(photo.ignored) for photo in photos)
    return RegionStats(
        whole=whole,
        part=len(photos) - whole - none,
        none=none,
        known_area=known / area if area else 0.0,
        ignored_area=ignored / area if area else 0.0,
    )


def covers_photo(photo: LabelledPhoto) -> bool:
    """Whether every product of the photo is labelled: its region reaches to within a pixel of each side."""
    region = photo.region
    return region is not None and (
        region.x1 <= 1 and region.y1 <= 1 and region.x2 >= photo.width - 1 and region.y2 >= photo.height - 1
    )


def _union_area(boxes: FloatArray) -> float:
    """The area that the boxes (N, 4) cover together, each part once."""
    x, y = np.unique(boxes[:, [0, 2]]), np.unique(boxes[:, [1, 3]])
    covered = np.zeros((max(0, len(y) - 1), max(0, len(x) - 1)), dtype=np.bool_)
    left, top, right, bottom = (np.searchsorted(*pair) for pair in zip((x, y, x, y), boxes.T, strict=True))
    for index in range(len(boxes)):
        covered[top[index] : bottom[index], left[index] : right[index]] = True
    return float(np.diff(y) @ covered @ np.diff(x)) if len(boxes) else 0.0
