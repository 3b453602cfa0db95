from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.datasets.coco import exact_xywh, load_coco, read_coco, save_coco
from shelfaudit.datasets.dataset import Dataset, DatasetError, centers_inside, fingerprint
from shelfaudit.datasets.options import ReadOptions
from shelfaudit.datasets.problems import ProblemKind
from shelfaudit.domain.geometry import Box
from tests.datasets.format_makers import label_names, labelled_photo, write_photo
from tests.unit.photo_makers import rotated_file, upright_scene


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


def test_an_absent_region_is_the_whole_photo_unless_labels_are_partial(tmp_path: Path) -> None:
    file = write(tmp_path, document_with({"bbox": [1, 2, 3, 4]}))
    assert load_coco(file).photos[0].region == Box(0, 0, 40, 30)
    assert load_coco(file, complete=False).photos[0].region is None


def test_a_null_region_knows_nothing_outside_the_boxes(tmp_path: Path) -> None:
    file = write(tmp_path, document_with({"bbox": [1, 2, 3, 4]}, region=None))
    assert load_coco(file).photos[0].region is None


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"images": []},
        document_with({"bbox": [1, 2, 0, 4]}),
        document_with({"bbox": [1, 2, 3]}),
        document_with({"bbox": [1, 2, 3, 4], "image_id": 8}),
        document_with({"bbox": [1, 2, 3, 4], "category_id": 9}),
        document_with({"bbox": [50, 2, 3, 4]}),
        document_with({"bbox": [1, 2, 3, 4]}, region=[0, 0, 0, 5]),
        {"images": [{"id": 1}], "annotations": []},
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


def test_photos_of_a_phone_are_read_as_everywhere_else(tmp_path: Path) -> None:
    pillow_heif.register_heif_opener()
    scene = upright_scene()
    (photo,) = load_coco(write(tmp_path, document_with({"bbox": [1, 2, 3, 4]}, width=160, height=96))).photos
    photo.file.write_bytes(rotated_file(scene, "HEIF", orientation=6, quality=95))
    assert np.abs(photo.read().astype(int) - scene).mean() < 4


@pytest.mark.parametrize("content", [None, b"", b"no picture", "turned", "cut off"])
def test_unusable_photos_are_refused(tmp_path: Path, content: bytes | str | None) -> None:
    (photo,) = load_coco(write(tmp_path, document_with({"bbox": [1, 2, 3, 4]}))).photos
    if content == "turned":
        content = cv2.imencode(".png", np.zeros((40, 30, 3), dtype=np.uint8))[1].tobytes()
    if content == "cut off":
        content = cv2.imencode(".jpg", np.zeros((30, 40, 3), dtype=np.uint8))[1].tobytes()[:-40]
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


def test_what_is_wrong_is_told_and_the_rest_read(tmp_path: Path) -> None:
    document = document_with({"bbox": [1, 2, 3, 4]})
    document["categories"] = [{"id": 1, "name": "x"}, {"id": 5, "name": "y"}]
    document["annotations"] = [
        {"id": 1, "image_id": 7, "category_id": 5, "bbox": [1, 2, 3, 4]},
        {"id": 2, "image_id": 7, "category_id": 2, "bbox": [1, 2, 3, 4]},
        {"id": 3, "image_id": 7, "category_id": 1, "bbox": [1, 2, 0, 4]},
        {"id": 4, "image_id": 7, "category_id": 1, "bbox": [1, 2, -3, 4]},
        {"id": 5, "image_id": 7, "category_id": 1, "bbox": [1, 2, 60, 4]},
        {"id": 6, "image_id": 7, "category_id": 1, "bbox": "here"},
        {"id": 7, "image_id": 9, "category_id": 1, "bbox": [1, 2, 3, 4]},
        {"id": 8, "category_id": 1, "bbox": [1, 2, 3, 4]},
        "no annotation",
    ]
    document["images"] = [
        {"id": 7, "file_name": "é.png", "width": 40, "height": 30},
        {"id": 7, "file_name": "twice.png", "width": 40, "height": 30},
        {"id": 8, "file_name": "../secret.png", "width": 40, "height": 30},
        {"id": 10, "file_name": "none.png"},
        "no image",
    ]
    dataset, problems = read_coco(write(tmp_path, document), ReadOptions())
    assert [photo.boxes.tolist() for photo in dataset.photos] == [[[1, 2, 4, 6], [1, 2, 40, 6]]]
    assert label_names(dataset) == [["y", "x"]]
    assert sorted((problem.place, problem.kind) for problem in problems) == [
        ("annotation 2", ProblemKind.LABEL_UNKNOWN),
        ("annotation 3", ProblemKind.BOX_EMPTY),
        ("annotation 4", ProblemKind.BOX_INVERTED),
        ("annotation 5", ProblemKind.BOX_OVERHANG),
        ("annotation 6", ProblemKind.ENTRY_INVALID),
        ("annotation 7", ProblemKind.ENTRY_INVALID),
        ("annotation number 8", ProblemKind.ENTRY_INVALID),
        ("annotation number 9", ProblemKind.ENTRY_INVALID),
        ("image 10", ProblemKind.PHOTO_MISSING),
        ("image 7", ProblemKind.ENTRY_INVALID),
        ("image 8", ProblemKind.PHOTO_OUTSIDE),
        ("image number 5", ProblemKind.ENTRY_INVALID),
    ]


def test_a_missing_size_is_that_of_the_photo(tmp_path: Path) -> None:
    write_photo(tmp_path / "é.png", (77, 33))
    document = document_with({"bbox": [1, 2, 3, 4]})
    document["images"] = [{"id": 7, "file_name": "é.png"}]
    (photo,) = read_coco(write(tmp_path, document), ReadOptions()).dataset.photos
    assert (photo.width, photo.height) == (77, 33)


def test_own_labels_may_name_photos_anywhere(tmp_path: Path) -> None:
    document = document_with({"bbox": [1, 2, 3, 4]}, file_name="../elsewhere/é.png")
    (tmp_path / "set").mkdir()
    file = write(tmp_path / "set", document)
    assert load_coco(file).photos[0].file.resolve() == tmp_path / "elsewhere" / "é.png"
    with pytest.raises(DatasetError, match="outside"):
        read_coco(file, ReadOptions())
    write_photo(tmp_path / "elsewhere" / "é.png")
    assert read_coco(file, ReadOptions(photos=tmp_path / "elsewhere")).dataset.photos


def test_everything_we_know_is_kept(tmp_path: Path) -> None:
    photos = (
        labelled_photo(tmp_path / "1.png", products=["a/b"], areas=[(5, 5, 9, 9)], region=Box(0.1, 0.2, 30.3, 40)),
        labelled_photo(tmp_path / "2.png", labels=[1], region=None, source="Prüf-Markt №1"),
        labelled_photo(tmp_path / "3.png", boxes=[]),
    )
    save_coco(Dataset(("x", "ÿ"), photos), tmp_path / "labels.json")
    again = load_coco(tmp_path / "labels.json", complete=False)
    assert again.labels == ("x", "ÿ")
    for before, after in zip(photos, again.photos, strict=True):
        assert (after.region, after.source, after.products) == (before.region, before.source, before.products)
        assert after.file == before.file
        for name in ("boxes", "labels", "ignored"):
            np.testing.assert_array_equal(getattr(after, name), getattr(before, name))


def test_numbers_are_written_as_they_were_typed(tmp_path: Path) -> None:
    typed: dict[str, object] = {"bbox": [17.53, 400.2, 1163.81, 359.4]}
    file = write(tmp_path, document_with(typed, width=2000, height=900, region=[17.5, 400.0, 1163.8, 359.4]))
    save_coco(load_coco(file), tmp_path / "again.json")
    again = json.loads((tmp_path / "again.json").read_text(encoding="utf-8"))
    assert again["annotations"][0]["bbox"] == typed["bbox"]
    assert again["images"][0]["region"] == [17.5, 400.0, 1163.8, 359.4]


corner = st.floats(0, 16000, width=32)


@given(st.lists(st.tuples(corner, corner, corner, corner), min_size=1, max_size=4))
def test_widths_lead_to_exactly_the_same_corners(corners: list[tuple[float, float, float, float]]) -> None:
    boxes = np.array([(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in corners], dtype=np.float32)
    xywh = exact_xywh(boxes)
    again = np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)
    np.testing.assert_array_equal(again.astype(np.float32), boxes)
