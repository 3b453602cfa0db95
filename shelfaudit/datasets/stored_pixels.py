"""Photos for TensorFlow, which takes pixels as they are stored and does not know the EXIF orientation.

Its labels are in stored pixels, ours in upright ones. The two are the same in photos without an orientation, so photos
go in upright, and those that come out lose what would turn them.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import ExifTags, Image

from shelfaudit.datasets.dataset import DatasetError, LabelledPhoto
from shelfaudit.errors import PhotoError
from shelfaudit.photos.decode import decode_photo, read_photo_size
from shelfaudit.photos.encode import encode_jpeg
from shelfaudit.photos.kinds import PhotoKind, jpeg_is_complete, sniff

_QUALITY = 95


def read_for_tensorflow(photo: LabelledPhoto) -> tuple[bytes, bytes]:
    """A photo's file as TensorFlow can decode it, upright, and its format: JPEG and PNG as they are, others as JPEG.

    Raises:
        PhotoError: it cannot be read.
        DatasetError: it has another size than its labels are for.
    """
    size = read_photo_size(photo.file)
    if size != (photo.width, photo.height):
        raise DatasetError(
            f"It has {size[0]} × {size[1]} pixels, its labels say {photo.width} × {photo.height}.", file=photo.file
        )
    data = photo.file.read_bytes()
    kind = sniff(data)
    if kind is PhotoKind.JPEG and not jpeg_is_complete(data):
        raise PhotoError("Its end is missing.", file=photo.file)
    if kind in (PhotoKind.JPEG, PhotoKind.PNG) and _orientation(data) == 1:
        return data, kind.value.lower().encode()
    return encode_jpeg(decode_photo(data, name=photo.file).pixels, _QUALITY), b"jpeg"


def without_orientation(data: bytes) -> bytes:
    """A JPEG or PNG with its pixels as they are stored and nothing that turns them; a damaged one as it is."""
    if _orientation(data) == 1:
        return data
    try:
        with Image.open(io.BytesIO(data)) as image:
            return encode_jpeg(np.asarray(image.convert("RGB")), _QUALITY)
    except (OSError, ValueError, SyntaxError):
        return data


def _orientation(data: bytes) -> int:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (OSError, ValueError, SyntaxError, TypeError):
        return 1
