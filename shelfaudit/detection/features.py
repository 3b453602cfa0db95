"""The network's own description of what is inside a box, read off its feature map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray


def pool_features(feature_map: FloatArray, boxes: FloatArray, input_size: int) -> FloatArray:
    """The mean of the feature map under each box, as unit vectors (N, D).

    Exact for boxes that end inside a cell: a cell counts by the part of it that the box covers. The mean over a
    rectangle comes from the map's summed-area table (Crow 1984), read between its nodes by bilinear interpolation.

    Args:
        feature_map: (rows, columns, D), covering the whole square input.
        boxes: (N, 4), x1 y1 x2 y2 in input pixels; parts beyond the input do not count.
        input_size: side of the input in pixels.
    """
    rows, columns, depth = feature_map.shape
    table = np.zeros((rows + 1, columns + 1, depth), dtype=np.float64)
    table[1:, 1:] = feature_map.cumsum(axis=0, dtype=np.float64).cumsum(axis=1)
    x1, x2 = (np.clip(boxes[:, side] * (columns / input_size), 0, columns).astype(np.float64) for side in (0, 2))
    y1, y2 = (np.clip(boxes[:, side] * (rows / input_size), 0, rows).astype(np.float64) for side in (1, 3))
    sums = _between(table, y2, x2) - _between(table, y1, x2) - _between(table, y2, x1) + _between(table, y1, x1)
    return unit_vectors(sums.astype(np.float32))


def unit_vectors(vectors: FloatArray) -> FloatArray:
    """Each row (N, D) at length 1; a row of zeros stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: FloatArray = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled


def _between(table: NDArray[np.float64], y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The table (rows + 1, columns + 1, D) at fractional places: (N, D)."""
    row = np.minimum(y.astype(np.int64), table.shape[0] - 2)
    column = np.minimum(x.astype(np.int64), table.shape[1] - 2)
    down, right = (y - row)[:, None], (x - column)[:, None]
    upper = table[row, column] * (1 - right) + table[row, column + 1] * right
    lower = table[row + 1, column] * (1 - right) + table[row + 1, column + 1] * right
    between: NDArray[np.float64] = upper * (1 - down) + lower * down
    return between
