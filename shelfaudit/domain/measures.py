"""The numbers of a shelf audit, each defined once.

Sources: the definitions of facings and share of shelf as retail audits use them (share of shelf by facings, and
linear share of shelf by width); unknown facings are counted and shown, never hidden.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shelfaudit.domain.catalogue import Brand, Catalogue, Ownership, Product
from shelfaudit.domain.visit import Facing


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the shelf: its facings, and its shares in [0, 1] by facings and by width (0 on an empty shelf)."""

    facings: int
    by_facings: float
    by_width: float


@dataclass(frozen=True, slots=True)
class BrandShare:
    """A brand's part of the shelf."""

    brand: Brand
    share: Share


@dataclass(frozen=True, slots=True)
class ProductShare:
    """A product's part of the shelf."""

    product: Product
    share: Share


@dataclass(frozen=True, slots=True)
class ShelfShares:
    """The shelf in numbers; brands and products with the most facings first, then by name.

    `own`, `competitor` and `unknown` add up to `total`. A product that is not in the catalogue counts as unknown.
    """

    total: int
    own: Share
    competitor: Share
    unknown: Share
    brands: tuple[BrandShare, ...]
    products: tuple[ProductShare, ...]


def count_by_product(facings: Iterable[Facing]) -> Counter[str | None]:
    """Facings per SKU; None counts those not recognised."""
    return Counter(facing.product for facing in facings)


def facing_widths(photos: Sequence[Sequence[Facing]], catalogue: Catalogue) -> list[list[float]]:
    """The width of every facing in one common unit, per photo, in the order given.

    A near and a distant photo of the same shelf must weigh alike, so pixels cannot be added across photos. Where
    every photo shows a product of known width, widths are centimetres: the catalogue's own, or pixels by the photo's
    median scale. Otherwise the unit is the photo's median facing width.
    """
    scales = [_pixels_per_cm(facings, catalogue) for facings in photos]
    in_cm = all(scale is not None for scale, facings in zip(scales, photos, strict=True) if facings)
    widths: list[list[float]] = []
    for facings, scale in zip(photos, scales, strict=True):
        if in_cm and scale is not None:
            widths.append([_known_width(facing, catalogue) or facing.box.width / scale for facing in facings])
        elif facings:
            unit = statistics.median(facing.box.width for facing in facings)
            widths.append([facing.box.width / unit for facing in facings])
        else:
            widths.append([])
    return widths


def measure_shares(photos: Sequence[Sequence[Facing]], catalogue: Catalogue) -> ShelfShares:
    """Facings and shares of every brand and product over the photos of a visit.

    Share of shelf by facings: facings of the brand ÷ all facings. Linear share: sum of the widths of the brand's
    facings ÷ sum of all facing widths (see `facing_widths` for the unit).
    """
    counts: Counter[str | None] = Counter()
    widths: dict[str | None, float] = defaultdict(float)
    for facings, photo_widths in zip(photos, facing_widths(photos, catalogue), strict=True):
        for facing, width in zip(facings, photo_widths, strict=True):
            sku = facing.product if facing.product in catalogue.products else None
            counts[sku] += 1
            widths[sku] += width
    total, total_width = counts.total(), sum(widths.values())

    def share_of(skus: Iterable[str | None]) -> Share:
        chosen = [sku for sku in skus if sku in counts]
        facings = sum(counts[sku] for sku in chosen)
        width = sum(widths[sku] for sku in chosen)
        return Share(facings, facings / total if total else 0.0, width / total_width if total_width else 0.0)

    skus_by_brand: dict[str, list[str]] = defaultdict(list)
    skus_by_owner: dict[Ownership, list[str]] = defaultdict(list)
    for sku in counts:
        brand = catalogue.brand_of(sku)
        if brand is not None and sku is not None:
            skus_by_brand[brand.name].append(sku)
            skus_by_owner[brand.ownership].append(sku)
    brands = [BrandShare(catalogue.brands[name], share_of(skus)) for name, skus in skus_by_brand.items()]
    products = [ProductShare(catalogue.products[sku], share_of([sku])) for sku in counts if sku is not None]
    return ShelfShares(
        total=total,
        own=share_of(skus_by_owner[Ownership.OWN]),
        competitor=share_of(skus_by_owner[Ownership.COMPETITOR]),
        unknown=share_of([None]),
        brands=tuple(sorted(brands, key=lambda entry: (-entry.share.facings, entry.brand.name))),
        products=tuple(sorted(products, key=lambda entry: (-entry.share.facings, entry.product.sku))),
    )


@dataclass(frozen=True, slots=True)
class Availability:
    """Must-stock products of the catalogue that the photos show, and those they do not; by SKU."""

    found: tuple[Product, ...]
    missing: tuple[Product, ...]

    @property
    def expected(self) -> int:
        return len(self.found) + len(self.missing)


def must_stock_availability(photos: Iterable[Iterable[Facing]], catalogue: Catalogue) -> Availability:
    """On-shelf availability of a store: must-stock products found, and missing, among those expected."""
    seen = {facing.product for facings in photos for facing in facings}
    expected = sorted((p for p in catalogue.products.values() if p.must_stock), key=lambda product: product.sku)
    return Availability(
        found=tuple(product for product in expected if product.sku in seen),
        missing=tuple(product for product in expected if product.sku not in seen),
    )


def own_share(counts: Mapping[str | None, int], catalogue: Catalogue) -> float | None:
    """Own facings ÷ all facings from counts per SKU; None where nothing is counted or no own brand is known."""
    total = sum(counts.values())
    if not total or not catalogue.has_own_brand:
        return None
    own = sum(
        number
        for sku, number in counts.items()
        if (brand := catalogue.brand_of(sku)) is not None and brand.ownership is Ownership.OWN
    )
    return own / total


def _known_width(facing: Facing, catalogue: Catalogue) -> float | None:
    product = catalogue.products.get(facing.product) if facing.product is not None else None
    return product.width_cm if product is not None else None


def _pixels_per_cm(facings: Sequence[Facing], catalogue: Catalogue) -> float | None:
    """The photo's median scale over the facings of known width, or None where there are none."""
    scales = [facing.box.width / width for facing in facings if (width := _known_width(facing, catalogue)) is not None]
    return statistics.median(scales) if scales else None
