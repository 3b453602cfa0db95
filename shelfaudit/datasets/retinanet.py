"""The CSV of keras-retinanet and its kin: path,x1,y1,x2,y2,class and a second file of class,id.

A row with empty columns (`path,,,,,`) is a photo without any object. Paths are absolute or relative to the CSV.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shelfaudit.datasets.boxes import whole_pixels
from shelfaudit.datasets.builder import DatasetBuilder, Reading
from shelfaudit.datasets.csv_boxes import CORNERS, BoxTable, at_lines, header_columns, read_rows, writing_rows
from shelfaudit.datasets.dataset import Dataset, DatasetError
from shelfaudit.datasets.format_limits import Holds
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.photo_finder import PhotoFinder
from shelfaudit.datasets.photo_placing import placed_photos
from shelfaudit.datasets.problems import Problem, ProblemKind

HOLDS = Holds(fractions=False)
COLUMNS = ("path", *CORNERS, "class")
CLASS_FILES = ("classes.csv", "class.csv", "class_mapping.csv", "class_map.csv", "class_list.csv", "mapping.csv")
"""Where the classes are looked for, beside the boxes."""

_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "path": ("path", "image_path", "image", "filename", "file_name", "image_name"),
    "class": ("class", "class_name", "label"),
}


def read_retinanet(source: Path, options: ReadOptions) -> Reading:
    """The labelled photos of such a CSV file. Without a file of classes, they are those of the rows.

    Raises:
        DatasetError: a file cannot be read, or no row has this form.
    """
    classes = _classes(source, options.classes)
    builder = DatasetBuilder(source, classes)
    finder = PhotoFinder(source.parent, options.photos)
    table = BoxTable()
    _fill(table, source, builder, frozenset(classes))
    for index, (corners, labels, lines) in enumerate(table.by_photo()):
        options.progress(index, len(table.names))
        place = f"line {table.first_lines[index]}"
        file = builder.find_photo(finder, table.names[index], place)
        size = builder.size_of(file, place) if file is not None else None
        if file is not None and size is not None:
            builder.add_photo(file, size, corners, labels, place=at_lines(lines))
    return builder.build("a RetinaNet CSV")


def write_retinanet(dataset: Dataset, folder: Path, options: WriteOptions) -> list[Problem]:
    """Write `annotations.csv` (`annotations_SPLIT.csv`) and `classes.csv`; copied photos go to `images/`.

    Raises:
        OutputError: a file cannot be written.
    """
    problems: list[Problem] = []
    file = folder / (f"annotations_{options.split}.csv" if options.split else "annotations.csv")
    with writing_rows(file) as write:
        for photo, name in placed_photos(dataset, folder, "images", options, problems):
            boxes = whole_pixels(photo.boxes, photo.width, photo.height).tolist()
            for box, label in zip(boxes, photo.labels.tolist(), strict=True):
                write((name, *box, dataset.labels[label]))
            if not boxes:
                write((name, "", "", "", "", ""))
    with writing_rows(folder / CLASS_FILES[0]) as write:
        for number, label in enumerate(dataset.labels):
            write((label, number))
    return problems


def _classes(source: Path, named: Path | None) -> list[str]:
    """Class names in the order of their ids; none where there is no file of them."""
    beside = (source.with_name(name) for name in CLASS_FILES)
    file = named if named is not None else next((file for file in beside if file.is_file() and file != source), None)
    if file is None:
        return []
    ids: dict[int, str] = {}
    for line, row in read_rows(file):
        try:
            name, number = row
            ids.setdefault(int(number), name)
        except ValueError as error:
            raise DatasetError(f"Line {line} is not a class and its number.", file=file) from error
    return [ids[number] for number in sorted(ids)]


def _fill(table: BoxTable, source: Path, builder: DatasetBuilder, classes: frozenset[str]) -> None:
    """Take in all rows; `classes` are those that exist, empty where any is welcome."""
    columns: list[int] | None = None
    for line, row in read_rows(source, builder):
        if columns is None:
            header = header_columns(row, _HEADINGS)
            columns = list(range(6)) if header is None else [header.get(name, -1) for name in COLUMNS]
            if header is not None:
                continue
        try:
            if len(row) != 6 or -1 in columns:
                raise ValueError(f"it has {len(row)} columns, not 6")
            name, *numbers, label = [row[column] for column in columns]
            corners = [float(number) for number in numbers] if any((*numbers, label)) else []
        except ValueError as error:
            builder.report(ProblemKind.ENTRY_INVALID, f"line {line}", f"The row cannot be read ({error}); left out.")
            continue
        photo = table.photo(name, line)
        if not corners:
            continue
        if classes and label not in classes:
            builder.report(ProblemKind.LABEL_UNKNOWN, f"line {line}", f"There is no class {label!r}; left out.")
            continue
        table.add(photo, corners, builder.label_index(label), line)
