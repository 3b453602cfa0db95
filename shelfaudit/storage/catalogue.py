"""The catalogue, and the window's small memory."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.storage.convert import brand_of, brand_values, product_of, product_values
from shelfaudit.storage.part import RepositoryPart, upsert
from shelfaudit.storage.tables import BrandRow, ProductRow, UiStateRow


class CataloguePart(RepositoryPart):
    """Brands and products."""

    def catalogue(self) -> Catalogue:
        """All brands by name and products by SKU, in this order."""
        with self._database.reading() as session:
            return load_catalogue(session)

    def save_catalogue(self, catalogue: Catalogue) -> None:
        """Merges this catalogue into the stored one; where they differ, this one wins (as `Catalogue.merged`)."""
        with self._database.writing() as session:
            upsert(session, BrandRow, "name", [brand_values(brand) for brand in catalogue.brands.values()])
            upsert(session, ProductRow, "sku", [product_values(product) for product in catalogue.products.values()])


class UiStatePart(RepositoryPart):
    """What the window remembers from one start to the next, as text by key."""

    def ui_state(self, key: str) -> str | None:
        """The text saved under the key, or None."""
        with self._database.reading() as session:
            return session.scalar(select(UiStateRow.value).where(UiStateRow.key == key))

    def save_ui_state(self, key: str, value: str) -> None:
        """Saves the text under the key."""
        with self._database.writing() as session:
            upsert(session, UiStateRow, "key", [{"key": key, "value": value}])


def load_catalogue(session: Session) -> Catalogue:
    """All brands by name and products by SKU, in this order."""
    return Catalogue.of(
        brands=[brand_of(row) for row in session.scalars(select(BrandRow).order_by(BrandRow.name))],
        products=[product_of(row) for row in session.scalars(select(ProductRow).order_by(ProductRow.sku))],
    )
