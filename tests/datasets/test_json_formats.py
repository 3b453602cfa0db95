"""Ground Truth manifests and Dataturks: the two formats of a JSON object a line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from shelfaudit.datasets.dataset import Dataset, DatasetError
from shelfaudit.datasets.dataturks import read_dataturks
from shelfaudit.datasets.ground_truth import read_ground_truth, write_ground_truth
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.problems import ProblemKind
from tests.datasets.format_makers import label_names, labelled_photo, write_photo


def manifest_line(source: str = "s3://bucket/audits/monday/shelf 1.png", **changes: object) -> dict[str, object]:
    """As the service documents the output of a bounding box job."""
    return {
        "source-ref": source,
        "products": {
            "image_size": [{"width": 500, "height": 400, "depth": 3}],
            "annotations": [
                {"class_id": 0, "left": 111, "top": 134, "width": 61, "height": 128},
                {"class_id": 5, "left": 161, "top": 250, "width": 30, "height": 30},
                {"class_id": 5, "left": 20, "top": 20, "width": 30, "height": 30},
            ],
        },
        "products-metadata": {
            "objects": [{"confidence": 0.8}, {"confidence": 0.9}, {"confidence": 0.9}],
            "class-map": {"0": "Käse", "5": "milk"},
            "type": "groundtruth/object-detection",
            "human-annotated": "yes",
            "creation-date": "2018-10-18T22:18:13.527256",
            "job-name": "identify-products",
        },
        **changes,
    }


def write(folder: Path, *lines: object, name: str = "output.manifest") -> Path:
    file = folder / name
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    file.write_text(text + "\n", encoding="utf-8")
    return file


def test_a_manifest_as_documented(tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "photos" / "monday" / "shelf 1.png")
    file = write(tmp_path, manifest_line())
    dataset, problems = read_ground_truth(file, ReadOptions(photos=tmp_path / "photos"))
    assert problems == []
    (labelled,) = dataset.photos
    assert labelled.file == photo
    assert (labelled.width, labelled.height) == (500, 400)
    assert labelled.boxes.tolist() == [[111, 134, 172, 262], [161, 250, 191, 280], [20, 20, 50, 50]]
    assert label_names(dataset) == [["Käse", "milk", "milk"]]


def test_several_label_attributes_are_chosen_by_name(tmp_path: Path) -> None:
    line = manifest_line()
    line["tags"] = {"image_size": [{"width": 500, "height": 400}], "annotations": [
        {"class_id": 0, "left": 1, "top": 2, "width": 3, "height": 4}]}  # fmt: skip
    line["tags-metadata"] = {"class-map": {"0": "price tag"}, "type": "groundtruth/object-detection"}
    line["shop"], line["shop-metadata"] = 1, {"type": "groundtruth/image-classification"}
    file = write(tmp_path, line)
    with pytest.raises(DatasetError, match="several label attributes: products, tags"):
        read_ground_truth(file, ReadOptions())
    assert label_names(read_ground_truth(file, ReadOptions(label_attributes=("tags",))).dataset) == [["price tag"]]
    both = read_ground_truth(file, ReadOptions(label_attributes=("tags", "products"))).dataset
    assert label_names(both) == [["price tag", "Käse", "milk", "milk"]]
    with pytest.raises(DatasetError, match="no label attribute 'shop'"):
        read_ground_truth(file, ReadOptions(label_attributes=("shop",)))


def test_what_is_wrong_with_a_manifest_is_told(tmp_path: Path) -> None:
    failed = manifest_line("s3://b/2.png")
    failed["products-metadata"] = {"type": "groundtruth/object-detection", "failure-reason": "ClientError: no photo"}
    unlabelled = manifest_line("s3://b/3.png")
    del unlabelled["products"], unlabelled["products-metadata"]
    unknown = manifest_line("s3://b/4.png")
    unknown["products-metadata"] = {"class-map": {"0": "x"}, "type": "groundtruth/object-detection"}
    broken = manifest_line("s3://b/5.png", products={"annotations": [{"class_id": 0}]})
    outside = manifest_line("/etc/passwd")
    file = write(tmp_path, manifest_line(), failed, unlabelled, unknown, broken, "{", "3", {"a": 1}, outside)
    dataset, problems = read_ground_truth(file, ReadOptions())
    assert sorted((problem.place, problem.kind) for problem in problems) == [
        ("line 2", ProblemKind.PHOTO_UNFINISHED),
        ("line 3", ProblemKind.PHOTO_UNFINISHED),
        ("line 4, products, box 2", ProblemKind.LABEL_UNKNOWN),
        ("line 4, products, box 3", ProblemKind.LABEL_UNKNOWN),
        ("line 5", ProblemKind.PHOTO_MISSING),
        ("line 6", ProblemKind.ENTRY_INVALID),
        ("line 7", ProblemKind.ENTRY_INVALID),
        ("line 8", ProblemKind.ENTRY_INVALID),
        ("line 9", ProblemKind.PHOTO_OUTSIDE),
    ]
    assert [len(photo.boxes) for photo in dataset.photos] == [3, 1]


def test_a_line_with_a_damaged_box_is_told(tmp_path: Path) -> None:
    line = manifest_line("2.png")
    line["products"] = {"image_size": [{"width": 9, "height": 9}], "annotations": [{"class_id": 0, "left": 1}]}
    dataset, (problem,) = read_ground_truth(write(tmp_path, manifest_line(), line), ReadOptions())
    assert (problem.kind, problem.place) == (ProblemKind.ENTRY_INVALID, "line 2")
    assert len(dataset.photos) == 1


def test_a_manifest_is_written_as_documented(tmp_path: Path) -> None:
    photo = labelled_photo(tmp_path / "ä.png", boxes=[(0.4, 1, 10.6, 22)], labels=[1])
    write_ground_truth(Dataset(("x", "y"), (photo,)), tmp_path, WriteOptions())
    line = json.loads((tmp_path / "output.manifest").read_text(encoding="utf-8"))
    assert line["source-ref"] == "ä.png"
    assert line["bounding-box"] == {
        "image_size": [{"width": 60, "height": 40, "depth": 3}],
        "annotations": [{"class_id": 1, "left": 0, "top": 1, "width": 11, "height": 21}],
    }
    assert line["bounding-box-metadata"]["class-map"] == {"1": "y"}
    assert line["bounding-box-metadata"]["type"] == "groundtruth/object-detection"


def dataturks_line(
    content: str = "http://com.dataturks.example/2c9f___shelf 1.jpg", **changes: object
) -> dict[str, object]:
    """As the tool exports it."""
    return {
        "content": content,
        "annotation": [
            {
                "label": ["Käse"],
                "notes": "",
                "points": [{"x": 0.1, "y": 0.25}, {"x": 0.5, "y": 0.75}],
                "imageWidth": 200,
                "imageHeight": 100,
            },
            {
                "label": ["milk"],
                "notes": "drawn from the lower right",
                "points": [{"x": 0.9, "y": 0.8}, {"x": 0.7, "y": 0.2}],
                "imageWidth": 200,
                "imageHeight": 100,
            },
        ],
        "extras": None,
        "metadata": {"first_done_at": 1527100000000, "sec_taken": 0, "status": "done", "evaluation": "NONE"},
        **changes,
    }


def test_an_export_of_dataturks(tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "2c9f___shelf 1.jpg")
    dataset, problems = read_dataturks(write(tmp_path, dataturks_line(), name="x.json"), ReadOptions())
    assert problems == []
    (labelled,) = dataset.photos
    assert labelled.file == photo
    np.testing.assert_allclose(labelled.boxes, [[20, 25, 100, 75], [140, 20, 180, 80]], rtol=1e-6)
    assert label_names(dataset) == [["Käse", "milk"]]


def test_a_list_of_lines_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(json.dumps([dataturks_line(), dataturks_line("2.jpg")], indent=1), encoding="utf-8")
    assert len(read_dataturks(file, ReadOptions()).dataset.photos) == 2


def shape(**changes: object) -> dict[str, object]:
    """One shape of `dataturks_line`."""
    shapes = dataturks_line()["annotation"]
    assert isinstance(shapes, list)
    return {**shapes[0], **changes}


SKIPPED = {"status": "skipped"}
UPRIGHT_LINE = [[0.1, 0.1], [0.1, 0.5]]


@pytest.mark.parametrize(
    ("line", "kind", "place"),
    [
        (dataturks_line("2.jpg", annotation=None, metadata=SKIPPED), ProblemKind.PHOTO_UNFINISHED, "line 2"),
        ({"content": "2.jpg", "annotation": None}, ProblemKind.PHOTO_UNFINISHED, "line 2"),
        ({"content": "2.jpg"}, ProblemKind.ENTRY_INVALID, "line 2"),
        (dataturks_line("2.jpg", annotation=[]), ProblemKind.PHOTO_MISSING, "line 2"),
        (dataturks_line("2.jpg", annotation=[shape(label=[])]), ProblemKind.LABEL_UNKNOWN, "line 2, shape 1"),
        (dataturks_line("2.jpg", annotation=[shape(label=["a", "b"])]), ProblemKind.FORMAT_LIMIT, "line 2, shape 1"),
        (dataturks_line("2.jpg", annotation=[shape(points=[])]), ProblemKind.ENTRY_INVALID, "line 2, shape 1"),
        (dataturks_line("2.jpg", annotation=[shape(points=UPRIGHT_LINE)]), ProblemKind.BOX_EMPTY, "line 2, shape 1"),
        (dataturks_line("../2.jpg"), ProblemKind.PHOTO_OUTSIDE, "line 2"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_dataturks_is_told(
    tmp_path: Path, line: dict[str, object], kind: ProblemKind, place: str
) -> None:
    dataset, (problem,) = read_dataturks(write(tmp_path, dataturks_line(), line), ReadOptions())
    assert (problem.kind, problem.place) == (kind, place)
    assert label_names(dataset)[0] == ["Käse", "milk"]


@pytest.mark.parametrize("text", ["", "no JSON", "[1, 2", "[1, 2]", '{"images": [], "annotations": []}', "\x00"])
def test_another_file_is_an_error(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, text)
    for read in (read_ground_truth, read_dataturks):
        with pytest.raises(DatasetError) as caught:
            read(file, ReadOptions())
        assert caught.value.file == file
