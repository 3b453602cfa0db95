"""Visits for the tests of reports: small, but with everything that a report has to tell apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.catalogue import Brand, Catalogue, Ownership, Product
from shelfaudit.domain.edits import EditKind
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Author, Facing, Photo, PhotoState, Store, Visit
from shelfaudit.errors import PhotoError
from shelfaudit.reporting.figures import ModelNote, VisitFigures, build_figures

MODEL = "shelf-photo 1.2"
NOTE = ModelNote(
    "shelf-photo", "1.2", "shelf-photo.tflite", "ab" * 32, {"measured_on": "25 photos of other stores", "ap50": 0.8714}
)

CATALOGUE = Catalogue.of(
    [Brand("Alba", Ownership.OWN), Brand("Brio"), Brand("Celeste")],
    [
        Product("alba/cola", "Alba Cola 0.5 l", "Alba", must_stock=True),
        Product("alba/zero", "Alba Zero 0.5 l", "Alba", must_stock=True),
        Product("brio/lime", "Brio Lime 1 l", "Brio"),
        Product("celeste", "Celeste Still", "Celeste"),
    ],
)


def facings(product: str | None, number: int, *, row: int = 0, width: float = 40.0) -> tuple[Facing, ...]:
    """A row of the same product, side by side; ids tell row, product and place."""
    named_by = Author.AUDITOR if product is not None else None
    return tuple(
        Facing(
            id=f"{row}/{product}/{place}",
            box=Box(place * 50.0, row * 100.0, place * 50.0 + width, row * 100.0 + 90.0),
            score=0.75,
            product=product,
            product_by=named_by,
        )
        for place in range(number)
    )


def photo(
    number: int,
    content: Sequence[Facing] = (),
    *,
    state: PhotoState = PhotoState.REVIEWED,
    name: str | None = None,
    size: tuple[int, int] = (800, 600),
    error: str = "",
) -> Photo:
    """A photo of a visit; one that is waiting or failed has no size and no model."""
    path = Path("visit") / (name or f"IMG_{number}.jpg")
    if state in (PhotoState.WAITING, PhotoState.FAILED):
        return Photo(number, 1, path, state=state, error=error)
    return Photo(number, 1, path, *size, "cd" * 32, state, "", MODEL, 0.43, tuple(content))


def visit(photos: Sequence[Photo], *, store: str = "Prüf-Markt №1", auditor: str = "Jana Nováková") -> Visit:
    """A visit to a store on 20 November 2026."""
    return Visit(7, Store(store), "Soft drinks", dt.date(2026, 11, 20), auditor, False, tuple(photos))


def mixed_figures() -> VisitFigures:
    """Ten facings in three photos (6 Alba, 2 Brio, 2 unknown), one failed photo and one waiting."""
    photos = [
        photo(1, [*facings("alba/cola", 4), *facings("brio/lime", 2, row=1)]),
        photo(2, [*facings("alba/cola", 2), *facings(None, 2, row=1)], state=PhotoState.DETECTED, size=(600, 800)),
        photo(3, []),
        photo(4, state=PhotoState.FAILED, name="schäden.HEIC", error="The file is damaged."),
        photo(5, state=PhotoState.WAITING),
    ]
    return build_figures(visit(photos), CATALOGUE, {EditKind.MOVE: 3, EditKind.RELABEL: 8}, {MODEL: NOTE})


def striped_pixels(source: Photo) -> NDArray[np.uint8]:
    """Pixels for any photo: stripes, at half its size."""
    pixels = np.zeros((max(source.height // 2, 1), max(source.width // 2, 1), 3), dtype=np.uint8)
    pixels[:, ::8] = (200, 120, 40)
    return pixels


def missing_pixels(source: Photo) -> NDArray[np.uint8]:
    """A reader for photos whose files were moved away."""
    raise PhotoError("The file is missing.", file=source.path)
