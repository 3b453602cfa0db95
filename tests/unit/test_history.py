"""One undo list for many photos: everything comes back in order, and a photo can leave it alone."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain import edits
from shelfaudit.domain.edits import Edit
from shelfaudit.domain.history import Change, EditHistory
from shelfaudit.domain.visit import Author, Facing
from tests.edit_makers import draw_edits
from tests.storage_makers import COLA, some_facings

Photos = dict[int, tuple[Facing, ...]]


def two_photos() -> Photos:
    return {1: tuple(some_facings(3)), 2: tuple(some_facings(3))}


def applied(photos: Photos, changed: dict[int, Edit]) -> Photos:
    return photos | {photo_id: edit.apply(photos[photo_id]) for photo_id, edit in changed.items()}


def as_sets(photos: Photos) -> dict[int, set[Facing]]:
    return {photo_id: set(facings) for photo_id, facings in photos.items()}


def undo(history: EditHistory, photos: Photos) -> Photos:
    change = history.last_done
    assert change is not None
    history.turn(change)
    return applied(photos, change.reverted)


def redo(history: EditHistory, photos: Photos) -> Photos:
    change = history.last_undone
    assert change is not None
    history.turn(change)
    return applied(photos, change.edits)


def remember(history: EditHistory, photos: Photos, changed: dict[int, Edit], text: str = "change") -> Photos:
    history.add(Change(text, changed))
    return applied(photos, changed)


@given(st.data())
def test_changes_of_many_photos_undone_give_the_start_and_redone_the_end(data: st.DataObject) -> None:
    photos, history = two_photos(), EditHistory()
    states = [photos]
    for _ in range(data.draw(st.integers(1, 8))):
        states.append(remember(history, states[-1], draw_edits(data, states[-1])))
    current = states[-1]
    for before in reversed(states[:-1]):
        current = undo(history, current)
        assert as_sets(current) == as_sets(before)
    assert history.last_done is None
    for after in states[1:]:
        current = redo(history, current)
        assert as_sets(current) == as_sets(after)
    assert history.last_undone is None


@given(st.data())
def test_undo_of_the_other_photos_survives_a_photo_that_is_forgotten(data: st.DataObject) -> None:
    start, history = two_photos(), EditHistory()
    current = start
    for _ in range(data.draw(st.integers(1, 8))):
        current = remember(history, current, draw_edits(data, current))
    detected = tuple(some_facings(2))
    history.forget_photo(1)
    current[1] = detected
    while history.last_done is not None:
        current = undo(history, current)
    assert as_sets(current) == as_sets({1: detected, 2: start[2]})


@given(st.data())
def test_what_still_fits_a_photo_as_it_is_stored_can_be_undone(data: st.DataObject) -> None:
    """Some changes were not saved: whatever is left in the list applies without a conflict."""
    start, history = two_photos(), EditHistory()
    states = [start]
    for _ in range(data.draw(st.integers(1, 8))):
        states.append(remember(history, states[-1], draw_edits(data, states[-1])))
    stored = dict(data.draw(st.sampled_from(states)))
    for photo_id, facings in stored.items():
        history.keep_fitting(photo_id, facings)
    while history.last_done is not None:
        stored = undo(history, stored)
    while history.last_undone is not None:
        stored = redo(history, stored)


def test_a_photo_that_is_as_it_was_left_loses_nothing() -> None:
    history, photos = EditHistory(), two_photos()
    current = remember(history, photos, {1: edits.relabel(photos[1], COLA), 2: edits.remove(photos[2][:1])})
    assert history.keep_fitting(1, current[1]) == 0
    assert as_sets(undo(history, current)) == as_sets(photos)


def test_names_of_the_machine_do_not_stand_in_the_way() -> None:
    history, photos = EditHistory(), two_photos()
    moved = edits.move(photos[1][0], photos[1][0].box.translated(3, 0))
    current = remember(history, photos, {1: moved})
    named = tuple(replace(facing, product=COLA, product_by=Author.DETECTOR) for facing in current[1])
    assert history.keep_fitting(1, named) == 0


def test_forgetting_says_how_many_changes_it_costs() -> None:
    history, photos = EditHistory(), two_photos()
    current = remember(history, photos, {1: edits.remove(photos[1][:1])}, "one")
    current = remember(history, current, {2: edits.remove(photos[2][:1])}, "two")
    current = remember(history, current, {1: edits.remove(photos[1][1:]), 2: edits.remove(photos[2][1:])}, "both")
    assert history.forget_photo(1) == 2
    assert history.last_done is not None
    assert (history.last_done.text, set(history.last_done.edits)) == ("both", {2})
    undo(history, current)
    assert history.last_done.text == "two"


def test_a_new_change_ends_what_could_be_redone() -> None:
    history, photos = EditHistory(), two_photos()
    current = remember(history, photos, {1: edits.remove(photos[1][:1])})
    current = undo(history, current)
    remember(history, current, {2: edits.remove(photos[2][:1])})
    assert history.last_undone is None


def test_a_change_that_was_not_saved_can_be_tried_again() -> None:
    history, photos = EditHistory(), two_photos()
    remember(history, photos, {1: edits.remove(photos[1][:1])}, "one")
    first = history.last_done
    assert first is not None
    remember(history, photos, {2: edits.remove(photos[2][:1])}, "two")
    history.turn(first)
    assert history.last_undone is first
    assert history.last_done is not None
    assert history.last_done.text == "two"


def test_a_discarded_change_is_gone() -> None:
    history, photos = EditHistory(), two_photos()
    remember(history, photos, {1: edits.remove(photos[1][:1])})
    change = history.last_done
    assert change is not None
    history.discard(change)
    history.discard(change)
    history.turn(change)
    assert history.last_done is history.last_undone is None
