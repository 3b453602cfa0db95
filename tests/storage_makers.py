"""Visits, photos and facings for tests that save them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from shelfaudit.domain.catalogue import Brand, Catalogue, Ownership, Product
from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.domain.visit import Facing, Photo, Visit, new_facing_id
from shelfaudit.storage.repository import VisitRepository

DAY = dt.date(2026, 11, 20)
COLA, ZERO, BRIO = "alba/cola", "alba/zero", "brio/fresh"
CATALOGUE = Catalogue.of(
    [Brand("Alba", Ownership.OWN), Brand("Brio")],
    [
        Product(COLA, "Alba Cola 0.5 l", "Alba", width_cm=6.5, barcode="4000000000013", must_stock=True),
        Product(ZERO, "Alba Zero 0.5 l", "Alba"),
        Product(BRIO, "Brio Früsch", "Brio"),
    ],
)


def a_visit(repository: VisitRepository, store: str = "Prüf-Markt №1", *, date: dt.date = DAY) -> Visit:
    return repository.create_visit(store, "Soft drinks", date, "Zoë")


def some_facings(count: int, *, x: float = 0.0) -> list[Facing]:
    """Facings side by side, 10 pixels wide, as a detector leaves them."""
    return [Facing(new_facing_id(), Box(x + 12 * i, 5, x + 12 * i + 10, 45.5), 0.9 - i / 100) for i in range(count)]


def unit_vectors(count: int, size: int = 8) -> FloatArray:
    vectors = np.random.default_rng(count).normal(size=(count, size)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def detect(
    repository: VisitRepository, photo_id: int, facings: Sequence[Facing], appearances: FloatArray | None = None
) -> Photo:
    """Saves a detection of these facings."""
    return repository.save_detection(
        photo_id,
        width=640,
        height=480,
        sha256="ab" * 32,
        facings=facings,
        appearances=appearances,
        model="shelf-photo 1",
        threshold=0.48,
    )


def a_detected_photo(repository: VisitRepository, count: int = 4, *, described: bool = False) -> Photo:
    """A photo with facings in a visit of its own."""
    [photo] = repository.add_photos(a_visit(repository).id, [Path("/photos/Käse 1.jpg").absolute()])
    return detect(repository, photo.id, some_facings(count), unit_vectors(count) if described else None)
