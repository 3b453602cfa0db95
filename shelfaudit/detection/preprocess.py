"""From upright photo pixels to the network's input: one definition for training, evaluation and the laptop."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

PixelArray = NDArray[np.uint8]

PADDING_GRAY = 114
"""Value of the pixels that fill the input beyond the photo's edges."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A square window of the scaled photo, in its pixels; it may reach beyond the right and bottom edges."""

    x: int
    y: int
    size: int


def resize(pixels: PixelArray, scale: float) -> PixelArray:
    """The photo (H, W, 3) resized to round(H · scale) × round(W · scale), at least 1 × 1.

    Shrinking averages areas (no aliasing), enlarging interpolates linearly.
    """
    height, width = pixels.shape[:2]
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    if target == (width, height):
        return pixels
    resized = cv2.resize(pixels, target, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return np.asarray(resized, dtype=np.uint8)


def letterbox(pixels: PixelArray, size: int) -> tuple[NDArray[np.float32], float]:
    """The whole photo in one square input: the long side resized to `size`, gray to the right or below.

    Args:
        pixels: uint8 (H, W, 3), RGB, upright.
        size: side of the network's input in pixels.

    Returns:
        The input, float32 (1, size, size, 3) in 0..255, and the scale: input pixels per photo pixel.

    Raises:
        ValueError: `pixels` is not an RGB picture.
    """
    _check(pixels)
    scale = size / max(pixels.shape[:2])
    return cut_tile(resize(pixels, scale), Tile(0, 0, size)), scale


def cut_tile(scaled: PixelArray, tile: Tile) -> NDArray[np.float32]:
    """One tile of a scaled photo as input, float32 (1, size, size, 3) in 0..255; gray beyond the photo's edges."""
    part = scaled[tile.y : tile.y + tile.size, tile.x : tile.x + tile.size]
    image = np.full((1, tile.size, tile.size, 3), PADDING_GRAY, dtype=np.float32)
    image[0, : part.shape[0], : part.shape[1]] = part
    return image


def plan_tiles(width: int, height: int, scale: float, tile_size: int, overlap: int) -> list[Tile]:
    """The tiles that cover a photo resized by `scale`, row by row.

    Neighbours overlap by at least `overlap` pixels and are spread evenly; along a side that fits into
    one tile there is one tile.

    Args:
        width, height: size of the photo in pixels before scaling.
        scale: pixels of the scaled photo per photo pixel.
        tile_size: side of a tile in pixels.
        overlap: least common strip of neighbouring tiles in pixels.

    Raises:
        ValueError: a size is not positive, or the overlap is not smaller than the tile.
    """
    if width <= 0 or height <= 0 or scale <= 0:
        raise ValueError(f"nothing to cover: {width} × {height} pixels at scale {scale}")
    if not 0 <= overlap < tile_size:
        raise ValueError(f"overlap must be in [0, {tile_size}), got {overlap}")
    columns = _tile_starts(max(1, round(width * scale)), tile_size, overlap)
    rows = _tile_starts(max(1, round(height * scale)), tile_size, overlap)
    return [Tile(x, y, tile_size) for y in rows for x in columns]


def _tile_starts(length: int, tile_size: int, overlap: int) -> list[int]:
    if length <= tile_size:
        return [0]
    count = math.ceil((length - overlap) / (tile_size - overlap))
    return [round(index * (length - tile_size) / (count - 1)) for index in range(count)]


def _check(pixels: PixelArray) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise ValueError(f"a photo must be an array (H, W, 3), got {pixels.shape}")
