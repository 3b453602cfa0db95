"""The detector over the real TFLite runtime, with a tiny model that finds bright rectangles."""

from __future__ import annotations

import dataclasses
import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from shelfaudit.detection.detector import MAX_TILES, Detector, load_detector
from shelfaudit.detection.model_file import read_model_info
from shelfaudit.detection.tflite import TfliteNetwork
from shelfaudit.domain.detections import Detections
from shelfaudit.domain.geometry import FloatArray, pairwise_iou
from shelfaudit.errors import Cancelled, ModelError
from shelfaudit.photos.decode import decode_photo
from tests.fixtures import TINY_MODEL
from tests.unit.photo_makers import INVERSE_OF_ORIENTATION, rotated_file


def shelf(
    columns: int, rows: int, side: int, *, gap: int = 24, brightness: int = 255
) -> tuple[NDArray[np.uint8], FloatArray]:
    """A dark photo with a grid of bright products, each of a colour of its own, and their boxes."""
    step = side + gap
    pixels = np.full((rows * step + gap, columns * step + gap, 3), 20, dtype=np.uint8)
    truth = []
    for row, column in itertools.product(range(rows), range(columns)):
        x, y = gap + column * step, gap + row * step
        pixels[y : y + side, x : x + side] = (
            brightness,
            brightness * column // (2 * columns),
            brightness * row // (2 * rows),
        )
        truth.append((x, y, x + side, y + side))
    return pixels, np.array(truth, dtype=np.float32)


def detector(*, target_side: float | None = 20.0, input_size: int = 128) -> Detector:
    info = dataclasses.replace(read_model_info(TINY_MODEL), target_side=target_side, input_size=input_size)
    return Detector(TfliteNetwork(TINY_MODEL, threads=1), info)


def assert_found_exactly(found: Detections, truth: FloatArray, *, iou: float) -> None:
    assert len(found) == len(truth)
    overlaps = pairwise_iou(truth, found.boxes)
    assert (overlaps.max(axis=1) > iou).all()
    assert (overlaps.max(axis=0) > iou).all()


def test_small_products_are_found_once_each_in_tiles() -> None:
    pixels, truth = shelf(14, 9, side=40)
    found = load_detector(TINY_MODEL).detect(pixels)
    assert_found_exactly(found, truth, iou=0.8)
    assert (np.diff(found.scores) <= 0).all()
    assert np.linalg.norm(found.features, axis=1) == pytest.approx(1, abs=1e-4)


def test_there_is_no_limit_of_boxes() -> None:
    pixels, truth = shelf(33, 33, side=20, gap=12)
    found = detector(target_side=10.0).detect(pixels)
    assert len(truth) > 1000
    assert_found_exactly(found, truth, iou=0.5)


def test_one_pass_where_the_model_names_no_target_size() -> None:
    pixels, truth = shelf(3, 2, side=60)
    assert_found_exactly(detector(target_side=None).detect(pixels), truth, iou=0.8)


def test_a_product_larger_than_a_tiles_overlap_is_kept() -> None:
    pixels, truth = shelf(12, 8, side=40)
    pixels[24:264, 24:264] = 250
    in_large = (truth[:, 0] < 264) & (truth[:, 1] < 264)
    truth = np.concatenate([truth[~in_large], np.array([[24, 24, 264, 264]], dtype=np.float32)])
    assert_found_exactly(detector().detect(pixels), truth, iou=0.6)


def test_the_score_decides_what_is_kept() -> None:
    pixels, truth = shelf(6, 4, side=40, brightness=165)
    tiny = detector()
    assert len(tiny.detect(pixels)) == 0
    assert_found_exactly(tiny.detect(pixels, min_score=0.61), truth, iou=0.5)
    pixels, truth = shelf(6, 4, side=40)
    assert len(tiny.detect(pixels, min_score=0.999)) <= len(truth)


@pytest.mark.parametrize(("side", "target_side"), [(40, 20.0), (60, 10.0), (60, None)])
def test_a_box_does_not_depend_on_the_score_asked_for(side: int, target_side: float | None) -> None:
    pixels, _ = shelf(7, 5, side=side)
    tiny = detector(target_side=target_side)
    few, many = tiny.detect(pixels), tiny.detect(pixels, min_score=0.01)
    assert len(few) > 0
    counted = many.scores >= tiny.info.counting_threshold
    np.testing.assert_array_equal(few.boxes, many.boxes[counted])
    np.testing.assert_array_equal(few.features, many.features[counted])


def test_a_picture_without_products_has_none() -> None:
    found = detector().detect(np.zeros((50, 700, 3), dtype=np.uint8))
    assert found.boxes.shape == (0, 4)
    assert found.features.shape == (0, 3)


def test_the_second_pass_stays_within_its_budget() -> None:
    pixels, _ = shelf(16, 16, side=30)
    inputs = itertools.count()
    detector(target_side=40.0).detect(pixels, cancelled=lambda: next(inputs) < 0)
    assert 2 < next(inputs) <= MAX_TILES + 1


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_orientation_gives_the_same_boxes(file_format: str) -> None:
    pixels, truth = shelf(5, 3, side=40)
    tiny = detector()
    for orientation in INVERSE_OF_ORIENTATION:
        photo = decode_photo(rotated_file(pixels, file_format, orientation))
        found = tiny.detect(photo.pixels)
        assert_found_exactly(found, truth, iou=0.75)


def test_boxes_of_a_reduced_photo_scale_back() -> None:
    pixels, truth = shelf(8, 5, side=160, gap=96)
    photo = decode_photo(rotated_file(pixels, "JPEG", 6), at_most=700)
    assert photo.scale < 1
    found = detector().detect(photo.pixels)
    assert (pairwise_iou(truth, found.boxes / np.float32(photo.scale)).max(axis=1) > 0.75).all()


def test_describing_given_boxes_agrees_with_detecting_them() -> None:
    pixels, _ = shelf(10, 6, side=40)
    tiny = detector()
    found = tiny.detect(pixels)
    described = tiny.describe(pixels, found.boxes)
    assert np.einsum("nd,nd->n", described, found.features).min() > 0.995
    assert tiny.describe(pixels, np.zeros((0, 4), dtype=np.float32)).shape == (0, 3)


def test_a_picture_of_one_product_is_described() -> None:
    crop = np.full((900, 500, 3), (255, 40, 40), dtype=np.uint8)
    features = detector().describe(crop, np.array([[0, 0, 500, 900]], dtype=np.float32))
    assert features[0] @ (np.array([255, 40, 40]) / np.linalg.norm([255, 40, 40])) > 0.98


def test_cancelling_stops_between_two_inputs() -> None:
    pixels, _ = shelf(14, 9, side=40)
    answers = iter([False, False, True])
    with pytest.raises(Cancelled):
        detector().detect(pixels, cancelled=lambda: next(answers))
    assert next(answers, "asked no more") == "asked no more"


def test_a_second_thread_may_not_use_it() -> None:
    tiny = detector()
    pixels, _ = shelf(2, 2, side=40)
    tiny.detect(pixels)
    with ThreadPoolExecutor(1) as pool:
        error = pool.submit(tiny.detect, pixels).exception()
    assert isinstance(error, RuntimeError)


def test_a_detector_may_be_loaded_in_one_thread_and_used_in_another() -> None:
    tiny = detector()
    pixels, truth = shelf(2, 2, side=40)
    with ThreadPoolExecutor(1) as pool:
        assert len(pool.submit(tiny.detect, pixels).result()) == len(truth)


def test_metadata_of_another_input_size_is_refused() -> None:
    with pytest.raises(ModelError, match="128 pixels, its metadata says 640"):
        detector(input_size=640)


def test_metadata_of_other_labels_is_refused() -> None:
    with pytest.raises(ModelError, match="1 labels apart, its metadata names 2"):
        Detector(
            TfliteNetwork(TINY_MODEL, threads=1),
            dataclasses.replace(read_model_info(TINY_MODEL), labels=("product", "price tag")),
        )


def test_a_model_made_for_another_program_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    file = tmp_path / "classic.tflite"
    file.write_bytes(TINY_MODEL.read_bytes().replace(b"serving_default", b"another_default"))
    with pytest.raises(ModelError, match="no signature 'serving_default'"):
        TfliteNetwork(file, threads=1)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "junk.tflite"
    for content in (b"", b"junk" * 100, TINY_MODEL.read_bytes()[:2000]):
        file.write_bytes(content)
        with pytest.raises(ModelError, match="cannot be run"):
            TfliteNetwork(file, threads=1)
    with pytest.raises(ModelError, match="missing"):
        TfliteNetwork(tmp_path / "gone.tflite", threads=1)


def test_a_model_in_a_folder_of_any_script(tmp_path: Path) -> None:
    folder = tmp_path / "modèles 模型"
    folder.mkdir()
    (folder / TINY_MODEL.name).write_bytes(TINY_MODEL.read_bytes())
    pixels, truth = shelf(2, 2, side=40)
    assert len(load_detector(folder / TINY_MODEL.name).detect(pixels)) == len(truth)
