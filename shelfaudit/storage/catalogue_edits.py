"""Edits of the catalogue: brands and products with the facings and reference pictures that follow them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from shelfaudit.domain.catalogue import Brand, Product
from shelfaudit.domain.catalogue_edits import CatalogueEdit, Change, NameChange
from shelfaudit.domain.visit import Author
from shelfaudit.storage.catalogue import load_catalogue
from shelfaudit.storage.convert import brand_values, product_values
from shelfaudit.storage.part import RepositoryPart, note_change, upsert
from shelfaudit.storage.references import reference_values
from shelfaudit.storage.refusals import RenamedRefusal, rename_refusals, take_back_refusals
from shelfaudit.storage.tables import BrandRow, FacingRow, PhotoRow, ProductRow, ReferenceRow

_IDS_AT_ONCE = 10_000
"""SQLite takes no more than some 30,000 values in one question."""


@dataclass(frozen=True)
class SavedEdit:
    """An edit of the catalogue as it was saved: what it met, so that it can be taken back.

    names: the facings that have another product now. references: the rows of reference pictures as they were.
    refusals: the names refused that followed.
    """

    edit: CatalogueEdit
    names: tuple[NameChange, ...] = ()
    references: tuple[Mapping[str, object], ...] = ()
    refusals: tuple[RenamedRefusal, ...] = ()

    def knowing(self, known: Mapping[str, NameChange | None]) -> SavedEdit:
        """The same where it is known, by facing id, what a facing would have been called without it (None: as it is).

        The auditor's names alone are known so well.
        """
        others = [name for name in self.names if name.facing_id not in known or name.before_by is not Author.AUDITOR]
        by_id = {name.facing_id: name for name in (*others, *filter(None, known.values()))}
        return replace(self, names=tuple(by_id.values()))


@dataclass(frozen=True, slots=True)
class ProductUse:
    """How often a product was found: facings, and the visits they are in."""

    facings: int = 0
    visits: int = 0

    @classmethod
    def of(cls, by_visit: Iterable[Mapping[int, int]]) -> ProductUse:
        """What `facings_by_visit` says of several products together; a visit with several of them counts once."""
        found = list(by_visit)
        return cls(
            sum(sum(facings.values()) for facings in found), len({visit for facings in found for visit in facings})
        )


class CatalogueEditsPart(RepositoryPart):
    """Changing the catalogue, and taking it back."""

    def edit_catalogue(self, edit: CatalogueEdit) -> SavedEdit:
        """Saves the edit with all that follows from it, in every visit.

        Raises:
            EditConflict: the stored catalogue is not as it was when the edit was made; nothing is changed.
        """
        with self._database.writing() as session:
            edit.apply(load_catalogue(session))
            _save_entries(session, edit)
            gone = [sku for sku, change in edit.products.items() if change.after is None]
            references = tuple(reference_values(session, gone))
            names = tuple(_names_to_change(session, edit))
            _rename(session, names)
            refusals = rename_refusals(session, edit.renamed) if edit.renamed else ()
            for sku, successor in edit.renamed.items():
                if successor is not None:
                    session.execute(update(ReferenceRow).where(ReferenceRow.sku == sku).values(sku=successor))
            _delete_entries(session, edit)
            return SavedEdit(edit, names, references, refusals)

    def take_back_catalogue_edit(self, saved: SavedEdit) -> tuple[NameChange, ...]:
        """Takes a saved edit back; facings that were named anew since keep their newer name.

        Returns the names that were given back. Raises EditConflict as `edit_catalogue`.
        """
        edit = saved.edit.reverted
        with self._database.writing() as session:
            edit.apply(load_catalogue(session))
            _save_entries(session, edit)
            upsert(session, ReferenceRow, "id", saved.references)
            names = tuple(_still_so(session, [change.reverted for change in saved.names]))
            _rename(session, names)
            if saved.refusals:
                take_back_refusals(session, saved.refusals)
            _delete_entries(session, edit)
            return names

    def product_uses(self) -> dict[str, ProductUse]:
        """How often each SKU was found in all visits; SKUs that are not in the catalogue, too."""
        query = (
            select(FacingRow.product, func.count(), func.count(PhotoRow.visit_id.distinct()))
            .join(PhotoRow, PhotoRow.id == FacingRow.photo_id)
            .where(FacingRow.product.is_not(None))
            .group_by(FacingRow.product)
        )
        with self._database.reading() as session:
            return {sku: ProductUse(facings, visits) for sku, facings, visits in session.execute(query) if sku}

    def facings_by_visit(self, skus: Collection[str]) -> dict[str, dict[int, int]]:
        """How many facings each of these products has in each visit (by id) in which it was found."""
        query = (
            select(FacingRow.product, PhotoRow.visit_id, func.count())
            .join(PhotoRow, PhotoRow.id == FacingRow.photo_id)
            .where(FacingRow.product.in_(skus))
            .group_by(FacingRow.product, PhotoRow.visit_id)
        )
        found: dict[str, dict[int, int]] = {sku: {} for sku in skus}
        with self._database.reading() as session:
            for sku, visit_id, facings in session.execute(query):
                found[sku or ""][visit_id] = facings
        return found


def _save_entries(session: Session, edit: CatalogueEdit) -> None:
    brands: list[Brand] = [change.after for change in edit.brands.values() if change.after is not None]
    products: list[Product] = [change.after for change in edit.products.values() if change.after is not None]
    upsert(session, BrandRow, "name", [brand_values(brand) for brand in brands])
    upsert(session, ProductRow, "sku", [product_values(product) for product in products])


def _delete_entries(session: Session, edit: CatalogueEdit) -> None:
    """Last: what refers to them has been moved by now; reference pictures that were not go with their product."""
    session.execute(delete(ProductRow).where(ProductRow.sku.in_(_gone(edit.products))))
    session.execute(delete(BrandRow).where(BrandRow.name.in_(_gone(edit.brands))))


def _gone(changes: Mapping[str, Change[Brand]] | Mapping[str, Change[Product]]) -> list[str]:
    return [key for key, change in changes.items() if change.after is None]


def _names_to_change(session: Session, edit: CatalogueEdit) -> Iterable[NameChange]:
    query = select(FacingRow.id, FacingRow.product, FacingRow.product_by).where(FacingRow.product.in_(edit.renamed))
    for facing_id, sku, author in session.execute(query):
        change = edit.name_change(facing_id, sku, author)
        if change is not None:
            yield change


def _still_so(session: Session, changes: Collection[NameChange]) -> Iterable[NameChange]:
    """Those changes that their facing is there for, with what it has for a product now."""
    wanted = {change.facing_id: change for change in changes}
    ids = list(wanted)
    query = select(FacingRow.id, FacingRow.product, FacingRow.product_by)
    for first in range(0, len(ids), _IDS_AT_ONCE):
        some = query.where(FacingRow.id.in_(ids[first : first + _IDS_AT_ONCE]))
        for facing_id, sku, author in session.execute(some):
            if wanted[facing_id].meets(sku, author):
                yield wanted[facing_id]


def _rename(session: Session, changes: Collection[NameChange]) -> None:
    if not changes:
        return
    values: list[dict[str, str | Author | None]] = [
        {"id": change.facing_id, "product": change.after, "product_by": change.after_by} for change in changes
    ]
    session.execute(update(FacingRow), values)
    photos = select(FacingRow.id, PhotoRow.visit_id).join(PhotoRow, PhotoRow.id == FacingRow.photo_id)
    met = {change.facing_id for change in changes}
    for visit_id in {visit_id for facing_id, visit_id in session.execute(photos) if facing_id in met}:
        note_change(session, visit_id)
