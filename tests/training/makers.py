"""Labelled photos for the training tests: plain boxes on a textured ground, so that a tiny network can learn them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.detection.preprocess import PixelArray
from shelfaudit.domain.geometry import Box, FloatArray, boxes_to_array
from shelfaudit.training.architecture import Architecture
from shelfaudit.training.augment import Variation
from shelfaudit.training.config import DataSource, TrainingConfig

TINY = Architecture(width=0.25, pyramid_channels=16, repeats=1, frozen_groups=0)
"""A network that is quick to build."""


def labelled(
    boxes: list[Box],
    *,
    ignored: list[Box] | None = None,
    region: Box | None = None,
    size: tuple[int, int] = (200, 100),
    labels: list[int] | None = None,
) -> LabelledPhoto:
    """A photo in memory only, width × height as in `size`."""
    return LabelledPhoto(
        file=Path("photo.png"),
        width=size[0],
        height=size[1],
        boxes=boxes_to_array(boxes),
        labels=np.array(labels or [0] * len(boxes), dtype=np.int64),
        products=(None,) * len(boxes),
        ignored=boxes_to_array(ignored or []),
        region=region,
    )


PRODUCTS = {"box/red": (250, 150, 140), "box/green": (140, 250, 150), "box/blue": (150, 140, 250)}
"""Product names and their colours."""


def shelf_of_boxes(side: int, random: np.random.Generator) -> tuple[PixelArray, FloatArray, list[str]]:
    """Bright upright boxes in rows on dark ground, side × side pixels; where they are (N, 4) and their products."""
    pixels = random.integers(20, 60, (side, side, 3)).astype(np.uint8)
    boxes: list[tuple[int, int, int, int]] = []
    names: list[str] = []
    for top in range(8, side - 60, 72):
        left = int(random.integers(4, 20))
        while left < side - 50:
            width, height = int(random.integers(28, 44)), int(random.integers(44, 60))
            name = list(PRODUCTS)[int(random.integers(len(PRODUCTS)))]
            cv2.rectangle(pixels, (left, top), (left + width - 1, top + height - 1), PRODUCTS[name], -1)
            boxes.append((left, top, left + width, top + height))
            names.append(name)
            left += width + int(random.integers(6, 20))
    return pixels, np.array(boxes, dtype=np.float32), names


def write_dataset(folder: Path, count: int, seed: int, side: int = 256, *, by_colour: bool = False) -> Path:
    """`count` photos of boxes with complete labels; returns the label file.

    by_colour: each colour is a label of its own; else there is one, `product`.
    """
    random = np.random.default_rng(seed)
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for number in range(1, count + 1):
        pixels, boxes, products = shelf_of_boxes(side, random)
        name = f"shelf {seed}-{number}.png"
        _, data = cv2.imencode(".png", pixels[..., ::-1])
        (folder / name).write_bytes(data.tobytes())
        images.append({"id": number, "file_name": name, "width": side, "height": side, "region": [0, 0, side, side]})
        for (x1, y1, x2, y2), product in zip(boxes.tolist(), products, strict=True):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "category_id": list(PRODUCTS).index(product) + 1 if by_colour else 1,
                    "product": product,
                }
            )
    label_file = folder / f"labels-{seed}.json"
    names = list(PRODUCTS) if by_colour else ["product"]
    categories = [{"id": number, "name": name} for number, name in enumerate(names, 1)]
    document = {"images": images, "annotations": annotations, "categories": categories}
    label_file.write_text(json.dumps(document), encoding="utf-8")
    return label_file


def tiny_config(folder: Path, **settings: Any) -> TrainingConfig:
    """A run of a tiny network on a few photos of boxes in this folder; every setting can be another."""
    if "data" not in settings:
        settings["data"] = (DataSource(file=write_dataset(folder, 6, seed=1)),)
    if "validation" not in settings:
        settings["validation"] = write_dataset(folder, 3, seed=2)
    defaults: dict[str, Any] = {
        "name": "tiny",
        "run_dir": folder / "run",
        "steps": 6,
        "input_size": 128,
        "evaluation_size": 256,
        "batch_size": 2,
        "learning_rate": 4e-3,
        "backbone_rate": 1.0,
        "warmup_steps": 10,
        "average_decay": 0.97,
        "evaluations": 1,
        "variation": Variation(side_range=(40, 60)),
        "network": TINY,
    }
    return TrainingConfig(**{**defaults, **settings})
