from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.detection.detector import Detector, load_detector
from shelfaudit.detection.model_file import read_model_info
from shelfaudit.domain.geometry import Box, FloatArray, boxes_to_array
from shelfaudit.errors import UserError
from shelfaudit.usecases.pseudo_labels import SelfTraining, complete, label_photo, predict
from tests.fixtures import TINY_MODEL

SETTINGS = SelfTraining(sure=0.6, doubtful=0.2)


def photo_with(boxes: list[Box], region: Box | None, ignored: list[Box] | None = None) -> LabelledPhoto:
    return LabelledPhoto(
        file=Path("photo.png"),
        width=200,
        height=100,
        boxes=boxes_to_array(boxes),
        labels=np.zeros(len(boxes), dtype=np.int64),
        products=("a/b",) * len(boxes),
        ignored=boxes_to_array(ignored or []),
        region=region,
    )


def scored(*found: tuple[Box, float]) -> tuple[FloatArray, FloatArray]:
    return boxes_to_array([box for box, _ in found]), np.array([score for _, score in found], dtype=np.float32)


def test_labels_of_a_person_stay_and_the_rest_is_added() -> None:
    own, moved, missed, beside = Box(10, 10, 30, 30), Box(12, 10, 32, 30), Box(60, 10, 80, 30), Box(150, 10, 170, 30)
    photo = photo_with([own], Box(0, 0, 100, 100), [Box(0, 60, 20, 80)])
    whole = complete(photo, *scored((moved, 0.9), (missed, 0.9), (beside, 0.8)), SETTINGS)
    # The person saw no product in the middle of the region, so there is none.
    assert whole.boxes.tolist() == boxes_to_array([own, beside]).tolist()
    assert whole.products == ("a/b", None)
    assert whole.labels.tolist() == [0, 0]
    assert whole.ignored.tolist() == photo.ignored.tolist()
    assert whole.region == Box(0, 0, 200, 100)


def test_a_doubtful_product_is_ignored_unless_it_is_a_mostly_beside_at_a_sure_one() -> None:
    sure, doubt, mostly_beside = Box(10, 10, 30, 30), Box(100, 10, 120, 30), Box(12, 12, 30, 60)
    whole = complete(photo_with([], None), *scored((sure, 0.7), (doubt, 0.4), (mostly_beside, 0.3)), SETTINGS)
    assert whole.boxes.tolist() == boxes_to_array([sure]).tolist()
    assert whole.ignored.tolist() == boxes_to_array([doubt, mostly_beside]).tolist()
    covered = complete(photo_with([], None), *scored((sure, 0.7), (Box(12, 12, 29, 29), 0.3)), SETTINGS)
    assert len(covered.ignored) == 0


def test_the_border_of_a_region_is_the_detectors() -> None:
    at_the_border = Box(80, 40, 119, 60)  # centred half a pixel inside the region
    photo = photo_with([Box(10, 10, 30, 30)], Box(0, 0, 100, 100))
    assert len(complete(photo, *scored((at_the_border, 0.9)), SETTINGS).boxes) == 2
    outside_the_photo = replace(photo, region=Box(0, 0, 200, 100))
    assert len(complete(outside_the_photo, *scored((Box(190, 10, 200, 30), 0.9)), SETTINGS).boxes) == 1


def test_without_predictions_the_photo_is_background() -> None:
    whole = complete(photo_with([], None), *scored(), SETTINGS)
    assert whole.boxes.shape == (0, 4)
    assert whole.region == Box(0, 0, 200, 100)


def test_a_photo_and_its_mirror_image_are_labelled_by_the_detector(tmp_path: Path) -> None:
    pixels = np.full((140, 200, 3), 20, dtype=np.uint8)
    pixels[30:70, 20:60] = pixels[30:70, 120:160] = 255
    file = tmp_path / "é.png"
    file.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    photo = replace(photo_with([], None), file=file, height=140)
    detector = load_detector(TINY_MODEL)
    settings = SelfTraining(sure=detector.info.counting_threshold, doubtful=0.2)
    whole = label_photo(detector, photo, settings)
    assert np.sort(whole.boxes[:, 0]) == pytest.approx([20, 120], abs=4)
    boxes, _ = predict(detector, pixels, settings.sure)
    mirrored, _ = predict(detector, np.ascontiguousarray(pixels[:, ::-1]), settings.sure)
    assert np.sort(200 - mirrored[:, 2]) == pytest.approx(np.sort(boxes[:, 0]), abs=1e-3)


def test_a_detector_of_several_labels_is_refused() -> None:
    detector = load_detector(TINY_MODEL)
    detector.info = replace(read_model_info(TINY_MODEL), labels=("bottle", "can"))
    assert isinstance(detector, Detector)
    with pytest.raises(UserError, match="several labels"):
        label_photo(detector, photo_with([], None), SETTINGS)
