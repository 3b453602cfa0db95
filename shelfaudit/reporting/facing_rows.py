"""One row per facing: the columns that the workbook and the CSV file share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from shelfaudit.domain.visit import Facing
from shelfaudit.reporting.figures import PhotoFigures, VisitFigures

Cell = str | int | float | dt.date | None
"""None is an empty cell."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, and its width in characters."""

    head: str
    width: float


COLUMNS = (
    Column("Photo", 7),
    Column("File", 32),
    Column("Facing", 34),
    Column("Brand", 20),
    Column("Product", 32),
    Column("SKU", 18),
    Column("Ownership", 12),
    Column("Score", 8),
    Column("Box set by", 11),
    Column("Product set by", 13),
    Column("X1", 9),
    Column("Y1", 9),
    Column("X2", 9),
    Column("Y2", 9),
    Column("Width", 9),
    Column("Height", 9),
)
"""Boxes are in upright photo pixels."""


def facing_rows(figures: VisitFigures) -> Iterator[tuple[Cell, ...]]:
    """A row for every facing of the visit, by photo, in the order of `COLUMNS`."""
    for entry in figures.photos:
        for facing in entry.photo.facings:
            yield (*_where(entry, facing), *_what(figures, facing), *_box(facing))


def _where(entry: PhotoFigures, facing: Facing) -> tuple[Cell, ...]:
    return (entry.number, entry.photo.path.name, facing.id)


def _what(figures: VisitFigures, facing: Facing) -> tuple[Cell, ...]:
    """Brand to product set by; a SKU that left the catalogue is kept, its name and brand are empty."""
    product = figures.catalogue.products.get(facing.product) if facing.product is not None else None
    brand = figures.catalogue.brand_of(facing.product)
    return (
        brand.name if brand is not None else None,
        product.name if product is not None else None,
        facing.product,
        brand.ownership.value if brand is not None else None,
        round(facing.score, 4) if facing.score is not None else None,
        facing.box_by.value,
        facing.product_by.value if facing.product_by is not None else None,
    )


def _box(facing: Facing) -> tuple[Cell, ...]:
    box = facing.box
    return tuple(round(value, 2) for value in (*box.as_tuple(), box.width, box.height))
