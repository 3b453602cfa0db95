"""The default boxes of the classic SSD (Liu et al., ECCV 2016) and its code for boxes relative to them.

Six maps; the boxes' scales run from .2 to .95 of the input, with aspect ratios 1, 2, ½, 3, ⅓ and one more square
between the scales. The finest map has three boxes a cell (the ratios 1, 2, ½, the square at half the least scale),
the others six: 2,034 boxes at 320 pixels, as in the TF Object Detection API's `ssd_mobilenet_v2_320x320`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from shelfaudit.domain.geometry import FloatArray

LEAST_SCALE, GREATEST_SCALE = 0.2, 0.95
MAPS = 6
FINEST_STRIDE = 16

CODE_WEIGHTS = np.array([10.0, 10.0, 5.0, 5.0], dtype=np.float32)
"""Factors on the coded centre (x, y) and size (width, height)."""

_RATIOS = (1.0, 2.0, 1 / 2, 3.0, 1 / 3)


@dataclass(frozen=True)
class DefaultBoxes:
    """The default boxes of one input size, in the order of the network's outputs: map, row, column, shape.

    centers: float32 (N, 2), x and y in input pixels. sizes: float32 (N, 2), width and height in input pixels.
    """

    centers: FloatArray
    sizes: FloatArray

    def __len__(self) -> int:
        return len(self.centers)

    def boxes(self) -> FloatArray:
        """As boxes (N, 4), x1 y1 x2 y2 in input pixels (they may reach beyond the input)."""
        return np.concatenate([self.centers - self.sizes / 2, self.centers + self.sizes / 2], axis=1)


def map_sides(input_size: int) -> list[int]:
    """Cells along a side of each map: 20, 10, 5, 3, 2, 1 at 320 pixels."""
    sides = [input_size // FINEST_STRIDE]
    while len(sides) < MAPS:
        sides.append(math.ceil(sides[-1] / 2))
    return sides


def shapes_per_cell() -> list[int]:
    """Default boxes a cell, map by map."""
    return [len(_shapes(level)) for level in range(MAPS)]


def make_default_boxes(input_size: int) -> DefaultBoxes:
    """The default boxes of a square input.

    Raises:
        ValueError: the size is not a positive multiple of 32.
    """
    if input_size <= 0 or input_size % (2 * FINEST_STRIDE):
        raise ValueError(f"an input of {input_size} pixels is not divisible by {2 * FINEST_STRIDE}")
    centers: list[FloatArray] = []
    sizes: list[FloatArray] = []
    for level, side in enumerate(map_sides(input_size)):
        steps = (np.arange(side) + 0.5) / side * input_size
        cells = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 1, 2)
        shapes = np.array(_shapes(level))[None] * input_size
        cells, shapes = np.broadcast_arrays(cells, shapes)
        centers.append(cells.reshape(-1, 2).astype(np.float32))
        sizes.append(shapes.reshape(-1, 2).astype(np.float32))
    return DefaultBoxes(np.concatenate(centers), np.concatenate(sizes))


def _shapes(level: int) -> list[tuple[float, float]]:
    """Width and height of a map's default boxes, as parts of the input."""
    scale = _scale(level)
    if level == 0:
        scaled = [(scale / 2, 1.0), (scale, 2.0), (scale, 1 / 2)]
    else:
        scaled = [*((scale, ratio) for ratio in _RATIOS), (math.sqrt(scale * _scale(level + 1)), 1.0)]
    return [(size * math.sqrt(ratio), size / math.sqrt(ratio)) for size, ratio in scaled]


def _scale(level: int) -> float:
    return LEAST_SCALE + (GREATEST_SCALE - LEAST_SCALE) * level / (MAPS - 1) if level < MAPS else 1.0
