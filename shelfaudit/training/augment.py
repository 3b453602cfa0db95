"""Training samples: crops of shelf photos at varied scale and mosaics of close-ups, with varied colours.

A sample is one input of the network with what is known about it. Geometry is one affine map per photo, so that
pixels are resampled once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.detection.postprocess import clip_boxes, median_side
from shelfaudit.detection.preprocess import PADDING_GRAY, PixelArray
from shelfaudit.domain.geometry import Box, FloatArray, box_areas

Affine = NDArray[np.float64]
"""2 × 3: photo pixels → sample pixels."""


@dataclass(frozen=True)
class Variation:
    """How much samples differ from the photos.

    side_range: the median √area of a sample's products is log-uniform in it, in pixels.
    rotation_degrees, stretch: largest rotation, and largest ratio of horizontal to vertical scale.
    least_visible: a product of which less than this fraction is in the sample is neither product nor background.
    least_side: thinner products (pixels) are ignored likewise.
    border: products centred just outside a region are unlabelled; this fraction of a median side along its
        inner border counts as unknown.
    """

    side_range: tuple[float, float] = (26.0, 110.0)
    rotation_degrees: float = 3.0
    stretch: float = 1.2
    least_visible: float = 0.4
    least_side: float = 5.0
    border: float = 0.1


@dataclass(frozen=True)
class Sample:
    """One training input: pixels uint8 (S, S, 3) RGB, and in its pixels

    boxes (N, 4) of products, ignored (M, 4) areas without evidence, complete (K, 4) areas in which every product
    is in `boxes`.
    """

    pixels: PixelArray
    boxes: FloatArray
    ignored: FloatArray
    complete: FloatArray


def crop_shelf(
    photo: LabelledPhoto, pixels: PixelArray, size: int, variation: Variation, random: np.random.Generator
) -> Sample:
    """A crop of a shelf photo around its labelled region, turned, stretched and mirrored a little."""
    side = median_side(photo.boxes) or 1.0
    low, high = np.log(variation.side_range)
    scale = math.exp(random.uniform(low, high)) / side
    area = photo.region or Box(0, 0, photo.width, photo.height)
    transform = _random_affine(area, scale, size, variation, random)
    warped = _warp(pixels, transform, min(scale, 1.0), size)
    boxes, ignored = _visible(_map_boxes(photo.boxes, transform), size, variation)
    margin = variation.border * side
    complete = _complete_area(photo, margin)
    return Sample(
        warped,
        boxes,
        np.concatenate([ignored, clip_boxes(_map_boxes(photo.ignored, transform), size, size)]),
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
    ignored: list[FloatArray] = []
    for index, (photo, pixels) in enumerate(photos):
        x, y = edges[index % count], edges[index // count]
        cell = int(min(edges[index % count + 1] - x, edges[index // count + 1] - y))
        part, inside = _close_up(photo, pixels, cell, random)
        canvas[y : y + cell, x : x + cell] = part
        seen, cut = _visible(inside, cell, variation)
        offset = np.array([x, y, x, y], dtype=np.float32)
        boxes.append(seen + offset)
        ignored.append(cut + offset)
    found = np.concatenate(boxes).astype(np.float32)
    return Sample(canvas, found, np.concatenate(ignored).astype(np.float32), found)


def _close_up(
    photo: LabelledPhoto, pixels: PixelArray, cell: int, random: np.random.Generator
) -> tuple[PixelArray, FloatArray]:
    """A close-up that fills a square cell, its boxes (N, 4) in the cell's pixels (not clipped)."""
    scale = cell / min(photo.width, photo.height) * random.uniform(1.0, 1.15)
    x = random.uniform(0, photo.width * scale - cell)
    y = random.uniform(0, photo.height * scale - cell)
    transform = np.array([[scale, 0, -x], [0, scale, -y]])
    if random.random() < 0.5:
        transform = _mirror(transform, cell)
    part = cv2.warpAffine(pixels, transform, (cell, cell), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(part, dtype=np.uint8), _map_boxes(photo.boxes, transform)


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


def _visible(boxes: FloatArray, size: int, variation: Variation) -> tuple[FloatArray, FloatArray]:
    """The visible parts of the boxes of which enough is visible, and of those of which too little is."""
    clipped = clip_boxes(boxes, size, size)
    fraction = box_areas(clipped) / np.maximum(box_areas(boxes), 1e-6)
    thin = (clipped[:, 2:] - clipped[:, :2]).min(axis=1, initial=np.inf) < variation.least_side
    good = (fraction >= variation.least_visible) & ~thin
    return clipped[good], clipped[~good & (fraction > 0)]


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


def vary_colours(pixels: PixelArray, random: np.random.Generator) -> PixelArray:
    """Exposure, contrast, white balance, saturation, blur, noise and JPEG, each sometimes."""
    image = pixels.astype(np.float32)
    if random.random() < 0.8:
        image = (image - 128) * random.uniform(0.7, 1.3) + 128 + random.uniform(-35, 35)
        image = image * random.uniform(0.9, 1.1, size=3).astype(np.float32)
    if random.random() < 0.5:
        gray = image.mean(axis=2, keepdims=True)
        image = gray + (image - gray) * random.uniform(0.2, 1.5)
    if random.random() < 0.25:
        image = _blur(image, random)
    if random.random() < 0.25:
        deviation = random.uniform(2, 10)
        image = image + random.standard_normal((*image.shape[:2], 1), dtype=np.float32) * deviation
    varied = np.clip(image, 0, 255).astype(np.uint8)
    return _recompress(varied, int(random.integers(35, 90))) if random.random() < 0.25 else varied


def _blur(image: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    if random.random() < 0.5:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(0.5, 1.6)), dtype=np.float32)
    length = int(random.integers(2, 6))
    kernel = np.full((1, length), 1 / length, dtype=np.float32)
    return np.asarray(cv2.filter2D(image, -1, kernel if random.random() < 0.7 else kernel.T), dtype=np.float32)


def _recompress(pixels: PixelArray, quality: int) -> PixelArray:
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
