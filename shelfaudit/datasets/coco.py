"""Data sets as COCO JSON, with what is known and what is not.

Two fields beyond the format: `images[].region` = [x, y, w, h], the part of the photo in which every product is
labelled (outside it nothing is known), and `annotations[].product`, the name of the product. `iscrowd: 1` marks areas
that are neither product nor background.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NotRequired, TypedDict, cast

import numpy as np

from shelfaudit.datasets.dataset import Dataset, DatasetError, LabelledPhoto
from shelfaudit.domain.geometry import Box, FloatArray, boxes_to_array
from shelfaudit.reporting.output import replacing


class _Image(TypedDict):
    id: int
    file_name: str
    width: int
    height: int
    region: NotRequired[list[float] | None]
    source: NotRequired[str]


class _Annotation(TypedDict):
    image_id: int
    bbox: list[float]
    category_id: NotRequired[int]
    iscrowd: NotRequired[int]
    product: NotRequired[str]


class _Category(TypedDict):
    id: int
    name: str


class _Document(TypedDict):
    images: list[_Image]
    annotations: list[_Annotation]
    categories: NotRequired[list[_Category]]


def load_coco(label_file: Path) -> Dataset:
    """The labelled photos of a COCO file, in its order; photos lie relative to the file's folder.

    A photo without a region has labels, but nothing is known outside its boxes.

    Raises:
        DatasetError: the file is missing, no COCO JSON, or a box is empty or belongs to no photo.
    """
    try:
        document = cast("_Document", json.loads(label_file.read_text(encoding="utf-8")))
        categories = document.get("categories") or [{"id": 1, "name": "product"}]
        index_of = {category["id"]: index for index, category in enumerate(categories)}
        of_image: dict[int, list[_Annotation]] = {image["id"]: [] for image in document["images"]}
        for annotation in document["annotations"]:
            of_image[annotation["image_id"]].append(annotation)
        photos = tuple(
            _labelled(image, of_image[image["id"]], index_of, label_file.parent) for image in document["images"]
        )
        return Dataset(tuple(category["name"] for category in categories), photos)
    except OSError as error:
        raise DatasetError(f"The labels cannot be read ({error.strerror}).", file=label_file) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f"Not a COCO label file: {error!r}.", file=label_file) from error


def _labelled(image: _Image, annotations: list[_Annotation], index_of: dict[int, int], folder: Path) -> LabelledPhoto:
    products = [annotation for annotation in annotations if not annotation.get("iscrowd", 0)]
    ignored = [annotation for annotation in annotations if annotation.get("iscrowd", 0)]
    region = image.get("region")
    return LabelledPhoto(
        file=folder / image["file_name"],
        width=image["width"],
        height=image["height"],
        boxes=_boxes(products),
        labels=np.array([index_of[annotation.get("category_id", 1)] for annotation in products], dtype=np.int64),
        products=tuple(annotation.get("product") for annotation in products),
        ignored=_boxes(ignored),
        region=Box.from_xywh(*region) if region is not None else None,
        source=image.get("source", ""),
    )


def _boxes(annotations: list[_Annotation]) -> FloatArray:
    return boxes_to_array([Box.from_xywh(*annotation["bbox"]) for annotation in annotations])


def save_coco(dataset: Dataset, file: Path) -> None:
    """Write a data set so that `load_coco` reads it back; photos are named relative to the file's folder.

    Raises:
        OutputError: the file cannot be written.
    """
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for image_id, photo in enumerate(dataset.photos, start=1):
        images.append(
            {
                "id": image_id,
                "file_name": _relative(photo.file, file.parent),
                "width": photo.width,
                "height": photo.height,
                "region": _numbers(photo.region.as_xywh()) if photo.region is not None else None,
                **({"source": photo.source} if photo.source else {}),
            }
        )
        rows = [
            *(
                (box, int(label), product, 0)
                for box, label, product in zip(photo.boxes, photo.labels, photo.products, strict=True)
            ),
            *((box, 0, None, 1) for box in photo.ignored),
        ]
        for box, label, product, crowd in rows:
            x1, y1, x2, y2 = box.tolist()
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": label + 1,
                    "bbox": _numbers((x1, y1, x2 - x1, y2 - y1)),
                    "area": round((x2 - x1) * (y2 - y1), 2),
                    "iscrowd": crowd,
                    **({"product": product} if product is not None else {}),
                }
            )
    categories = [{"id": index, "name": name} for index, name in enumerate(dataset.labels, start=1)]
    document = {"images": images, "annotations": annotations, "categories": categories}
    with replacing(file) as temporary:
        temporary.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _numbers(values: tuple[float, ...]) -> list[float]:
    return [round(value, 2) for value in values]


def _relative(photo: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(photo, folder)).as_posix()
    except ValueError:  # another drive
        return photo.absolute().as_posix()
