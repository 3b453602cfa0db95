"""Named crops to learn from: facings of labelled photos, folders of pictures by product, and drawn shelves."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from shelfaudit.datasets.dataset import DatasetError
from shelfaudit.datasets.named_facings import NamedPhoto, read_named_photos
from shelfaudit.detection.preprocess import PixelArray
from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.photos.decode import read_photo
from shelfaudit.samples import Aisle, render_photo

CONTEXT = 0.12
"""Part of a box's sides kept around it, for views that look a little beside it."""

LONGEST_SIDE = 224


@dataclass(frozen=True)
class NamedCrop:
    """A product with a little around it: pixels uint8 (H, W, 3), and where in them it is, (4,) x1 y1 x2 y2."""

    pixels: PixelArray
    box: FloatArray


Shelf = Mapping[str, Sequence[NamedCrop]]
"""The crops of the products that may be compared with each other: those of one photo, or of one set of pictures."""


def shelves_of_photos(file: Path, photos: Path) -> list[Shelf]:
    """One shelf a photo of a COCO file whose annotations carry `product`: other products of the same photo are the
    hardest to tell apart, and the only ones that are surely others."""
    return [_shelf(photo, read_photo(photo.file).pixels) for photo in read_named_photos(file, photos)]


def shelf_of_pictures(file: Path, leave_out: Iterable[str] = ()) -> Shelf:
    """One shelf of pictures that each show one product. file: JSON, picture → {"label": product}, beside the pictures.

    leave_out: products kept back for measuring.

    Raises:
        DatasetError: the file is not of that form.
        PhotoError: a picture cannot be read.
    """
    try:
        labels = {name: entry["label"] for name, entry in json.loads(file.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError("This is no table of pictures and their labels.", file=file) from error
    left_out = set(leave_out)
    crops: dict[str, list[NamedCrop]] = defaultdict(list)
    for name, label in labels.items():
        if label not in left_out:
            pixels = read_photo(file.parent / name, at_most=LONGEST_SIDE).pixels
            height, width = pixels.shape[:2]
            crops[label].append(_cut(pixels, Box(0, 0, width, height)))
    return crops


def drawn_shelves(count: int, seed: int) -> list[Shelf]:
    """So many photos of each aisle of `shelfaudit.samples`, one shelf each."""
    shelves: list[Shelf] = []
    for aisle in Aisle:
        for number in range(count):
            photo = render_photo(seed + number, aisle=aisle)
            crops: dict[str, list[NamedCrop]] = defaultdict(list)
            for box, sku in photo.facings:
                crops[sku].append(_cut(photo.pixels, box))
            shelves.append(crops)
    return shelves


def _shelf(photo: NamedPhoto, pixels: PixelArray) -> Shelf:
    crops: dict[str, list[NamedCrop]] = defaultdict(list)
    for box, product in photo.facings:
        crops[product].append(_cut(pixels, box))
    return crops


def _cut(pixels: PixelArray, box: Box) -> NamedCrop:
    height, width = pixels.shape[:2]
    dx, dy = box.width * CONTEXT, box.height * CONTEXT
    left, top = max(0, int(box.x1 - dx)), max(0, int(box.y1 - dy))
    right, bottom = min(width, int(box.x2 + dx) + 1), min(height, int(box.y2 + dy) + 1)
    patch = pixels[top:bottom, left:right]
    scale = min(1.0, LONGEST_SIDE / max(patch.shape[:2]))
    size = max(1, round(patch.shape[1] * scale)), max(1, round(patch.shape[0] * scale))
    small = np.asarray(cv2.resize(patch, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    inner = np.array([box.x1 - left, box.y1 - top, box.x2 - left, box.y2 - top], dtype=np.float32)
    ratio = np.array([size[0] / patch.shape[1], size[1] / patch.shape[0]] * 2, dtype=np.float32)
    return NamedCrop(small, inner * ratio)
