"""Boxes as COCO JSON (cocodataset.org, "Data format"): of a visit, or straight from the detector."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypedDict

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Facing
from shelfaudit.output import replacing
from shelfaudit.reporting.figures import VisitFigures

FACING_LABEL = "product"
"""The one category of a visit: what a facing shows is in each annotation's own keys."""


class _CocoBox(TypedDict):
    id: int
    image_id: int
    category_id: int
    bbox: list[float]
    area: float
    iscrowd: int


class CocoAnnotation(_CocoBox, total=False):
    """A box: `bbox` is [x, y, width, height] in upright photo pixels; the optional keys are there where known."""

    score: float
    product: str
    product_name: str
    brand: str


class CocoImage(TypedDict):
    """A photo; width and height are upright pixels."""

    id: int
    file_name: str
    width: int
    height: int


class CocoCategory(TypedDict):
    """A label; ids count from 1."""

    id: int
    name: str
    supercategory: str


class CocoDocument(TypedDict):
    """A COCO file."""

    images: list[CocoImage]
    annotations: list[CocoAnnotation]
    categories: list[CocoCategory]


class FoundBox(Protocol):
    """A detection: its box, its score in [0, 1], and the index of its label."""

    @property
    def box(self) -> Box: ...
    @property
    def score(self) -> float: ...
    @property
    def label(self) -> int: ...


class FoundPhoto(Protocol):
    """What the detector found in one file; width and height are upright pixels, those of the boxes."""

    @property
    def name(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def boxes(self) -> Sequence[FoundBox]: ...


def detections_coco(photos: Iterable[FoundPhoto], labels: Sequence[str]) -> CocoDocument:
    """The detections in some files; `labels` are the model's, by index."""
    document = _empty(labels)
    for image_id, photo in enumerate(photos, start=1):
        document["images"].append(_image(image_id, photo.name, photo.width, photo.height))
        for found in photo.boxes:
            annotation = _annotation(len(document["annotations"]) + 1, image_id, found.box, found.label + 1)
            annotation["score"] = round(found.score, 5)
            document["annotations"].append(annotation)
    return document


def visit_coco(figures: VisitFigures) -> CocoDocument:
    """The facings of a visit as they are now; photos that were never read have no size and are left out."""
    document = _empty([FACING_LABEL])
    photos = [entry.photo for entry in figures.photos if entry.photo.width and entry.photo.height]
    names = distinct_names([photo.path for photo in photos])
    for image_id, (photo, name) in enumerate(zip(photos, names, strict=True), start=1):
        document["images"].append(_image(image_id, name, photo.width, photo.height))
        for facing in photo.facings:
            annotation = _annotation(len(document["annotations"]) + 1, image_id, facing.box, 1)
            _describe(annotation, facing, figures.catalogue)
            document["annotations"].append(annotation)
    return document


def coco_text(document: CocoDocument) -> str:
    """The text of a COCO file; pure ASCII, so that even a file name that is not UTF-8 comes back as it was."""
    return "".join(_pieces(document["categories"], document["images"], document["annotations"]))


def write_coco(document: CocoDocument, file: Path) -> None:
    """Writes a COCO file.

    Raises:
        OutputError: the file cannot be written.
    """
    write_coco_entries(file, document["categories"], document["images"], document["annotations"])


def write_coco_entries(
    file: Path,
    categories: Iterable[Mapping[str, object]],
    images: Iterable[Mapping[str, object]],
    annotations: Iterable[Mapping[str, object]],
) -> None:
    """As `write_coco`, the entries as they come: a data set of millions of boxes need not be in memory.

    Raises:
        OutputError: the file cannot be written.
    """
    with replacing(file) as temporary, temporary.open("w", encoding="ascii", newline="\n") as writing:
        writing.writelines(_pieces(categories, images, annotations))


def _pieces(
    categories: Iterable[Mapping[str, object]],
    images: Iterable[Mapping[str, object]],
    annotations: Iterable[Mapping[str, object]],
) -> Iterator[str]:
    """The text of a COCO file piece by piece, an entry a line; pure ASCII."""
    encoder = json.JSONEncoder(allow_nan=False)
    before = "{"
    for name, entries in (("categories", categories), ("images", images), ("annotations", annotations)):
        yield f'{before}"{name}": ['
        before = "\n"
        for entry in entries:
            yield before + encoder.encode(entry)
            before = ",\n"
        before = "\n],\n"
    yield "\n]}\n"


def distinct_names(paths: Sequence[Path]) -> list[str]:
    """File names where they are all different, else paths from the folder that holds them all, with slashes."""
    names = [path.name for path in paths]
    if len(set(names)) == len(names):
        return names
    try:
        root = os.path.commonpath([path.parent for path in paths])
    except ValueError:  # different drives
        return [path.as_posix() for path in paths]
    return [path.relative_to(root).as_posix() for path in paths]


def _empty(labels: Sequence[str]) -> CocoDocument:
    categories: list[CocoCategory] = [
        {"id": number, "name": label, "supercategory": "shelf"} for number, label in enumerate(labels, start=1)
    ]
    return {"images": [], "annotations": [], "categories": categories}


def _image(image_id: int, file_name: str, width: int, height: int) -> CocoImage:
    return {"id": image_id, "file_name": file_name, "width": width, "height": height}


def _annotation(annotation_id: int, image_id: int, box: Box, category_id: int) -> CocoAnnotation:
    return {
        "id": annotation_id,
        "image_id": image_id,
        "category_id": category_id,
        "bbox": [round(value, 2) for value in box.as_xywh()],
        "area": round(box.area, 2),
        "iscrowd": 0,
    }


def _describe(annotation: CocoAnnotation, facing: Facing, catalogue: Catalogue) -> None:
    if facing.score is not None:
        annotation["score"] = round(facing.score, 5)
    if facing.product is not None:
        annotation["product"] = facing.product
        product = catalogue.products.get(facing.product)
        if product is not None:
            annotation["product_name"] = product.name
            annotation["brand"] = product.brand
