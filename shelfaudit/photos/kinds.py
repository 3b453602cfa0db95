"""What kind of picture some bytes are, told by their first bytes and never by a file name."""

from __future__ import annotations

from enum import StrEnum

# The brands of the ISO media "ftyp" box that HEIF pictures carry (ISO/IEC 23008-12, annex B).
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_START_OF_SCAN = 0xDA
_MARKERS_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_END_OF_IMAGE = b"\xff\xd9"
_PNG_TRAILER = 64 * 1024
"""Where the last chunk of a PNG is looked for: some programs write padding behind it."""


class PhotoKind(StrEnum):
    """The file formats that are read."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    TIFF = "TIFF"
    BMP = "BMP"
    HEIF = "HEIC"


def sniff(data: bytes) -> PhotoKind | None:
    """The kind of picture these bytes begin like, or None."""
    if data.startswith(b"\xff\xd8\xff"):
        return PhotoKind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PhotoKind.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return PhotoKind.WEBP
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return PhotoKind.TIFF
    if data.startswith(b"BM"):
        return PhotoKind.BMP
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return PhotoKind.HEIF
    return None


def is_complete(data: bytes, kind: PhotoKind) -> bool:
    """Whether a file of this kind has its end, as far as its kind tells (TIFF and HEIC do not)."""
    if kind is PhotoKind.JPEG:
        return jpeg_is_complete(data)
    if kind is PhotoKind.PNG:
        return b"IEND" in data[-_PNG_TRAILER:]
    if kind is PhotoKind.WEBP:
        return len(data) >= 8 + int.from_bytes(data[4:8], "little")
    if kind is PhotoKind.BMP:
        return len(data) >= int.from_bytes(data[2:6], "little")
    return True


def jpeg_is_complete(data: bytes) -> bool:
    """Whether a JPEG reaches its end-of-image marker.

    Decoders fill what is missing with grey without a word, and the products in it would be missing from the count.
    Inside coded data every 0xFF is escaped, so the first end marker after the first scan's header is the real one;
    those of thumbnails lie before it, inside segments that are stepped over. Bytes behind the end (padding, a
    phone's trailer) do no harm.
    """
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            return False
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _MARKERS_WITHOUT_LENGTH:
            position += 2
        elif marker == _START_OF_SCAN:
            return data.find(_END_OF_IMAGE, position) >= 0
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return False
