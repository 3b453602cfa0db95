"""Detections and edits in the database: the machine never overwrites the person, and nothing is lost on the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from shelfaudit.domain import edits
from shelfaudit.domain.edits import Edit, EditKind
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Author, Facing, PhotoState
from shelfaudit.errors import EditConflict, UserError
from shelfaudit.storage.database import Database, open_database
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.storage.tables import RejectedRow
from shelfaudit.usecases.correct import correct
from tests.edit_makers import draw_edit, draw_edits
from tests.storage_makers import BRIO, CATALOGUE, COLA, ZERO, a_detected_photo, detect, some_facings, unit_vectors


def rejected_boxes(database: Database, photo_id: int) -> set[tuple[str, float, float, float, float]]:
    """What the auditor said is no facing, with the ids that it had."""
    with database.reading() as session:
        rows = session.scalars(select(RejectedRow).where(RejectedRow.photo_id == photo_id))
        return {(row.facing_id, row.x1, row.y1, row.x2, row.y2) for row in rows}


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_any_saved_edits_undone_give_the_start_and_redone_the_end(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """On a disk, in the order of memory all the way, and with what a new detection must leave out."""
    file = tmp_path_factory.mktemp("edits") / "visits.sqlite"
    with open_database(file) as database:
        repository = VisitRepository(database)
        photo = a_detected_photo(repository)
        current, done = photo.facings, list[Edit]()
        rejected = [rejected_boxes(database, photo.id)]
        for _ in range(data.draw(st.integers(1, 10))):
            edit = draw_edit(data, current, [COLA, ZERO])
            correct(repository, {photo.id: edit})
            done.append(edit)
            current = edit.apply(current)
            assert repository.photo(photo.id).facings == current
            rejected.append(rejected_boxes(database, photo.id))
    end = set(current)
    with open_database(file) as database:
        repository = VisitRepository(database)
        assert repository.photo(photo.id).facings == current
        assert sum(repository.edit_counts(photo.visit_id).values()) == len(done)
        for edit, known in zip(reversed(done), reversed(rejected[:-1]), strict=True):
            correct(repository, {photo.id: edit.reverted}, undo=True)
            current = edit.revert(current)
            assert repository.photo(photo.id).facings == current
            assert rejected_boxes(database, photo.id) == known
        assert set(current) == set(photo.facings)
        assert repository.edit_counts(photo.visit_id) == {}
        for edit, known in zip(done, rejected[1:], strict=True):
            correct(repository, {photo.id: edit})
            current = edit.apply(current)
            assert repository.photo(photo.id).facings == current
            assert rejected_boxes(database, photo.id) == known
        assert set(current) == end
        assert sum(repository.edit_counts(photo.visit_id).values()) == len(done)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_edits_are_undone_and_redone_whatever_the_machine_names_in_between(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Boxes and the auditor's names come back exactly; the machine's names are those it gave last."""
    with open_database(tmp_path_factory.mktemp("named") / "visits.sqlite") as database:
        repository = VisitRepository(database)
        photo = a_detected_photo(repository)

        def machine_names() -> None:
            facings = repository.photo(photo.id).facings
            skus = data.draw(
                st.lists(st.sampled_from([COLA, BRIO, None]), min_size=len(facings), max_size=len(facings))
            )
            repository.save_names(photo.visit_id, {f.id: sku for f, sku in zip(facings, skus, strict=True)})

        def sure() -> set[tuple[str, Box, Author, str | None]]:
            return {
                (f.id, f.box, f.box_by, f.product if f.product_by is Author.AUDITOR else None)
                for f in repository.photo(photo.id).facings
            }

        states, done = [sure()], list[Edit]()
        for _ in range(data.draw(st.integers(1, 6))):
            edit = draw_edit(data, repository.photo(photo.id).facings, [COLA, ZERO])
            correct(repository, {photo.id: edit})
            done.append(edit)
            states.append(sure())
            machine_names()
        for edit, before in zip(reversed(done), reversed(states[:-1]), strict=True):
            correct(repository, {photo.id: edit.reverted}, undo=True)
            assert sure() == before
            machine_names()
        for edit, after in zip(done, states[1:], strict=True):
            correct(repository, {photo.id: edit})
            assert sure() == after
            machine_names()


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_changes_of_several_photos_taken_back_give_the_start_and_made_again_the_end(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    with open_database(tmp_path_factory.mktemp("visit") / "visits.sqlite") as database:
        repository = VisitRepository(database)
        photos = [a_detected_photo(repository) for _ in range(3)]

        def stored() -> dict[int, tuple[Facing, ...]]:
            return {photo.id: repository.photo(photo.id).facings for photo in photos}

        states, done = [stored()], list[dict[int, Edit]]()
        for _ in range(data.draw(st.integers(1, 6))):
            done.append(draw_edits(data, states[-1]))
            repository.save_edits(done[-1])
            states.append(stored())
        for change, before in zip(reversed(done), reversed(states[:-1]), strict=True):
            repository.save_edits({photo_id: edit.reverted for photo_id, edit in change.items()}, undo=True)
            assert {key: set(facings) for key, facings in stored().items()} == {k: set(f) for k, f in before.items()}
        for change, after in zip(done, states[1:], strict=True):
            repository.save_edits(change)
            assert {key: set(facings) for key, facings in stored().items()} == {k: set(f) for k, f in after.items()}


def test_edits_of_several_photos_are_saved_all_or_none(repository: VisitRepository) -> None:
    photo, other = a_detected_photo(repository), a_detected_photo(repository)
    stale = edits.move(other.facings[0], other.facings[0].box.translated(1, 0))
    repository.save_edit(other.id, edits.remove(other.facings[:1]))
    with pytest.raises(EditConflict):
        repository.save_edits({photo.id: edits.relabel(photo.facings, COLA), other.id: stale})
    assert repository.photo(photo.id) == photo
    assert repository.edit_counts(photo.visit_id) == {}


def test_an_edit_of_a_facing_changed_in_the_meantime_is_refused(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    first, second = photo.facings[:2]
    stale = edits.relabel([second, first], COLA)
    repository.save_edit(photo.id, edits.move(first, first.box.translated(1, 0)))
    stored = repository.photo(photo.id)
    with pytest.raises(EditConflict):
        repository.save_edit(photo.id, stale)
    assert repository.photo(photo.id) == stored
    assert repository.edit_counts(photo.visit_id) == {EditKind.MOVE: 1}


def test_an_edit_of_a_removed_facing_is_refused(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    repository.save_edit(photo.id, edits.remove(photo.facings[:1]))
    with pytest.raises(EditConflict):
        repository.save_edit(photo.id, edits.remove(photo.facings[:1]))


def test_a_facing_is_added_once(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    edit = edits.add(some_facings(1, x=300)[0])
    repository.save_edit(photo.id, edit)
    with pytest.raises(EditConflict):
        repository.save_edit(photo.id, edit)
    assert len(repository.photo(photo.id).facings) == 5


def test_an_edit_of_another_photos_facings_is_refused(repository: VisitRepository) -> None:
    photo, other = a_detected_photo(repository), a_detected_photo(repository)
    with pytest.raises(EditConflict):
        repository.save_edit(other.id, edits.remove(photo.facings[:1]))
    assert repository.photo(photo.id) == photo


def test_an_edit_of_a_missing_photo_is_refused(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    repository.remove_photo(photo.id)
    with pytest.raises(UserError, match="There is no photo"):
        repository.save_edit(photo.id, edits.remove(photo.facings[:1]))


def test_edits_are_counted_by_kind_in_one_visit(repository: VisitRepository) -> None:
    photo, other = a_detected_photo(repository), a_detected_photo(repository)
    repository.save_edit(other.id, edits.remove(other.facings[:1]))
    repository.save_edit(photo.id, edits.relabel(photo.facings, COLA))
    repository.save_edit(photo.id, edits.relabel(repository.photo(photo.id).facings[:1], ZERO))
    merge = edits.merge(repository.photo(photo.id).facings[2:])
    repository.save_edit(photo.id, merge)
    assert repository.edit_counts(photo.visit_id) == {EditKind.RELABEL: 2, EditKind.MERGE: 1}
    repository.save_edit(photo.id, merge.reverted, undo=True)
    assert repository.edit_counts(photo.visit_id) == {EditKind.RELABEL: 2}
    repository.save_edit(photo.id, merge)
    assert repository.edit_counts(photo.visit_id) == {EditKind.RELABEL: 2, EditKind.MERGE: 1}


def test_a_new_detection_keeps_what_the_auditor_touched(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    moved = edits.move(photo.facings[1], photo.facings[1].box.translated(0, 3))
    named = edits.relabel([photo.facings[3]], BRIO)
    drawn = edits.add(Facing("drawn", Box(200, 200, 210, 240)))
    for edit in (moved, named, drawn):
        repository.save_edit(photo.id, edit)
    kept = [moved.after[0], named.after[0], drawn.after[0]]
    again = some_facings(4)
    again.append(replace(again[0], id="new place", box=Box(205, 200, 215, 240)))
    detected = detect(repository, photo.id, again)
    # The second and the fourth are the moved and the named one found again; the last overlaps the drawn one by a third.
    assert detected.facings == (*kept, again[0], again[2], again[4])
    assert repository.photo(photo.id) == detected


def test_a_removed_box_does_not_come_back_with_a_new_detection(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    removal = edits.remove(photo.facings[:1])
    repository.save_edit(photo.id, removal)
    found_again = some_facings(4)
    assert detect(repository, photo.id, found_again).facings == tuple(found_again[1:])
    repository.save_edit(photo.id, removal.reverted, undo=True)
    repository.save_edit(photo.id, removal)
    repository.save_edit(photo.id, removal.reverted, undo=True)
    found_again = some_facings(4)
    assert detect(repository, photo.id, found_again).facings == tuple(found_again)


def test_a_drawn_box_taken_back_does_not_hide_a_detection(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository, 1)
    drawn = edits.add(some_facings(1, x=100)[0])
    repository.save_edit(photo.id, drawn)
    repository.save_edit(photo.id, drawn.reverted, undo=True)
    found = some_facings(1, x=100)
    assert detect(repository, photo.id, found).facings == tuple(found)


def test_a_new_detection_asks_for_review_again(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    repository.set_photo_state(photo.id, PhotoState.REVIEWED)
    assert detect(repository, photo.id, []).state is PhotoState.DETECTED
    assert repository.photo(photo.id).facings == ()


def test_a_thousand_facings_in_one_photo_and_one_edit(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository, 1000)
    assert len(photo.facings) == 1000
    edit = edits.relabel(photo.facings, COLA)
    repository.save_edit(photo.id, edit)
    assert repository.photo(photo.id).facings == edit.after


def test_the_machine_names_only_what_the_auditor_did_not(repository: VisitRepository) -> None:
    photo, other = a_detected_photo(repository), a_detected_photo(repository)
    first, second, third, fourth = photo.facings
    repository.save_edit(photo.id, edits.relabel([first], COLA))
    repository.save_edit(photo.id, edits.relabel([second], None))
    repository.save_edit(photo.id, edits.move(third, third.box.translated(1, 1)))
    names = {facing.id: BRIO for facing in (*photo.facings, *other.facings)} | {"gone": BRIO}
    repository.save_names(photo.visit_id, names)
    stored = repository.photo(photo.id).facings
    assert [facing.product for facing in stored] == [COLA, None, BRIO, BRIO]
    assert [facing.product_by for facing in stored] == [
        Author.AUDITOR,
        Author.AUDITOR,
        Author.DETECTOR,
        Author.DETECTOR,
    ]
    assert repository.photo(other.id) == other
    repository.save_names(photo.visit_id, {fourth.id: None})
    assert repository.photo(photo.id).facings[3] == fourth


def test_appearances_come_back_nearly_as_they_were(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    assert repository.appearances(photo.visit_id)[1].shape == (0, 0)
    vectors = unit_vectors(4)
    repository.save_appearances(
        photo.id, {"gone": vectors[0]} | {f.id: v for f, v in zip(photo.facings, vectors, strict=True)}
    )
    ids, stored = repository.appearances(photo.visit_id)
    assert ids == [facing.id for facing in photo.facings]
    assert stored.dtype == np.float32
    np.testing.assert_allclose(stored, vectors, atol=5e-4)


def test_an_appearance_belongs_to_the_box_it_was_described_in(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository, described=True)
    first, second = photo.facings[:2]
    move, removal = edits.move(first, first.box.translated(100, 0)), edits.remove([second])
    repository.save_edit(photo.id, move)
    repository.save_edit(photo.id, removal)
    assert repository.appearances(photo.visit_id)[0] == [facing.id for facing in photo.facings[2:]]
    repository.save_edit(photo.id, removal.reverted, undo=True)
    repository.save_edit(photo.id, move.reverted, undo=True)
    ids, vectors = repository.appearances(photo.visit_id)
    assert set(ids) == {facing.id for facing in photo.facings}
    np.testing.assert_allclose(vectors[ids.index(second.id)], unit_vectors(4)[1], atol=5e-4)


def test_a_new_detection_drops_appearances_with_their_facings(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository, described=True)
    repository.save_edit(photo.id, edits.relabel(photo.facings[:1], COLA))
    again = some_facings(6)
    detected = detect(repository, photo.id, again, unit_vectors(6))
    ids, vectors = repository.appearances(photo.visit_id)
    assert ids == [facing.id for facing in detected.facings]
    np.testing.assert_allclose(vectors[1:], unit_vectors(6)[1:], atol=5e-4)


def test_names_are_learnt_from_the_auditor_and_from_references(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository, described=True)
    repository.save_catalogue(CATALOGUE)
    repository.save_references(ZERO, unit_vectors(3))
    repository.save_references(ZERO, unit_vectors(2))
    repository.save_names(photo.visit_id, {photo.facings[0].id: BRIO})
    repository.save_edit(photo.id, edits.relabel(photo.facings[1:3], COLA))
    repository.save_edit(photo.id, edits.relabel(photo.facings[3:], None))
    skus, vectors = repository.reference_appearances()
    assert skus == [ZERO, ZERO]
    np.testing.assert_allclose(vectors, unit_vectors(2), atol=5e-4)
    _, skus, vectors = repository.named_appearances()
    assert skus == [COLA, COLA]
    assert {tuple(vector) for vector in vectors.round(2)} == {tuple(v) for v in unit_vectors(4)[1:3].round(2)}


def test_vectors_of_another_length_are_left_out(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository, described=True)
    repository.save_appearances(photo.id, {photo.facings[0].id: unit_vectors(1, size=5)[0]})
    ids, vectors = repository.appearances(photo.visit_id)
    assert ids == [facing.id for facing in photo.facings[1:]]
    assert vectors.shape == (3, 8)
