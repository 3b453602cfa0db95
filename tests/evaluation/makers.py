"""Predictions in memory, and photos with labels that the tiny model finds exactly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from shelfaudit.domain.geometry import Box, boxes_to_array
from shelfaudit.evaluation.predictions import Predictions

GRID = [Box(x, y, x + 8, y + 8) for y in range(0, 300, 10) for x in range(0, 300, 10)]
"""900 boxes in a photo of 300 × 300 pixels: more than any usual limit."""

SHELF = [Box(10, 8, 30, 28), Box(40, 8, 60, 28), Box(84, 8, 104, 28), Box(10, 50, 30, 70), Box(60, 50, 80, 70)]
"""Bright rectangles in a photo of 128 × 96 pixels: the tiny model's own input, its own best size, on its cells."""

SHELF_SIZE = (128, 96)

_TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""What a camera does to an upright picture before it writes this EXIF orientation."""


def predictions(
    boxes: Sequence[Box], scores: Sequence[float] | None = None, labels: Sequence[int] | None = None
) -> Predictions:
    """Predictions of these boxes, scored .9 and of label 0 where nothing else is said."""
    return Predictions(
        boxes_to_array(boxes),
        np.array(scores if scores is not None else [0.9] * len(boxes), dtype=np.float32),
        np.array(labels if labels is not None else [0] * len(boxes), dtype=np.int64),
    )


def draw_shelf(file: Path, boxes: Sequence[Box] = SHELF, orientation: int = 1) -> None:
    """A picture of bright rectangles on dark ground as a camera of this EXIF orientation writes it."""
    pixels = np.full((SHELF_SIZE[1], SHELF_SIZE[0], 3), 20, dtype=np.uint8)
    for box in boxes:
        x1, y1, x2, y2 = map(round, box.as_tuple())
        pixels[y1:y2, x1:x2] = 235
    image = Image.fromarray(pixels)
    if orientation in _TURNED:
        image = image.transpose(_TURNED[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(file, quality=100, subsampling=0, exif=exif)


def write_labels(
    file: Path,
    names: Sequence[str],
    boxes: Sequence[Box] = SHELF,
    *,
    categories: Sequence[str] = ("product",),
    labels: Sequence[int] | None = None,
    size: tuple[int, int] = SHELF_SIZE,
    ignored: Sequence[Box] = (),
    region: Box | None = None,
) -> Path:
    """A COCO file in which each photo has these boxes."""
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for number, name in enumerate(names, start=1):
        image = {"id": number, "file_name": name, "width": size[0], "height": size[1]}
        images.append(image if region is None else {**image, "region": list(region.as_xywh())})
        for index, box in enumerate([*boxes, *ignored]):
            crowd = index >= len(boxes)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": 1 if crowd or labels is None else labels[index] + 1,
                    "bbox": list(box.as_xywh()),
                    "iscrowd": int(crowd),
                }
            )
    document = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for number, name in enumerate(categories, start=1)],
    }
    file.write_text(json.dumps(document), encoding="utf-8")
    return file
