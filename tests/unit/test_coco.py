"""COCO documents: boxes as [x, y, width, height] in upright photo pixels, ids that fit together."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Facing
from shelfaudit.errors import OutputError
from shelfaudit.reporting.coco import detections_coco, distinct_names, visit_coco, write_coco
from shelfaudit.reporting.figures import build_figures
from tests.report_makers import CATALOGUE, mixed_figures, photo, visit


@dataclass(frozen=True)
class Found:
    box: Box
    score: float
    label: int


@dataclass(frozen=True)
class FoundIn:
    name: str
    width: int
    height: int
    boxes: tuple[Found, ...]


def test_detections_become_annotations() -> None:
    photos = [
        FoundIn("a.jpg", 640, 480, (Found(Box(10, 20, 40, 80), 0.9, 0), Found(Box(1.25, 2.5, 3.75, 5), 0.5, 1))),
        FoundIn("b/ä.jpg", 10, 20, ()),
    ]
    document = detections_coco(photos, ["product", "tag"])

    assert document["images"] == [
        {"id": 1, "file_name": "a.jpg", "width": 640, "height": 480},
        {"id": 2, "file_name": "b/ä.jpg", "width": 10, "height": 20},
    ]
    assert document["annotations"][0] == {
        "id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 20, 30, 60], "area": 1800, "iscrowd": 0, "score": 0.9,
    }  # fmt: skip
    assert document["annotations"][1]["category_id"] == 2
    assert document["annotations"][1]["bbox"] == [1.25, 2.5, 2.5, 2.5]
    assert [category["name"] for category in document["categories"]] == ["product", "tag"]


def test_a_visit_keeps_what_the_auditor_knows() -> None:
    document = visit_coco(mixed_figures())

    assert [image["file_name"] for image in document["images"]] == ["IMG_1.jpg", "IMG_2.jpg", "IMG_3.jpg"]
    assert len(document["annotations"]) == 10
    first, last = document["annotations"][0], document["annotations"][-1]
    assert (first["product"], first["product_name"], first["brand"]) == ("alba/cola", "Alba Cola 0.5 l", "Alba")
    assert "product" not in last


def test_a_box_drawn_by_hand_has_no_score() -> None:
    figures = build_figures(visit([photo(1, [Facing("drawn", Box(0, 0, 5, 5))])]), CATALOGUE)

    assert "score" not in visit_coco(figures)["annotations"][0]


def test_equal_file_names_of_two_folders_stay_apart() -> None:
    assert distinct_names([Path("v/1/IMG.jpg"), Path("v/2/IMG.jpg")]) == ["1/IMG.jpg", "2/IMG.jpg"]
    assert distinct_names([Path("v/1/a.jpg"), Path("v/2/b.jpg")]) == ["a.jpg", "b.jpg"]


sides = st.floats(min_value=0.5, max_value=3000, allow_nan=False)


@given(st.lists(st.tuples(sides, sides, sides, sides), max_size=20))
def test_ids_and_boxes_hold(corners: list[tuple[float, float, float, float]]) -> None:
    content = [
        Facing(f"f{number}", Box.from_xywh(x, y, width, height)) for number, (x, y, width, height) in enumerate(corners)
    ]
    document = visit_coco(build_figures(visit([photo(1, content), photo(2, content)]), CATALOGUE))

    assert [annotation["id"] for annotation in document["annotations"]] == list(range(1, 2 * len(corners) + 1))
    image_ids = {image["id"] for image in document["images"]}
    for annotation, expected in zip(document["annotations"], corners + corners, strict=True):
        assert annotation["image_id"] in image_ids
        assert annotation["bbox"] == pytest.approx(expected, abs=0.006)
        assert annotation["area"] == pytest.approx(expected[2] * expected[3], rel=1e-3, abs=0.01)


def test_a_written_document_reads_back(tmp_path: Path) -> None:
    document = detections_coco([FoundIn("\udcff лимон.jpg", 4, 4, ())], ["product"])
    file = tmp_path / "новая папка" / "out.json"
    write_coco(document, file)

    assert json.loads(file.read_text(encoding="utf-8")) == document
    assert list(file.parent.iterdir()) == [file]


def test_a_folder_in_the_way_is_explained(tmp_path: Path) -> None:
    (tmp_path / "out.json").mkdir()

    with pytest.raises(OutputError, match="This is a folder"):
        write_coco(detections_coco([], ["product"]), tmp_path / "out.json")
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.json"]
