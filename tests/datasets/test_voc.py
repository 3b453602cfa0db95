from __future__ import annotations

import time
from pathlib import Path

import pytest

from shelfaudit.datasets.dataset import Dataset, DatasetError
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.problems import ProblemKind
from shelfaudit.datasets.voc import read_voc, write_voc
from tests.datasets.format_makers import label_names, labelled_photo, write_photo

# As LabelImg writes it: an absolute path of another computer, and tabs.
LABELIMG = """<annotation verified="yes">
\t<folder>Getränke</folder>
\t<filename>IMG 0815.jpg</filename>
\t<path>C:\\Users\\jana\\Getränke\\IMG 0815.jpg</path>
\t<source>
\t\t<database>Unknown</database>
\t</source>
\t<size>
\t\t<width>640</width>
\t\t<height>480</height>
\t\t<depth>3</depth>
\t</size>
\t<segmented>0</segmented>
\t<object>
\t\t<name>cola</name>
\t\t<pose>Unspecified</pose>
\t\t<truncated>0</truncated>
\t\t<difficult>0</difficult>
\t\t<bndbox>
\t\t\t<xmin>58</xmin>
\t\t\t<ymin>42</ymin>
\t\t\t<xmax>118</xmax>
\t\t\t<ymax>201</ymax>
\t\t</bndbox>
\t</object>
\t<object>
\t\t<name>blurred</name>
\t\t<difficult>1</difficult>
\t\t<bndbox><xmin>200</xmin><ymin>42</ymin><xmax>300</xmax><ymax>201</ymax></bndbox>
\t</object>
\t<object>
\t\t<name>zero</name>
\t\t<bndbox><ymin>300.5</ymin><xmin>10</xmin><ymax>470</ymax><xmax>90</xmax></bndbox>
\t</object>
</annotation>
"""


def write(folder: Path, text: str, name: str = "IMG 0815.xml") -> Path:
    file = folder / "Annotations" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_what_labelimg_writes(tmp_path: Path) -> None:
    write(tmp_path, LABELIMG)
    photo = write_photo(tmp_path / "JPEGImages" / "IMG 0815.jpg", (640, 480))
    dataset, problems = read_voc(tmp_path, ReadOptions())
    assert problems == []
    (labelled,) = dataset.photos
    assert labelled.file == photo
    assert (labelled.width, labelled.height) == (640, 480)
    assert labelled.boxes.tolist() == [[58, 42, 118, 201], [10, 300.5, 90, 470]]
    assert label_names(dataset) == [["cola", "zero"]]
    assert labelled.ignored.tolist() == [[200, 42, 300, 201]]


def test_one_file_beside_its_photo(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_text(LABELIMG, encoding="utf-8")
    photo = write_photo(tmp_path / "IMG 0815.jpg", (640, 480))
    assert read_voc(file, ReadOptions()).dataset.photos[0].file == photo


def test_a_missing_size_is_that_of_the_photo(tmp_path: Path) -> None:
    write(tmp_path, LABELIMG.replace("<width>640", "<width>0"))
    write_photo(tmp_path / "IMG 0815.jpg", (700, 500))
    (photo,) = read_voc(tmp_path, ReadOptions()).dataset.photos
    assert (photo.width, photo.height) == (700, 500)


@pytest.mark.parametrize(
    ("old", "new", "kind", "place"),
    [
        ("<xmax>118</xmax>", "<xmax>50</xmax>", ProblemKind.BOX_INVERTED, "object 1"),
        ("<xmax>118</xmax>", "<xmax>58</xmax>", ProblemKind.BOX_EMPTY, "object 1"),
        ("<xmin>58</xmin>", "<xmin>-9</xmin>", ProblemKind.BOX_OVERHANG, "object 1"),
        ("<xmin>58</xmin>", "", ProblemKind.ENTRY_INVALID, "object 1"),
        ("<xmin>58</xmin>", "<xmin>left</xmin>", ProblemKind.ENTRY_INVALID, "object 1"),
        ("<name>cola</name>", "", ProblemKind.ENTRY_INVALID, "object 1"),
        ("<bndbox>", "<polygon/><bndbox/><bndbox>", ProblemKind.ENTRY_INVALID, "object 1"),
    ],
)
def test_a_damaged_object_is_told_and_the_rest_read(
    tmp_path: Path, old: str, new: str, kind: ProblemKind, place: str
) -> None:
    file = write(tmp_path, LABELIMG.replace(old, new, 1))
    dataset, problems = read_voc(tmp_path, ReadOptions())
    assert [(problem.kind, problem.file, problem.place) for problem in problems] == [(kind, file, place)]
    assert "zero" in label_names(dataset)[0]


BOMB = (
    '<!DOCTYPE annotation [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><annotation><filename>&i;</filename></annotation>"
)
OUTSIDE = (
    '<!DOCTYPE annotation [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation><filename>&x;</filename></annotation>'
)


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, "<annotation>", "<html/>", "", "no xml", "\0", '<?xml encoding="x"?>'])
def test_a_file_that_is_none_costs_only_itself(tmp_path: Path, text: str) -> None:
    write(tmp_path, LABELIMG)
    bad = write(tmp_path, text, "bad.xml")
    started = time.perf_counter()
    dataset, problems = read_voc(tmp_path, ReadOptions())
    assert time.perf_counter() - started < 5
    assert len(dataset.photos) == 1
    assert [(problem.kind, problem.file) for problem in problems] == [(ProblemKind.ENTRY_INVALID, bad)]


def test_a_photo_elsewhere_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, LABELIMG)
    write(tmp_path, LABELIMG.replace("<filename>IMG 0815.jpg", "<filename>../../secret.jpg"), "b.xml")
    dataset, problems = read_voc(tmp_path, ReadOptions())
    assert len(dataset.photos) == 1
    assert [problem.kind for problem in problems] == [ProblemKind.PHOTO_OUTSIDE]


def test_a_second_entry_of_a_photo_is_told(tmp_path: Path) -> None:
    write(tmp_path, LABELIMG)
    write(tmp_path, LABELIMG, "later.xml")
    dataset, problems = read_voc(tmp_path, ReadOptions())
    assert len(dataset.photos) == 1
    assert [problem.kind for problem in problems] == [ProblemKind.PHOTO_DUPLICATE]


def test_a_split_is_read_by_its_list(tmp_path: Path) -> None:
    for name in ("1", "2", "3 4"):
        write(tmp_path, LABELIMG.replace("IMG 0815", name), f"{name}.xml")
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "val.txt").write_text("2\n3 4\n", encoding="utf-8")
    (lists / "cola_train.txt").write_text("1  1\n2 -1\n", encoding="utf-8")
    assert [photo.file.stem for photo in read_voc(tmp_path, ReadOptions(split="val")).dataset.photos] == ["2", "3 4"]
    assert len(read_voc(tmp_path, ReadOptions(split="cola_train")).dataset.photos) == 2
    with pytest.raises(DatasetError):
        read_voc(tmp_path, ReadOptions(split="test"))


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    for source in (tmp_path, tmp_path / "none.xml"):
        with pytest.raises(DatasetError):
            read_voc(source, ReadOptions())


def test_a_label_that_xml_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="XML"):
        write_voc(Dataset(("a\x01b",), (labelled_photo(tmp_path / "a.png"),)), tmp_path / "out", WriteOptions())


def test_a_photo_name_that_xml_cannot_hold_is_told(tmp_path: Path) -> None:
    dataset = Dataset(("x",), tuple(labelled_photo(tmp_path / name) for name in ("a\x01.png", "b.png")))
    problems = write_voc(dataset, tmp_path / "out", WriteOptions())
    assert [problem.kind for problem in problems] == [ProblemKind.FORMAT_LIMIT]
    assert [file.name for file in (tmp_path / "out" / "Annotations").iterdir()] == ["b.xml"]
