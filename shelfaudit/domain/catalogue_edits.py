"""What is done to the catalogue: edits that apply and revert, and take the names of facings with them.

As with the facings of a photo, every edit is the same thing, some brands and products before and some after. What it
does to facings is told by SKU (`renamed`), because they lie in all visits; which ones it met is known to the
database alone, and comes back as `NameChange`s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from shelfaudit.domain.catalogue import Brand, Catalogue, Product
from shelfaudit.domain.visit import Author, Facing
from shelfaudit.errors import EditConflict

Entry = TypeVar("Entry", Brand, Product)


@dataclass(frozen=True, slots=True)
class Change(Generic[Entry]):
    """One brand or product before and after; None where it is not there."""

    before: Entry | None
    after: Entry | None


@dataclass(frozen=True, slots=True)
class NameChange:
    """The product of one facing, and who set it, before and after."""

    facing_id: str
    before: str | None
    before_by: Author | None
    after: str | None
    after_by: Author | None

    @property
    def reverted(self) -> NameChange:
        """The change that takes this one back."""
        return NameChange(self.facing_id, self.after, self.after_by, self.before, self.before_by)

    def meets(self, sku: str | None, author: Author | None) -> bool:
        """Whether it changes a facing that has this product by this author.

        What was named anew since stays, unless the machine named what the auditor had named.
        """
        as_it_was = (sku, author) == (self.before, self.before_by)
        return as_it_was or (self.after_by is Author.AUDITOR and author is not Author.AUDITOR)

    def apply(self, facing: Facing) -> Facing:
        """The facing afterwards."""
        if facing.id != self.facing_id or not self.meets(facing.product, facing.product_by):
            return facing
        return replace(facing, product=self.after, product_by=self.after_by)


@dataclass(frozen=True, slots=True)
class CatalogueEdit:
    """Brands by name and products by SKU that change; `text` says what is done, for the undo list.

    renamed: facings of this SKU, in every visit, get that one (None: they become unknown); reference pictures follow
        where there is one to follow.
    """

    text: str
    brands: Mapping[str, Change[Brand]] = field(default_factory=dict)
    products: Mapping[str, Change[Product]] = field(default_factory=dict)
    renamed: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def changes_something(self) -> bool:
        """Whether anything differs afterwards."""
        return bool(self.brands or self.products or self.renamed)

    @property
    def reverted(self) -> CatalogueEdit:
        """The brands and products as they were before; names of facings are not taken back by it."""
        return CatalogueEdit(
            self.text,
            {name: Change(change.after, change.before) for name, change in self.brands.items()},
            {sku: Change(change.after, change.before) for sku, change in self.products.items()},
        )

    def name_change(self, facing_id: str, sku: str | None, author: Author | None) -> NameChange | None:
        """What becomes of a facing that has this product by this author; None where nothing does."""
        if sku is None or sku not in self.renamed:
            return None
        successor = self.renamed[sku]
        # A facing whose product is gone was named by nobody: the machine may look at it again.
        return NameChange(facing_id, sku, author, successor, author if successor is not None else None)

    def rename(self, facing: Facing) -> Facing:
        """The facing afterwards."""
        change = self.name_change(facing.id, facing.product, facing.product_by)
        return change.apply(facing) if change is not None else facing

    def apply(self, catalogue: Catalogue) -> Catalogue:
        """The catalogue afterwards.

        Raises:
            EditConflict: a brand or product is not as it was when the edit was made, or one of its brands is gone.
        """
        brands = _applied(self.brands, catalogue.brands)
        products = _applied(self.products, catalogue.products)
        try:
            return Catalogue(brands, products)
        except ValueError as error:
            raise _conflict() from error


def difference(
    before: Catalogue, after: Catalogue, text: str, renamed: Mapping[str, str | None] | None = None
) -> CatalogueEdit:
    """The edit that makes `after` of `before`."""
    return CatalogueEdit(
        text, _changes(before.brands, after.brands), _changes(before.products, after.products), renamed or {}
    )


def save_brand(catalogue: Catalogue, brand: Brand, before: str | None = None) -> CatalogueEdit:
    """Add a brand, or change the brand `before`; with another name its products follow.

    A name that another brand has makes one brand of the two.
    """
    old = catalogue.brands.get(before) if before is not None else None
    if old is None:
        return _edit(catalogue, f"Add brand {brand.name}", brands=[brand])
    if old.name == brand.name:
        return _edit(catalogue, f"Change brand {brand.name}", brands=[brand])
    verb = "Merge brand" if brand.name in catalogue.brands else "Rename brand"
    moved = [replace(product, brand=brand.name) for product in catalogue.products_of(old.name)]
    return _edit(catalogue, f"{verb} {old.name}", brands=[brand], products=moved, without_brands=[old.name])


def remove_brand(catalogue: Catalogue, name: str) -> CatalogueEdit:
    """Remove a brand without products.

    Raises:
        ValueError: it has some.
    """
    if catalogue.products_of(name):
        raise ValueError(f"the brand {name} has products")
    return _edit(catalogue, f"Remove brand {name}", without_brands=[name])


def save_product(catalogue: Catalogue, product: Product, before: str | None = None) -> CatalogueEdit:
    """Add a product, or change the product of the SKU `before`; with another SKU the facings follow.

    Its brand is added where it is new.

    Raises:
        ValueError: another product has this SKU (`merge_products` makes one of two).
    """
    if product.sku != before and product.sku in catalogue.products:
        raise ValueError(f"there is a product of the SKU {product.sku} already")
    brands = [] if product.brand in catalogue.brands else [Brand(product.brand)]
    old = catalogue.products.get(before) if before is not None else None
    if old is None:
        return _edit(catalogue, f"Add {product.name}", brands=brands, products=[product])
    if old.sku == product.sku:
        return _edit(catalogue, f"Change {product.name}", brands=brands, products=[product])
    return _edit(
        catalogue,
        f"Change SKU {old.sku}",
        brands=brands,
        products=[product],
        without_products=[old.sku],
        renamed={old.sku: product.sku},
    )


def remove_products(catalogue: Catalogue, skus: Collection[str], *, keep_names: bool) -> CatalogueEdit:
    """Remove products; their facings become unknown, or keep a SKU that is counted as unknown until it is back."""
    text = f"Remove {_what(catalogue, skus)}"
    renamed = {} if keep_names else dict.fromkeys(skus)
    return _edit(catalogue, text, without_products=skus, renamed=renamed)


def merge_products(catalogue: Catalogue, skus: Collection[str], into: str) -> CatalogueEdit:
    """Several products are one: `into` stays, with what it lacks from the others; their facings get its SKU."""
    others = [catalogue.products[sku] for sku in skus if sku != into]
    kept = catalogue.products[into]
    for other in others:
        kept = replace(
            kept,
            width_cm=kept.width_cm or other.width_cm,
            barcode=kept.barcode or other.barcode,
            category=kept.category or other.category,
            size=kept.size or other.size,
            must_stock=kept.must_stock or other.must_stock,
        )
    gone = [other.sku for other in others]
    text = f"Merge {len(others) + 1} products into {kept.name}"
    return _edit(catalogue, text, products=[kept], without_products=gone, renamed=dict.fromkeys(gone, into))


def _edit(
    catalogue: Catalogue,
    text: str,
    *,
    brands: Iterable[Brand] = (),
    products: Iterable[Product] = (),
    without_brands: Collection[str] = (),
    without_products: Collection[str] = (),
    renamed: Mapping[str, str | None] | None = None,
) -> CatalogueEdit:
    kept_brands = [brand for name, brand in catalogue.brands.items() if name not in without_brands]
    kept_products = [product for sku, product in catalogue.products.items() if sku not in without_products]
    after = Catalogue.of([*kept_brands, *brands], [*kept_products, *products])
    return difference(catalogue, after, text, renamed)


def _changes(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> dict[str, Change[Entry]]:
    keys = dict.fromkeys([*before, *after])
    return {key: Change(before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}


def _applied(changes: Mapping[str, Change[Entry]], entries: Mapping[str, Entry]) -> dict[str, Entry]:
    result = dict(entries)
    for key, change in changes.items():
        if entries.get(key) != change.before:
            raise _conflict()
        if change.after is None:
            del result[key]
        else:
            result[key] = change.after
    return result


def _conflict() -> EditConflict:
    return EditConflict(
        "The catalogue was changed in the meantime.", advice="Look at it as it is now, then repeat your change."
    )


def _what(catalogue: Catalogue, skus: Collection[str]) -> str:
    if len(skus) == 1:
        return catalogue.products[next(iter(skus))].name
    return f"{len(skus)} products"
