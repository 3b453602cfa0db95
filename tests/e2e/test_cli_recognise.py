"""`recognise evaluate` from the command line, on drawn shelves with known names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shelfaudit.photos.encode import encode_jpeg
from shelfaudit.samples import render_photo
from tests.e2e.conftest import Shelfaudit


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Two drawn photos and their names, in a folder with a name that is not ASCII."""
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    (tmp_path / "Fotos №1").mkdir()
    for number in (1, 2):
        photo = render_photo(40 + number)
        height, width = photo.pixels.shape[:2]
        (tmp_path / "Fotos №1" / f"{number}.jpg").write_bytes(encode_jpeg(photo.pixels))
        images.append({"id": number, "file_name": f"{number}.jpg", "width": width, "height": height})
        annotations += [
            {"id": len(annotations) + place, "image_id": number, "bbox": [*box.as_xywh()], "product": sku}
            for place, (box, sku) in enumerate(photo.facings)
        ]
    file = tmp_path / "named.json"
    file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": []}), encoding="utf-8")
    return file


def test_every_other_facing_is_asked_for_and_most_are_right(labels: Path, shelfaudit: Shelfaudit) -> None:
    answer = shelfaudit("recognise", "evaluate", labels, "--photos", labels.parent / "Fotos №1", "--json")
    assert answer.code == 0, answer.err
    named = [render_photo(41).facings, render_photo(42).facings]
    queries = sum(len(facings) - len({sku for _, sku in facings}) for facings in named)
    document = answer.document
    assert document["queries"] == queries
    assert sum(document["nearest"].values()) == queries
    assert sum(document["decided"].values()) == queries
    assert document["nearest"]["right"] >= 0.85 * queries
    assert document["decided"]["wrong"] <= 0.03 * queries


def test_in_words(labels: Path, shelfaudit: Shelfaudit) -> None:
    answer = shelfaudit("recognise", "evaluate", labels, "--photos", labels.parent / "Fotos №1")
    assert answer.code == 0, answer.err
    assert "most similar product" in answer.out
    assert "unknown" in answer.out


@pytest.mark.parametrize(
    "content", ["", "[]", '{"images": [], "annotations": []}', '{"images": 3, "annotations": [{}]}']
)
def test_a_file_without_names_is_refused_in_words(tmp_path: Path, shelfaudit: Shelfaudit, content: str) -> None:
    file = tmp_path / "labels.json"
    file.write_text(content, encoding="utf-8")
    answer = shelfaudit("recognise", "evaluate", file)
    assert answer.code == 1
    assert "labels.json" in answer.err
