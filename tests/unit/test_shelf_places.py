from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.recognition.gallery import Gallery, propose
from shelfaudit.recognition.shelf_places import ELSEWHERE, NEAR, Places, nearness


def places(*boxes: tuple[float, float, float, float], photo: int = 0) -> Places:
    return Places(np.full(len(boxes), photo, dtype=np.int64), np.array(boxes, dtype=np.float32))


def boxes_in_a_row(count: int) -> FloatArray:
    return np.array([(60 * place, 0, 60 * place + 50, 100) for place in range(count)], dtype=np.float32)


def test_the_nearer_the_more_and_far_away_nothing() -> None:
    row = places(*map(tuple, boxes_in_a_row(30).tolist()))
    added = nearness(row.rows(slice(0, 1)), row)[0]
    assert added[0] == np.float32(NEAR)
    assert (np.diff(added) <= 1e-6).all()
    assert added[-1] == 0


def test_in_another_photo_all_is_equally_near() -> None:
    here, there = places((0, 0, 50, 100)), places((0, 0, 50, 100), photo=1)
    assert nearness(here, there).tolist() == [[np.float32(ELSEWHERE)]]
    nowhere = places((0, 0, 50, 100), photo=-1)
    assert nearness(nowhere, nowhere).tolist() == [[np.float32(ELSEWHERE)]]


def test_a_facing_of_another_size_is_less_near() -> None:
    small, same, taller = (0, 0, 50, 100), (60, 0, 110, 100), (60, -50, 110, 150)
    added = nearness(places(small), places(same, taller))[0]
    assert added[1] < added[0] - 0.02


@given(st.lists(st.tuples(*[st.floats(0, 2000, width=32)] * 4), min_size=1, max_size=6))
def test_nearness_is_mutual_and_bounded(corners: list[tuple[float, float, float, float]]) -> None:
    some = places(*((min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in corners))
    added = nearness(some, some)
    np.testing.assert_allclose(added, added.T, atol=1e-4)
    assert added.max() <= NEAR + 1e-6
    assert np.isfinite(added).all()


def test_of_two_equal_packs_the_neighbour_gives_the_name() -> None:
    """Two sizes of one design look alike in a crop; on the shelf the same ones stand together."""
    look = np.array([[1.0, 0.0]], dtype=np.float32)
    named = places((0, 0, 50, 100), (600, 0, 650, 100))
    gallery = Gallery(["left", "right"], np.repeat(look, 2, axis=0), places=named)
    proposals = propose(look, gallery, places((545, 0, 595, 100)), least=0.9, margin=0.05)
    assert [proposal and proposal.sku for proposal in proposals] == ["right"]
    assert propose(look, gallery, least=0.9, margin=0.05) == [None]
