"""Visits: their state follows from their photos."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import (
    Author,
    Facing,
    Photo,
    PhotoState,
    Store,
    Visit,
    VisitState,
    new_facing_id,
    visit_state,
)

W, D, R, F = PhotoState.WAITING, PhotoState.DETECTED, PhotoState.REVIEWED, PhotoState.FAILED


@pytest.mark.parametrize(
    ("photos", "reported", "expected"),
    [
        ([], False, VisitState.EMPTY),
        ([W, R], False, VisitState.IMPORTING),
        ([W, R], True, VisitState.IMPORTING),
        ([D, R], False, VisitState.TO_REVIEW),
        ([R, R], False, VisitState.REVIEWED),
        ([R, F], False, VisitState.REVIEWED),
        ([D, R], True, VisitState.REPORTED),
    ],
)
def test_state_of_a_visit(photos: list[PhotoState], reported: bool, expected: VisitState) -> None:
    assert visit_state(photos, reported=reported) is expected


def test_a_visit_finds_its_photos_and_knows_its_state() -> None:
    photos = tuple(Photo(number, 1, Path(f"{number}.jpg"), state=D) for number in (3, 5))
    visit = Visit(1, Store("Prüf-Markt №1"), "Soft drinks", dt.date(2026, 11, 20), "Ada", photos=photos)
    assert visit.photo(5) is photos[1]
    assert visit.state is VisitState.TO_REVIEW
    with pytest.raises(KeyError):
        visit.photo(4)


def test_a_store_needs_a_name() -> None:
    with pytest.raises(ValueError, match="name"):
        Store("  ")


def test_a_facing_is_touched_by_the_auditors_box_or_product_only() -> None:
    found = Facing("a", Box(0, 0, 1, 1), product="alba/cola", product_by=Author.DETECTOR)
    assert not found.touched
    assert replace(found, box_by=Author.AUDITOR).touched
    assert replace(found, product_by=Author.AUDITOR).touched


def test_facing_ids_do_not_repeat() -> None:
    assert len({new_facing_id() for _ in range(1000)}) == 1000
