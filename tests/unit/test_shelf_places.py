from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.recognition.gallery import Gallery
from shelfaudit.recognition.proposals import propose
from shelfaudit.recognition.shelf_places import ELSEWHERE, NEAR, STACKED, Places, compare_in_photo, contrasts


def places(*boxes: tuple[float, float, float, float], photo: int = 0) -> Places:
    return Places(np.full(len(boxes), photo, dtype=np.int64), np.array(boxes, dtype=np.float32))


def boxes_in_a_row(count: int) -> FloatArray:
    return np.array([(60 * place, 0, 60 * place + 50, 100) for place in range(count)], dtype=np.float32)


def added_to(some: Places, others: Places) -> FloatArray:
    """What standing in one photo adds to a similarity."""
    return compare_in_photo(np.zeros((len(some.photos), len(others.photos)), dtype=np.float32), some, others).similar


def test_the_nearer_the_more_and_far_away_nothing() -> None:
    row = places(*map(tuple, boxes_in_a_row(30).tolist()))
    added = added_to(row.rows(slice(0, 1)), row)[0]
    assert added[0] == np.float32(NEAR)
    assert (np.diff(added) <= 1e-6).all()
    assert added[-1] == 0


def test_in_another_photo_all_is_equally_near() -> None:
    look = np.array([[1.0, 0.0]], dtype=np.float32)
    here = Places(*_place(0), contrasts=look)
    for elsewhere in (Places(*_place(1), contrasts=look), Places(*_place(-1), contrasts=look)):
        (compared,) = Gallery(["pack"], look, places=elsewhere).compare(look, here)
        assert compared.similar.tolist() == compared.told.tolist() == [[np.float32(1 + ELSEWHERE)]]


def _place(photo: int) -> tuple[NDArray[np.int64], FloatArray]:
    return np.array([photo], dtype=np.int64), np.array([(0, 0, 50, 100)], dtype=np.float32)


def test_a_facing_of_another_size_is_less_near() -> None:
    small, same, taller = (0, 0, 50, 100), (60, 0, 110, 100), (60, -50, 110, 150)
    added = added_to(places(small), places(same, taller))[0]
    assert added[1] < added[0] - 0.02


@given(st.lists(st.tuples(*[st.floats(0, 2000, width=32)] * 4), min_size=1, max_size=6))
def test_nearness_is_mutual_and_bounded(corners: list[tuple[float, float, float, float]]) -> None:
    some = places(*((min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in corners))
    added = added_to(some, some)
    np.testing.assert_allclose(added, added.T, atol=1e-4)
    assert added.max() <= NEAR + STACKED + 1e-6
    assert np.isfinite(added).all()


def test_of_two_equal_packs_the_neighbour_gives_the_name() -> None:
    """Two sizes of one design look alike in a crop; on the shelf the same ones stand together."""
    look = np.array([[1.0, 0.0]], dtype=np.float32)
    named = places((0, 0, 50, 100), (600, 0, 650, 100))
    gallery = Gallery(["left", "right"], np.repeat(look, 2, axis=0), places=named)
    proposals = propose(look, gallery, places((545, 0, 595, 100)), least=0.9, margin=0.05)
    assert [proposal and proposal.sku for proposal in proposals] == ["right"]
    assert propose(look, gallery, least=0.9, margin=0.05) == [None]


def test_what_lies_on_a_facing_is_nearer_than_what_stands_on_the_shelf_above() -> None:
    below, on_it, above = (0, 200, 50, 300), (0, 100, 50, 200), (0, 60, 50, 160)
    added = added_to(places(below), places(on_it, above))[0]
    assert added[0] > added[1] + STACKED / 2


def test_contrasts_forget_what_all_facings_of_a_photo_share() -> None:
    shared = np.array([0.9, 0, 0], dtype=np.float32)
    own = np.array([[0, 0.4, 0], [0, 0, 0.4], [0, 0.4, 0], [0, 0, 0.4]], dtype=np.float32)
    apart = contrasts(np.zeros(4, dtype=np.int64), shared + own)
    np.testing.assert_allclose(np.linalg.norm(apart, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(apart[0] @ apart[2], 1, atol=1e-5)
    np.testing.assert_allclose(apart[0] @ apart[1], -1, atol=1e-5)


def test_a_photo_of_equal_facings_has_no_contrasts() -> None:
    looks = np.array([[0.6, 0.8], [0.6, 0.8], [1, 0]], dtype=np.float32)
    assert not contrasts(np.array([0, 0, 1]), looks).any()


def test_products_of_a_photo_are_told_apart_by_their_contrasts() -> None:
    """All packs of a brand look alike; what differs between them decides, unless a product of elsewhere is closer."""
    looks = np.array([[1, 0, 0.2], [1, 0.3, 0], [1, 0, 0.25]], dtype=np.float32)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    boxes = np.array([(0, 0, 50, 100), (55, 0, 105, 100), (110, 0, 160, 100)], dtype=np.float32)
    photos = np.zeros(3, dtype=np.int64)
    row = Places(photos, boxes, contrasts(photos, looks))
    gallery = Gallery(["red", "blue"], looks[:2], places=row.rows([0, 1]))
    assert [found and found.sku for found in propose(looks[2:], gallery, row.rows([2]), least=0.9, margin=0.2)] == [
        "red"
    ]
    unlike = Places(photos, boxes)
    plain = Gallery(["red", "blue"], looks[:2], places=unlike.rows([0, 1]))
    assert propose(looks[2:], plain, unlike.rows([2]), least=0.9, margin=0.2) == [None]
