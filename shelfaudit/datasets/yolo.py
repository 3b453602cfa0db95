"""YOLO as Ultralytics and Roboflow keep it: `data.yaml`, photos under `images/`, a text file each under `labels/`.

A line is `class x y width height`, centre and size as fractions of the photo; a polygon in its place gives the box
round it. A photo without a text file shows no object.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from shelfaudit.datasets.boxes import as_corners, hull
from shelfaudit.datasets.builder import DatasetBuilder, Reading
from shelfaudit.datasets.dataset import Dataset, DatasetError, LabelledPhoto
from shelfaudit.datasets.format_limits import Holds
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.photo_finder import OutsidePhotoFolder, PhotoFinder
from shelfaudit.datasets.photo_placing import placed_photos
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.errors import PhotoError
from shelfaudit.output import replacing
from shelfaudit.photos.files import find_photos

HOLDS = Holds()
DATA_FILES = ("data.yaml", "data.yml", "dataset.yaml")
SPLITS = ("train", "val", "test")
_DIGITS = 12
"""Significant digits of a fraction: less than a millionth of a pixel in the largest photo."""


def read_yolo(source: Path, options: ReadOptions) -> Reading:
    """The labelled photos of a `data.yaml`, or of a folder with one; all of its parts or the one that is wanted.

    Raises:
        DatasetError: it cannot be read, has no classes, or no such part.
    """
    data_file = _data_file(source)
    data = _read_data_file(data_file)
    names = _class_names(data, data_file)
    builder = DatasetBuilder(data_file, names.values())
    photos = _photos(data, data_file, options, builder)
    for number, photo in enumerate(photos):
        options.progress(number, len(photos))
        beside = photo.with_suffix(".txt")
        builder.label_file = beside if beside.exists() and not label_file(photo).exists() else label_file(photo)
        if (size := builder.size_of(photo, "")) is not None:
            _add(builder, photo, size, names)
    builder.label_file = data_file
    return builder.build("a YOLO data set")


def write_yolo(dataset: Dataset, folder: Path, options: WriteOptions) -> list[Problem]:
    """Write `data.yaml`, `images/SPLIT/` (always with the photos) and `labels/SPLIT/`; the split is `train` if unsaid.

    A `data.yaml` of the same classes that is there already gets this split beside its others.

    Raises:
        DatasetError: the `data.yaml` that is there has other classes or cannot be read.
        OutputError: a file cannot be written.
    """
    split = options.split or SPLITS[0]
    data_file = folder / DATA_FILES[0]
    data: dict[str, Any] = {}
    if data_file.exists():
        data = _read_data_file(data_file)
        if list(_class_names(data, data_file).values()) != list(dataset.labels):
            raise DatasetError("The data set that is there has other classes.", file=data_file)
    problems: list[Problem] = []
    copying = WriteOptions(copy_photos=True, split=split, progress=options.progress)
    for photo, name in placed_photos(dataset, folder, f"images/{split}", copying, problems):
        with replacing(label_file(folder / name)) as temporary:
            temporary.write_text("".join(_lines(photo)), encoding="utf-8", newline="\n")
    data |= {split: f"images/{split}", "nc": len(dataset.labels), "names": dict(enumerate(dataset.labels))}
    with replacing(data_file) as temporary:
        temporary.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    missing = [part for part in SPLITS[:2] if part not in data]
    if missing:
        message = f"YOLO: training asks for a split {missing[0]} too; write it into the same folder."
        problems.append(Problem(ProblemKind.FORMAT_LIMIT, data_file, "", message))
    return problems


def label_file(photo: Path) -> Path:
    """The text file of a photo: the last folder `images` of its path is `labels`; without such, beside the photo."""
    parts = list(photo.parts[:-1])
    for index in reversed(range(len(parts))):
        if parts[index] == "images":
            parts[index] = "labels"
            break
    return Path(*parts, photo.stem + ".txt")


def _data_file(source: Path) -> Path:
    if not source.is_dir():
        return source
    for name in DATA_FILES:
        if (source / name).is_file():
            return source / name
    found = sorted([*source.glob("*.yaml"), *source.glob("*.yml")])
    if len(found) != 1:
        raise DatasetError("There is no data.yaml in this folder.", advice="Name the YAML file itself.", file=source)
    return found[0]


def _read_data_file(file: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(file.read_bytes())
    except OSError as error:
        raise DatasetError(f"It cannot be read ({error.strerror}).", file=file) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DatasetError(f"Not a YAML file: {' '.join(str(error).split())}", file=file) from error
    if not isinstance(data, dict):
        raise DatasetError("Not a data.yaml: it has no entries.", file=file)
    return data


def _class_names(data: dict[str, Any], file: Path) -> dict[int, str]:
    names = data.get("names")
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or not names or not all(isinstance(number, int) for number in names):
        raise DatasetError('Not a data.yaml: it has no class "names".', file=file)
    return {number: str(names[number]) for number in sorted(names)}


def _photos(data: dict[str, Any], data_file: Path, options: ReadOptions, builder: DatasetBuilder) -> list[Path]:
    """The photos of the wanted parts, each once."""
    parts = [part for part in SPLITS if data.get(part)]
    if options.split is not None:
        if options.split not in parts:
            known = ", ".join(parts) or "none"
            raise DatasetError(f"There is no split {options.split}; there are: {known}.", file=data_file)
        parts = [options.split]
    elif not parts:
        raise DatasetError("Not a data.yaml: it names no photos (train, val or test).", file=data_file)
    elif len(parts) > 1:
        message = f"The splits {', '.join(parts)} are read as one; each can be read alone."
        builder.report(ProblemKind.FORMAT_LIMIT, "", message)
    # What lies under the named folder is what the YAML says of its own.
    root = options.photos if options.photos is not None else data_file.parent
    if isinstance(path := data.get("path"), str) and options.photos is None:
        # A relative path is, for Ultralytics, one from its own settings, which nobody else has.
        root = inside if (inside := data_file.parent / path).is_dir() and _is_below(inside, data_file.parent) else root
    entries = [entry for part in parts for entry in (data[part] if isinstance(data[part], list) else [data[part]])]
    return list(dict.fromkeys(photo for entry in entries for photo in _listed(str(entry), root, builder)))


def _listed(entry: str, root: Path, builder: DatasetBuilder) -> list[Path]:
    """The photos of a folder or of a text file with a path a line."""
    finder = PhotoFinder(root, root)
    try:
        # Roboflow writes "../train/images" for a folder that lies beside the data.yaml.
        place = finder.find(entry.removeprefix("../") if (root / entry.removeprefix("../")).exists() else entry)
    except (OutsidePhotoFolder, ValueError):
        message = f"The photos in {entry!r} are outside the data set's folder, which has to be named then; left out."
        builder.report(ProblemKind.PHOTO_OUTSIDE, "", message)
        return []
    try:
        if place.suffix.lower() == ".txt" and place.is_file():
            lines = place.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
            names = [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]
            photos = [builder.find_photo(finder, name, f"{entry}, line {number}") for number, name in names]
            return [photo for photo in photos if photo is not None]
        return find_photos([place])
    except OSError as error:
        builder.report(ProblemKind.PHOTO_MISSING, "", f"{entry!r} cannot be read ({error.strerror}); left out.")
    except PhotoError as error:
        builder.report(ProblemKind.PHOTO_MISSING, "", f"{entry!r}: {error.what} Left out.")
    return []


def _is_below(folder: Path, parent: Path) -> bool:
    return folder.resolve().is_relative_to(parent.resolve())


def _add(builder: DatasetBuilder, photo: Path, size: tuple[int, int], names: dict[int, str]) -> None:
    try:
        lines = builder.label_file.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        lines = []
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        builder.report(ProblemKind.ENTRY_INVALID, "", f"The labels cannot be read ({reason}); the photo is left out.")
        return
    boxes, labels, places = [], [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            label, box = _parse(line)
        except (ValueError, OverflowError) as error:
            builder.report(ProblemKind.ENTRY_INVALID, f"line {number}", f"It cannot be read ({error}); left out.")
            continue
        if label not in names:
            builder.report(ProblemKind.LABEL_UNKNOWN, f"line {number}", f"There is no class {label}; left out.")
            continue
        boxes.append(box)
        labels.append(builder.label_index(names[label]))
        places.append(f"line {number}")
    corners = as_corners(boxes) * np.array([*size, *size], dtype=np.float64)
    builder.add_photo(photo, size, corners, labels, place=places.__getitem__)


def _parse(line: str) -> tuple[int, Sequence[float]]:
    """Class and x1, y1, x2, y2 as fractions. Raises ValueError."""
    first, *rest = line.split()
    label, numbers = int(first), [float(number) for number in rest]
    if len(numbers) == 4:
        x, y, width, height = numbers
        return label, (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    if len(numbers) >= 6 and len(numbers) % 2 == 0:
        return label, hull(np.array(numbers).reshape(-1, 2))
    raise ValueError(f"{len(numbers)} numbers behind the class are no box and no polygon")


def _lines(photo: LabelledPhoto) -> list[str]:
    boxes = photo.boxes.astype(np.float64) / (photo.width, photo.height, photo.width, photo.height)
    centers, sides = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    rows = zip(photo.labels.tolist(), np.hstack([centers, sides]).tolist(), strict=True)
    return [f"{label} {' '.join(f'{value:.{_DIGITS}g}' for value in row)}\n" for label, row in rows]
