"""Pascal VOC: an XML file for each photo, as LabelImg and others write them.

Corners are taken as edges in pixels from 0, which is what labelling tools write and the TF object detection API reads
(the VOC challenge itself counted pixels from 1). Objects marked `difficult` are not judged in the challenge: they are
areas to ignore here, and the other way round.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from shelfaudit.datasets.boxes import as_corners
from shelfaudit.datasets.builder import DatasetBuilder, Reading
from shelfaudit.datasets.dataset import Dataset, DatasetError, LabelledPhoto
from shelfaudit.datasets.format_limits import Holds
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.photo_finder import PhotoFinder
from shelfaudit.datasets.photo_placing import FreeNames, placed_photos
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.output import replacing
from shelfaudit.photos.files import natural_key

HOLDS = Holds(areas=True)
ANNOTATIONS, PHOTOS, SPLITS = "Annotations", "JPEGImages", "ImageSets/Main"
_CORNER_TAGS = ("xmin", "ymin", "xmax", "ymax")

# XML 1.0 has no way at all to write these.
_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_voc(source: Path, options: ReadOptions) -> Reading:
    """The labelled photos of a VOC folder, of a folder of XML files, or of one XML file.

    Raises:
        DatasetError: there is no such file, no annotation in it, or no such split.
    """
    files = _annotation_files(source, options.split)
    folder = source if source.is_dir() else source.parent
    builder = DatasetBuilder(source)
    finder = PhotoFinder(folder.parent if folder.name == ANNOTATIONS else folder, options.photos)
    for number, file in enumerate(files):
        options.progress(number, len(files))
        builder.label_file = file
        try:
            _add(ET.parse(file, ET.XMLParser(target=_NoDoctype())).getroot(), builder, finder)
        except (ET.ParseError, ValueError, LookupError) as error:
            builder.report(ProblemKind.ENTRY_INVALID, "", f"The annotation cannot be read ({error}); left out.")
        except OSError as error:
            builder.report(ProblemKind.ENTRY_INVALID, "", f"The file cannot be read ({error.strerror}); left out.")
    builder.label_file = source
    return builder.build("Pascal VOC annotations")


def write_voc(dataset: Dataset, folder: Path, options: WriteOptions) -> list[Problem]:
    """Write `Annotations/*.xml` and `ImageSets/Main/SPLIT.txt` (`default.txt`); copied photos go to `JPEGImages/`.

    Raises:
        DatasetError: a label cannot be written in XML.
        OutputError: a file cannot be written.
    """
    for label in dataset.labels:
        if _IMPOSSIBLE.search(label):
            raise DatasetError(f"The label {label!r} cannot be written in XML.", advice="Choose another format.")
    problems: list[Problem] = []
    names = FreeNames()
    stems = []
    for photo, name in placed_photos(dataset, folder, PHOTOS, options, problems):
        if _IMPOSSIBLE.search(name):
            message = f"The name {name!r} cannot be written in XML; left out (a copy would get another name)."
            problems.append(Problem(ProblemKind.FORMAT_LIMIT, photo.file, "", message))
            continue
        stem = Path(names.take(Path(name).name)).stem
        stems.append(stem)
        root = _annotation(photo, name.removeprefix(f"{PHOTOS}/") if options.copy_photos else name, dataset.labels)
        with replacing(folder / ANNOTATIONS / f"{stem}.xml") as temporary:
            # A carriage return would be read as a line feed unless it is written as a reference.
            text = ET.tostring(root, encoding="unicode").replace("\r", "&#13;")
            temporary.write_text(text + "\n", encoding="utf-8", newline="\n")
    with replacing(folder / SPLITS / f"{options.split or 'default'}.txt") as temporary:
        temporary.write_text("".join(f"{stem}\n" for stem in stems), encoding="utf-8", newline="\n")
    return problems


class _NoDoctype(ET.TreeBuilder):
    """Refuses document types, and with them every entity: one line of entities can grow to gigabytes."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        del pubid, system
        raise ValueError(f"it declares the document type {name!r}, which an annotation does not need")


def _annotation_files(source: Path, split: str | None) -> list[Path]:
    if not source.is_dir():
        return [source]
    folder = source / ANNOTATIONS if (source / ANNOTATIONS).is_dir() else source
    files = sorted(folder.rglob("*.xml"), key=lambda file: natural_key(file.as_posix()))
    if split is not None:
        listed = source / SPLITS / f"{split}.txt"
        try:
            lines = listed.read_text(encoding="utf-8").split("\n")
        except (OSError, ValueError) as error:
            raise DatasetError(f"There is no list of the split {split}.", file=listed) from error
        # The lists of one class have a second column, which says whether the photo shows it.
        stems = {*lines, *(line.split()[0] for line in lines if line.split())}
        files = [file for file in files if file.stem in stems]
    if not files:
        raise DatasetError("There is no annotation (*.xml) in this folder.", file=folder)
    return files


def _add(root: ET.Element, builder: DatasetBuilder, finder: PhotoFinder) -> None:
    """Raises ValueError where the XML is no annotation of a photo."""
    name = root.findtext("filename") or root.findtext("path") or ""
    if root.tag != "annotation" or not name:
        raise ValueError("it is no VOC annotation, or names no photo")
    photo = builder.find_photo(finder, name, "")
    size = _size(root) or (builder.size_of(photo, "") if photo is not None else None)
    if photo is None or size is None:
        return
    boxes, labels, areas, places, area_places = [], [], [], [], []
    for place, entry in _objects(root):
        try:
            corners = _corners(entry)
            label = entry.findtext("name")
            if not label:
                raise ValueError("it has no name")
        except ValueError as error:
            builder.report(ProblemKind.ENTRY_INVALID, place, f"The object cannot be read ({error}); left out.")
            continue
        if (entry.findtext("difficult") or "").strip() in ("1", "true", "True"):
            areas.append(corners)
            area_places.append(place)
        else:
            boxes.append(corners)
            labels.append(builder.label_index(label))
            places.append(place)
    ignored = builder.check_areas(as_corners(areas), size, area_places.__getitem__)
    builder.add_photo(photo, size, as_corners(boxes), labels, place=places.__getitem__, ignored=ignored)


def _objects(root: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    for number, entry in enumerate(root.iter("object"), start=1):
        yield f"object {number}", entry


def _size(root: ET.Element) -> tuple[int, int] | None:
    """Width and height; None where they are missing or, as some tools leave them, 0."""
    try:
        size = int(float(root.findtext("size/width") or 0)), int(float(root.findtext("size/height") or 0))
    except (ValueError, OverflowError):
        return None
    return size if min(size) > 0 else None


def _corners(entry: ET.Element) -> list[float]:
    """x1, y1, x2, y2. Raises ValueError."""
    box = entry.find("bndbox")
    if box is None:
        raise ValueError("it has no bndbox")
    texts = [box.findtext(tag) for tag in _CORNER_TAGS]
    return [float(text) if text is not None else float("nan") for text in texts]


def _annotation(photo: LabelledPhoto, name: str, labels: tuple[str, ...]) -> ET.Element:
    root = ET.Element("annotation")
    _leaf(root, "folder", PHOTOS)
    _leaf(root, "filename", name)
    size = ET.SubElement(root, "size")
    for tag, value in (("width", photo.width), ("height", photo.height), ("depth", 3)):
        _leaf(size, tag, str(value))
    _leaf(root, "segmented", "0")
    for label, corners in zip(photo.labels.tolist(), _texts(photo.boxes), strict=True):
        _object(root, labels[label], corners, "0")
    for corners in _texts(photo.ignored):
        _object(root, labels[0] if labels else "ignore", corners, "1")
    ET.indent(root)
    return root


def _object(root: ET.Element, label: str, corners: list[str], difficult: str) -> None:
    entry = ET.SubElement(root, "object")
    for tag, text in (("name", label), ("pose", "Unspecified"), ("truncated", "0"), ("difficult", difficult)):
        _leaf(entry, tag, text)
    box = ET.SubElement(entry, "bndbox")
    for tag, text in zip(_CORNER_TAGS, corners, strict=True):
        _leaf(box, tag, text)


def _leaf(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text


def _texts(boxes: FloatArray) -> Iterator[list[str]]:
    """Corners in the fewest digits that give the same float32 again; whole ones as whole numbers."""
    for box in boxes:
        yield [str(value).removesuffix(".0") for value in box]
