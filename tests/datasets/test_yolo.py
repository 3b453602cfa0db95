from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from shelfaudit.datasets.dataset import Dataset, DatasetError
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.problems import ProblemKind
from shelfaudit.datasets.yolo import label_file, read_yolo, write_yolo
from tests.datasets.format_makers import label_names, labelled_photo, write_photo

# As Roboflow exports it: the folders lie beside the file, whatever it says.
ROBOFLOW = """train: ../train/images
val: ../valid/images
test: ../test/images

nc: 2
names: ['cola', 'Käse mild']

roboflow:
  workspace: shelves
  version: 3
"""
# As Ultralytics documents it.
ULTRALYTICS = """# COCO8 dataset
path: coco8 # dataset root dir
train: images/train # 4 images
val: images/val
test: # optional
names:
  0: person
  1: bicycle
"""


def lines(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_a_roboflow_export(tmp_path: Path) -> None:
    lines(tmp_path / "data.yaml", ROBOFLOW)
    for part in ("train", "valid", "test"):
        write_photo(tmp_path / part / "images" / f"{part} 1.jpg", (200, 100), "JPEG")
    lines(tmp_path / "train/labels/train 1.txt", "1 0.5 0.5 0.25 0.5\n0 .1 .1 .1 .1\n")
    lines(tmp_path / "valid/labels/valid 1.txt", "0 0.25 0.25 0.75 0.25 0.75 0.5 0.25 0.5\n")
    dataset, problems = read_yolo(tmp_path, ReadOptions())
    assert [problem.kind for problem in problems] == [ProblemKind.FORMAT_LIMIT], "the parts are read as one"
    train, valid, test = dataset.photos
    assert (train.width, train.height) == (200, 100)
    np.testing.assert_allclose(train.boxes, [[75, 25, 125, 75], [10, 5, 30, 15]], atol=1e-4)
    assert label_names(dataset) == [["Käse mild", "cola"], ["cola"], []]
    assert valid.boxes.tolist() == [[50, 25, 150, 50]], "the box round a polygon"
    assert len(test.boxes) == 0
    assert [photo.file for photo in read_yolo(tmp_path, ReadOptions(split="val")).dataset.photos] == [valid.file]


def test_the_layout_of_ultralytics(tmp_path: Path) -> None:
    lines(tmp_path / "coco8.yaml", ULTRALYTICS)
    root = tmp_path / "coco8"
    write_photo(root / "images/train/a.jpg", (64, 64))
    write_photo(root / "images/val/b.jpg", (64, 64))
    lines(root / "labels/train/a.txt", "1 0.5 0.5 1 1\r\n\r\n")
    dataset, _ = read_yolo(tmp_path / "coco8.yaml", ReadOptions())
    assert dataset.labels == ("person", "bicycle")
    assert dataset.photos[0].boxes.tolist() == [[0, 0, 64, 64]]


def test_photos_listed_in_a_text_file(tmp_path: Path) -> None:
    lines(tmp_path / "data.yaml", "train: train.txt\nnames: [x]\n")
    write_photo(tmp_path / "images" / "ä.png")
    lines(tmp_path / "train.txt", "./images/ä.png\n/somewhere/else/images/ä.png\n../../secret.png\n")
    lines(tmp_path / "labels" / "ä.txt", "0 0.5 0.5 0.5 0.5")
    dataset, problems = read_yolo(tmp_path, ReadOptions())
    assert [len(photo.boxes) for photo in dataset.photos] == [1]
    assert [(problem.kind, problem.place) for problem in problems] == [(ProblemKind.PHOTO_OUTSIDE, "train.txt, line 3")]


@pytest.mark.parametrize("entry", ["../../", "/etc", "../elsewhere/images"])
def test_photos_elsewhere_are_not_followed(tmp_path: Path, entry: str) -> None:
    write_photo(tmp_path / "elsewhere" / "images" / "secret.png")
    lines(tmp_path / "set" / "data.yaml", f"train: [images, {entry}]\nnames: [x]\n")
    write_photo(tmp_path / "set" / "images" / "1.png")
    dataset, problems = read_yolo(tmp_path / "set", ReadOptions())
    assert [photo.file.name for photo in dataset.photos] == ["1.png"]
    assert [problem.kind for problem in problems] == [ProblemKind.PHOTO_OUTSIDE]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("2 0.5 0.5 0.5 0.5", ProblemKind.LABEL_UNKNOWN),
        ("-1 0.5 0.5 0.5 0.5", ProblemKind.LABEL_UNKNOWN),
        ("0 0.5 0.5 0 0.5", ProblemKind.BOX_EMPTY),
        ("0 0.5 0.5 -0.5 0.5", ProblemKind.BOX_INVERTED),
        ("0 1.5 0.5 0.5 0.5", ProblemKind.BOX_OUTSIDE),
        ("0 0.1 0.5 0.5 0.5", ProblemKind.BOX_OVERHANG),
        ("0 nan 0.5 0.5 0.5", ProblemKind.ENTRY_INVALID),
        ("0 0.5 0.5 0.5", ProblemKind.ENTRY_INVALID),
        ("0 0.5 0.5 0.5 0.5 0.9", ProblemKind.ENTRY_INVALID),
        ("cola 0.5 0.5 0.5 0.5", ProblemKind.ENTRY_INVALID),
        ("\x00\x01", ProblemKind.ENTRY_INVALID),
    ],
)
def test_a_damaged_line_is_told_and_the_rest_read(tmp_path: Path, line: str, kind: ProblemKind) -> None:
    lines(tmp_path / "data.yaml", "train: images\nnames: [x, y]\n")
    write_photo(tmp_path / "images" / "1.png")
    lines(tmp_path / "labels" / "1.txt", f"0 0.5 0.5 0.5 0.5\n{line}\n")
    dataset, (problem,) = read_yolo(tmp_path, ReadOptions())
    assert (problem.kind, problem.file, problem.place) == (kind, tmp_path / "labels" / "1.txt", "line 2")
    assert dataset.photos[0].boxes[0].tolist() == [15, 10, 45, 30]


def test_a_photo_without_a_size_is_told(tmp_path: Path) -> None:
    lines(tmp_path / "data.yaml", "train: images\nnames: [x]\n")
    write_photo(tmp_path / "images" / "1.png")
    (tmp_path / "images" / "2.png").write_bytes(b"no picture")
    dataset, problems = read_yolo(tmp_path, ReadOptions())
    assert len(dataset.photos) == 1
    assert [problem.kind for problem in problems] == [ProblemKind.PHOTO_DAMAGED]


@pytest.mark.parametrize(
    "text",
    ["", "[1, 2]", "a: [", "names: [x]", "train: images", "train: images\nnames: 3", "!!python/object:os.system {}"],
)
def test_a_file_that_is_none_is_an_error(tmp_path: Path, text: str) -> None:
    write_photo(tmp_path / "images" / "1.png")
    lines(tmp_path / "data.yaml", text)
    with pytest.raises(DatasetError) as caught:
        read_yolo(tmp_path, ReadOptions())
    assert caught.value.file == tmp_path / "data.yaml"


def test_parts_are_written_beside_each_other(tmp_path: Path) -> None:
    dataset = Dataset(("x", "y"), (labelled_photo(write_photo(tmp_path / "1.png"), (60, 40)),))
    output = tmp_path / "out"
    first = write_yolo(dataset, output, WriteOptions(split="train"))
    assert "val" in first[0].message, "training asks for it"
    assert write_yolo(dataset, output, WriteOptions(split="val")) == []
    data = yaml.safe_load((output / "data.yaml").read_text(encoding="utf-8"))
    assert data == {"train": "images/train", "nc": 2, "names": {0: "x", 1: "y"}, "val": "images/val"}
    assert label_file(output / "images/val/1.png").read_text(encoding="utf-8") == "0 0.1 0.3 0.166666666667 0.5\n"
    with pytest.raises(DatasetError, match="other classes"):
        write_yolo(Dataset(("z",), dataset.photos), output, WriteOptions(split="test"))
