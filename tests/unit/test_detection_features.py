from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.detection.features import pool_features, unit_vectors
from shelfaudit.domain.geometry import FloatArray

SIZE, CELLS = 64, 4


def feature_map() -> FloatArray:
    return np.random.default_rng(3).random((CELLS, CELLS, 5), dtype=np.float32)


def test_a_box_of_whole_cells_takes_their_mean() -> None:
    map_ = feature_map()
    pooled = pool_features(map_, np.array([[16, 0, 48, 32]], dtype=np.float32), SIZE)
    expected = map_[0:2, 1:3].mean(axis=(0, 1))
    assert pooled[0] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-5)


def test_a_cell_counts_by_the_part_that_is_covered() -> None:
    map_ = feature_map()
    pooled = pool_features(map_, np.array([[12, 20, 24, 28]], dtype=np.float32), SIZE)
    expected = map_[1, 0] * 4 + map_[1, 1] * 8
    assert pooled[0] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-5)


@given(st.lists(st.tuples(*[st.floats(-200, 300, width=32)] * 4), max_size=8))
def test_any_boxes_give_unit_vectors_or_zeros(corners: list[tuple[float, float, float, float]]) -> None:
    boxes = np.array([(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in corners], np.float32)
    pooled = pool_features(feature_map(), boxes.reshape(-1, 4), SIZE)
    lengths = np.linalg.norm(pooled, axis=1)
    assert pooled.shape == (len(corners), 5)
    assert np.all(np.isclose(lengths, 1, atol=1e-4) | (lengths == 0))


def test_a_row_of_zeros_stays_zero() -> None:
    vectors = unit_vectors(np.array([[0, 0], [3, 4]], dtype=np.float32))
    assert vectors.tolist() == [[0, 0], [pytest.approx(0.6), pytest.approx(0.8)]]
