"""Which pictures are taken for the same, and which are not."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from shelfaudit.datasets.dataset import PixelArray
from shelfaudit.datasets.near_duplicates import Look, find_duplicates, similar_pairs
from tests.datasets.makers import scene


def look(pixels: PixelArray) -> Look:
    seen = Look.of(pixels)
    assert seen is not None
    return seen


def compressed(pixels: PixelArray) -> PixelArray:
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 30])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)


COPIES: dict[str, Callable[[PixelArray], PixelArray]] = {
    "compressed": compressed,
    "reduced": lambda pixels: np.asarray(cv2.resize(pixels, (96, 72), interpolation=cv2.INTER_AREA), dtype=np.uint8),
    "stretched": lambda pixels: np.asarray(cv2.resize(pixels, (300, 300)), dtype=np.uint8),
    "darker": lambda pixels: (pixels * 0.6).astype(np.uint8),
    "cut": lambda pixels: pixels[3:-3, 4:-4],
}


@pytest.mark.parametrize("change", COPIES.values(), ids=COPIES)
def test_copies_look_alike(change: Callable[[PixelArray], PixelArray]) -> None:
    looks = [look(scene(seed)) for seed in range(10)] + [look(change(scene(seed))) for seed in range(10)]
    assert similar_pairs(looks) == [(seed, seed + 10) for seed in range(10)]


def test_different_scenes_do_not_look_alike() -> None:
    assert similar_pairs([look(scene(seed)) for seed in range(300)]) == []


def test_pairs_across_blocks_are_found() -> None:
    looks = [look(scene(seed)) for seed in range(300)]
    assert similar_pairs([*looks, looks[0], looks[290]]) == [(0, 300), (290, 301)]


def test_a_hash_alone_does_not_decide() -> None:
    one, other = look(scene(1)), look(scene(2))
    assert similar_pairs([one, Look(one.phash, other.thumbnail)]) == []


def test_a_blank_picture_looks_like_nothing() -> None:
    assert Look.of(np.full((40, 60, 3), 128, dtype=np.uint8)) is None


def test_copies_of_the_same_bytes_are_told_from_look_alikes() -> None:
    same, other = look(scene(1)), look(scene(2))
    found = find_duplicates(["a", "b", "a", "c", "", ""], [same, other, same, same, None, None])
    assert found.first_same == (0, 1, 0, 3, 4, 5)
    assert found.alike == ((0, 3),)
    assert set(found.links()) == {(0, 2), (0, 3)}


def test_nothing_has_no_duplicates() -> None:
    assert find_duplicates([], []).links() == []
