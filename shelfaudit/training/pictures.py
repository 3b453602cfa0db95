"""Pictures to look at while a run goes on: samples with their labels, validation photos with what was found."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.detection.preprocess import PixelArray, resize
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.training.augment import Sample

LABELLED = (40, 200, 40)
IGNORED = (255, 170, 0)
FOUND = (255, 40, 160)
LONG_SIDE = 800


def sample_sheet(samples: Sequence[Sample]) -> PixelArray:
    """Samples side by side, products in green, areas without evidence in orange."""
    drawn = []
    for sample in samples:
        picture = sample.pixels.copy()
        _draw(picture, sample.ignored, IGNORED)
        _draw(picture, sample.boxes, LABELLED)
        drawn.append(picture)
    return np.concatenate(drawn, axis=1)


def found_beside_labels(photo: LabelledPhoto, boxes: FloatArray) -> PixelArray:
    """A photo with its labels in green and what was found, boxes (N, 4) in its pixels, in pink."""
    pixels = photo.read()
    scale = min(1.0, LONG_SIDE / max(pixels.shape[:2]))
    picture = resize(pixels, scale).copy()
    _draw(picture, photo.boxes * np.float32(scale), LABELLED)
    _draw(picture, boxes * np.float32(scale), FOUND)
    return picture


def _draw(picture: PixelArray, boxes: FloatArray, colour: tuple[int, int, int]) -> None:
    for x1, y1, x2, y2 in boxes.round().astype(int).tolist():
        cv2.rectangle(picture, (x1, y1), (x2 - 1, y2 - 1), colour, 1)
