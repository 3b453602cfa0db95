"""Photos as bytes, made for tests: an asymmetric picture in every format and EXIF orientation."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

INVERSE_OF_ORIENTATION: dict[int, Image.Transpose | None] = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a sensor that was held so sees an upright scene."""


def upright_scene(width: int = 160, height: int = 96) -> NDArray[np.uint8]:
    """A smooth picture without any symmetry, RGB (H, W, 3), so that every wrong turn shows."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    red_corner = np.where((x < 80) & (y < 110), 255.0, 0.0)
    return np.stack([np.maximum(x * 0.6, red_corner), y, 255 - x * 0.5 - y * 0.5], axis=2).astype(np.uint8)


def save(image: Image.Image, file_format: str, *, orientation: int | None = None, **options: object) -> bytes:
    """The picture as a file, with this EXIF orientation written into it as it is."""
    buffer = io.BytesIO()
    if orientation is not None:
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        options["exif"] = exif.tobytes() if file_format != "TIFF" else exif
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def rotated_file(pixels: NDArray[np.uint8], file_format: str, orientation: int, **options: object) -> bytes:
    """A file whose stored pixels are turned and whose EXIF orientation says how to turn them back."""
    image = Image.fromarray(pixels)
    inverse = INVERSE_OF_ORIENTATION[orientation]
    return save(
        image.transpose(inverse) if inverse is not None else image, file_format, orientation=orientation, **options
    )
