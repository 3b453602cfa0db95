"""The formats by name: who reads and writes each, and how a path is recognised to be in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from shelfaudit.datasets import coco, dataturks, ground_truth, retinanet, sku110k, tfrecord, voc, yolo
from shelfaudit.datasets.builder import DatasetBuilder, Reading
from shelfaudit.datasets.csv_boxes import read_rows
from shelfaudit.datasets.dataset import Dataset, DatasetError
from shelfaudit.datasets.format_limits import Holds, report_limits
from shelfaudit.datasets.json_lines import read_json_lines
from shelfaudit.datasets.kinds import FormatName
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.problems import Problem


@dataclass(frozen=True)
class DatasetFormat:
    """One format.

    help: one line. holds: see there. read: the labelled photos of a path. write: a data set into a folder; returns the
    problems of single photos. recognises: whether a path that exists is in this format, told by a look into it.
    reads_options: the fields of `ReadOptions` that mean something to it, beside those that do to all.
    copies_always: whether it cannot be without its photos.
    """

    name: FormatName
    help: str
    holds: Holds
    read: Callable[[Path, ReadOptions], Reading]
    write: Callable[[Dataset, Path, WriteOptions], list[Problem]]
    recognises: Callable[[Path], bool]
    reads_options: frozenset[str] = frozenset()
    copies_always: bool = False


def _is_voc(path: Path) -> bool:
    if not path.is_dir():
        return path.suffix.lower() == ".xml"
    folder = path / voc.ANNOTATIONS if (path / voc.ANNOTATIONS).is_dir() else path
    return any(True for _ in folder.glob("*.xml"))


def _is_yolo(path: Path) -> bool:
    if not path.is_dir():
        return path.suffix.lower() in (".yaml", ".yml")
    return any((path / name).is_file() for name in yolo.DATA_FILES)


def _is_tfrecord(path: Path) -> bool:
    return any(map(tfrecord.is_record_file, path.iterdir())) if path.is_dir() else tfrecord.is_record_file(path)


def _is_coco(path: Path) -> bool:
    if path.is_dir():
        return (path / coco.LABEL_FILE).is_file()
    # Not parsed: that takes seconds for a large file, and reading it parses it anyway.
    data = path.read_bytes() if path.suffix.lower() == ".json" else b""
    return data.lstrip()[:1] == b"{" and b'"images"' in data and b'"annotations"' in data


def _has_line(path: Path, test: Callable[[object], bool]) -> bool:
    if path.is_dir() or path.suffix.lower() in (".csv", ".xml", ".yaml", ".yml") or tfrecord.is_record_file(path):
        return False
    return any(test(line) for _, line in islice(read_json_lines(path, DatasetBuilder(path)), 3))


def _has_columns(path: Path, count: int) -> bool:
    if path.is_dir() or path.suffix.lower() not in (".csv", ".txt"):
        return False
    return any(len(row) == count for _, row in islice(read_rows(path), 3))


FORMATS: Mapping[FormatName, DatasetFormat] = {
    entry.name: entry
    for entry in (
        DatasetFormat(
            FormatName.COCO,
            "COCO JSON, with regions, areas to ignore and products: our own form",
            coco.HOLDS,
            coco.read_coco,
            coco.write_coco,
            _is_coco,
        ),
        DatasetFormat(
            FormatName.VOC,
            "Pascal VOC: a folder of XML files, as LabelImg writes them",
            voc.HOLDS,
            voc.read_voc,
            voc.write_voc,
            _is_voc,
            frozenset({"split"}),
        ),
        DatasetFormat(
            FormatName.YOLO,
            "YOLO: data.yaml with images/ and labels/, as of Ultralytics and Roboflow",
            yolo.HOLDS,
            yolo.read_yolo,
            yolo.write_yolo,
            _is_yolo,
            frozenset({"split"}),
            copies_always=True,
        ),
        DatasetFormat(
            FormatName.SKU110K,
            "the CSV of SKU-110K, with or without a header",
            sku110k.HOLDS,
            sku110k.read_sku110k,
            sku110k.write_sku110k,
            lambda path: _has_columns(path, 8),
        ),
        DatasetFormat(
            FormatName.RETINANET,
            "the CSV of keras-retinanet: path,x1,y1,x2,y2,class and classes.csv",
            retinanet.HOLDS,
            retinanet.read_retinanet,
            retinanet.write_retinanet,
            lambda path: _has_columns(path, 6),
            frozenset({"classes"}),
        ),
        DatasetFormat(
            FormatName.TFRECORD,
            "TFRecord of the TF object detection API, with label_map.pbtxt; photos inside",
            tfrecord.HOLDS,
            tfrecord.read_tfrecord,
            tfrecord.write_tfrecord,
            _is_tfrecord,
            frozenset({"split", "classes", "extract_to"}),
            copies_always=True,
        ),
        DatasetFormat(
            FormatName.GROUND_TRUTH,
            "output.manifest of SageMaker Ground Truth (bounding boxes)",
            ground_truth.HOLDS,
            ground_truth.read_ground_truth,
            ground_truth.write_ground_truth,
            lambda path: _has_line(path, ground_truth.is_manifest_line),
            frozenset({"label_attributes"}),
        ),
        DatasetFormat(
            FormatName.DATATURKS,
            "JSON of the labelling tool Dataturks",
            dataturks.HOLDS,
            dataturks.read_dataturks,
            dataturks.write_dataturks,
            lambda path: _has_line(path, dataturks.is_dataturks_line),
        ),
    )
}
"""Asked in this order when a path is to be recognised: formats told by file names come before those told by lines."""


def recognise(path: Path) -> DatasetFormat:
    """The format that a path is in.

    Raises:
        DatasetError: there is no such path, or it is in none of the formats.
    """
    try:
        path.stat()
        for entry in FORMATS.values():
            if entry.recognises(path):
                return entry
    except FileNotFoundError as error:
        raise DatasetError("There is no such file or folder.", advice="Check the name.", file=path) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise DatasetError(f"This cannot be opened ({reason}).", file=path) from error
    raise DatasetError(
        "No known format of labels is recognised here.", advice=f"Name one of: {', '.join(FORMATS)}.", file=path
    )


def read_dataset(path: Path, format: FormatName | None = None, options: ReadOptions | None = None) -> Reading:  # noqa: A002
    """The labelled photos of a path, and what is wrong with them.

    format: None recognises it.

    Raises:
        DatasetError: the path is missing, not in this format or in none, or an option has no meaning for the format.
        OutputError: a photo that is inside cannot be written to `options.extract_to`.
    """
    chosen = recognise(path) if format is None else FORMATS[format]
    wanted = options if options is not None else ReadOptions()
    for name, value in (
        ("split", wanted.split),
        ("classes", wanted.classes),
        ("label_attributes", wanted.label_attributes),
    ):
        if value and name not in chosen.reads_options:
            raise DatasetError(f"The format {chosen.name} has no {name.replace('_', ' ')} to choose.", file=path)
    return chosen.read(path, wanted)


def write_dataset(
    dataset: Dataset,
    folder: Path,
    format: FormatName,  # noqa: A002
    options: WriteOptions | None = None,
) -> list[Problem]:
    """Write a data set into a folder; returns what the format cannot hold and what could not be written.

    Raises:
        DatasetError: a label cannot be written in this format.
        OutputError: a file cannot be written.
    """
    chosen = FORMATS[format]
    if format is not FormatName.COCO:
        for label in dataset.labels:
            _check_label(label)
    limits = report_limits(dataset, chosen.holds, chosen.name, folder)
    return limits + chosen.write(dataset, folder, options if options is not None else WriteOptions())


def _check_label(label: str) -> None:
    try:
        label.encode()
    except UnicodeEncodeError as error:
        raise DatasetError(
            f"The label {label!r} is not UTF-8 text.", advice="Save the label file it comes from as UTF-8."
        ) from error
