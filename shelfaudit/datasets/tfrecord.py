"""TFRecord as the TF object detection API reads and writes it, with `label_map.pbtxt`; without that package.

Boxes are fractions of the photo, and the photo itself is inside (see `stored_pixels`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from shelfaudit.datasets.builder import DatasetBuilder, Reading
from shelfaudit.datasets.dataset import Dataset, DatasetError, LabelledPhoto
from shelfaudit.datasets.format_limits import Holds
from shelfaudit.datasets.label_map import read_label_map, write_label_map
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.photo_placing import FreeNames
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.datasets.stored_pixels import read_for_tensorflow, without_orientation
from shelfaudit.datasets.tf_example import (
    DamagedFile,
    DamagedRecord,
    Feature,
    decode_example,
    encode_example,
    read_records,
    write_record,
)
from shelfaudit.errors import PhotoError
from shelfaudit.output import replacing
from shelfaudit.photos.files import natural_key
from shelfaudit.photos.kinds import PhotoKind, sniff

HOLDS = Holds(areas=True)
LABEL_MAP = "label_map.pbtxt"
SUFFIXES = (".record", ".tfrecord", ".tfrecords")
SHARD_BYTES = 200_000_000
"""A file of records is begun anew where it would grow beyond this."""

_CORNERS = tuple(f"image/object/bbox/{name}" for name in ("xmin", "ymin", "xmax", "ymax"))
_IGNORED = ("image/object/is_crowd", "image/object/group_of", "image/object/difficult")
"""What marks an area to ignore; all are set where one is written, because tools look at different ones."""

_ENDINGS = {PhotoKind.JPEG: ".jpg", PhotoKind.PNG: ".png"}


def is_record_file(file: Path) -> bool:
    """Whether a file is one of records by its name: `x.record`, or a shard as `x.record-00000-of-00010`."""
    return any(suffix in SUFFIXES or suffix.startswith(f"{SUFFIXES[0]}-") for suffix in file.suffixes) or any(
        f"{suffix}-" in file.name for suffix in SUFFIXES
    )


def read_tfrecord(source: Path, options: ReadOptions) -> Reading:
    """The labelled photos of a file of records or of all in a folder; the photos are written to `extract_to`.

    Raises:
        DatasetError: there is no such file, no label map where one is needed, or nowhere to put the photos.
        OutputError: a photo cannot be written.
    """
    if options.extract_to is None:
        raise DatasetError("The photos are inside, and there is no folder to put them into.", file=source)
    files = _record_files(source, options.split)
    names = _label_map(source if source.is_dir() else source.parent, options.classes)
    builder = DatasetBuilder(source, [names[number] for number in sorted(names)])
    extractor = _Extractor(options.extract_to)
    for done, file in enumerate(files):
        builder.label_file = file
        for number, data in _records(file, builder):
            place = f"record {number}"
            try:
                _add(decode_example(data), builder, names, extractor, place)
            except (ValueError, IndexError, OverflowError) as error:
                builder.report(ProblemKind.ENTRY_INVALID, place, f"It cannot be read ({error}); left out.")
        options.progress(done + 1, len(files))
    builder.label_file = source
    return builder.build("TFRecord examples")


def write_tfrecord(dataset: Dataset, folder: Path, options: WriteOptions) -> list[Problem]:
    """Write `SPLIT.record` (`data.record`), in shards where it is large, and `label_map.pbtxt`; photos are inside.

    Raises:
        OutputError: a file cannot be written.
    """
    problems: list[Problem] = []
    shards = _shards(dataset.photos)
    stem = options.split or "data"
    done = 0
    with ExitStack() as files:
        for number, photos in enumerate(shards):
            name = f"{stem}.record" if len(shards) == 1 else f"{stem}.record-{number:05d}-of-{len(shards):05d}"
            stream = files.enter_context(files.enter_context(replacing(folder / name)).open("wb"))
            for photo in photos:
                options.progress(done, len(dataset.photos))
                done += 1
                try:
                    write_record(stream, encode_example(_features(photo, dataset.labels)))
                except (PhotoError, DatasetError) as error:
                    message = f"The photo cannot be written into the records ({error.what.rstrip('.')}); left out."
                    kind = ProblemKind.PHOTO_DAMAGED if photo.file.exists() else ProblemKind.PHOTO_MISSING
                    problems.append(Problem(kind, photo.file, "", message))
    write_label_map(dataset.labels, folder / LABEL_MAP)
    return problems


def _record_files(source: Path, split: str | None) -> list[Path]:
    if not source.is_dir():
        if split is not None:
            raise DatasetError("A file of records is one part of a data set.", advice="Name the folder.", file=source)
        return [source]
    files = sorted((file for file in source.iterdir() if is_record_file(file)), key=lambda file: natural_key(file.name))
    if split is not None:
        files = [file for file in files if file.name.split(".")[0] == split]
    if not files:
        raise DatasetError("There is no file of records (*.record, *.tfrecord) here.", file=source)
    return files


def _label_map(folder: Path, named: Path | None) -> dict[int, str]:
    """Names by id; empty where there is no label map: records may hold the names themselves."""
    if named is not None:
        return read_label_map(named)
    found = sorted(folder.glob("*.pbtxt"))
    if len(found) > 1 and folder / LABEL_MAP not in found:
        raise DatasetError("There are several label maps.", advice="Name one of them.", file=folder)
    return read_label_map(folder / LABEL_MAP if folder / LABEL_MAP in found else found[0]) if found else {}


def _records(file: Path, builder: DatasetBuilder) -> Iterator[tuple[int, bytes]]:
    try:
        with file.open("rb") as stream:
            for number, record in enumerate(read_records(stream), start=1):
                if isinstance(record, DamagedRecord):
                    message = "The record is damaged (its checksum is wrong); left out."
                    builder.report(ProblemKind.ENTRY_INVALID, f"record {number}", message)
                else:
                    yield number, record
    except DamagedFile as error:
        builder.report(ProblemKind.ENTRY_INVALID, "", f"The rest of the file cannot be read: {error}.")
    except OSError as error:
        raise DatasetError(f"The records cannot be read ({error.strerror}).", file=file) from error


class _Extractor:
    """Writes photos out of records under the names that are noted there, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = FreeNames()

    def write(self, data: bytes, name: str) -> Path:
        """Write a photo. Raises ValueError where the bytes are none, OutputError where it cannot be written."""
        kind = sniff(data)
        if kind not in _ENDINGS:
            raise ValueError("its image is no JPEG and no PNG")
        stem = Path(name.replace("\\", "/")).name
        stem = Path(stem).stem if Path(stem).suffix.lower() in (".jpg", ".jpeg", ".png") else stem
        target = self._folder / self._names.take((stem or "photo") + _ENDINGS[kind])
        with replacing(target) as temporary:
            temporary.write_bytes(without_orientation(data))
        return target


def _add(
    example: dict[str, Feature], builder: DatasetBuilder, names: dict[int, str], extractor: _Extractor, place: str
) -> None:
    """Raises ValueError where the example is not one of object detection."""
    size = _integer(example, "image/width"), _integer(example, "image/height")
    sides = [np.array(example.get(name, []), dtype=np.float64) for name in _CORNERS]
    count = len(sides[0])
    if min(size) <= 0 or any(len(side) != count for side in sides):
        raise ValueError("it has no size, or not four sides for each box")
    labels = _labels(example, names, count)
    data = _text(example, "image/encoded")
    file = extractor.write(data, _text(example, "image/filename").decode("utf-8", errors="surrogateescape"))
    corners = np.stack(sides, axis=1) * np.array([*size, *size], dtype=np.float64)
    ignored = np.zeros(count, dtype=np.bool_)
    for name in _IGNORED:
        flags = np.array(example.get(name, []), dtype=np.int64)
        if len(flags) == count:
            ignored |= flags != 0
    known = np.array([label is not None for label in labels], dtype=np.bool_)
    for index in np.flatnonzero(~known & ~ignored).tolist():
        number = _numbers(example, count)[index]
        builder.report(ProblemKind.LABEL_UNKNOWN, f"{place}, box {index + 1}", f"There is no label {number}; left out.")
    wanted = np.flatnonzero(known & ~ignored)
    areas = np.flatnonzero(ignored)

    builder.add_photo(
        file,
        size,
        corners[wanted],
        [builder.label_index(str(labels[index])) for index in wanted],
        place=lambda box: f"{place}, box {wanted[box] + 1}",
        ignored=builder.check_areas(corners[areas], size, lambda box: f"{place}, box {areas[box] + 1}"),
    )


def _labels(example: dict[str, Feature], names: dict[int, str], count: int) -> list[str | None]:
    """The name of each box's label: as the label map has it, else as the record does; None where neither knows it."""
    numbers, texts = example.get("image/object/class/label", []), example.get("image/object/class/text", [])
    if names and len(numbers) == count:
        return [names.get(int(number)) for number in numbers]
    if len(texts) != count:
        raise ValueError("it names no label for each box, or only numbers without a label map")
    known = set(names.values())
    labels = [text.decode("utf-8", errors="replace") if isinstance(text, bytes) else str(text) for text in texts]
    return [label if not known or label in known else None for label in labels]


def _numbers(example: dict[str, Feature], count: int) -> list[int]:
    numbers = example.get("image/object/class/label", [])
    return [int(number) for number in numbers] if len(numbers) == count else [0] * count


def _integer(example: dict[str, Feature], name: str) -> int:
    values = example.get(name, [])
    return int(values[0]) if values else 0


def _text(example: dict[str, Feature], name: str) -> bytes:
    value = example[name][0] if example.get(name) else b""
    if not isinstance(value, bytes):
        raise ValueError(f"its {name} is no text")
    return value


def _shards(photos: Sequence[LabelledPhoto]) -> list[list[LabelledPhoto]]:
    """The photos in groups of about `SHARD_BYTES`; at least one group."""
    shards: list[list[LabelledPhoto]] = [[]]
    filled = 0
    for photo in photos:
        try:
            size = photo.file.stat().st_size
        except OSError:
            size = 0
        if shards[-1] and filled + size > SHARD_BYTES:
            shards.append([])
            filled = 0
        shards[-1].append(photo)
        filled += size
    return shards


def _features(photo: LabelledPhoto, labels: Sequence[str]) -> dict[str, Feature]:
    """Raises PhotoError where the photo cannot be read, DatasetError where it has another size than its labels."""
    encoded, image_format = read_for_tensorflow(photo)
    count, ignored = len(photo.boxes), len(photo.ignored)
    corners = np.concatenate([photo.boxes, photo.ignored]) / np.array(
        [photo.width, photo.height, photo.width, photo.height], dtype=np.float32
    )
    numbers = photo.labels.tolist() + [0] * ignored
    name = photo.file.name.encode("utf-8", errors="surrogateescape")
    flags: Feature = [0] * count + [1] * ignored
    return {
        "image/height": [photo.height],
        "image/width": [photo.width],
        "image/filename": [name],
        "image/source_id": [name],
        "image/key/sha256": [hashlib.sha256(encoded).hexdigest().encode()],
        "image/encoded": [encoded],
        "image/format": [image_format],
        **{key: corners[:, side].tolist() for side, key in enumerate(_CORNERS)},
        "image/object/class/text": [labels[number].encode() if labels else b"ignore" for number in numbers],
        "image/object/class/label": [number + 1 for number in numbers],
        **{key: list(flags) for key in _IGNORED},
    }
