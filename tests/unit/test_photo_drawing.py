from __future__ import annotations

import numpy as np
import pytest

from shelfaudit.photos.annotate import draw_boxes
from shelfaudit.photos.decode import decode_photo
from shelfaudit.photos.encode import encode_jpeg
from tests.unit.photo_makers import upright_scene

BOXES = np.array([[10, 20, 50, 60], [60, 10, 90, 90]], dtype=np.float32)


def black() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.zeros((100, 100, 3), dtype=np.uint8)


def test_every_box_is_outlined_in_its_colour_and_the_original_is_kept() -> None:
    pixels = black()
    drawn = draw_boxes(pixels, BOXES, [(255, 0, 0), (0, 255, 0)])
    assert drawn[20, 30].tolist() == drawn[59, 49].tolist() == [255, 0, 0]
    assert drawn[10, 70].tolist() == drawn[89, 89].tolist() == [0, 255, 0]
    assert drawn[40, 30].tolist() == [0, 0, 0]
    assert drawn[60, 50].tolist() == [0, 0, 0]
    assert not pixels.any()


@pytest.mark.parametrize(("plate", "ink"), [((255, 255, 0), 0), ((0, 0, 160), 255)])
def test_letters_are_read_on_their_plate(plate: tuple[int, int, int], ink: int) -> None:
    drawn = draw_boxes(black(), BOXES[:1], [plate], ["A"])
    inside = drawn[21:30, 11:20].reshape(-1, 3)
    assert (np.abs(inside.astype(int) - ink).max(axis=1) < 80).any()
    assert (inside == plate).all(axis=1).any()


def test_boxes_beyond_the_picture_and_none_at_all() -> None:
    assert draw_boxes(black(), np.array([[-50, -50, 500, 500]], dtype=np.float32), [(1, 2, 3)], ["x"]).shape == (
        100,
        100,
        3,
    )
    assert not draw_boxes(black(), BOXES[:0], []).any()


def test_colours_and_letters_must_fit_the_boxes() -> None:
    with pytest.raises(ValueError, match="shorter"):
        draw_boxes(black(), BOXES, [(1, 2, 3)])
    with pytest.raises(ValueError, match="shorter"):
        draw_boxes(black(), BOXES, [(1, 2, 3)] * 2, ["A"])


def test_a_jpeg_comes_back() -> None:
    scene = upright_scene()
    decoded = decode_photo(encode_jpeg(scene, 95)).pixels
    assert np.abs(decoded.astype(int) - scene).mean() < 3
    assert len(encode_jpeg(scene, 40)) < len(encode_jpeg(scene, 95))
    with pytest.raises(ValueError, match="shape"):
        encode_jpeg(scene[..., 0])
