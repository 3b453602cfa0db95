"""Edits of the catalogue in the database: what happens to facings in every visit, and that undo is exact."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfaudit.domain import catalogue_edits, edits
from shelfaudit.domain.catalogue import Brand, BrandColour, Catalogue, Ownership, Product
from shelfaudit.domain.catalogue_edits import CatalogueEdit
from shelfaudit.domain.visit import Author, Facing
from shelfaudit.errors import EditConflict, UserError
from shelfaudit.storage.catalogue_edits import ProductUse
from shelfaudit.storage.database import Database, open_database
from shelfaudit.storage.repository import VisitRepository
from tests.storage_makers import BRIO, CATALOGUE, COLA, ZERO, a_detected_photo, unit_vectors


@pytest.fixture
def repository(database: Database) -> VisitRepository:
    repository = VisitRepository(database)
    repository.save_catalogue(CATALOGUE)
    return repository


def name(repository: VisitRepository, skus: list[str | None]) -> int:
    """A visit of one photo with a facing for each product, named by the auditor; the photo's id."""
    photo = a_detected_photo(repository, len(skus))
    for facing, sku in zip(photo.facings, skus, strict=True):
        if sku is not None:
            repository.save_edit(photo.id, edits.relabel([facing], sku))
    return photo.id


def products(repository: VisitRepository, photo_id: int) -> list[str | None]:
    return [facing.product for facing in repository.photo(photo_id).facings]


def references(repository: VisitRepository) -> dict[str, list[bytes | None]]:
    return {
        sku: [picture.jpeg for picture in repository.reference_pictures(sku)] for sku in repository.catalogue().products
    }


def test_colours_categories_and_sizes_are_kept(repository: VisitRepository) -> None:
    cola = replace(CATALOGUE.products[COLA], category="Drinks", size="0.5 l")
    more = Catalogue.of([Brand("Alba", Ownership.OWN, BrandColour.PINK)], [cola])
    repository.save_catalogue(more)
    assert repository.catalogue() == CATALOGUE.merged(more)


def test_merging_takes_the_facings_of_all_visits_and_the_pictures(repository: VisitRepository) -> None:
    first, second = name(repository, [COLA, ZERO, None]), name(repository, [ZERO, BRIO])
    repository.save_references(COLA, unit_vectors(1), [b"cola"])
    repository.save_references(ZERO, unit_vectors(2), [b"zero", b"zero 2"])
    before = repository.catalogue()
    found = repository.facings_by_visit([COLA, ZERO])
    assert ProductUse.of(found.values()) == ProductUse(facings=3, visits=2)
    assert repository.product_uses() == {sku: ProductUse.of([found.get(sku, {9: 1})]) for sku in (COLA, ZERO, BRIO)}
    saved = repository.edit_catalogue(catalogue_edits.merge_products(before, [COLA, ZERO], into=COLA))
    assert set(repository.catalogue().products) == {COLA, BRIO}
    assert products(repository, first) == [COLA, COLA, None]
    assert products(repository, second) == [COLA, BRIO]
    assert references(repository)[COLA] == [b"cola", b"zero", b"zero 2"]
    assert len(saved.names) == 2

    repository.take_back_catalogue_edit(saved)
    assert repository.catalogue() == before
    assert products(repository, first) == [COLA, ZERO, None]
    assert references(repository) == {COLA: [b"cola"], ZERO: [b"zero", b"zero 2"], BRIO: []}


def test_another_sku_goes_to_every_facing(repository: VisitRepository) -> None:
    photo_id = name(repository, [COLA, ZERO])
    repository.save_references(COLA, unit_vectors(1), [b"cola"])
    repository.mark_reported(repository.photo(photo_id).visit_id)
    renamed = replace(CATALOGUE.products[COLA], sku="4711")
    repository.edit_catalogue(catalogue_edits.save_product(repository.catalogue(), renamed, before=COLA))
    assert products(repository, photo_id) == ["4711", ZERO]
    assert references(repository)["4711"] == [b"cola"]
    assert not repository.visit(repository.photo(photo_id).visit_id).reported


@pytest.mark.parametrize(("keep", "left"), [(False, None), (True, COLA)])
def test_a_removed_product_leaves_its_facings_unknown_or_their_sku(
    repository: VisitRepository, keep: bool, left: str | None
) -> None:
    photo_id = name(repository, [COLA, ZERO])
    repository.save_references(COLA, unit_vectors(1), [b"cola"])
    before = repository.photo(photo_id)
    saved = repository.edit_catalogue(catalogue_edits.remove_products(repository.catalogue(), [COLA], keep_names=keep))
    assert products(repository, photo_id) == [left, ZERO]
    assert repository.photo(photo_id).facings[0].product_by is (Author.AUDITOR if keep else None)
    repository.take_back_catalogue_edit(saved)
    assert repository.photo(photo_id) == before
    assert references(repository)[COLA] == [b"cola"]


def test_undo_leaves_alone_what_was_named_anew_since(repository: VisitRepository) -> None:
    photo_id = name(repository, [ZERO, ZERO])
    saved = repository.edit_catalogue(catalogue_edits.merge_products(repository.catalogue(), [COLA, ZERO], into=COLA))
    facing = repository.photo(photo_id).facings[0]
    repository.save_edit(photo_id, edits.relabel([facing], BRIO))
    given = repository.take_back_catalogue_edit(saved)
    assert products(repository, photo_id) == [BRIO, ZERO]
    assert len(given) == 1


def test_renaming_a_brand_takes_its_products_along_and_may_merge(repository: VisitRepository) -> None:
    brand = replace(CATALOGUE.brands["Alba"], name="Alba Natura")
    repository.edit_catalogue(catalogue_edits.save_brand(repository.catalogue(), brand, before="Alba"))
    assert {product.brand for product in repository.catalogue().products.values()} == {"Alba Natura", "Brio"}
    merged = catalogue_edits.save_brand(repository.catalogue(), CATALOGUE.brands["Brio"], before="Alba Natura")
    assert merged.text == "Merge brand Alba Natura"
    saved = repository.edit_catalogue(merged)
    assert set(repository.catalogue().brands) == {"Brio"}
    repository.take_back_catalogue_edit(saved)
    assert repository.catalogue().products_of("Alba Natura")


def test_an_edit_of_another_state_is_refused_and_changes_nothing(repository: VisitRepository) -> None:
    photo_id = name(repository, [COLA])
    stale = catalogue_edits.merge_products(repository.catalogue(), [COLA, ZERO], into=ZERO)
    repository.save_catalogue(Catalogue.of([Brand("Alba")], [replace(CATALOGUE.products[ZERO], name="Zero!")]))
    with pytest.raises(EditConflict):
        repository.edit_catalogue(stale)
    assert products(repository, photo_id) == [COLA]
    assert COLA in repository.catalogue().products


def test_a_brand_with_products_is_not_removed() -> None:
    with pytest.raises(ValueError, match="has products"):
        catalogue_edits.remove_brand(CATALOGUE, "Alba")
    with pytest.raises(ValueError, match="already"):
        catalogue_edits.save_product(CATALOGUE, replace(CATALOGUE.products[COLA], sku=ZERO), before=COLA)


def test_single_pictures_come_and_go(repository: VisitRepository) -> None:
    added = repository.add_reference(COLA, unit_vectors(1)[0], b"one")
    repository.add_reference(COLA, unit_vectors(1)[0], b"two")
    assert repository.first_pictures([COLA, ZERO]) == {COLA: b"one"}
    values = repository.remove_reference(added.id)
    assert references(repository)[COLA] == [b"two"]
    with pytest.raises(UserError, match="gone"):
        repository.remove_reference(added.id)
    repository.restore_reference(values)
    assert references(repository)[COLA] == [b"one", b"two"]
    assert repository.reference_appearances()[0] == [COLA, COLA]


def test_the_tallest_named_facing_shows_a_product(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository, 2)
    tall = replace(photo.facings[1].box, y2=90.0)
    repository.save_edit(photo.id, edits.move(photo.facings[1], tall))
    repository.save_edit(photo.id, edits.relabel(repository.photo(photo.id).facings, COLA))
    crop = repository.named_crops([COLA, ZERO])[COLA]
    assert (crop.path, crop.box) == (photo.path, tall)


# Any edits, taken back, give the start; made again, the end

STEP = st.sampled_from(["brand", "rename", "sku", "change", "merge", "remove", "keep", "add"])


def _edit(step: str, catalogue: Catalogue, number: int) -> CatalogueEdit | None:
    skus = sorted(catalogue.products)
    if step == "brand":
        name = sorted(catalogue.brands)[number % len(catalogue.brands)]
        return catalogue_edits.save_brand(catalogue, Brand(name, Ownership.OWN, BrandColour.SKY), before=name)
    if step == "rename":
        name = sorted(catalogue.brands)[0]
        return catalogue_edits.save_brand(catalogue, Brand(f"brand {number}"), before=name)
    if step == "add" or not skus:
        return (
            catalogue_edits.save_product(catalogue, Product(f"new {number}", "New", f"brand {number}"))
            if f"new {number}" not in catalogue.products
            else None
        )
    chosen = catalogue.products[skus[number % len(skus)]]
    if step == "sku":
        wanted = replace(chosen, sku=f"sku {number}")
        return catalogue_edits.save_product(catalogue, wanted, chosen.sku) if wanted.sku not in skus else None
    if step == "change":
        return catalogue_edits.save_product(catalogue, replace(chosen, size=f"{number} l"), chosen.sku)
    if step == "merge":
        return catalogue_edits.merge_products(catalogue, skus[:2], skus[0]) if len(skus) > 1 else None
    return catalogue_edits.remove_products(catalogue, [chosen.sku], keep_names=step == "keep")


@given(st.lists(st.tuples(STEP, st.integers(0, 4)), min_size=1, max_size=6))
@settings(deadline=None, max_examples=25)
def test_any_edits_undone_give_the_start_and_redone_the_end(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    with open_database(tmp_path_factory.mktemp("any") / "v.sqlite") as database:
        repository = VisitRepository(database)
        repository.save_catalogue(CATALOGUE)
        photo_id = name(repository, [COLA, ZERO, BRIO, None, "gone"])
        repository.save_references(COLA, unit_vectors(2), [b"1", b"2"])

        def state() -> tuple[Catalogue, tuple[Facing, ...], dict[str, list[bytes | None]]]:
            return repository.catalogue(), repository.photo(photo_id).facings, references(repository)

        start, made = state(), []
        for step, number in steps:
            edit = _edit(step, repository.catalogue(), number)
            if edit is not None:
                made.append(repository.edit_catalogue(edit))
        end = state()
        for saved in reversed(made):
            repository.take_back_catalogue_edit(saved)
        assert state() == start
        for saved in made:
            repository.edit_catalogue(saved.edit)
        assert state() == end
