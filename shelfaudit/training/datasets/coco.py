"""Labelled photos from COCO JSON, with what is known and what is not.

Two fields beyond the format: `images[].region` = [x, y, w, h], the part of the photo in which every product is
labelled (outside it nothing is known; a photo without one has labels, but nothing is known outside its boxes), and
`annotations[].product`, the name of the product. `iscrowd: 1` marks areas that are neither product nor background.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from shelfaudit.detection.preprocess import PixelArray
from shelfaudit.domain.geometry import Box, FloatArray, boxes_to_array
from shelfaudit.errors import UserError


class DatasetError(UserError):
    """A label file or one of its photos cannot be used."""


@dataclass(frozen=True, eq=False)
class LabelledPhoto:
    """One photo and its labels, in upright photo pixels.

    boxes: float32 (N, 4), x1 y1 x2 y2.
    products: the name of each box's product where it is known.
    ignored: float32 (M, 4), areas without evidence either way.
    region: where the labels are complete; None where nothing is known outside the boxes.
    """

    file: Path
    width: int
    height: int
    boxes: FloatArray
    products: tuple[str | None, ...]
    ignored: FloatArray
    region: Box | None

    def read(self) -> PixelArray:
        """The upright pixels, RGB.

        Raises:
            DatasetError: the file is missing or no picture, or has not the size that its labels are for.
        """
        try:
            data = np.frombuffer(self.file.read_bytes(), dtype=np.uint8)
        except OSError as error:
            raise DatasetError(f"The photo cannot be read ({error.strerror}).", file=self.file) from error
        # IMREAD_COLOR applies the EXIF orientation; the labels are in upright pixels.
        pixels = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        if pixels is None:
            raise DatasetError("The photo is damaged or not a picture.", file=self.file)
        if pixels.shape[:2] != (self.height, self.width):
            size = f"{pixels.shape[1]} × {pixels.shape[0]}"
            raise DatasetError(
                f"The photo has {size} pixels, its labels say {self.width} × {self.height}.",
                file=self.file,
                advice="Check the orientation of photo and labels.",
            )
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), dtype=np.uint8)


class _Image(TypedDict):
    id: int
    file_name: str
    width: int
    height: int
    region: NotRequired[list[float]]


class _Annotation(TypedDict):
    image_id: int
    bbox: list[float]
    iscrowd: NotRequired[int]
    product: NotRequired[str]


class _Document(TypedDict):
    images: list[_Image]
    annotations: list[_Annotation]


def load_coco(label_file: Path) -> list[LabelledPhoto]:
    """The labelled photos of a COCO file, in its order; photos lie relative to the file's folder.

    Raises:
        DatasetError: the file is missing, no COCO JSON, or a box is empty or belongs to no photo.
    """
    try:
        document = cast("_Document", json.loads(label_file.read_text(encoding="utf-8")))
        of_image: dict[int, list[_Annotation]] = {image["id"]: [] for image in document["images"]}
        for annotation in document["annotations"]:
            of_image[annotation["image_id"]].append(annotation)
        return [_labelled(image, of_image[image["id"]], label_file.parent) for image in document["images"]]
    except OSError as error:
        raise DatasetError(f"The labels cannot be read ({error.strerror}).", file=label_file) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"Not a COCO label file: {error!r}.", file=label_file) from error


def _labelled(image: _Image, annotations: list[_Annotation], folder: Path) -> LabelledPhoto:
    products = [annotation for annotation in annotations if not annotation.get("iscrowd", 0)]
    ignored = [annotation for annotation in annotations if annotation.get("iscrowd", 0)]
    region = image.get("region")
    return LabelledPhoto(
        file=folder / image["file_name"],
        width=image["width"],
        height=image["height"],
        boxes=_boxes(products),
        products=tuple(annotation.get("product") for annotation in products),
        ignored=_boxes(ignored),
        region=Box.from_xywh(*region) if region is not None else None,
    )


def _boxes(annotations: list[_Annotation]) -> FloatArray:
    return boxes_to_array([Box.from_xywh(*annotation["bbox"]) for annotation in annotations])


def fingerprint(label_files: list[Path]) -> str:
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
