"""`dataset label` from the command line, with a real model."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from shelfaudit.datasets.coco import load_coco
from shelfaudit.domain.geometry import Box
from tests.e2e.conftest import Shelfaudit
from tests.fixtures import TINY_MODEL


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Two photos of three bright products each; of the first one a region with one of them is labelled."""
    images = []
    for number in (1, 2):
        pixels = np.full((140, 300, 3), 20, dtype=np.uint8)
        for x in (20, 120, 220):
            pixels[30 : 70 + number, x : x + 40] = 255
        (tmp_path / f"ä{number}.png").write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
        region = [0, 0, 100, 140] if number == 1 else None
        images.append({"id": number, "file_name": f"ä{number}.png", "width": 300, "height": 140, "region": region})
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [21, 31, 38, 38], "product": "a/b"}
    document = {"images": images, "annotations": [annotation], "categories": [{"id": 1, "name": "product"}]}
    file = tmp_path / "regions.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def test_what_nobody_labelled_is_labelled(labels: Path, shelfaudit: Shelfaudit) -> None:
    output = labels.with_name("whole.json")
    answer = shelfaudit("dataset", "label", labels, "--output", output, "--model", TINY_MODEL)
    assert answer.code == 0, answer.err
    assert "2 photos, 1 boxes before, 6 now" in answer.err
    first, second = load_coco(output).photos
    assert first.products == ("a/b", None, None)
    assert first.boxes[0].tolist() == [21, 31, 59, 69]
    assert np.sort(first.boxes[:, 0]) == pytest.approx([21, 120, 220], abs=4)
    assert np.sort(second.boxes[:, 0]) == pytest.approx([20, 120, 220], abs=4)
    assert first.region == second.region == Box(0, 0, 300, 140)


def test_a_photo_that_cannot_be_read_is_named_and_left_out(labels: Path, shelfaudit: Shelfaudit) -> None:
    labels.with_name("ä2.png").write_bytes(b"no picture")
    output = labels.with_name("whole.json")
    answer = shelfaudit("dataset", "label", labels, "--output", output, "--model", TINY_MODEL)
    assert answer.code == 3
    assert "ä2.png" in answer.err
    assert len(load_coco(output).photos) == 1


def test_it_never_takes_the_place_of_the_labels(labels: Path, shelfaudit: Shelfaudit) -> None:
    before = labels.read_bytes()
    assert shelfaudit("dataset", "label", labels, "--output", labels, "--model", TINY_MODEL).code == 1
    assert shelfaudit("dataset", "label", labels, "--output", labels, "--sure", "0.1").code in (1, 2)
    assert labels.read_bytes() == before
