"""The network's own description of what is inside a box, read off its feature map."""

from __future__ import annotations

import numpy as np

from shelfaudit.domain.geometry import FloatArray


def pool_features(feature_map: FloatArray, boxes: FloatArray, input_size: int) -> FloatArray:
    """The mean of the feature map under each box, as unit vectors (N, D).

    Exact for boxes that end inside a cell: a cell counts by the part of it that the box covers. That part is a
    product of the row's and the column's, so the sums are two matrix products.

    Args:
        feature_map: (rows, columns, D), covering the whole square input.
        boxes: (N, 4), x1 y1 x2 y2 in input pixels; parts beyond the input do not count.
        input_size: side of the input in pixels.
    """
    rows, columns, _ = feature_map.shape
    down = _covered(boxes[:, 1] * (rows / input_size), boxes[:, 3] * (rows / input_size), rows)
    across = _covered(boxes[:, 0] * (columns / input_size), boxes[:, 2] * (columns / input_size), columns)
    by_column = np.tensordot(down, feature_map, axes=1)
    return unit_vectors(np.matmul(across[:, None, :], by_column)[:, 0])


def unit_vectors(vectors: FloatArray) -> FloatArray:
    """Each row (N, D) at length 1; a row of zeros stays zero."""
    # In double precision: the squares of very small numbers vanish in single.
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    scaled = np.divide(vectors, lengths, out=np.zeros_like(vectors, dtype=np.float64), where=lengths > 0)
    return np.asarray(scaled, dtype=np.float32)


def _covered(start: FloatArray, stop: FloatArray, cells: int) -> FloatArray:
    """Which part of each of the cells 0..cells lies between start (N,) and stop (N,), in cells: (N, cells)."""
    first = np.arange(cells, dtype=np.float32)
    overlap = np.minimum(stop[:, None], first + 1) - np.maximum(start[:, None], first)
    parts: FloatArray = np.clip(overlap, 0, 1).astype(np.float32)
    return parts
