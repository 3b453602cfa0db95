"""Rows ↔ domain objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from shelfaudit.domain.catalogue import Brand, Product
from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.domain.visit import Facing, Photo, Store, Visit
from shelfaudit.storage.tables import BrandRow, FacingRow, PhotoRow, ProductRow, RejectedRow, VisitRow

STORED_FLOAT = np.dtype("<f2")


def facing_of(row: FacingRow) -> Facing:
    return Facing(
        id=row.id,
        box=Box(row.x1, row.y1, row.x2, row.y2),
        score=row.score,
        product=row.product,
        box_by=row.box_by,
        product_by=row.product_by,
    )


def box_values(box: Box) -> dict[str, float]:
    """The four columns of a box. Plain floats: SQLite does not take numpy's."""
    return {"x1": float(box.x1), "y1": float(box.y1), "x2": float(box.x2), "y2": float(box.y2)}


def facing_values(facing: Facing, photo_id: int, position: int) -> dict[str, object]:
    """The columns of `FacingRow`."""
    return {
        "id": facing.id,
        "photo_id": photo_id,
        "position": position,
        **box_values(facing.box),
        "score": float(facing.score) if facing.score is not None else None,
        "product": facing.product,
        "box_by": facing.box_by,
        "product_by": facing.product_by,
    }


def photo_of(row: PhotoRow, facings: Iterable[Facing] = (), rejected: Iterable[RejectedRow] = ()) -> Photo:
    return Photo(
        id=row.id,
        visit_id=row.visit_id,
        path=row.path,
        width=row.width,
        height=row.height,
        sha256=row.sha256,
        state=row.state,
        error=row.error,
        model=row.model,
        threshold=row.threshold,
        facings=tuple(facings),
        rejected={each.facing_id: Box(each.x1, each.y1, each.x2, each.y2) for each in rejected},
    )


def visit_of(row: VisitRow, store: str, photos: Iterable[Photo]) -> Visit:
    return Visit(
        id=row.id,
        store=Store(store),
        category=row.category,
        date=row.date,
        auditor=row.auditor,
        reported=row.reported,
        photos=tuple(photos),
    )


def brand_of(row: BrandRow) -> Brand:
    return Brand(row.name, row.ownership, row.colour)


def brand_values(brand: Brand) -> dict[str, object]:
    """The columns of `BrandRow`."""
    return {"name": brand.name, "ownership": brand.ownership, "colour": brand.colour}


def product_of(row: ProductRow) -> Product:
    return Product(
        sku=row.sku,
        name=row.name,
        brand=row.brand,
        width_cm=row.width_cm,
        barcode=row.barcode,
        must_stock=row.must_stock,
        category=row.category,
        size=row.size,
    )


def product_values(product: Product) -> dict[str, object]:
    """The columns of `ProductRow`."""
    return {
        "sku": product.sku,
        "name": product.name,
        "brand": product.brand,
        "width_cm": product.width_cm,
        "barcode": product.barcode,
        "must_stock": product.must_stock,
        "category": product.category,
        "size": product.size,
    }


def vector_to_blob(vector: FloatArray) -> bytes:
    """A unit vector (K,) as 2 K bytes; float16 keeps a cosine similarity to about 0.001, at half the disk space."""
    return vector.astype(STORED_FLOAT).tobytes()


def blobs_to_matrix(blobs: Sequence[bytes]) -> FloatArray:
    """Stored vectors of one length as float32 (N, K); (0, 0) for none."""
    if not blobs:
        return np.zeros((0, 0), dtype=np.float32)
    return np.frombuffer(b"".join(blobs), dtype=STORED_FLOAT).reshape(len(blobs), -1).astype(np.float32)
