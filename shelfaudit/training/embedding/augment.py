"""Views of a crop: the same product as another box, another light and another camera would show it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from shelfaudit.detection.preprocess import PixelArray
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.recognition.crops import cut_crops


@dataclass(frozen=True)
class CropVariation:
    """How much a view differs from the crop.

    box: the sides of the box move by up to this part of it. rotation_degrees: largest rotation. coarse: how often it is
    seen from further away. covered: how often something stands before it: a price tag, a hand.
    """

    box: float = 0.05
    rotation_degrees: float = 4.0
    coarse: float = 0.25
    covered: float = 0.35


def view_crop(
    pixels: PixelArray, box: FloatArray, side: int, variation: CropVariation, random: np.random.Generator
) -> PixelArray:
    """One view of the product in a box (4,) of these pixels: uint8 (side, side, 3). Never mirrored: print is not."""
    if random.random() < variation.coarse:
        pixels, box = _from_further(pixels, box, random.uniform(0.35, 0.9))
    angle = random.uniform(-variation.rotation_degrees, variation.rotation_degrees)
    centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    turn = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), angle, 1.0)
    height, width = pixels.shape[:2]
    turned = cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    size = np.array([box[2] - box[0], box[3] - box[1]] * 2, dtype=np.float32)
    moved = box + random.uniform(-variation.box, variation.box, 4).astype(np.float32) * size
    crop = cut_crops(np.asarray(turned, dtype=np.uint8), moved[None], side)[0]
    return _vary_light(crop, random, variation.covered)


def _from_further(pixels: PixelArray, box: FloatArray, scale: float) -> tuple[PixelArray, FloatArray]:
    height, width = pixels.shape[:2]
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return small, (box * np.array([size[0] / width, size[1] / height] * 2)).astype(np.float32)


def _vary_light(crop: PixelArray, random: np.random.Generator, covered: float) -> PixelArray:
    """Exposure, white balance, saturation, shadow, blur, noise, cover. Colour tells varieties apart, so that it is
    varied less than a detector's samples are."""
    image = crop.astype(np.float32)
    if random.random() < 0.8:
        image = (image - 128) * random.uniform(0.75, 1.3) + 128 + random.uniform(-30, 30)
        image = image * random.uniform(0.94, 1.06, 3).astype(np.float32)
    if random.random() < 0.4:
        gray = image.mean(axis=2, keepdims=True)
        image = gray + (image - gray) * random.uniform(0.6, 1.3)
    if random.random() < 0.3:
        shadow = np.linspace(random.uniform(0.75, 1), random.uniform(0.75, 1), len(image), dtype=np.float32)
        image = image * shadow[:, None, None]
    if random.random() < 0.3:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(0.5, 1.8)), dtype=np.float32)
    if random.random() < 0.25:
        image = image + random.standard_normal((*image.shape[:2], 1), dtype=np.float32) * random.uniform(2, 9)
    if random.random() < covered:
        _cover(image, random)
    return np.clip(image, 0, 255).astype(np.uint8)


def _cover(image: FloatArray, random: np.random.Generator) -> None:
    side = len(image)
    width, height = round(side * random.uniform(0.1, 0.45)), round(side * random.uniform(0.08, 0.4))
    left, top = int(random.integers(0, side - width + 1)), int(random.integers(0, side - height + 1))
    if random.random() < 0.6:  # most often a tag below or a shelf above
        top = side - height if random.random() < 0.6 else 0
    colour = random.uniform(0, 255, 3) if random.random() < 0.7 else random.uniform(180, 255)
    image[top : top + height, left : left + width] = colour
