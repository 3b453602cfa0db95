"""JSON of the labelling tool Dataturks: a JSON object a line, corners as fractions of the photo.

A line has the photo (`content`, a URL or a path) and `annotation`, a list of shapes with a list of labels each. Corners
stand in the order in which they were drawn; shapes of more than two points give the box round them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shelfaudit.datasets.boxes import Corners, as_corners, hull
from shelfaudit.datasets.builder import DatasetBuilder, Reading
from shelfaudit.datasets.dataset import Dataset, LabelledPhoto
from shelfaudit.datasets.format_limits import Holds
from shelfaudit.datasets.json_lines import read_json_lines
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.photo_finder import PhotoFinder
from shelfaudit.datasets.photo_placing import placed_photos
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.output import replacing

HOLDS = Holds()


def read_dataturks(source: Path, options: ReadOptions) -> Reading:
    """The labelled photos of such a file.

    Raises:
        DatasetError: the file cannot be read, or no line has this form.
    """
    builder = DatasetBuilder(source)
    finder = PhotoFinder(source.parent, options.photos)
    for place, entry in read_json_lines(source, builder):
        try:
            _add(entry, builder, finder, place)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
            builder.report(ProblemKind.ENTRY_INVALID, place, f"The labels cannot be read ({error!r}); left out.")
    return builder.build("Dataturks labels")


def write_dataturks(dataset: Dataset, folder: Path, options: WriteOptions) -> list[Problem]:
    """Write `dataturks.json` (`SPLIT.json`); photos are named by their paths, copied ones go to `images/`.

    Raises:
        OutputError: a file cannot be written.
    """
    problems: list[Problem] = []
    file = folder / (f"{options.split}.json" if options.split else "dataturks.json")
    with replacing(file) as temporary, temporary.open("w", encoding="ascii", newline="\n") as writing:
        for photo, name in placed_photos(dataset, folder, "images", options, problems):
            writing.write(json.dumps(_line(photo, name, dataset.labels)) + "\n")
    return problems


def is_dataturks_line(line: object) -> bool:
    """Whether a JSON value is a line of such a file."""
    return isinstance(line, dict) and "content" in line and "annotation" in line


def _add(entry: Mapping[str, Any], builder: DatasetBuilder, finder: PhotoFinder, place: str) -> None:
    """Raises what a line of another form trips over."""
    shapes = entry["annotation"]
    name = entry["content"]
    status = (entry.get("metadata") or {}).get("status", "done")
    if status != "done" or (shapes is None and "metadata" not in entry):
        builder.report(ProblemKind.PHOTO_UNFINISHED, place, f"The photo {name!r} was not labelled; left out.")
        return
    photo = builder.find_photo(finder, name, place)
    if photo is None:
        return
    size = _size(shapes or []) or builder.size_of(photo, place)
    if size is None:
        return
    boxes, labels, places = [], [], []
    for number, shape in enumerate(shapes or [], start=1):
        where = f"{place}, shape {number}"
        names = shape.get("label")
        names = [names] if isinstance(names, str) else names
        if not names:
            builder.report(ProblemKind.LABEL_UNKNOWN, where, "It has no label; left out.")
            continue
        if len(names) > 1:
            message = f"It has several labels {names}; the first is taken."
            builder.report(ProblemKind.FORMAT_LIMIT, where, message)
        try:
            points = _points(shape["points"])
        except (KeyError, TypeError, ValueError) as error:
            builder.report(ProblemKind.ENTRY_INVALID, where, f"Its points cannot be read ({error!r}); left out.")
            continue
        boxes.append(hull(points))
        labels.append(builder.label_index(str(names[0])))
        places.append(where)
    corners = as_corners(boxes) * np.array([*size, *size], dtype=np.float64)
    builder.add_photo(photo, size, corners, labels, place=places.__getitem__)


def _size(shapes: Sequence[Mapping[str, Any]]) -> tuple[int, int] | None:
    """Upright width and height as the first shape has them."""
    if not shapes:
        return None
    width, height = int(shapes[0].get("imageWidth") or 0), int(shapes[0].get("imageHeight") or 0)
    return (width, height) if width > 0 and height > 0 else None


def _points(points: Sequence[Any]) -> Corners:
    """Points (N, 2) as fractions; as objects of x and y, or as pairs. Raises ValueError for less than two."""
    pairs = [(point["x"], point["y"]) if isinstance(point, dict) else tuple(point) for point in points]
    array = np.array(pairs, dtype=np.float64)
    if array.ndim != 2 or array.shape[0] < 2 or array.shape[1] != 2:
        raise ValueError("there are not two points")
    return array


def _line(photo: LabelledPhoto, name: str, labels: Sequence[str]) -> dict[str, object]:
    fractions = photo.boxes.astype(np.float64) / (photo.width, photo.height, photo.width, photo.height)
    shapes = [
        {
            "label": [labels[number]],
            "notes": "",
            "points": [{"x": x1, "y": y1}, {"x": x2, "y": y2}],
            "imageWidth": photo.width,
            "imageHeight": photo.height,
        }
        for number, (x1, y1, x2, y2) in zip(photo.labels.tolist(), fractions.tolist(), strict=True)
    ]
    return {"content": name, "annotation": shapes, "extras": None, "metadata": {"status": "done", "evaluation": "NONE"}}
