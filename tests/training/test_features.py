from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra `train`")
pytestmark = pytest.mark.training

from shelfaudit.training.features import DescribedBoxes, box_means, fit_projection, nearest_is_same  # noqa: E402


def test_means_count_the_covered_part_of_a_cell() -> None:
    feature_map = np.arange(4, dtype=np.float32).reshape(1, 4, 1)
    boxes = np.array([[0, 0, 16, 8], [4, 0, 16, 8], [8, 0, 28, 8]], dtype=np.float32)
    # Cells of 8 pixels: 0 and 1; half of 0 and 1; 1, 2 and half of 3.
    np.testing.assert_allclose(box_means(feature_map, boxes, 8)[:, 0], [0.5, 8 / 12, (8 + 16 + 12) / 20], rtol=1e-6)


def described(per_product: int, noise: float, seed: int = 0) -> DescribedBoxes:
    """Products told apart by four quiet dimensions while six loud ones vary within every product."""
    random = np.random.default_rng(seed)
    products = np.repeat(np.arange(30), per_product)
    raw = random.standard_normal((len(products), 10)) * noise
    raw[:, :4] = random.standard_normal((30, 4))[products] + random.standard_normal((len(products), 4)) * 0.05
    names = np.array([f"brand/{product}" for product in products])
    return DescribedBoxes(raw.astype(np.float32), np.zeros(len(products), dtype=np.int64), names)


def test_the_projection_finds_what_tells_products_apart() -> None:
    train, test = described(6, noise=5.0, seed=1), described(6, noise=5.0, seed=2)
    projection = fit_projection(train, dimensions=4)
    before = nearest_is_same(test.raw, test)
    after = nearest_is_same(test.raw @ projection.matrix + projection.offset, test)
    assert before is not None
    assert after is not None
    assert before < 0.3
    assert after > 0.8


def test_only_equal_names_in_one_photo_are_surely_the_same() -> None:
    boxes = DescribedBoxes(
        np.zeros((6, 2), dtype=np.float32), np.array([0, 0, 0, 1, 1, 1]), np.array(["a", "a", "", "a", "b", ""])
    )
    assert [group.tolist() for group in boxes.groups()] == [[0, 1]]


def test_without_pairs_there_is_nothing_to_fit() -> None:
    boxes = DescribedBoxes(np.zeros((2, 2), dtype=np.float32), np.array([0, 0]), np.array(["a", "b"]))
    with pytest.raises(ValueError, match="same product"):
        fit_projection(boxes)
    assert nearest_is_same(boxes.raw, boxes) is None
