"""Data sets as COCO JSON (cocodataset.org, "Data format"): our own form, which holds everything.

Fields beyond the format: `images[].region` = [x, y, w, h], the part of the photo in which every product is labelled
(null: nothing is known outside the boxes; absent: all of the photo, as everywhere), `images[].source`, where the photo
comes from, and `annotations[].product`, the name of the product. `iscrowd: 1` marks areas that are neither product nor
background.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.boxes import as_corners, from_xywh
from shelfaudit.datasets.builder import DatasetBuilder, Reading
from shelfaudit.datasets.dataset import Dataset, DatasetError, LabelledPhoto
from shelfaudit.datasets.format_limits import Holds
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.photo_finder import PhotoFinder
from shelfaudit.datasets.photo_placing import path_from, placed_photos
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.reporting.coco import write_coco_entries

HOLDS = Holds(regions=True, areas=True, products=True, sources=True)
LABEL_FILE = "labels.json"
ONLY_LABEL = "product"
"""The label of boxes in a file that names no categories."""


class _Annotation(NamedTuple):
    """An annotation as it is in the file; kept small, because there are millions."""

    id: object
    image_id: object
    category_id: object
    bbox: object
    iscrowd: object
    product: object


def load_coco(label_file: Path, *, complete: bool = True) -> Dataset:
    """The labelled photos of a COCO file of one's own, in its order; photos lie relative to the file's folder.

    complete: whether a photo without the field `region` is labelled all over; False for labels of which nothing is
        known outside the boxes.

    Raises:
        DatasetError: the file is missing, no COCO JSON, or a box is empty, outside its photo, or of no photo or
            category.
    """
    dataset, problems = _read(label_file, ReadOptions(trusted=True), complete=complete)
    for problem in problems:
        if problem.kind is not ProblemKind.BOX_OVERHANG:
            raise DatasetError(f"{problem.place}: {problem.message}", file=label_file)
    return dataset


def read_coco(source: Path, options: ReadOptions) -> Reading:
    """The labelled photos of a COCO file, or of the one in a folder.

    Raises:
        DatasetError: the file is missing or no COCO JSON.
    """
    file = source / LABEL_FILE if source.is_dir() else source
    if options.split is not None:
        raise DatasetError("A COCO file is one part of a data set.", advice="Name the part's file.", file=file)
    return _read(file, options, complete=True)


def write_coco(dataset: Dataset, folder: Path, options: WriteOptions) -> list[Problem]:
    """Write `labels.json` (or `SPLIT.json`) into the folder; photos that are copied go to `photos/`.

    Raises:
        OutputError: a file cannot be written.
    """
    problems: list[Problem] = []
    placed = list(placed_photos(dataset, folder, "photos", options, problems))
    _write(folder / (f"{options.split}.json" if options.split else LABEL_FILE), dataset.labels, placed)
    return problems


def save_coco(dataset: Dataset, label_file: Path) -> None:
    """Write a data set so that `load_coco` reads it back; photos are named relative to the file's folder.

    Raises:
        OutputError: the file cannot be written.
    """
    placed = [(photo, path_from(label_file.parent, photo.file)) for photo in dataset.photos]
    _write(label_file, dataset.labels, placed)


def is_coco(document: object) -> bool:
    """Whether a JSON document has the parts of a COCO file."""
    return isinstance(document, dict) and isinstance(document.get("images"), list) and "annotations" in document


def _read(label_file: Path, options: ReadOptions, *, complete: bool) -> Reading:
    document = _parse(label_file)
    categories = _categories(document, label_file)
    builder = DatasetBuilder(label_file, categories.values())
    labels = {key: builder.label_index(name) for key, name in categories.items()}
    finder = None if options.trusted else PhotoFinder(label_file.parent, options.photos)
    annotations = _by_image(document, builder)
    for number, image in enumerate(document["images"], start=1):
        place = f"image {image.get('id', number)}" if isinstance(image, dict) else f"image number {number}"
        try:
            identity, name = image["id"], image["file_name"]
            of_image = annotations.pop(identity)
            file = label_file.parent / name if finder is None else builder.find_photo(finder, name, place)
            size = _size(image, file, builder, place) if file is not None else None
            if file is None or size is None:
                continue
            region = _region(image, size, complete=complete)
            source = str(image.get("source") or "")
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            builder.report(ProblemKind.ENTRY_INVALID, place, f"The image cannot be read ({error!r}); left out.")
            continue
        _add(builder, file, size, region, source, of_image, labels, clip=not options.trusted)
    for left in annotations.values():
        for annotation in left:
            builder.report(
                ProblemKind.ENTRY_INVALID,
                f"annotation {annotation.id}",
                f"It belongs to image {annotation.image_id}, which is not there or came twice; left out.",
            )
    if not document["images"]:
        return Reading(Dataset(tuple(categories.values()), ()), builder.problems)
    return builder.build("COCO labels")


def _parse(label_file: Path) -> dict[str, Any]:
    try:
        document = json.loads(label_file.read_bytes(), object_hook=_small)
    except OSError as error:
        raise DatasetError(f"The labels cannot be read ({error.strerror}).", file=label_file) from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"Not a COCO label file: {error}.", file=label_file) from error
    if not is_coco(document) or not isinstance(document["annotations"], list):
        raise DatasetError('Not a COCO label file: it has no "images" and "annotations".', file=label_file)
    return dict(document)


def _small(parsed: dict[str, Any]) -> object:
    """An annotation as a tuple, which takes a third of the memory; everything else as it is."""
    if "image_id" not in parsed:
        return parsed
    return _Annotation(
        parsed.get("id"),
        parsed["image_id"],
        parsed.get("category_id"),
        parsed.get("bbox"),
        parsed.get("iscrowd", 0),
        parsed.get("product"),
    )


def _categories(document: dict[str, Any], label_file: Path) -> dict[object, str]:
    """Names by id; equal names are one label."""
    entries = document.get("categories") or [{"id": 1, "name": ONLY_LABEL}]
    try:
        return {entry["id"]: str(entry["name"]) for entry in entries}
    except (TypeError, KeyError) as error:
        raise DatasetError(
            f"Not a COCO label file: a category has no id or name ({error!r}).", file=label_file
        ) from error


def _by_image(document: dict[str, Any], builder: DatasetBuilder) -> dict[object, list[_Annotation]]:
    by_image: dict[object, list[_Annotation]] = {}
    for image in document["images"]:
        if isinstance(image, dict) and isinstance(image.get("id"), int | str):
            by_image[image["id"]] = []
    for number, annotation in enumerate(document["annotations"], start=1):
        if not isinstance(annotation, _Annotation) or not isinstance(annotation.image_id, int | str):
            builder.report(ProblemKind.ENTRY_INVALID, f"annotation number {number}", "It names no image; left out.")
            continue
        by_image.setdefault(annotation.image_id, []).append(annotation)
    return by_image


def _size(image: Mapping[str, Any], file: Path, builder: DatasetBuilder, place: str) -> tuple[int, int] | None:
    width, height = image.get("width"), image.get("height")
    if width is None or height is None:
        return builder.size_of(file, place)
    if not (int(width) > 0 and int(height) > 0):
        raise ValueError(f"a size of {width} × {height}")
    return int(width), int(height)


def _region(image: Mapping[str, Any], size: tuple[int, int], *, complete: bool) -> Box | None:
    """Raises ValueError or TypeError for a region that is none."""
    if "region" not in image:
        return Box(0, 0, *size) if complete else None
    if image["region"] is None:
        return None
    x, y, width, height = (float(value) for value in image["region"])
    return Box.from_xywh(x, y, width, height)


def _add(
    builder: DatasetBuilder,
    file: Path,
    size: tuple[int, int],
    region: Box | None,
    source: str,
    annotations: Sequence[_Annotation],
    labels: Mapping[object, int],
    *,
    clip: bool,
) -> None:
    products: list[_Annotation] = []
    areas: list[_Annotation] = []
    corners: list[Sequence[float]] = []
    area_corners: list[Sequence[float]] = []
    for annotation in annotations:
        try:
            box = _four_numbers(annotation.bbox)
        except (TypeError, ValueError, OverflowError):
            message = f"Its bbox {annotation.bbox!r:.80} is not four numbers; left out."
            builder.report(ProblemKind.ENTRY_INVALID, f"annotation {annotation.id}", message)
            continue
        if annotation.iscrowd:
            areas.append(annotation)
            area_corners.append(box)
        elif _label(annotation, labels) is None:
            builder.report(
                ProblemKind.LABEL_UNKNOWN,
                f"annotation {annotation.id}",
                f"There is no category {annotation.category_id!r}; left out.",
            )
        else:
            products.append(annotation)
            corners.append(box)
    kept, boxes = _checked(builder, corners, products, size, clip=clip)
    _, ignored = _checked(builder, area_corners, areas, size, clip=clip)
    chosen = [products[index] for index in kept]
    builder.add(
        LabelledPhoto(
            file=file,
            width=size[0],
            height=size[1],
            boxes=boxes,
            labels=np.array([_label(annotation, labels) for annotation in chosen], dtype=np.int64),
            products=tuple(str(entry.product) if entry.product is not None else None for entry in chosen),
            ignored=ignored,
            region=region,
            source=source,
        )
    )


def _checked(
    builder: DatasetBuilder,
    corners: Sequence[Sequence[float]],
    annotations: Sequence[_Annotation],
    size: tuple[int, int],
    *,
    clip: bool,
) -> tuple[list[int], FloatArray]:
    given = from_xywh(as_corners(corners))
    kept, boxes = builder.check(given, size, lambda index: f"annotation {annotations[index].id}")
    return kept.tolist(), boxes if clip else given[kept].astype(np.float32)


def _four_numbers(bbox: Any) -> tuple[float, float, float, float]:
    x, y, width, height = bbox
    return float(x), float(y), float(width), float(height)


def _label(annotation: _Annotation, labels: Mapping[object, int]) -> int | None:
    category = annotation.category_id
    if category is None and len(labels) == 1:
        return 0
    return labels.get(category) if isinstance(category, int | str) else None


def _write(file: Path, labels: Sequence[str], placed: Sequence[tuple[LabelledPhoto, str]]) -> None:
    categories = [{"id": number, "name": label} for number, label in enumerate(labels, start=1)]
    images = (_image(number, photo, name) for number, (photo, name) in enumerate(placed, start=1))
    write_coco_entries(file, categories, images, _annotations([photo for photo, _ in placed]))


def _image(number: int, photo: LabelledPhoto, name: str) -> dict[str, object]:
    image: dict[str, object] = {"id": number, "file_name": name, "width": photo.width, "height": photo.height}
    region = photo.region
    # Written even where it is the whole photo, so that nobody has to know what its absence means.
    image["region"] = None
    if region is not None:
        sides = _length(region.x1, region.x2), _length(region.y1, region.y2)
        image["region"] = [region.x1, region.y1, *sides]
    if photo.source:
        image["source"] = photo.source
    return image


def _annotations(photos: Sequence[LabelledPhoto]) -> Iterator[dict[str, object]]:
    number = 0
    for image_id, photo in enumerate(photos, start=1):
        labels = photo.labels.tolist()
        for index, box in enumerate(exact_xywh(photo.boxes).tolist()):
            number += 1
            annotation = _annotation(number, image_id, labels[index] + 1, box, 0)
            if (product := photo.products[index]) is not None:
                annotation["product"] = product
            yield annotation
        for box in exact_xywh(photo.ignored).tolist():
            number += 1
            yield _annotation(number, image_id, 1, box, 1)


def _annotation(number: int, image_id: int, category_id: int, box: list[float], crowd: int) -> dict[str, object]:
    return {
        "id": number,
        "image_id": image_id,
        "category_id": category_id,
        "bbox": box,
        "area": round(box[2] * box[3], 4),
        "iscrowd": crowd,
    }


def exact_xywh(boxes: FloatArray) -> NDArray[np.float64]:
    """Boxes (N, 4) as left, top, width, height with the fewest decimals that give exactly these boxes again.

    float32 corners are not what was typed (1181.34 is kept as 1181.33997…), and widths taken from them drift a little
    with every reading and writing.
    """
    exact = boxes.astype(np.float64)
    for decimals in (0, 1, 2, 3, 4, 6):
        corners = np.round(exact, decimals)
        sides = np.round(corners[:, 2:] - corners[:, :2], decimals)
        again = np.concatenate([corners[:, :2], corners[:, :2] + sides], axis=1)
        if np.array_equal(again.astype(np.float32), boxes):
            return np.concatenate([corners[:, :2], sides], axis=1)
    return np.concatenate([exact[:, :2], exact[:, 2:] - exact[:, :2]], axis=1)


def _length(start: float, end: float) -> float:
    """The length that leads from `start` to exactly `end` with the fewest decimals."""
    lengths = (round(end - start, decimals) for decimals in (1, 2, 3, 4, 6, 9))
    return next((length for length in lengths if start + length == end), end - start)
