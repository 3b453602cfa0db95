"""What products look like: of facings, and of a catalogue's reference pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from shelfaudit.domain.geometry import FloatArray, boxes_to_array
from shelfaudit.domain.visit import Facing, Photo
from shelfaudit.recognition.appearance import describe_appearance
from shelfaudit.usecases.detect_photo import read_for_detection
from shelfaudit.usecases.ports import AppearanceStore, PhotoDetector, Pixels


def describe_boxes(detector: PhotoDetector, pixels: Pixels, boxes: FloatArray) -> FloatArray:
    """The looks (N, K), unit vectors, of boxes (N, 4) in these pixels."""
    return describe_appearance(pixels, boxes, detector.describe(pixels, boxes))


def describe_facings(
    repository: AppearanceStore, detector: PhotoDetector, photo: Photo, facings: Sequence[Facing]
) -> None:
    """Save the looks of facings of a photo that the detector did not find: those an auditor drew, moved or merged.

    Raises:
        PhotoError: the photo cannot be read (any more).
        StorageError: the database cannot be written.
    """
    if not facings:
        return
    decoded = read_for_detection(photo.path)
    boxes = boxes_to_array([facing.box.scaled(decoded.scale) for facing in facings])
    looks = describe_boxes(detector, decoded.pixels, boxes)
    repository.save_appearances(photo.id, {facing.id: look for facing, look in zip(facings, looks, strict=True)})


def describe_picture(detector: PhotoDetector, path: Path) -> FloatArray:
    """The look (K,) of the one product that fills a reference picture.

    Raises:
        PhotoError: the picture cannot be read.
    """
    pixels = read_for_detection(path).pixels
    height, width = pixels.shape[:2]
    look: FloatArray = describe_boxes(detector, pixels, np.array([[0, 0, width, height]], dtype=np.float32))[0]
    return look
