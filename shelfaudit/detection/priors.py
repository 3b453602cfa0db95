"""The prior boxes of the detector: one square a cell on every level of the feature pyramid.

The network predicts boxes relative to them and the training matches products to them, so both read this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray

STRIDES: tuple[int, ...] = (8, 16, 32)
"""Pixels of the input between neighbouring cells, level by level."""

SIDE_IN_STRIDES = 6.0
"""Side of a prior, in strides of its level."""


@dataclass(frozen=True)
class Priors:
    """The priors of one input size, in the order of the network's outputs: level, then row, then column.

    centers: float32 (N, 2), x and y of the cell centres in input pixels.
    sides: float32 (N,), side of the square prior in input pixels.
    level_sizes: number of priors on each level; they add up to N.
    """

    centers: FloatArray
    sides: FloatArray
    level_sizes: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.sides)

    def boxes(self) -> FloatArray:
        """The priors as boxes (N, 4), x1 y1 x2 y2 in input pixels (they may reach beyond the input)."""
        half = self.sides[:, None] / 2
        return np.concatenate([self.centers - half, self.centers + half], axis=1)


def make_priors(height: int, width: int, strides: Sequence[int] = STRIDES) -> Priors:
    """The priors of an input of `height` × `width` pixels.

    Raises:
        ValueError: a side of the input is not a positive multiple of every stride.
    """
    if height <= 0 or width <= 0 or any(height % stride or width % stride for stride in strides):
        raise ValueError(f"an input of {width} × {height} pixels is not divisible by the strides {tuple(strides)}")
    centers: list[FloatArray] = []
    sides: list[FloatArray] = []
    for stride in strides:
        x = _cell_centers(width // stride, stride)
        y = _cell_centers(height // stride, stride)
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        centers.append(grid)
        sides.append(np.full(len(grid), SIDE_IN_STRIDES * stride, dtype=np.float32))
    return Priors(np.concatenate(centers), np.concatenate(sides), tuple(len(level) for level in sides))


def _cell_centers(count: int, stride: int) -> NDArray[np.float32]:
    return ((np.arange(count) + 0.5) * stride).astype(np.float32)
