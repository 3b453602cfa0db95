"""Training samples: crops of photos at varied scale, whole photos, SSD's random crops, and mosaics of close-ups.

A sample is one input of the network with what is known about it. Geometry is one affine map per photo, so that
pixels are resampled once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.dataset import IntArray, LabelledPhoto
from shelfaudit.detection.postprocess import clip_boxes, median_side
from shelfaudit.detection.preprocess import PADDING_GRAY, PixelArray
from shelfaudit.domain.geometry import Box, FloatArray, box_areas
from shelfaudit.training.ssd_crop import choose_window

Affine = NDArray[np.float64]
"""2 × 3: photo pixels → sample pixels."""


@dataclass(frozen=True)
class Variation:
    """How much samples differ from the photos.

    side_range: the median √area of the products of a crop is log-uniform in it, in pixels.
    zoom_range: the long side of a whole photo is log-uniform in it, in sides of the sample.
    rotation_degrees, stretch: largest rotation, and largest ratio of horizontal to vertical scale.
    least_visible: a product of which less than this fraction is in the sample is neither product nor background.
    least_side: thinner products (pixels) are ignored likewise.
    border: products centred just outside a region are unlabelled; this fraction of a median side along its
        inner border counts as unknown.
    """

    side_range: tuple[float, float] = (26.0, 110.0)
    zoom_range: tuple[float, float] = (0.7, 1.5)
    rotation_degrees: float = 3.0
    stretch: float = 1.2
    least_visible: float = 0.4
    least_side: float = 5.0
    border: float = 0.1


@dataclass(frozen=True)
class Sample:
    """One training input: pixels uint8 (S, S, 3) RGB, and in its pixels

    boxes (N, 4) of products with their labels (N,), ignored (M, 4) areas without evidence, complete (K, 4) areas in
    which every product is in `boxes`; weight: how much its loss counts.
    """

    pixels: PixelArray
    boxes: FloatArray
    labels: IntArray
    ignored: FloatArray
    complete: FloatArray
    weight: float = 1.0


def crop_shelf(
    photo: LabelledPhoto, pixels: PixelArray, size: int, variation: Variation, random: np.random.Generator
) -> Sample:
    """A crop around a photo's labelled region, turned, stretched and mirrored a little, its products of varied size."""
    scale = _log_uniform(variation.side_range, random) / (median_side(photo.boxes) or 1.0)
    area = photo.region or Box(0, 0, photo.width, photo.height)
    transform = _random_affine(area, scale, size, variation, random)
    return _sample(photo, pixels, transform, size, variation)


def show_whole(
    photo: LabelledPhoto, pixels: PixelArray, size: int, variation: Variation, random: np.random.Generator
) -> Sample:
    """A whole photo a little smaller or larger than the sample, turned, stretched and mirrored a little.

    Beyond the photo's edges there is surely no product.
    """
    scale = _log_uniform(variation.zoom_range, random) * size / max(photo.width, photo.height)
    area = Box(0, 0, photo.width, photo.height)
    transform = _random_affine(area, scale, size, variation, random)
    sample = _sample(photo, pixels, transform, size, variation)
    return replace(sample, complete=np.concatenate([sample.complete, _beyond(area, transform, size)]))


def crop_as_ssd(
    photo: LabelledPhoto, pixels: PixelArray, size: int, variation: Variation, random: np.random.Generator
) -> Sample:
    """SSD's random crop of a photo's labelled region (see `ssd_crop`), sometimes mirrored."""
    area = photo.region or Box(0, 0, photo.width, photo.height)
    window = choose_window(area, photo.boxes, random)
    x_scale, y_scale = size / window.width, size / window.height
    transform = np.array([[x_scale, 0, -window.x1 * x_scale], [0, y_scale, -window.y1 * y_scale]])
    if random.random() < 0.5:
        transform = _mirror(transform, size)
    return _sample(photo, pixels, transform, size, variation)


def _log_uniform(limits: tuple[float, float], random: np.random.Generator) -> float:
    low, high = np.log(limits)
    return math.exp(random.uniform(low, high))


def _sample(photo: LabelledPhoto, pixels: PixelArray, transform: Affine, size: int, variation: Variation) -> Sample:
    """What a map of photo pixels to sample pixels shows, and what is known about it."""
    scale = float(np.linalg.norm(transform[:, :2], axis=1).max())
    seen = _see(photo, transform, size, variation)
    complete = _complete_area(photo, variation.border * (median_side(photo.boxes) or 1.0))
    return Sample(
        _warp(pixels, transform, min(scale, 1.0), size),
        seen.boxes,
        seen.labels,
        np.concatenate([seen.cut, clip_boxes(_map_boxes(photo.ignored, transform), size, size)]),
        clip_boxes(_map_boxes(complete, transform), size, size),
    )


def mosaic(
    photos: list[tuple[LabelledPhoto, PixelArray]], size: int, variation: Variation, random: np.random.Generator
) -> Sample:
    """Close-ups side by side in a square grid (their number is a square). Nothing is known outside their boxes."""
    count = math.isqrt(len(photos))
    if count * count != len(photos) or not photos:
        raise ValueError(f"a mosaic needs a square number of photos, got {len(photos)}")
    canvas = np.full((size, size, 3), PADDING_GRAY, dtype=np.uint8)
    edges = np.linspace(0, size, count + 1).round().astype(int)
    boxes: list[FloatArray] = []
    labels: list[IntArray] = []
    ignored: list[FloatArray] = []
    for index, (photo, pixels) in enumerate(photos):
        x, y = edges[index % count], edges[index // count]
        cell = int(min(edges[index % count + 1] - x, edges[index // count + 1] - y))
        part, transform = _close_up(photo, pixels, cell, random)
        canvas[y : y + cell, x : x + cell] = part
        seen = _see(photo, transform, cell, variation)
        offset = np.array([x, y, x, y], dtype=np.float32)
        boxes.append(seen.boxes + offset)
        labels.append(seen.labels)
        ignored.append(seen.cut + offset)
    found = np.concatenate(boxes).astype(np.float32)
    return Sample(canvas, found, np.concatenate(labels), np.concatenate(ignored).astype(np.float32), found)


def _close_up(
    photo: LabelledPhoto, pixels: PixelArray, cell: int, random: np.random.Generator
) -> tuple[PixelArray, Affine]:
    """A close-up that fills a square cell, and the map that brought it there."""
    scale = cell / min(photo.width, photo.height) * random.uniform(1.0, 1.15)
    x = random.uniform(0, photo.width * scale - cell)
    y = random.uniform(0, photo.height * scale - cell)
    transform = np.array([[scale, 0, -x], [0, scale, -y]])
    if random.random() < 0.5:
        transform = _mirror(transform, cell)
    part = cv2.warpAffine(pixels, transform, (cell, cell), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(part, dtype=np.uint8), transform


def _random_affine(area: Box, scale: float, size: int, variation: Variation, random: np.random.Generator) -> Affine:
    """Scale, rotation, stretch and mirror about the middle of the area, then a window that shows the area."""
    angle = math.radians(random.uniform(-1, 1) * variation.rotation_degrees)
    stretch = math.sqrt(variation.stretch ** random.uniform(-1, 1))
    cos, sin = math.cos(angle), math.sin(angle)
    linear = scale * np.array([[cos * stretch, -sin * stretch], [sin / stretch, cos / stretch]])
    center = linear @ np.array(area.center)
    shift = []
    for axis, (length, factor) in enumerate(((area.width, stretch), (area.height, 1 / stretch))):
        free = length * scale * factor - size
        # A large area is cut anywhere inside it, a small one lies anywhere inside the sample.
        shift.append(size / 2 - center[axis] + random.uniform(-0.5, 0.5) * abs(free))
    transform = np.concatenate([linear, np.array(shift)[:, None]], axis=1)
    return _mirror(transform, size) if random.random() < 0.5 else transform


def _mirror(transform: Affine, width: float) -> Affine:
    """The map followed by a left-right flip of a sample of this width."""
    mirrored = transform.copy()
    mirrored[0] *= -1
    mirrored[0, 2] += width
    return mirrored


def _warp(pixels: PixelArray, transform: Affine, scale: float, size: int) -> PixelArray:
    """The mapped pixels. Shrinking first averages areas, so that small scales do not alias."""
    if scale < 0.7:
        small = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        ratio = np.array([pixels.shape[1] / small.shape[1], pixels.shape[0] / small.shape[0]])
        # Columns of the linear part belong to the photo's x and y, which became shorter by these ratios.
        transform = np.concatenate([transform[:, :2] * ratio, transform[:, 2:]], axis=1)
        pixels = small
    warped = cv2.warpAffine(
        pixels,
        transform,
        (size, size),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(PADDING_GRAY,) * 3,
    )
    return np.asarray(warped, dtype=np.uint8)


def _map_boxes(boxes: FloatArray, transform: Affine) -> FloatArray:
    """Boxes (N, 4) under the map. The centre moves exactly; the sides are scaled but not widened by the rotation,
    because a product turned by a few degrees still fills its box."""
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2 @ transform[:, :2].T + transform[:, 2]
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 * np.linalg.norm(transform[:, :2], axis=1)
    return np.concatenate([centers - half, centers + half], axis=1).astype(np.float32)


@dataclass(frozen=True)
class _Seen:
    """boxes (N, 4) and labels (N,): the visible parts of products of which enough is visible; cut (M, 4): of those of
    which too little is."""

    boxes: FloatArray
    labels: IntArray
    cut: FloatArray


def _see(photo: LabelledPhoto, transform: Affine, size: int, variation: Variation) -> _Seen:
    """What is visible of a photo's products in a square of this size."""
    boxes = _map_boxes(photo.boxes, transform)
    clipped = clip_boxes(boxes, size, size)
    fraction = box_areas(clipped) / np.maximum(box_areas(boxes), 1e-6)
    thin = (clipped[:, 2:] - clipped[:, :2]).min(axis=1, initial=np.inf) < variation.least_side
    good = (fraction >= variation.least_visible) & ~thin
    return _Seen(clipped[good], photo.labels[good], clipped[~good & (fraction > 0)])


def _complete_area(photo: LabelledPhoto, margin: float) -> FloatArray:
    """Where the absence of a label means something, (K, 4): the region without its border, or the boxes alone."""
    if photo.region is None:
        return photo.boxes
    region = photo.region
    inner = [
        # A border of the region on a border of the photo hides no product.
        region.x1 + (margin if region.x1 > 0 else 0),
        region.y1 + (margin if region.y1 > 0 else 0),
        region.x2 - (margin if region.x2 < photo.width else 0),
        region.y2 - (margin if region.y2 < photo.height else 0),
    ]
    return np.array([inner], dtype=np.float32)


def _beyond(area: Box, transform: Affine, size: int) -> FloatArray:
    """The strips of a sample (K, 4) that a mapped area surely does not reach."""
    corners = np.array([(x, y) for x in (area.x1, area.x2) for y in (area.y1, area.y2)])
    mapped = corners @ transform[:, :2].T + transform[:, 2]
    (left, top), (right, bottom) = mapped.min(axis=0), mapped.max(axis=0)
    strips = [(0, 0, left, size), (right, 0, size, size), (0, 0, size, top), (0, bottom, size, size)]
    return np.array(
        [strip for strip in strips if strip[0] < strip[2] and strip[1] < strip[3]], dtype=np.float32
    ).reshape(-1, 4)
