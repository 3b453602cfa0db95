from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from shelfaudit.datasets.coco import load_coco
from shelfaudit.datasets.dataset import DatasetError, centers_inside, fingerprint
from shelfaudit.domain.geometry import Box


def write(folder: Path, document: object) -> Path:
    file = folder / "labels.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def document_with(annotation: dict[str, object], **image: object) -> dict[str, object]:
    return {
        "images": [{"id": 7, "file_name": "é.png", "width": 40, "height": 30, **image}],
        "annotations": [{"id": 1, "image_id": 7, **annotation}],
    }


def test_boxes_areas_to_ignore_and_regions_are_told_apart(tmp_path: Path) -> None:
    document = document_with({"bbox": [1, 2, 3, 4], "product": "a/b"}, region=[0, 0, 20, 30])
    annotations = document["annotations"]
    assert isinstance(annotations, list)
    annotations += [
        {"id": 2, "image_id": 7, "bbox": [10, 10, 5, 5], "iscrowd": 1},
        {"id": 3, "image_id": 7, "bbox": [5, 5, 2, 2], "iscrowd": 0},
    ]
    (photo,) = load_coco(write(tmp_path, document)).photos
    assert photo.boxes.tolist() == [[1, 2, 4, 6], [5, 5, 7, 7]]
    assert photo.products == ("a/b", None)
    assert photo.ignored.tolist() == [[10, 10, 15, 15]]
    assert photo.region == Box(0, 0, 20, 30)
    assert photo.file == tmp_path / "é.png"


def test_without_a_region_nothing_is_complete(tmp_path: Path) -> None:
    (photo,) = load_coco(write(tmp_path, document_with({"bbox": [1, 2, 3, 4]}))).photos
    assert photo.region is None


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"images": []},
        document_with({"bbox": [1, 2, 0, 4]}),
        document_with({"bbox": [1, 2, 3]}),
        document_with({"bbox": [1, 2, 3, 4], "image_id": 8}),
    ],
)
def test_damaged_labels_name_their_file(tmp_path: Path, document: object) -> None:
    file = write(tmp_path, document)
    with pytest.raises(DatasetError) as caught:
        load_coco(file)
    assert caught.value.file == file


def test_missing_labels_name_their_file(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        load_coco(tmp_path / "none.json")
    assert caught.value.file == tmp_path / "none.json"


def test_photos_are_read_as_rgb_from_any_path(tmp_path: Path) -> None:
    (photo,) = load_coco(write(tmp_path, document_with({"bbox": [1, 2, 3, 4]}))).photos
    pixels = np.zeros((30, 40, 3), dtype=np.uint8)
    pixels[..., 0] = 255  # blue, as OpenCV writes it
    photo.file.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    assert photo.read()[0, 0].tolist() == [0, 0, 255]


@pytest.mark.parametrize("content", [None, b"", b"no picture", "turned"])
def test_unusable_photos_are_refused(tmp_path: Path, content: bytes | str | None) -> None:
    (photo,) = load_coco(write(tmp_path, document_with({"bbox": [1, 2, 3, 4]}))).photos
    if content == "turned":
        content = cv2.imencode(".png", np.zeros((40, 30, 3), dtype=np.uint8))[1].tobytes()
    if isinstance(content, bytes):
        photo.file.write_bytes(content)
    with pytest.raises(DatasetError) as caught:
        photo.read()
    assert caught.value.file == photo.file


def test_a_region_holds_the_boxes_whose_centre_it_holds() -> None:
    boxes = np.array([[0, 0, 10, 10], [6, 0, 14, 10], [9, 0, 21, 10]], dtype=np.float32)
    assert centers_inside(boxes, Box(0, 0, 10, 10)).tolist() == [True, False, False]


def test_the_fingerprint_follows_the_labels(tmp_path: Path) -> None:
    file = write(tmp_path, {"images": []})
    before = fingerprint([file])
    assert fingerprint([file]) == before
    file.write_text("changed", encoding="utf-8")
    assert fingerprint([file]) != before
