"""Photo files to upright RGB pixels, with EXIF orientation applied exactly once.

Everything is decoded from bytes, so that the path never reaches a library that cannot open it. Only the decoder of
the sniffed kind is ever called, and only after the header's size was checked.
"""

from __future__ import annotations

import hashlib
import io
import logging
import stat
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from shelfaudit.errors import PhotoError, PhotoMissing, PhotoTruncated
from shelfaudit.photos.kinds import PhotoKind, is_complete, sniff

MAX_MEGAPIXELS = 300
"""Larger photos are refused. 200 megapixels is what today's largest phone sensors give."""

MAX_BYTES = 1_000_000_000
"""The largest file that is read into memory."""

# Pillow's own limit lies below today's largest sensors and warns on standard error; `_check_size` replaces it.
Image.MAX_IMAGE_PIXELS = None

# A damaged EXIF block or a stray TIFF tag is no news for the person at the screen: the pixels are good, or it raises.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
logging.getLogger("PIL").setLevel(logging.CRITICAL)

_PLUGINS: dict[PhotoKind, Callable[[BinaryIO], ImageFile.ImageFile]] = {
    PhotoKind.JPEG: JpegImageFile,
    PhotoKind.PNG: PngImageFile,
    PhotoKind.WEBP: WebPImageFile,
    PhotoKind.TIFF: TiffImageFile,
    PhotoKind.BMP: BmpImageFile,
}

_UPRIGHT: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SWAPS_SIDES = frozenset({5, 6, 7, 8})
_SNIFFED_BYTES = 32


@dataclass(frozen=True)
class DecodedPhoto:
    """An upright photo, perhaps reduced.

    pixels: RGB uint8 (H, W, 3). width, height: upright size of the whole photo in pixels.
    scale: one pixel of the photo is `scale` pixels here: 1 or 1/2, 1/3, …; boxes found in `pixels` are divided by it.
    sha256: of the file's bytes, in hexadecimal.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int
    scale: float
    sha256: str


def read_photo(path: Path, at_most: int | None = None) -> DecodedPhoto:
    """Read and decode a photo file; see `decode_photo`.

    Raises:
        PhotoMissing: there is no such file.
        PhotoError: also where it is a folder, not readable or too large.
    """
    return decode_photo(_read_bytes(path), at_most, name=path)


def decode_photo(
    data: bytes,
    at_most: int | None = None,
    *,
    name: Path | str | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> DecodedPhoto:
    """Decode JPEG, PNG, WebP, TIFF, BMP or HEIC to upright RGB; transparent parts become white.

    at_most: the long side in pixels that is enough. A larger photo comes reduced by a whole number, so that its long
        side is between `at_most` and twice that; JPEG decodes faster for it.
    name: the file's name for error messages.
    max_megapixels: a photo with more is refused before its pixels are decoded.

    Raises:
        PhotoTruncated: the end of the file is missing.
        PhotoError: the bytes are empty, damaged, not a picture of these kinds, or too large.
    """
    file = Path(name) if name is not None else None
    if not data:
        raise PhotoError("The file is empty.", advice="Copy it from the camera again.", file=file)
    kind = sniff(data)
    if kind is None:
        kinds = ", ".join(PhotoKind)
        raise PhotoError("This is not a photo of a known kind.", advice=f"Known are {kinds}.", file=file)
    # Its decoder fills what is missing without a word; the others see it, unless only padding is gone.
    if kind is PhotoKind.JPEG and not is_complete(data, kind):
        raise _truncated(file)
    try:
        image = _open(data, kind, file, max_megapixels)
        full_size = image.size
        pixels, scale, sideways = _upright_pixels(image, kind, at_most)
    except PhotoError:
        raise
    except Exception as error:  # decoders raise whatever a damaged file makes them trip over
        if not is_complete(data, kind):
            raise _truncated(file) from error
        raise PhotoError(
            f"The file is damaged or holds an unusual kind of {kind}.",
            advice="Copy it from the camera again, or save it as JPEG.",
            file=file,
        ) from error
    width, height = reversed(full_size) if sideways else full_size
    return DecodedPhoto(pixels, width, height, scale, hashlib.sha256(data).hexdigest())


def _truncated(file: Path | None) -> PhotoTruncated:
    return PhotoTruncated(
        "The file is cut off: its end is missing.", advice="Copy it from the camera again.", file=file
    )


def _read_bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise PhotoError("This is a folder, not a photo.", advice="Name a file in it.", file=path)
        if not stat.S_ISREG(status.st_mode):  # reading a pipe or a device may wait for ever
            raise PhotoError("This is a device, not a photo.", advice="Leave it out.", file=path)
        if status.st_size > MAX_BYTES:
            raise PhotoError("The file is too large for a photo.", advice="Save it as JPEG.", file=path)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise PhotoMissing("The file is missing.", advice="Was it moved, or a card taken out?", file=path) from error
    except PermissionError as error:
        raise PhotoError(
            "The file may not be read.", advice="Allow your user to read it, or copy it elsewhere.", file=path
        ) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PhotoError(
            f"The file cannot be read ({reason}).", advice="Check the disk or card, then try again.", file=path
        ) from error


def read_photo_size(path: Path) -> tuple[int, int]:
    """Upright width and height in pixels, from the file's header: the pixels are not decoded and may be damaged.

    Raises:
        PhotoError: the file is missing, not readable, or its header is not that of a photo.
    """
    try:
        with path.open("rb") as file:
            kind = sniff(file.read(_SNIFFED_BYTES))
            if kind is None:
                raise PhotoError("This is not a photo of a known kind.", file=path)
            file.seek(0)
            if kind is PhotoKind.HEIF:
                width, height = pillow_heif.open_heif(file).size
                return width, height
            image = _PLUGINS[kind](file)
            width, height = image.size
            # Pillow gives the size of a TIFF as it will be when it is loaded, which is upright.
            sideways = kind is not PhotoKind.TIFF and _orientation(image) in _SWAPS_SIDES
            return (height, width) if sideways else (width, height)
    except PhotoError:
        raise
    except FileNotFoundError as error:
        raise PhotoError("The file is missing.", file=path) from error
    except Exception as error:  # decoders raise whatever a damaged header makes them trip over
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its header is damaged"
        raise PhotoError(f"The photo cannot be read ({reason}).", file=path) from error


def _open(data: bytes, kind: PhotoKind, file: Path | None, max_megapixels: float) -> Image.Image:
    """The picture with its header read and its size checked, not yet decoded (HEIC: decoded and upright)."""
    if kind is PhotoKind.HEIF:
        heif = pillow_heif.open_heif(data)
        _check_size(heif.size, file, max_megapixels)
        decoded: Image.Image = heif.to_pillow()
        return decoded
    image = _PLUGINS[kind](io.BytesIO(data))
    _check_size(image.size, file, max_megapixels)
    return image


def _check_size(size: tuple[int, int], file: Path | None, max_megapixels: float) -> None:
    width, height = size
    if width * height > max_megapixels * 1_000_000:
        raise PhotoError(
            f"The photo is too large: {width} × {height} pixels.",
            advice=f"Save it with at most {max_megapixels:g} megapixels.",
            file=file,
        )


def _upright_pixels(image: Image.Image, kind: PhotoKind, at_most: int | None) -> tuple[NDArray[np.uint8], float, bool]:
    """The pixels, their scale, and whether width and height are exchanged by the orientation."""
    full_long = max(image.size)
    factor = max(1, full_long // at_most) if at_most else 1
    drafted = 1
    if factor > 1 and isinstance(image, JpegImageFile):
        # The JPEG decoder reduces by 1, 2, 4 or 8 at no cost; draft() takes the largest that is still big enough.
        width, height = image.size
        drawn = image.draft(None, (-(-width // factor), -(-height // factor)))
        drafted = round(width / drawn[1][2]) if drawn is not None else 1
    image.load()
    # After load(): Pillow turns TIFF upright by itself then and forgets the tag, and so does libheif with HEIC, whose
    # EXIF orientation stays and must not be applied again.
    orientation = 1 if kind is PhotoKind.HEIF else _orientation(image)
    image = _as_rgb(image)
    if (rest := factor // drafted) > 1:
        image = image.reduce(rest)
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    return np.array(image), 1 / (drafted * max(1, rest)), orientation in _SWAPS_SIDES


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1–8; 1 where there is none or it cannot be read."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # a damaged EXIF block is no reason to refuse a good picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _as_rgb(image: Image.Image) -> Image.Image:
    """Any mode as 8-bit RGB: 16 bits keep the upper eight, transparency is laid on white, CMYK is converted."""
    if image.mode == "RGB" and not image.has_transparency_data:
        return image
    if image.mode.startswith("I"):
        wide = np.asarray(image).astype(np.int64)
        grey = (wide >> 8 if wide.max(initial=0) > 255 else wide).clip(0, 255).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")
