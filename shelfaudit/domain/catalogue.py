"""Brands, products and the catalogue that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Ownership(StrEnum):
    """Whose brand it is, seen from the auditor's own company."""

    OWN = "own"
    COMPETITOR = "competitor"


class BrandColour(StrEnum):
    """The colours that a brand can be given, by name; `domain.palette` says what they look like."""

    BLUE = "blue"
    ORANGE = "orange"
    GREEN = "green"
    PINK = "pink"
    SKY = "sky"
    VERMILION = "vermilion"
    YELLOW = "yellow"


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand; its name identifies it. Its `colour` is chosen, or None: the next one that is free."""

    name: str
    ownership: Ownership = Ownership.COMPETITOR
    colour: BrandColour | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("a brand needs a name")


@dataclass(frozen=True, slots=True)
class Product:
    """One stock-keeping unit; `sku` identifies it, `brand` names its brand, `width_cm` is its front's width.

    `category` is the shelf it belongs to, `size` what one unit holds, as a person writes it ("0.5 l").
    """

    sku: str
    name: str
    brand: str
    width_cm: float | None = None
    barcode: str = ""
    must_stock: bool = False
    category: str = ""
    size: str = ""

    def __post_init__(self) -> None:
        if not self.sku.strip() or not self.name.strip():
            raise ValueError("a product needs a SKU and a name")
        if self.width_cm is not None and not self.width_cm > 0:
            raise ValueError(f"the width of {self.sku} must be above 0 cm, got {self.width_cm}")


@dataclass(frozen=True)
class Catalogue:
    """Brands by name and products by SKU; immutable, so that every thread may hold one.

    Raises:
        ValueError: a product names a brand that is not in the catalogue.
    """

    brands: Mapping[str, Brand] = field(default_factory=dict)
    products: Mapping[str, Product] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for product in self.products.values():
            if product.brand not in self.brands:
                raise ValueError(f"product {product.sku} names the unknown brand {product.brand!r}")
        object.__setattr__(self, "brands", MappingProxyType(dict(self.brands)))
        object.__setattr__(self, "products", MappingProxyType(dict(self.products)))

    @classmethod
    def of(cls, brands: Iterable[Brand], products: Iterable[Product]) -> Catalogue:
        """A catalogue of these; a later entry of the same name or SKU replaces an earlier one."""
        return cls({brand.name: brand for brand in brands}, {product.sku: product for product in products})

    @property
    def has_own_brand(self) -> bool:
        """Whether it knows an own brand: without one, an own share of 0 % would say nothing."""
        return any(brand.ownership is Ownership.OWN for brand in self.brands.values())

    @property
    def brand_colours(self) -> dict[str, BrandColour]:
        """The colours that were chosen, by brand."""
        return {brand.name: brand.colour for brand in self.brands.values() if brand.colour is not None}

    def products_of(self, brand: str) -> list[Product]:
        """The products of a brand."""
        return [product for product in self.products.values() if product.brand == brand]

    def brand_of(self, sku: str | None) -> Brand | None:
        """The brand of a product, or None for an unknown one."""
        product = self.products.get(sku) if sku is not None else None
        return self.brands[product.brand] if product is not None else None

    def merged(self, other: Catalogue) -> Catalogue:
        """Both catalogues; where they differ, `other` wins."""
        return Catalogue({**self.brands, **other.brands}, {**self.products, **other.products})
