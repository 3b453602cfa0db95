from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.detection.preprocess import PADDING_GRAY, PixelArray, Tile, cut_tile, letterbox, plan_tiles, resize


def gradient(height: int, width: int) -> PixelArray:
    """A picture whose red grows to the right and whose green grows downwards."""
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[..., 0] = np.linspace(0, 255, width).astype(np.uint8)
    pixels[..., 1] = np.linspace(0, 255, height).astype(np.uint8)[:, None]
    return pixels


def test_letterbox_fits_the_long_side_and_pads_right_or_below() -> None:
    image, scale = letterbox(gradient(100, 200), 64)
    assert image.shape == (1, 64, 64, 3)
    assert image.dtype == np.float32
    assert scale == pytest.approx(0.32)
    assert (image[0, 32:] == PADDING_GRAY).all()
    assert image[0, 16, 0, 0] < 10
    assert image[0, 16, 63, 0] > 245


def test_letterbox_of_a_portrait_pads_to_the_right() -> None:
    image, _ = letterbox(gradient(200, 100), 64)
    assert (image[0, :, 32:] == PADDING_GRAY).all()
    assert not (image[0, :, 31] == PADDING_GRAY).all()


def test_a_picture_of_the_input_size_is_taken_over_exactly() -> None:
    pixels = gradient(64, 64)
    image, scale = letterbox(pixels, 64)
    assert scale == 1
    np.testing.assert_array_equal(image[0], pixels)


@pytest.mark.parametrize("shape", [(10, 10), (10, 10, 4), (0, 10, 3)])
def test_only_rgb_pictures_are_accepted(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(H, W, 3\)"):
        letterbox(np.zeros(shape, dtype=np.uint8), 64)


def test_shrinking_averages_instead_of_dropping_lines() -> None:
    stripes = np.zeros((64, 64, 3), dtype=np.uint8)
    stripes[:, ::2] = 200
    np.testing.assert_allclose(resize(stripes, 0.25), 100, atol=1)


def test_even_a_thin_picture_keeps_a_pixel() -> None:
    assert resize(gradient(2, 1000), 0.1).shape == (1, 100, 3)


def test_tiles_are_cut_where_they_lie() -> None:
    pixels = gradient(50, 100)
    image = cut_tile(pixels, Tile(60, 10, 64))
    np.testing.assert_array_equal(image[0, :40, :40], pixels[10:, 60:])
    assert (image[0, 40:] == PADDING_GRAY).all()
    assert (image[0, :, 40:] == PADDING_GRAY).all()


sizes = st.integers(1, 4000)


@given(sizes, sizes, st.floats(0.2, 2.0), st.integers(64, 960), st.floats(0, 0.6))
def test_tiles_cover_the_photo_and_overlap(
    width: int, height: int, scale: float, tile_size: int, overlap_share: float
) -> None:
    overlap = int(tile_size * overlap_share)
    tiles = plan_tiles(width, height, scale, tile_size, overlap)
    for length, starts in (
        (round(width * scale), sorted({tile.x for tile in tiles})),
        (round(height * scale), sorted({tile.y for tile in tiles})),
    ):
        assert starts[0] == 0
        assert starts[-1] + tile_size >= length
        for before, after in itertools.pairwise(starts):
            assert before + tile_size - after >= overlap
        if len(starts) > 1:
            assert starts[-1] + tile_size == length, "tiles beside each other need no padding"
    assert len(tiles) == len({(tile.x, tile.y) for tile in tiles})


def test_a_photo_that_fits_is_one_tile() -> None:
    assert plan_tiles(1600, 1200, 0.6, 960, 200) == [Tile(0, 0, 960)]


@pytest.mark.parametrize(("width", "scale", "overlap"), [(0, 1.0, 10), (100, 0.0, 10), (100, 1.0, 64), (100, 1.0, -1)])
def test_impossible_plans_are_refused(width: int, scale: float, overlap: int) -> None:
    with pytest.raises(ValueError, match=r"cover|overlap"):
        plan_tiles(width, 100, scale, 64, overlap)
