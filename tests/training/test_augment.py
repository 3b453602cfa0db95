from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from shelfaudit.detection.postprocess import median_side
from shelfaudit.detection.priors import make_priors
from shelfaudit.domain.geometry import Box, FloatArray, box_areas
from shelfaudit.training.augment import Sample, Variation, crop_as_ssd, crop_shelf, mosaic, show_whole
from shelfaudit.training.colours import vary_colours
from shelfaudit.training.matching import LABEL, WEIGHT, points_inside
from shelfaudit.training.ssd_crop import choose_window
from shelfaudit.training.targets import AdaptiveTargets
from tests.training.makers import labelled

WHITE = 255


def painted(boxes: list[Box], size: tuple[int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """White boxes on black, width × height."""
    pixels = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    for box in boxes:
        pixels[int(box.y1) : int(box.y2), int(box.x1) : int(box.x2)] = WHITE
    return pixels


def brightness_inside(sample: Sample, box: FloatArray) -> float:
    x1, y1, x2, y2 = box.round().astype(int)
    return float(sample.pixels[y1:y2, x1:x2].mean())


SHELF = [
    Box(100 + 60 * column, 80 + 100 * row, 145 + 60 * column, 150 + 100 * row)
    for row in range(3)
    for column in range(6)
]
SIZE = (640, 480)


@pytest.mark.parametrize("sampling", [crop_shelf, show_whole, crop_as_ssd])
@pytest.mark.parametrize("seed", range(12))
def test_boxes_stay_on_their_products(seed: int, sampling: Callable[..., Sample]) -> None:
    labels = list(range(len(SHELF)))
    photo = labelled(SHELF, region=Box(90, 70, 450, 360), size=SIZE, labels=labels)
    sample = sampling(photo, painted(SHELF, SIZE), 256, Variation(), np.random.default_rng(seed))
    assert len(sample.boxes) == len(sample.labels) > 0
    for box in sample.boxes:
        assert brightness_inside(sample, box) > 0.8 * WHITE
    # Products keep their order: a row's from left to right, or all reversed by the mirror.
    first_row = sample.boxes[sample.labels < 6, 0]
    assert (np.diff(first_row) > 0).all() or (np.diff(first_row) < 0).all()
    covered = np.zeros((256, 256), dtype=bool)
    for x1, y1, x2, y2 in np.concatenate([sample.boxes, sample.ignored]).round().astype(int):
        covered[max(0, y1 - 3) : y2 + 3, max(0, x1 - 3) : x2 + 3] = True
    bright = sample.pixels.mean(axis=2) > 0.7 * WHITE
    assert (bright & ~covered).mean() < 0.005, "a product in the picture has no label"


def test_the_median_product_has_a_side_in_the_range() -> None:
    photo = labelled(SHELF, region=Box(90, 70, 450, 360), size=SIZE)
    variation = Variation(side_range=(30, 32), least_visible=0.99)
    sides = []
    for seed in range(8):
        sample = crop_shelf(photo, painted(SHELF, SIZE), 256, variation, np.random.default_rng(seed))
        sides.append(median_side(sample.boxes))
    assert all(side is not None and 29 < side < 33 for side in sides)


def test_a_product_cut_by_the_crop_is_ignored_not_background() -> None:
    photo = labelled([Box(0, 0, 100, 100)], region=Box(0, 0, 240, 200), size=SIZE)
    variation = Variation(side_range=(200, 201), rotation_degrees=0, stretch=1)
    cut = [
        crop_shelf(photo, painted([Box(0, 0, 100, 100)], SIZE), 256, variation, np.random.default_rng(seed))
        for seed in range(40)
    ]
    ignored = [sample for sample in cut if len(sample.ignored)]
    assert ignored
    for sample in ignored:
        assert not len(sample.boxes)
        assert box_areas(sample.ignored)[0] < 0.4 * 201**2


def test_the_border_of_a_region_inside_the_photo_is_unknown() -> None:
    region = Box(90, 70, 450, 360)
    photo = labelled(SHELF, region=region, size=SIZE)
    variation = Variation(side_range=(40, 40.01), rotation_degrees=0, stretch=1, border=0.5)
    sample = crop_shelf(photo, painted(SHELF, SIZE), 640, variation, np.random.default_rng(0))
    scale = 40 / (median_side(photo.boxes) or 1)
    width = sample.complete[0, 2] - sample.complete[0, 0]
    assert width == pytest.approx(region.width * scale - 40, rel=0.02)


def test_a_mosaic_knows_nothing_outside_its_boxes() -> None:
    close_up = labelled([Box(20, 20, 120, 90)], size=(160, 120))
    photos = [(close_up, painted([Box(20, 20, 120, 90)], (160, 120)))] * 4
    sample = mosaic(photos, 256, Variation(), np.random.default_rng(3))
    for box in sample.boxes:
        assert brightness_inside(sample, box) > 0.85 * WHITE
    targets = AdaptiveTargets(256)(sample)
    assert (targets[:, LABEL] >= 0).any()
    outside = ~points_inside(make_priors(256, 256).centers, sample.boxes)
    assert outside.any()
    assert (targets[outside, WEIGHT] == 0).all()


def test_a_mosaic_is_square() -> None:
    close_up = labelled([Box(20, 20, 120, 90)], size=(160, 120))
    with pytest.raises(ValueError, match="square"):
        mosaic([(close_up, painted([], (160, 120)))] * 3, 256, Variation(), np.random.default_rng(0))


def test_colours_vary_and_nothing_moves() -> None:
    pixels = painted(SHELF, SIZE)
    random = np.random.default_rng(5)
    variants = [vary_colours(pixels, random) for _ in range(20)]
    assert all(variant.shape == pixels.shape and variant.dtype == np.uint8 for variant in variants)
    assert sum(not np.array_equal(variant, pixels) for variant in variants) > 10
    for variant in variants:
        inside = variant[90:140, 110:135].mean()
        assert inside > variant[10:60, 10:60].mean() + 60


def test_beyond_a_whole_photo_there_is_surely_nothing() -> None:
    close_up = labelled([Box(20, 20, 120, 90)], size=(160, 120))
    variation = Variation(zoom_range=(0.5, 0.5001), rotation_degrees=0, stretch=1)
    sample = show_whole(close_up, painted([], (160, 120)), 256, variation, np.random.default_rng(1))
    # The box itself and the four strips round a photo of 128 × 96 pixels.
    assert len(sample.complete) == 5
    centers = make_priors(256, 256).centers
    known = points_inside(centers, sample.complete[1:])
    assert known.mean() == pytest.approx(1 - 128 * 96 / 256**2, abs=0.05)
    assert not (points_inside(centers, sample.boxes) & known).any()


@pytest.mark.parametrize("seed", range(20))
def test_an_ssd_window_shows_a_product_or_the_whole(seed: int) -> None:
    area = Box(100, 50, 500, 350)
    boxes = np.array([box.as_tuple() for box in SHELF], dtype=np.float32)
    window = choose_window(area, boxes, np.random.default_rng(seed))
    if window == Box(100, 50, 500, 450):  # the area in a square
        return
    assert area.hull(window) == area
    assert 0.099 <= window.area / area.area <= 1
    assert 0.499 <= window.width / window.height <= 2.001


def test_ssd_windows_show_as_much_as_was_drawn() -> None:
    area, boxes = Box(0, 0, 400, 400), np.array([[180, 180, 200, 200]], dtype=np.float32)
    windows = [choose_window(area, boxes, np.random.default_rng(seed)) for seed in range(200)]
    whole = sum(window == area for window in windows)
    showing = sum(window.intersection(Box(180, 180, 200, 200)) is not None for window in windows)
    # One choice in eight is the whole; one more may show nothing of the only product, the others show some of it.
    assert 10 < whole < 60
    assert showing > 150
