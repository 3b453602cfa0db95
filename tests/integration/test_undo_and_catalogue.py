"""One undo list and a catalogue that changes under it: what is undone has the names of today, here and on the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfaudit.domain import catalogue_edits, edits
from shelfaudit.domain.catalogue_edits import CatalogueEdit, NameChange
from shelfaudit.domain.edits import Edit, edited
from shelfaudit.domain.history import Change, EditHistory
from shelfaudit.domain.refusal import Refusal
from shelfaudit.domain.visit import Author, Facing
from shelfaudit.storage.catalogue_edits import SavedEdit
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.usecases.correct import correct
from tests.edit_makers import draw_edits
from tests.storage_makers import BRIO, CATALOGUE, COLA, ZERO, a_detected_photo

State = dict[int, set[tuple[object, ...]]]


class Audit:
    """Two photos in memory with their undo list, as the window keeps them, and the same in the database."""

    def __init__(self, repository: VisitRepository) -> None:
        self.repository = repository
        repository.save_catalogue(CATALOGUE)
        self.photos = {photo.id: photo for photo in (a_detected_photo(repository, 3), a_detected_photo(repository, 3))}
        self.history = EditHistory()
        self.made: list[SavedEdit] = []
        self.taken_back: list[CatalogueEdit] = []
        self.gone: set[str] = set()

    # What the auditor does

    def edit(self, changed: dict[int, Edit]) -> None:
        change = Change("change", changed)
        self._apply(change, undo=False)
        self.history.add(change)

    def refuse(self, photo_id: int, facing_id: str, sku: str) -> None:
        change = Change("refuse", {}, (Refusal(photo_id, facing_id, sku),))
        self._apply(change, undo=False)
        self.history.add(change)

    def undo(self) -> bool:
        change = self.history.last_done
        if change is not None:
            self._apply(change, undo=True)
            self.history.turn(change)
        return change is not None

    def redo(self) -> bool:
        change = self.history.last_undone
        if change is not None:
            self._apply(change, undo=False)
            self.history.turn(change)
        return change is not None

    def _apply(self, change: Change, *, undo: bool) -> None:
        changed = change.reverted if undo else dict(change.edits)
        for photo_id, edit in changed.items():
            self.photos[photo_id] = edited(self.photos[photo_id], edit, undo=undo)
        correct(self.repository, changed, undo=undo)
        for refusal in change.refusals:
            repeated = refusal.reverted if undo else refusal
            self.repository.refuse_name(repeated.facing_id, repeated.sku, refused=repeated.refused)

    # What the office does

    def edit_catalogue(self, edit: CatalogueEdit) -> None:
        self.taken_back.clear()
        self._save_catalogue(edit)

    def redo_catalogue(self) -> None:
        if self.taken_back:
            self._save_catalogue(self.taken_back.pop())

    def _save_catalogue(self, edit: CatalogueEdit) -> None:
        saved = self.repository.edit_catalogue(edit)
        self.made.append(saved)
        self.gone |= edit.renamed.keys()
        self._take_names(saved.names)
        self.history.follow(edit)

    def undo_catalogue(self) -> int:
        """The number of changes that this costs."""
        if not self.made:
            return 0
        saved = self.made.pop()
        saved = saved.knowing(self.history.names_without(saved.edit))
        self.repository.take_back_catalogue_edit(saved)
        self.taken_back.append(saved.edit)
        self.gone -= saved.edit.renamed.keys()
        names = [name.reverted for name in saved.names]
        self._take_names(names)
        self.history.follow_back(saved.edit, names)
        return sum(self.history.keep_fitting(photo) for photo in self.photos.values())

    def _take_names(self, names: list[NameChange] | tuple[NameChange, ...]) -> None:
        self._rename({name.facing_id: name.apply for name in names})

    def name_by_machine(self, names: dict[str, str | None]) -> None:
        def named(facing: Facing) -> Facing:
            if facing.product_by is Author.AUDITOR or names[facing.id] == facing.product:
                return facing
            sku = names[facing.id]
            return replace(facing, product=sku, product_by=Author.DETECTOR if sku is not None else None)

        for photo in self.photos.values():
            self.repository.save_names(photo.visit_id, names)
        self._rename(dict.fromkeys(names, named))

    def _rename(self, how: dict[str, Callable[[Facing], Facing]]) -> None:
        for photo_id, photo in self.photos.items():
            facings = tuple(how[f.id](f) if f.id in how else f for f in photo.facings)
            self.photos[photo_id] = replace(photo, facings=facings)

    # What there is

    @property
    def facings(self) -> dict[int, tuple[Facing, ...]]:
        return {photo_id: photo.facings for photo_id, photo in self.photos.items()}

    @property
    def skus(self) -> list[str]:
        return sorted(self.repository.catalogue().products)

    def state(self) -> State:
        """Boxes and the auditor's names."""
        return {
            photo_id: {(f.id, f.box, f.box_by, f.product if f.product_by is Author.AUDITOR else None) for f in facings}
            for photo_id, facings in self.facings.items()
        }

    def check(self) -> None:
        """Memory and disk agree, and nothing has a name that is gone."""
        for photo_id, facings in self.facings.items():
            assert set(self.repository.photo(photo_id).facings) == set(facings)
            assert not {facing.product for facing in facings} & self.gone
            assert not {sku for _, sku in self.repository.refusals(self.photos[photo_id].visit_id)} & self.gone


@contextmanager
def an_audit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audit]:
    with open_database(tmp_path_factory.mktemp("mixed") / "visits.sqlite") as database:
        yield Audit(VisitRepository(database))


@pytest.fixture
def audit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audit]:
    with an_audit(tmp_path_factory) as made:
        yield made


def draw_catalogue_edit(data: st.DataObject, audit: Audit, number: int) -> CatalogueEdit | None:
    """A new SKU, products that become one, or one that goes; None where there are too few products."""
    catalogue, skus = audit.repository.catalogue(), audit.skus
    kind = data.draw(st.sampled_from(["sku", "merge", "remove", "keep", "name"]))
    if len(skus) < 2:
        return None
    first, second = data.draw(st.permutations(skus))[:2]
    chosen = catalogue.products[first]
    if kind == "sku":
        return catalogue_edits.save_product(catalogue, replace(chosen, sku=f"sku {number}"), first)
    if kind == "merge":
        return catalogue_edits.merge_products(catalogue, [first, second], into=second)
    if kind == "name":
        return catalogue_edits.save_product(catalogue, replace(chosen, name=f"name {number}"), first)
    return catalogue_edits.remove_products(catalogue, [first], keep_names=kind == "keep")


def draw_refusal(data: st.DataObject, audit: Audit) -> tuple[int, str, str] | None:
    choices = [
        (photo_id, f.id, sku) for photo_id, facings in audit.facings.items() for f in facings for sku in audit.skus
    ]
    return data.draw(st.sampled_from(choices)) if choices else None


def draw_step(data: st.DataObject, audit: Audit, number: int, *, back: bool) -> None:
    """Anything that can happen; `back`: edits of the catalogue may be taken back, too."""
    kinds = ["edit", "edit", "refuse", "undo", "redo", "catalogue", "machine"]
    match data.draw(st.sampled_from([*kinds, "undo catalogue", "redo catalogue"] if back else kinds)):
        case "edit":
            if audit.skus:
                audit.edit(draw_edits(data, audit.facings, audit.skus))
        case "refuse":
            if refusal := draw_refusal(data, audit):
                audit.refuse(*refusal)
        case "undo":
            audit.undo()
        case "redo":
            audit.redo()
        case "catalogue":
            if edit := draw_catalogue_edit(data, audit, number):
                audit.edit_catalogue(edit)
        case "undo catalogue":
            assert audit.undo_catalogue() == 0
        case "redo catalogue":
            audit.redo_catalogue()
        case "machine":
            ids = [facing.id for facings in audit.facings.values() for facing in facings]
            names = st.sampled_from([*audit.skus, None])
            audit.name_by_machine({facing_id: data.draw(names) for facing_id in ids})


@given(st.data())
@settings(deadline=None, max_examples=15)
def test_any_mix_undone_and_redone_agrees_with_the_database(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    with an_audit(tmp_path_factory) as audit:
        for number in range(data.draw(st.integers(1, 14))):
            draw_step(data, audit, number, back=True)
            audit.check()
        while audit.undo():
            audit.check()
        while audit.redo():
            audit.check()


@given(st.data())
@settings(deadline=None, max_examples=15)
def test_edits_are_all_undone_and_redone_through_renames_and_merges(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """As long as the catalogue only goes on, nothing of the list is lost."""
    with an_audit(tmp_path_factory) as audit:
        start = audit.state()
        for number in range(data.draw(st.integers(1, 10))):
            draw_step(data, audit, number, back=False)
        while audit.redo():
            pass
        end = audit.state()
        while audit.undo():
            audit.check()
        assert audit.state() == start
        while audit.redo():
            audit.check()
        assert audit.state() == end


@given(st.data())
@settings(deadline=None, max_examples=15)
def test_a_catalogue_taken_back_leaves_the_list_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    with an_audit(tmp_path_factory) as audit:
        states = [audit.state()]
        for _ in range(data.draw(st.integers(1, 6))):
            audit.edit(draw_edits(data, audit.facings, audit.skus))
            states.append(audit.state())
        for number in range(data.draw(st.integers(1, 3))):
            if edit := draw_catalogue_edit(data, audit, number):
                audit.edit_catalogue(edit)
        while audit.made:
            assert audit.undo_catalogue() == 0
        assert audit.state() == states[-1]
        for before in reversed(states[:-1]):
            audit.undo()
            audit.check()
            assert audit.state() == before
        for after in states[1:]:
            audit.redo()
            assert audit.state() == after


def merged(audit: Audit) -> CatalogueEdit:
    return catalogue_edits.merge_products(audit.repository.catalogue(), [COLA, ZERO], into=COLA)


def named(audit: Audit, sku: str | None) -> dict[int, Edit]:
    return {photo_id: edits.relabel(photo.facings[:1], sku) for photo_id, photo in audit.photos.items()}


def products(audit: Audit) -> list[str | None]:
    return [photo.facings[0].product for photo in audit.photos.values()]


def test_what_comes_back_has_the_name_that_its_product_has_now(audit: Audit) -> None:
    audit.edit(named(audit, ZERO))
    audit.edit(named(audit, BRIO))
    audit.edit_catalogue(merged(audit))
    audit.undo()
    assert products(audit) == [COLA, COLA]
    audit.check()


def test_a_name_that_became_the_same_is_passed_over(audit: Audit) -> None:
    audit.edit(named(audit, ZERO))
    audit.edit(named(audit, COLA))
    audit.edit_catalogue(merged(audit))
    assert audit.undo()
    assert products(audit) == [None, None], "from the one name to the other nothing is left to undo"
    assert not audit.undo()
    audit.undo_catalogue()
    audit.redo()
    assert products(audit) == [ZERO, ZERO]
    audit.redo()
    assert products(audit) == [COLA, COLA]
    audit.check()


def test_a_name_given_since_is_undone_to_the_product_of_before_the_merge(audit: Audit) -> None:
    audit.edit(named(audit, ZERO))
    audit.edit_catalogue(merged(audit))
    audit.edit(named(audit, BRIO))
    audit.undo_catalogue()
    assert products(audit) == [BRIO, BRIO]
    audit.undo()
    assert products(audit) == [ZERO, ZERO]
    audit.undo()
    assert products(audit) == [None, None]
    audit.check()


def test_what_was_undone_while_merged_has_its_own_name_when_the_merge_is_taken_back(audit: Audit) -> None:
    audit.edit(named(audit, ZERO))
    audit.edit(named(audit, BRIO))
    audit.edit_catalogue(merged(audit))
    audit.undo()
    assert audit.undo_catalogue() == 0
    assert products(audit) == [ZERO, ZERO]
    audit.redo()
    assert products(audit) == [BRIO, BRIO]
    audit.check()


def test_the_auditors_name_comes_back_over_the_machines_with_a_product_that_was_removed(audit: Audit) -> None:
    audit.edit(named(audit, ZERO))
    audit.edit_catalogue(catalogue_edits.remove_products(audit.repository.catalogue(), [ZERO], keep_names=False))
    audit.name_by_machine({f.id: BRIO for facings in audit.facings.values() for f in facings})
    assert products(audit) == [BRIO, BRIO]
    audit.undo_catalogue()
    assert products(audit) == [ZERO, ZERO]
    audit.check()


def test_a_removed_facing_comes_back_with_the_name_of_before_a_merge_that_was_taken_back(audit: Audit) -> None:
    photo_id = next(iter(audit.photos))
    audit.edit(named(audit, ZERO))
    audit.edit({photo_id: edits.remove(audit.photos[photo_id].facings[:1])})
    audit.edit_catalogue(merged(audit))
    assert audit.undo_catalogue() == 0
    audit.undo()
    assert [f.product for f in audit.photos[photo_id].facings].count(ZERO) == 1
    audit.check()


def test_undo_of_a_removed_products_name_does_not_bring_it_back(audit: Audit) -> None:
    audit.edit(named(audit, ZERO))
    audit.edit(named(audit, BRIO))
    gone = catalogue_edits.remove_products(audit.repository.catalogue(), [ZERO], keep_names=False)
    audit.edit_catalogue(gone)
    audit.undo()
    assert products(audit) == [None, None]
    assert {photo.facings[0].product_by for photo in audit.photos.values()} == {None}, "the machine may look again"
    audit.check()


def test_a_refusal_goes_with_its_product_and_comes_back_with_it(audit: Audit) -> None:
    photo = next(iter(audit.photos.values()))
    first, second = photo.facings[0].id, photo.facings[1].id
    audit.refuse(photo.id, first, ZERO)
    audit.refuse(photo.id, second, ZERO)
    audit.repository.refuse_name(second, COLA)
    audit.edit_catalogue(merged(audit))
    assert audit.repository.refusals(photo.visit_id) == {(first, COLA), (second, COLA)}
    audit.undo_catalogue()
    assert audit.repository.refusals(photo.visit_id) == {(first, ZERO), (second, ZERO), (second, COLA)}
    audit.redo_catalogue()
    audit.undo()
    audit.undo()
    assert audit.repository.refusals(photo.visit_id) == set()
    audit.undo_catalogue()
    assert audit.repository.refusals(photo.visit_id) == set(), "what was allowed since stays allowed"
    audit.edit_catalogue(catalogue_edits.remove_products(audit.repository.catalogue(), [COLA], keep_names=False))
    audit.check()
