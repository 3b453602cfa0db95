"""Reference pictures: what a product looks like, to people as a small picture and to the program as a vector."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shelfaudit import settings
from shelfaudit.domain.geometry import Box, FloatArray, boxes_to_array
from shelfaudit.domain.visit import Facing, Photo
from shelfaudit.errors import PhotoError
from shelfaudit.photos.contact_sheet import fit_into
from shelfaudit.photos.decode import DecodedPhoto, decode_photo, read_photo
from shelfaudit.photos.encode import encode_jpeg
from shelfaudit.storage.references import ReferencePicture
from shelfaudit.usecases.describe import describe_boxes, describe_pictures, maker_of
from shelfaudit.usecases.detect_photo import read_as_counted
from shelfaudit.usecases.ports import (
    CancelCheck,
    PhotoDetector,
    Pixels,
    Progress,
    ReferencePictureStore,
    ReferenceStore,
    never,
    silent,
)

PICTURE_SIDE = 256
"""Long side in pixels of the pictures that are kept: enough to tell products apart, some ten kilobytes."""
PICTURE_QUALITY = 85


@dataclass(frozen=True)
class LearnedPictures:
    """The looks of a product's reference pictures, (N, K), what made them, and the pictures themselves (JPEG)."""

    looks: FloatArray
    jpegs: Sequence[bytes]
    maker: str


def learn_pictures(
    detector: PhotoDetector,
    pictures: Mapping[str, Sequence[Path]],
    *,
    progress: Progress = silent,
    cancelled: CancelCheck = never,
) -> dict[str, LearnedPictures]:
    """Read and describe reference picture files, by SKU; `progress` counts pictures.

    Raises:
        PhotoError: a picture cannot be read.
        Cancelled: `cancelled` became true.
    """
    owners = [(sku, file) for sku, files in pictures.items() for file in files]
    looks = describe_pictures(detector, [file for _, file in owners], progress=progress, cancelled=cancelled)
    learned = {}
    for sku, files in pictures.items():
        rows = [row for row, (owner, _) in enumerate(owners) if owner == sku]
        if rows:
            learned[sku] = LearnedPictures(looks[rows], [_small_file(file) for file in files], maker_of(detector))
    return learned


def save_learned(repository: ReferencePictureStore, learned: Mapping[str, LearnedPictures]) -> None:
    """Keep these pictures in place of those that the products had."""
    for sku, found in learned.items():
        repository.save_references(sku, found.looks, found.jpegs, found.maker)


def add_picture_file(repository: ReferenceStore, detector: PhotoDetector, sku: str, file: Path) -> ReferencePicture:
    """One more reference picture of a product, which fills the file's picture.

    Raises:
        PhotoError: the file is no picture that can be read.
        UserError: the product is gone.
    """
    (learned,) = learn_pictures(detector, {sku: [file]}).values()
    return repository.add_reference(sku, learned.looks[0], learned.jpegs[0], learned.maker)


def add_picture_of_facing(
    repository: ReferenceStore, detector: PhotoDetector, sku: str, photo: Photo, facing: Facing
) -> ReferencePicture:
    """One more reference picture of a product: what is inside the box of a facing.

    Raises:
        PhotoError: the photo cannot be read any more, or was changed.
        UserError: the product is gone.
    """
    decoded = read_as_counted(photo, settings.current().decode_long_side)
    boxes = boxes_to_array([facing.box.scaled(decoded.scale)])
    (look,) = describe_boxes(detector, decoded.pixels, boxes)
    return repository.add_reference(sku, look, small_jpeg(crop(decoded, facing.box)), maker_of(detector))


def product_pictures(repository: ReferenceStore, skus: Collection[str]) -> dict[str, Pixels]:
    """A small picture of each of these products that has one: its first reference picture, or a facing that an auditor
    named so. Photos that cannot be read any more have none to give.

    Raises:
        StorageError: the database cannot be read.
    """
    pictures = {sku: decode_photo(jpeg).pixels for sku, jpeg in repository.first_pictures(skus).items()}
    places = repository.named_crops([sku for sku in skus if sku not in pictures])
    for sku, place in places.items():
        try:
            decoded = read_photo(place.path, _side_to_read(place.box))
        except PhotoError:
            continue
        if place.sha256 in ("", decoded.sha256):
            pictures[sku] = fit_into(crop(decoded, place.box), PICTURE_SIDE)
    return pictures


def crop(decoded: DecodedPhoto, box: Box) -> Pixels:
    """The pixels (H, W, 3), at least one, inside a box in the photo's pixels."""
    height, width = decoded.pixels.shape[:2]
    x1, y1, x2, y2 = (round(value) for value in box.scaled(decoded.scale).as_tuple())
    left, top = min(max(x1, 0), width - 1), min(max(y1, 0), height - 1)
    return decoded.pixels[top : max(y2, top + 1), left : max(x2, left + 1)]


def small_jpeg(pixels: Pixels) -> bytes:
    """The picture as it is kept."""
    return encode_jpeg(fit_into(pixels, PICTURE_SIDE), PICTURE_QUALITY)


def _small_file(file: Path) -> bytes:
    return small_jpeg(read_photo(file, PICTURE_SIDE).pixels)


def _side_to_read(box: Box) -> int:
    """A long side for the photo at which the box is large enough to be recognised."""
    return 1600 if max(box.width, box.height) > 300 else 3200
