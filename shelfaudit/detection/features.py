"""The network's own description of what is inside a box, read off its feature map."""

from __future__ import annotations

import numpy as np

from shelfaudit.domain.geometry import FloatArray


def pool_features(feature_map: FloatArray, boxes: FloatArray, input_size: int) -> FloatArray:
    """The mean of the feature map under each box, as unit vectors (N, D).

    Exact for boxes that end inside a cell: a cell counts by the part of it that the box covers. That part is a
    product of the row's and the column's. Only the cells under a box are looked at: one matrix product over the whole
    map for all boxes is what libraries spread over threads, which then fight the network's for the processor.

    Args:
        feature_map: (rows, columns, D), covering the whole square input.
        boxes: (N, 4), x1 y1 x2 y2 in input pixels; parts beyond the input do not count.
        input_size: side of the input in pixels.
    """
    rows, columns, depth = feature_map.shape
    in_cells = (boxes * (np.array([columns, rows, columns, rows]) / input_size)).astype(np.float32)
    down = _covered(in_cells[:, 1], in_cells[:, 3], rows)
    across = _covered(in_cells[:, 0], in_cells[:, 2], columns)
    first = np.clip(np.floor(in_cells[:, :2]), 0, [columns, rows]).astype(int).tolist()
    last = np.clip(np.ceil(in_cells[:, 2:]), 0, [columns, rows]).astype(int).tolist()
    sums = np.zeros((len(boxes), depth), dtype=np.float32)
    for index, ((left, top), (right, bottom)) in enumerate(zip(first, last, strict=True)):
        if left < right and top < bottom:
            under = feature_map[top:bottom, left:right]
            by_column = down[index, top:bottom] @ under.reshape(bottom - top, -1)
            sums[index] = across[index, left:right] @ by_column.reshape(right - left, depth)
    return unit_vectors(sums)


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
