"""`output.manifest` of Amazon SageMaker Ground Truth: a JSON object a line, one photo with all its boxes.

A line has the photo (`source-ref`, a place in S3) and, for each labelling job, a label attribute with the boxes and
`ATTRIBUTE-metadata` with the class names. The format is that of the service's documentation, "Bounding box job output".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shelfaudit.datasets.boxes import as_corners, from_xywh, whole_pixels
from shelfaudit.datasets.builder import DatasetBuilder, Reading
from shelfaudit.datasets.dataset import Dataset, DatasetError, LabelledPhoto
from shelfaudit.datasets.format_limits import Holds
from shelfaudit.datasets.json_lines import read_json_lines
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.photo_finder import PhotoFinder
from shelfaudit.datasets.photo_placing import placed_photos
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.output import replacing

HOLDS = Holds(fractions=False)
SOURCE = "source-ref"
ATTRIBUTE = "bounding-box"
"""The label attribute that is written."""

_METADATA = "-metadata"
_TYPE = "groundtruth/object-detection"


def read_ground_truth(source: Path, options: ReadOptions) -> Reading:
    """The labelled photos of a manifest; with several label attributes, the boxes of the wanted ones together.

    Photos are found by the end of their place in S3 (see `photo_finder`).

    Raises:
        DatasetError: the file cannot be read, no line has this form, or it has not been said which attribute is wanted.
    """
    builder = DatasetBuilder(source)
    lines = [(place, line) for place, line in read_json_lines(source, builder) if _names_photo(place, line, builder)]
    attributes = _attributes(lines, options.label_attributes, source)
    finder = PhotoFinder(source.parent, options.photos)
    for number, (place, line) in enumerate(lines):
        options.progress(number, len(lines))
        try:
            _add(line, attributes, builder, finder, place)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
            builder.report(ProblemKind.ENTRY_INVALID, place, f"The labels cannot be read ({error!r}); left out.")
    return builder.build("a Ground Truth manifest of bounding boxes")


def write_ground_truth(dataset: Dataset, folder: Path, options: WriteOptions) -> list[Problem]:
    """Write `output.manifest` (`SPLIT.manifest`); photos are named by their paths, copied ones go to `images/`.

    Raises:
        OutputError: a file cannot be written.
    """
    problems: list[Problem] = []
    file = folder / (f"{options.split}.manifest" if options.split else "output.manifest")
    with replacing(file) as temporary, temporary.open("w", encoding="ascii", newline="\n") as writing:
        for photo, name in placed_photos(dataset, folder, "images", options, problems):
            writing.write(json.dumps(_line(photo, name, dataset.labels), separators=(",", ":")) + "\n")
    return problems


def is_manifest_line(line: object) -> bool:
    """Whether a JSON value is a line of a manifest."""
    return isinstance(line, dict) and SOURCE in line


def _names_photo(place: str, line: Mapping[str, Any], builder: DatasetBuilder) -> bool:
    if not isinstance(line.get(SOURCE), str):
        builder.report(ProblemKind.ENTRY_INVALID, place, f"It names no photo ({SOURCE}); left out.")
        return False
    return True


def _attributes(lines: Sequence[tuple[str, Mapping[str, Any]]], wanted: Sequence[str], file: Path) -> list[str]:
    """The label attributes to read. Raises DatasetError where they are not there, or which of several is unsaid."""
    found: dict[str, None] = {}
    for _, line in lines:
        for name in line:
            metadata = line.get(name + _METADATA)
            if isinstance(metadata, dict) and metadata.get("type", _TYPE) == _TYPE:
                found[name] = None
    known = ", ".join(found) or "none"
    for name in wanted:
        if name not in found:
            raise DatasetError(f"There is no label attribute {name!r} with boxes; there are: {known}.", file=file)
    if not wanted and len(found) > 1:
        raise DatasetError(
            f"There are several label attributes: {known}.",
            advice="Say which are wanted (--label-attribute).",
            file=file,
        )
    return list(wanted) or list(found)


def _add(
    line: Mapping[str, Any],
    attributes: Sequence[str],
    builder: DatasetBuilder,
    finder: PhotoFinder,
    place: str,
) -> None:
    """Raises what a line of another form trips over."""
    labelled = [name for name in attributes if _is_labelled(line, name, builder, place)]
    if not labelled:
        return
    photo = builder.find_photo(finder, line[SOURCE], place)
    size = _size(line[labelled[0]]) or (builder.size_of(photo, place) if photo is not None else None)
    if photo is None or size is None:
        return
    boxes, labels, places = [], [], []
    for name in labelled:
        classes = {str(key): str(label) for key, label in line[name + _METADATA].get("class-map", {}).items()}
        for number, box in enumerate(line[name]["annotations"], start=1):
            where = f"{place}, {name}, box {number}"
            label = classes.get(str(box["class_id"]))
            if label is None:
                message = f"There is no class {box['class_id']!r} in its class map; left out."
                builder.report(ProblemKind.LABEL_UNKNOWN, where, message)
                continue
            boxes.append([float(box[side]) for side in ("left", "top", "width", "height")])
            labels.append(builder.label_index(label))
            places.append(where)
    builder.add_photo(photo, size, from_xywh(as_corners(boxes)), labels, place=places.__getitem__)


def _is_labelled(line: Mapping[str, Any], name: str, builder: DatasetBuilder, place: str) -> bool:
    """Whether the job of this attribute labelled the photo; reported where not."""
    metadata = line.get(name + _METADATA)
    failure = metadata.get("failure-reason") if isinstance(metadata, dict) else None
    if isinstance(line.get(name), dict) and failure is None:
        return True
    reason = f" ({failure})" if failure else ""
    builder.report(ProblemKind.PHOTO_UNFINISHED, place, f"{name} did not label the photo{reason}; left out.")
    return False


def _size(labels: Mapping[str, Any]) -> tuple[int, int] | None:
    size = (labels.get("image_size") or [{}])[0]
    width, height = int(size.get("width") or 0), int(size.get("height") or 0)
    return (width, height) if width > 0 and height > 0 else None


def _line(photo: LabelledPhoto, name: str, labels: Sequence[str]) -> dict[str, object]:
    boxes = whole_pixels(photo.boxes, photo.width, photo.height)
    numbers = photo.labels.tolist()
    annotations = [
        {"class_id": number, "left": x1, "top": y1, "width": x2 - x1, "height": y2 - y1}
        for number, (x1, y1, x2, y2) in zip(numbers, boxes.tolist(), strict=True)
    ]
    return {
        SOURCE: name,
        ATTRIBUTE: {
            "image_size": [{"width": photo.width, "height": photo.height, "depth": 3}],
            "annotations": annotations,
        },
        ATTRIBUTE + _METADATA: {
            "objects": [{"confidence": 1}] * len(annotations),
            "class-map": {str(number): labels[number] for number in sorted(set(numbers))},
            "type": _TYPE,
            "human-annotated": "yes",
            "job-name": "shelfaudit",
        },
    }
