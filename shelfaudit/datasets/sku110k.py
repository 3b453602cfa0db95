"""The CSV of SKU-110K (Goldman et al., CVPR 2019): image_name,x1,y1,x2,y2,class,image_width,image_height.

The published files have no header; copies with one (in any order of the columns) are read as well. Photos lie in
`images/` beside the labels' folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shelfaudit.datasets.boxes import whole_pixels
from shelfaudit.datasets.builder import DatasetBuilder, Reading
from shelfaudit.datasets.csv_boxes import CORNERS, BoxTable, at_lines, header_columns, read_rows, writing_rows
from shelfaudit.datasets.dataset import Dataset
from shelfaudit.datasets.format_limits import Holds
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.photo_finder import PhotoFinder
from shelfaudit.datasets.photo_placing import placed_photos
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.errors import PhotoError
from shelfaudit.photos.decode import read_photo

HOLDS = Holds(fractions=False)
COLUMNS = ("image_name", *CORNERS, "class", "image_width", "image_height")

BROKEN_PHOTOS = frozenset({"train_882.jpg", "train_924.jpg", "train_4222.jpg", "train_5822.jpg", "test_274.jpg"})
"""Photos of the published archive that are known not to decode. Only these are decoded here, to see whether they do in
this copy; whether others are whole is for the check of the photos."""

_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "image_name": ("image_name", "image", "image_id", "filename", "file_name"),
    "class": ("class", "label", "class_name"),
    "image_width": ("image_width", "width"),
    "image_height": ("image_height", "height"),
}


def read_sku110k(source: Path, options: ReadOptions) -> Reading:
    """The labelled photos of such a CSV file.

    Raises:
        DatasetError: it cannot be read, or no row has this form.
    """
    builder = DatasetBuilder(source)
    finder = PhotoFinder(source.parent, options.photos)
    table = BoxTable()
    sizes = _fill(table, source, builder)
    for index, (corners, labels, lines) in enumerate(table.by_photo()):
        place = f"line {table.first_lines[index]}"
        file = builder.find_photo(finder, table.names[index], place)
        if file is None or _is_broken(file, place, builder):
            continue
        builder.add_photo(file, sizes[index], corners, labels, place=at_lines(lines))
    return builder.build("a SKU-110K CSV")


def write_sku110k(dataset: Dataset, folder: Path, options: WriteOptions) -> list[Problem]:
    """Write `annotations.csv` (`annotations_SPLIT.csv`) without a header, as published; copied photos go to `images/`.

    Raises:
        OutputError: a file cannot be written.
    """
    problems: list[Problem] = []
    file = folder / (f"annotations_{options.split}.csv" if options.split else "annotations.csv")
    with writing_rows(file) as write:
        for photo, name in placed_photos(dataset, folder, "images", options, problems):
            if not len(photo.boxes):
                message = "The photo has no box, and the format has no row for such; left out."
                problems.append(Problem(ProblemKind.FORMAT_LIMIT, photo.file, "", message))
            name = name.removeprefix("images/") if options.copy_photos else name
            boxes = whole_pixels(photo.boxes, photo.width, photo.height).tolist()
            for box, label in zip(boxes, photo.labels.tolist(), strict=True):
                write((name, *box, dataset.labels[label], photo.width, photo.height))
    return problems


def _fill(table: BoxTable, source: Path, builder: DatasetBuilder) -> list[tuple[int, int]]:
    """Take in all rows; returns the size of each photo, as its first row has it."""
    columns: list[int] | None = None
    sizes: list[tuple[int, int]] = []
    for line, row in read_rows(source, builder):
        if columns is None:
            header = header_columns(row, _HEADINGS)
            columns = list(range(8)) if header is None else [header.get(name, -1) for name in COLUMNS]
            if header is not None:
                continue
        try:
            if len(row) != 8 or -1 in columns:
                raise ValueError(f"it has {len(row)} columns, not 8")
            name, x1, y1, x2, y2, label, width, height = [row[column] for column in columns]
            corners = (float(x1), float(y1), float(x2), float(y2))
            size = int(float(width)), int(float(height))
            if min(size) <= 0:
                raise ValueError(f"a photo of {width} × {height} pixels")
        except (ValueError, OverflowError) as error:
            builder.report(ProblemKind.ENTRY_INVALID, f"line {line}", f"The row cannot be read ({error}); left out.")
            continue
        photo = table.photo(name, line)
        if photo == len(sizes):
            sizes.append(size)
        table.add(photo, corners, builder.label_index(label), line)
    return sizes


def _is_broken(file: Path, place: str, builder: DatasetBuilder) -> bool:
    if file.name not in BROKEN_PHOTOS or not file.exists():
        return False
    try:
        read_photo(file, at_most=400)
    except PhotoError as error:
        message = f"{file.name} is one of the photos that are broken in the published archive ({error.what}); left out."
        builder.report(ProblemKind.PHOTO_DAMAGED, place, message)
        return True
    return False
