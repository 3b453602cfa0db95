"""What products look like: of facings, and of a catalogue's reference pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from shelfaudit import settings
from shelfaudit.domain.geometry import FloatArray, boxes_to_array
from shelfaudit.domain.visit import Facing, Photo
from shelfaudit.errors import Cancelled
from shelfaudit.photos.contact_sheet import contact_sheet, fit_into
from shelfaudit.photos.decode import read_photo
from shelfaudit.recognition.appearance import appearance_maker, describe_appearance
from shelfaudit.usecases.detect_photo import read_as_counted
from shelfaudit.usecases.ports import AppearanceStore, CancelCheck, PhotoDetector, Pixels, Progress, never, silent

CELL_SIDE = 160
"""Long side in pixels at which reference pictures are looked at; facings in photos are seldom larger."""

PICTURES_ON_A_SHEET = 36


def describe_boxes(detector: PhotoDetector, pixels: Pixels, boxes: FloatArray) -> FloatArray:
    """The looks (N, K), unit vectors, of boxes (N, 4) in these pixels."""
    return describe_appearance(pixels, boxes, detector.describe(pixels, boxes))


def maker_of(detector: PhotoDetector) -> str:
    """What makes the looks that are described with this detector."""
    return appearance_maker(detector.info.features_sha256)


def describe_facings(
    repository: AppearanceStore, detector: PhotoDetector, photo: Photo, facings: Sequence[Facing]
) -> None:
    """Save the looks of facings that were not described with their photo: an auditor drew, moved or merged them, or
    lowered the threshold. Those whose looks in their box this detector described already are left out.

    Raises:
        PhotoError: the photo cannot be read any more, or was changed.
        StorageError: the database cannot be written.
    """
    maker = maker_of(detector)
    known = repository.described_boxes(photo.id, maker)
    facings = [facing for facing in facings if known.get(facing.id) != facing.box]
    if not facings:
        return
    decoded = read_as_counted(photo, settings.current().decode_long_side)
    boxes = boxes_to_array([facing.box.scaled(decoded.scale) for facing in facings])
    looks = describe_boxes(detector, decoded.pixels, boxes)
    by_facing = {facing.id: look for facing, look in zip(facings, looks, strict=True)}
    repository.save_appearances(photo.id, by_facing, maker)


def describe_pictures(
    detector: PhotoDetector,
    paths: Sequence[Path],
    *,
    progress: Progress = silent,
    cancelled: CancelCheck = never,
) -> FloatArray:
    """The looks (N, K) of products that fill a reference picture each; `progress` counts pictures.

    Raises:
        PhotoError: a picture cannot be read.
        Cancelled: `cancelled` became true.
    """
    looks: list[FloatArray] = []
    progress(0, len(paths))
    for start in range(0, len(paths), PICTURES_ON_A_SHEET):
        some = paths[start : start + PICTURES_ON_A_SHEET]
        pictures = []
        for path in some:
            if cancelled():
                raise Cancelled
            pictures.append(read_photo(path, at_most=CELL_SIDE).pixels)
        looks.append(describe_sheet(detector, pictures))
        progress(start + len(some), len(paths))
    return np.concatenate(looks) if looks else np.zeros((0, 0), dtype=np.float32)


def describe_sheet(detector: PhotoDetector, pictures: Sequence[Pixels]) -> FloatArray:
    """The looks (N, K) of products that fill a picture each, at most `PICTURES_ON_A_SHEET`.

    The pictures are laid out on a sheet, because the detector looks at a sheet as fast as at a single picture, and
    because neighbours are what a product has on a shelf.
    """
    return describe_boxes(detector, *contact_sheet([fit_into(each, CELL_SIDE) for each in pictures], CELL_SIDE))
