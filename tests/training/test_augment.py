from __future__ import annotations

import numpy as np
import pytest

from shelfaudit.detection.postprocess import median_side
from shelfaudit.detection.priors import make_priors
from shelfaudit.domain.geometry import Box, FloatArray, box_areas
from shelfaudit.training.augment import Sample, Variation, crop_shelf, mosaic, vary_colours
from shelfaudit.training.batches import sample_targets
from shelfaudit.training.matching import LABEL, WEIGHT, points_inside
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


@pytest.mark.parametrize("seed", range(12))
def test_boxes_stay_on_their_products(seed: int) -> None:
    photo = labelled(SHELF, region=Box(90, 70, 450, 360), size=SIZE)
    sample = crop_shelf(photo, painted(SHELF, SIZE), 256, Variation(), np.random.default_rng(seed))
    assert len(sample.boxes)
    for box in sample.boxes:
        assert brightness_inside(sample, box) > 0.85 * WHITE
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
    targets = sample_targets(sample, make_priors(256, 256))
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
