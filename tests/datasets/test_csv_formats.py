"""SKU-110K and RetinaNet: the two CSV formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from shelfaudit.datasets.dataset import Dataset, DatasetError
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.problems import ProblemKind
from shelfaudit.datasets.retinanet import read_retinanet, write_retinanet
from shelfaudit.datasets.sku110k import read_sku110k, write_sku110k
from tests.datasets.format_makers import label_names, labelled_photo, write_photo

SKU = """test_0.jpg,208,537,422,814,object,3024,3024
test_0.jpg,1268,1923,1365,2209,object,3024,3024
test_1.jpg,529,280,729,462,object,2448,3264
test_0.jpg,1,2,30,40,object,3024,3024
"""
SKU_HEADER = "image_name,x1,y1,x2,y2,class,image_width,image_height\n"


def write(folder: Path, text: str | bytes, name: str = "annotations.csv") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.mark.parametrize("header", ["", SKU_HEADER, "\ufeff" + SKU_HEADER])
def test_sku110k_with_and_without_a_header(tmp_path: Path, header: str) -> None:
    photo = write_photo(tmp_path / "images" / "test_1.jpg")
    dataset, problems = read_sku110k(write(tmp_path, header + SKU, "annotations/annotations_test.csv"), ReadOptions())
    assert problems == []
    first, second = dataset.photos
    assert first.boxes.tolist() == [[208, 537, 422, 814], [1268, 1923, 1365, 2209], [1, 2, 30, 40]]
    assert (second.file, second.width, second.height) == (photo, 2448, 3264)
    assert dataset.labels == ("object",)


def test_sku110k_with_columns_in_another_order(tmp_path: Path) -> None:
    text = "class,image_width,image_height,x1,x2,y1,y2,image_name\nobject,100,50,1,20,2,40,a.jpg\n"
    (photo,) = read_sku110k(write(tmp_path, text), ReadOptions()).dataset.photos
    assert photo.boxes.tolist() == [[1, 2, 20, 40]]


def test_broken_photos_of_sku110k_are_told(tmp_path: Path) -> None:
    rows = "".join(f"{name},1,1,9,9,object,60,40\n" for name in ("train_882.jpg", "train_924.jpg", "train_1.jpg"))
    (tmp_path / "train_882.jpg").write_bytes(b"\xff\xd8\xff broken")
    write_photo(tmp_path / "train_924.jpg", image_format="JPEG")
    dataset, problems = read_sku110k(write(tmp_path, rows), ReadOptions())
    assert [photo.file.name for photo in dataset.photos] == ["train_924.jpg", "train_1.jpg"]
    assert [(problem.kind, problem.place) for problem in problems] == [(ProblemKind.PHOTO_DAMAGED, "line 1")]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("a.jpg,1,2,3", ProblemKind.ENTRY_INVALID),
        ("a.jpg,1,2,3,4,object,0,50", ProblemKind.ENTRY_INVALID),
        ("a.jpg,left,2,3,4,object,100,50", ProblemKind.ENTRY_INVALID),
        ("a.jpg,1,2,inf,4,object,100,50", ProblemKind.ENTRY_INVALID),
        ("a.jpg,9,2,3,4,object,100,50", ProblemKind.BOX_INVERTED),
        ("a.jpg,3,2,3,4,object,100,50", ProblemKind.BOX_EMPTY),
        ("a.jpg,200,2,300,4,object,100,50", ProblemKind.BOX_OUTSIDE),
        ("a.jpg,1,2,101,4,object,100,50", ProblemKind.BOX_OVERHANG),
        ("../../a.jpg,1,2,3,4,object,100,50", ProblemKind.PHOTO_OUTSIDE),
        (",1,2,3,4,object,100,50", ProblemKind.ENTRY_INVALID),
    ],
)
def test_a_damaged_row_of_sku110k_is_told_and_the_rest_read(tmp_path: Path, row: str, kind: ProblemKind) -> None:
    file = write(tmp_path, f"a.jpg,1,2,30,40,object,100,50\n{row}\n\nb.jpg,1,2,30,40,object,100,50\n")
    dataset, (problem,) = read_sku110k(file, ReadOptions())
    assert (problem.kind, problem.file, problem.place) == (kind, file, "line 2")
    assert [photo.boxes[0].tolist() for photo in dataset.photos] == [[1, 2, 30, 40]] * 2


@pytest.mark.parametrize("text", ["", "\n\n", "a;b;c\n", SKU_HEADER, "{}", b"\xff\xfe\0\0\x01", b"\0" * 100])
def test_another_file_is_an_error(tmp_path: Path, text: str | bytes) -> None:
    for read in (read_sku110k, read_retinanet):
        with pytest.raises(DatasetError):
            read(write(tmp_path, text), ReadOptions())


def test_names_that_are_no_utf8_are_found(tmp_path: Path) -> None:
    name = b"K\xe4se.png"
    file = write(tmp_path, name + b",1,2,3,4,x,60,40\n")
    (photo,) = read_sku110k(file, ReadOptions()).dataset.photos
    assert photo.file.name == name.decode("utf-8", errors="surrogateescape")


def test_a_photo_without_a_box_cannot_be_in_sku110k(tmp_path: Path) -> None:
    dataset = Dataset(
        ("x",),
        tuple(labelled_photo(tmp_path / name, boxes=boxes) for name, boxes in (("a", []), ("b", [[1, 1, 2, 2]]))),
    )
    (problem,) = write_sku110k(dataset, tmp_path / "out", WriteOptions())
    assert (problem.kind, problem.file) == (ProblemKind.FORMAT_LIMIT, tmp_path / "a")


# As in the read-me of keras-retinanet.
RETINANET = """/data/imgs/img_001.jpg,837,346,981,456,cow
/data/imgs/img_002.jpg,215,312,279,391,cat
/data/imgs/img_002.jpg,22,5,89,84,bird
/data/imgs/img_003.jpg,,,,,
"""
CLASSES = "cow,0\ncat,1\nbird,2\n"


def make_retinanet_photos(folder: Path) -> list[Path]:
    return [write_photo(folder / f"img_00{number}.jpg", (1000, 500), "JPEG") for number in (1, 2, 3)]


def test_retinanet_as_documented(tmp_path: Path) -> None:
    photos = make_retinanet_photos(tmp_path / "imgs")
    write(tmp_path, CLASSES, "classes.csv")
    file = write(tmp_path, RETINANET)
    dataset, problems = read_retinanet(file, ReadOptions(photos=tmp_path / "imgs"))
    assert problems == []
    assert [photo.file for photo in dataset.photos] == photos
    assert dataset.labels == ("cow", "cat", "bird")
    assert label_names(dataset) == [["cow"], ["cat", "bird"], []]
    assert dataset.photos[1].boxes.tolist() == [[215, 312, 279, 391], [22, 5, 89, 84]]
    assert (dataset.photos[2].width, dataset.photos[2].height) == (1000, 500)


def test_retinanet_without_classes_and_with_a_header(tmp_path: Path) -> None:
    make_retinanet_photos(tmp_path)
    file = write(tmp_path, "path,x1,y1,x2,y2,class\n" + RETINANET)
    dataset, problems = read_retinanet(file, ReadOptions())
    assert (dataset.labels, problems) == (("cow", "cat", "bird"), [])


def test_retinanet_tells_unknown_classes_missing_photos_and_bad_rows(tmp_path: Path) -> None:
    make_retinanet_photos(tmp_path)
    write(tmp_path, "cow,0\ncat,1\n", "classes.csv")
    file = write(tmp_path, RETINANET + "img_004.jpg,1,2,3,4,cow\nimg_001.jpg,1,2,,4,cow\nimg_001.jpg,1\n")
    dataset, problems = read_retinanet(file, ReadOptions())
    assert sorted((problem.kind, problem.place) for problem in problems) == [
        (ProblemKind.ENTRY_INVALID, "line 6"),
        (ProblemKind.ENTRY_INVALID, "line 7"),
        (ProblemKind.LABEL_UNKNOWN, "line 3"),
        (ProblemKind.PHOTO_MISSING, "line 5"),
    ]
    assert label_names(dataset) == [["cow"], ["cat"], []]


def test_a_damaged_class_file_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "cow\n", "classes.csv")
    with pytest.raises(DatasetError) as caught:
        read_retinanet(write(tmp_path, RETINANET), ReadOptions())
    assert caught.value.file == tmp_path / "classes.csv"


def test_retinanet_is_written_in_whole_pixels(tmp_path: Path) -> None:
    photo = labelled_photo(write_photo(tmp_path / "a.png"), boxes=[(0.4, 1.6, 12.3, 20.0), (59.6, 39.7, 60, 40)])
    write_retinanet(Dataset(("x", "y"), (photo,)), tmp_path / "out", WriteOptions(copy_photos=True))
    text = (tmp_path / "out" / "annotations.csv").read_bytes()
    assert text == b"images/a.png,0,2,12,20,x\r\nimages/a.png,59,39,60,40,x\r\n"
    assert (tmp_path / "out" / "classes.csv").read_bytes() == b"x,0\r\ny,1\r\n"
