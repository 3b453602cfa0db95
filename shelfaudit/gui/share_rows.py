"""What the share panel lists, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.measures import Share, ShelfShares
from shelfaudit.domain.palette import UNKNOWN_STYLE, BrandStyle


class ShareBasis(StrEnum):
    """Which of the two shares of shelf is shown."""

    FACINGS = "facings"
    WIDTH = "width"

    def of(self, share: Share) -> float:
        """The share in [0, 1] on this basis."""
        return share.by_facings if self is ShareBasis.FACINGS else share.by_width


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A line of the panel: `key` is the brand's name or the product's SKU, None for unknown facings."""

    key: str | None
    label: str
    style: BrandStyle
    facings: int
    share: float


def brand_rows(shares: ShelfShares, styles: Mapping[str, BrandStyle], basis: ShareBasis) -> list[ShareRow]:
    """Brands with the most facings first, unknown last where there are any."""
    rows = [
        ShareRow(
            entry.brand.name,
            entry.brand.name,
            styles.get(entry.brand.name, UNKNOWN_STYLE),
            entry.share.facings,
            basis.of(entry.share),
        )
        for entry in shares.brands
    ]
    return [*rows, *_unknown_row(shares, basis)]


def product_rows(shares: ShelfShares, styles: Mapping[str, BrandStyle], basis: ShareBasis) -> list[ShareRow]:
    """Products with the most facings first, unknown last where there are any."""
    rows = [
        ShareRow(
            entry.product.sku,
            entry.product.name,
            styles.get(entry.product.brand, UNKNOWN_STYLE),
            entry.share.facings,
            basis.of(entry.share),
        )
        for entry in shares.products
    ]
    return [*rows, *_unknown_row(shares, basis)]


def must_stock_found(shares: ShelfShares, catalogue: Catalogue) -> tuple[int, int]:
    """Must-stock products that were found, and those expected."""
    expected = {product.sku for product in catalogue.products.values() if product.must_stock}
    found = expected & {entry.product.sku for entry in shares.products}
    return len(found), len(expected)


def percent(share: float) -> str:
    """41 %: whole per cent, because more would be false precision; "<1 %" for what is there but small."""
    if 0 < share < 0.005:
        return "<1 %"
    return f"{share * 100:.0f} %"


def largest(rows: Iterable[ShareRow]) -> float:
    """The largest share of the rows, by which bars are scaled (1 where there is none)."""
    return max((row.share for row in rows), default=0.0) or 1.0


def _unknown_row(shares: ShelfShares, basis: ShareBasis) -> list[ShareRow]:
    unknown = shares.unknown
    return [ShareRow(None, "Unknown", UNKNOWN_STYLE, unknown.facings, basis.of(unknown))] if unknown.facings else []
