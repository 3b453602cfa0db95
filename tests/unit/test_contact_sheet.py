"""Pictures on one sheet, and where they are on it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain.geometry import pairwise_intersection
from shelfaudit.photos.contact_sheet import contact_sheet, fit_into


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(1, 90)), min_size=1, max_size=12))
def test_every_picture_is_whole_in_its_box_and_touches_no_other(sizes: list[tuple[int, int]]) -> None:
    pictures = [np.full((height, width, 3), shade, dtype=np.uint8) for shade, (height, width) in enumerate(sizes)]
    sheet, boxes = contact_sheet(pictures, side=40)
    assert np.count_nonzero(pairwise_intersection(boxes, boxes)) == len(sizes)
    for shade, (x1, y1, x2, y2) in enumerate(boxes.astype(int)):
        assert (sheet[y1:y2, x1:x2] == shade).all()
        assert 0 < x2 - x1 <= 40
        assert 0 < y2 - y1 <= 40


def test_small_pictures_are_not_enlarged_and_large_ones_keep_their_shape() -> None:
    small = np.zeros((10, 20, 3), dtype=np.uint8)
    assert fit_into(small, 40) is small
    assert fit_into(np.zeros((400, 100, 3), dtype=np.uint8), 40).shape == (40, 10, 3)


def test_no_picture_is_no_sheet() -> None:
    with pytest.raises(ValueError, match="needs a picture"):
        contact_sheet([], side=40)
