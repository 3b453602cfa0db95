"""Names that are sure vouch for others on the same shelf."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pytest

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.recognition import gallery as gallery_module
from shelfaudit.recognition.gallery import Gallery
from shelfaudit.recognition.proposals import propose
from shelfaudit.recognition.shelf_places import Places, contrasts


def turned(*degrees: float) -> FloatArray:
    """Unit vectors in a plane: the cosine of the difference is the similarity."""
    angles = np.radians(np.array(degrees, dtype=np.float32))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


ROW = np.array([(60 * place, 0, 60 * place + 50, 100) for place in range(3)], dtype=np.float32)
# A pack, the same turned a little, the same turned so far that it is hardly like the first.
PICTURE, FACINGS = turned(0), turned(20, 45)


def names(places: Places | None, refused: Collection[tuple[int, str]] = ()) -> list[str | None]:
    """What the two facings are called, next to the picture of the product."""
    there = places.rows([0]) if places is not None else None
    here = places.rows([1, 2]) if places is not None else None
    found = propose(FACINGS, Gallery(["pack"], PICTURE, places=there), here, refused, least=1.0, margin=0.05)
    return [proposal.sku if proposal else None for proposal in found]


def test_a_facing_is_called_what_its_neighbour_is() -> None:
    row = Places(np.zeros(3, dtype=np.int64), ROW)
    assert names(row) == ["pack", "pack"]
    gallery = Gallery(["pack"], PICTURE, places=row.rows([0]))
    assert propose(FACINGS[1:], gallery, row.rows([2]), least=1.0, margin=0.05) == [None]


def test_where_facings_stand_must_be_known() -> None:
    assert names(None) == [None, None]


def test_what_a_facing_is_not_it_does_not_vouch_for() -> None:
    row = Places(np.zeros(3, dtype=np.int64), ROW)
    assert names(row, {(0, "pack")}) == [None, None]
    assert names(row, {(1, "pack")}) == ["pack", None]


def test_a_large_visit_is_named_in_parts_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(4)
    kinds = random.standard_normal((5, 8)).astype(np.float32)
    shown = random.integers(0, 5, 60)
    looks = kinds[shown] + 0.6 * random.standard_normal((60, 8)).astype(np.float32)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    photos = np.repeat(np.arange(3), 20)
    boxes = np.array([(60 * (row % 20), 0, 60 * (row % 20) + 50, 100) for row in range(60)], dtype=np.float32)
    places = Places(photos, boxes, contrasts(photos, looks))
    gallery = Gallery([f"kind {kind}" for kind in shown[:8]], looks[:8], places=places.rows(slice(0, 8)))

    def proposed() -> list[str | None]:
        found = propose(looks[8:], gallery, places.rows(slice(8, 60)), least=0.6, margin=0.02)
        return [proposal.sku if proposal else None for proposal in found]

    whole = proposed()
    assert None in whole
    assert len(set(whole)) > 3
    for entries in (8, 30, 200):
        monkeypatch.setattr(gallery_module, "_ENTRIES_AT_ONCE", entries)
        assert proposed() == whole
