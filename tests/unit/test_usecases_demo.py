"""Counts beside the truth."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Facing, Photo
from shelfaudit.usecases.demo import TruthCheck, compare, read_truth

COLA, LIME = "alba/cola", "brio/lime"


def photo(*facings: tuple[Box, str | None]) -> Photo:
    found = tuple(Facing(str(number), box, product=product) for number, (box, product) in enumerate(facings))
    return Photo(1, 1, Path("shelf.jpg"), facings=found)


def test_found_named_and_named_right_are_told_apart() -> None:
    first, second, third = Box(0, 0, 10, 20), Box(10, 0, 20, 20), Box(20, 0, 30, 20)
    counted = photo((first, COLA), (second.translated(1, 0), COLA), (third, None), (Box(90, 0, 99, 9), LIME))
    check = compare(counted, [(first, COLA), (second, LIME), (third, LIME), (Box(50, 0, 60, 20), COLA)])
    assert check == TruthCheck("shelf.jpg", counted=4, true=4, found=3, named=2, named_right=1)


def test_two_boxes_on_one_product_find_it_once() -> None:
    box = Box(0, 0, 10, 20)
    check = compare(photo((box.translated(1, 0), LIME), (box, COLA)), [(box, COLA)])
    assert (check.counted, check.found, check.named_right) == (2, 1, 1)


boxes = st.builds(Box.from_xywh, *[st.integers(0, 60)] * 2, *[st.integers(5, 30)] * 2)


@given(st.lists(st.tuples(boxes, st.sampled_from([COLA, LIME])), max_size=8))
def test_the_truth_itself_is_found_and_named_right(truth: list[tuple[Box, str]]) -> None:
    distinct = list({box: (box, sku) for box, sku in truth}.values())
    check = compare(photo(*distinct), distinct)
    assert (check.found, check.named, check.named_right) == (len(distinct),) * 3


def test_the_truth_is_read_by_file_name(tmp_path: Path) -> None:
    document = {
        "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "empty.jpg"}],
        "categories": [{"id": 7, "name": "Alba Cola", "sku": COLA}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 7, "bbox": [1, 2, 3, 4]}],
    }
    (tmp_path / "truth.json").write_text(json.dumps(document), encoding="utf-8")
    assert read_truth(tmp_path / "truth.json") == {"a.jpg": [(Box(1, 2, 4, 6), COLA)], "empty.jpg": []}
