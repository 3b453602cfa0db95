"""The one type of labelled photos: every format is read into it and written from it.

Boxes are kept as arrays, because a data set of this trade has millions of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.errors import PhotoError, UserError
from shelfaudit.photos.decode import read_photo

IntArray = NDArray[np.int64]
PixelArray = NDArray[np.uint8]


class DatasetError(UserError):
    """A label file or one of its photos cannot be used."""


@dataclass(frozen=True, eq=False)
class LabelledPhoto:
    """One photo and its labels, in upright photo pixels.

    file: where the photo is. width, height: of the upright photo in pixels.
    boxes: float32 (N, 4), x1 y1 x2 y2.
    labels: int64 (N,), index into the data set's labels.
    products: the name of each box's product where it is known.
    ignored: float32 (M, 4), areas without evidence either way.
    region: where every product is labelled (the whole photo, or a part of it); None where nothing is known outside
        the boxes.
    source: the store, camera or collection it comes from, so that a split can keep them apart; "" where unknown.

    Raises:
        ValueError: the arrays do not have these shapes.
    """

    file: Path
    width: int
    height: int
    boxes: FloatArray
    labels: IntArray
    products: tuple[str | None, ...]
    ignored: FloatArray
    region: Box | None
    source: str = ""

    def __post_init__(self) -> None:
        count = len(self.labels)
        if self.boxes.shape != (count, 4) or len(self.products) != count:
            raise ValueError(
                f"{count} labels need boxes of shape ({count}, 4) and {count} products, "
                f"got {self.boxes.shape} and {len(self.products)}"
            )
        if self.ignored.ndim != 2 or self.ignored.shape[1] != 4:
            raise ValueError(f"ignored areas must have shape (M, 4), got {self.ignored.shape}")

    def read(self) -> PixelArray:
        """The upright pixels, RGB.

        Raises:
            DatasetError: the file is missing, damaged or no photo, or has not the size that its labels are for.
        """
        try:
            photo = read_photo(self.file)
        except PhotoError as error:
            raise DatasetError(error.what, advice=error.advice, file=self.file) from error
        if (photo.width, photo.height) != (self.width, self.height):
            raise DatasetError(
                f"The photo has {photo.width} × {photo.height} pixels, its labels say {self.width} × {self.height}.",
                advice="Check the orientation of photo and labels.",
                file=self.file,
            )
        return photo.pixels


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled photos and the names of their labels.

    labels: names by index; an index in `LabelledPhoto.labels` points here.
    """

    labels: tuple[str, ...]
    photos: tuple[LabelledPhoto, ...]


def fingerprint(label_files: Iterable[Path]) -> str:
    """A short name for exactly these labels: SHA-256 over the label files, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for file in label_files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def centers_inside(boxes: FloatArray, region: Box) -> NDArray[np.bool_]:
    """Mask (N,): which boxes have their centre in the region."""
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside: NDArray[np.bool_] = (
        (centers[:, 0] >= region.x1)
        & (centers[:, 0] < region.x2)
        & (centers[:, 1] >= region.y1)
        & (centers[:, 1] < region.y2)
    )
    return inside
