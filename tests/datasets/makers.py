"""Labelled photos for the tests of the data set tools, in memory or as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from shelfaudit.datasets.dataset import LabelledPhoto, PixelArray
from shelfaudit.domain.geometry import Box, boxes_to_array

WIDTH, HEIGHT = 320, 240


def a_photo(
    name: str | Path = "photo.jpg",
    labels: Sequence[int] = (),
    *,
    boxes: Sequence[Box] | None = None,
    ignored: Sequence[Box] = (),
    region: Box | None = None,
    source: str = "",
    products: Sequence[str | None] | None = None,
) -> LabelledPhoto:
    """A photo with a box for each label, side by side unless `boxes` says where."""
    if boxes is None:
        boxes = [Box(10 + 30 * column, 20, 34 + 30 * column, 80) for column in range(len(labels))]
    return LabelledPhoto(
        file=Path(name),
        width=WIDTH,
        height=HEIGHT,
        boxes=boxes_to_array(boxes),
        labels=np.array(labels, dtype=np.int64),
        products=tuple(products) if products is not None else (None,) * len(labels),
        ignored=boxes_to_array(ignored),
        region=region,
        source=source,
    )


def scene(seed: int, width: int = WIDTH, height: int = HEIGHT) -> PixelArray:
    """A picture of coloured packs in rows, RGB; another seed shows other packs."""
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 60, (height, width, 3)).astype(np.uint8)
    for top in range(10, height - 40, 60):
        left = int(random.integers(0, 30))
        while left < width - 20:
            pack, tall = int(random.integers(20, 60)), int(random.integers(25, 50))
            pixels[top : top + tall, left : left + pack] = random.integers(0, 256, 3)
            left += pack + int(random.integers(4, 40))
    return pixels


def write_photo(file: Path, pixels: PixelArray, quality: int = 92) -> Path:
    """A JPEG file of these pixels."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(file, quality=quality)
    return file
