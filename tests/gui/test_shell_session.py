"""Edits in memory and in the database stay the same, whatever the machine does in between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from shelfaudit.domain import edits
from shelfaudit.domain.catalogue import Brand, Catalogue, Product
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.history import Change
from shelfaudit.domain.visit import Author, Facing, Photo
from shelfaudit.errors import StorageError, UserError
from shelfaudit.gui.edits_ahead import MANY
from shelfaudit.gui.session import VisitSession
from shelfaudit.gui.workers import Workers
from shelfaudit.storage.repository import VisitRepository
from tests.edit_makers import draw_edits

CATALOGUE = Catalogue.of([Brand("Alba")], [Product("a", "A", "Alba"), Product("b", "B", "Alba")])
BOX = Box(10, 10, 50, 90)


def facing(name: str, left: float = 10, product: str | None = None, by: Author | None = None) -> Facing:
    return Facing(name, Box(left, 10, left + 40, 90), score=0.9, product=product, product_by=by)


@pytest.fixture
def workers(qtbot: QtBot, tmp_path: Path) -> Iterator[Workers]:
    created = Workers(tmp_path / "visits.sqlite")
    opened: list[bool] = []
    created.open(lambda: opened.append(True), lambda error: pytest.fail(str(error)))
    qtbot.waitUntil(lambda: bool(opened))
    yield created
    created.stop()


@pytest.fixture
def photo(workers: Workers) -> Photo:
    repository = workers.repository()
    repository.save_catalogue(CATALOGUE)
    visit = repository.create_visit("Market", "Drinks", dt.date(2026, 11, 20), "")
    (added,) = repository.add_photos(visit.id, [Path("a.jpg")])
    return repository.save_detection(
        added.id,
        width=800,
        height=600,
        sha256="0" * 64,
        facings=[facing("x"), facing("y", 60), facing("z", 120)],
        appearances=np.eye(3, dtype=np.float32),
        model="test",
        threshold=0.5,
    )


@pytest.fixture
def session(qtbot: QtBot, workers: Workers, photo: Photo) -> Iterator[VisitSession]:
    repository = workers.repository()
    created = VisitSession(repository.visit(photo.visit_id), repository.catalogue(), workers)
    qtbot.waitUntil(lambda: created.shares is not None)
    yield created
    created.close()
    created.deleteLater()


def stored(workers: Workers, photo: Photo) -> dict[str, Facing]:
    return {f.id: f for f in workers.repository().photo(photo.id).facings}


def in_memory(session: VisitSession, photo: Photo) -> dict[str, Facing]:
    return {f.id: f for f in session.photos[photo.id].facings}


def test_saved_is_said_only_after_the_database_confirmed(
    qtbot: QtBot, session: VisitSession, workers: Workers, photo: Photo
) -> None:
    said: list[bool] = []
    session.saved_changed.connect(said.append)
    session.edit(photo.id, edits.remove([session.photos[photo.id].facings[0]]))
    assert said == [False]
    assert not session.saved
    qtbot.waitUntil(lambda: session.saved)
    assert said == [False, True]
    assert set(stored(workers, photo)) == {"y", "z"}


def test_edits_undo_and_redo_reach_the_database(
    qtbot: QtBot, session: VisitSession, workers: Workers, photo: Photo
) -> None:
    x, y, _ = session.photos[photo.id].facings
    session.edit(photo.id, edits.relabel([x, y], "a"))
    session.edit(photo.id, edits.move(session.photos[photo.id].facings[0], BOX.translated(2, 3)))
    session.undo()
    session.undo()
    session.redo()
    qtbot.waitUntil(lambda: session.saved)
    assert stored(workers, photo) == in_memory(session, photo)
    assert stored(workers, photo)["x"].product == "a"
    assert stored(workers, photo)["x"].box == x.box


def test_naming_by_the_machine_between_edits_is_no_conflict(
    qtbot: QtBot, session: VisitSession, workers: Workers, photo: Photo
) -> None:
    failures: list[UserError] = []
    session.failed.connect(failures.append)
    # Saved behind the session's back, as happens while its answer is on its way.
    workers.repository().save_names(session.visit_id, {"x": "b", "y": "b"})
    session.edit(photo.id, edits.move(session.photos[photo.id].facings[0], BOX.translated(2, 3)))
    qtbot.waitUntil(lambda: session.saved)
    assert failures == []
    assert stored(workers, photo)["x"].product == "b"
    assert stored(workers, photo)["x"].box == BOX.translated(2, 3)


def test_an_edit_that_cannot_be_saved_is_told_and_the_screen_shows_what_is_stored(
    qtbot: QtBot, session: VisitSession, workers: Workers, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageError("The disk is full.", advice="Make room.")

    monkeypatch.setattr(VisitRepository, "save_edits", full)
    with qtbot.waitSignal(session.failed) as failed:
        session.edit(photo.id, edits.remove([session.photos[photo.id].facings[0]]))
    assert "disk is full" in str(failed.args[0])
    qtbot.waitUntil(lambda: set(in_memory(session, photo)) == {"x", "y", "z"})
    assert set(stored(workers, photo)) == {"x", "y", "z"}


def test_a_conflicting_edit_changes_nothing(session: VisitSession, photo: Photo) -> None:
    failures: list[UserError] = []
    session.failed.connect(failures.append)
    gone = facing("gone")
    session.edit(photo.id, edits.remove([gone]))
    assert len(failures) == 1
    assert set(in_memory(session, photo)) == {"x", "y", "z"}
    assert session.saved
    assert session.undo_text is None


def test_look_alikes_follow_a_name_and_names_of_the_auditor_stay(
    qtbot: QtBot, session: VisitSession, workers: Workers, photo: Photo
) -> None:
    vector = np.array([1, 0, 0], dtype=np.float32)
    workers.repository().save_appearances(photo.id, {"x": vector, "y": vector, "z": np.array([0, 0, 1], np.float32)})
    x = session.photos[photo.id].facings[0]
    session.edit(photo.id, edits.relabel([x], "a"))
    qtbot.waitUntil(lambda: in_memory(session, photo)["y"].product == "a")
    named = in_memory(session, photo)
    assert (named["y"].product_by, named["z"].product) == (Author.DETECTOR, None)
    session.edit(photo.id, edits.relabel([named["y"]], None))
    qtbot.wait(600)
    assert in_memory(session, photo)["y"].product is None, "the auditor said: not known"
    assert stored(workers, photo) == in_memory(session, photo)


def test_fresh_boxes_are_told_so_that_they_can_be_described(session: VisitSession, photo: Photo) -> None:
    told: list[list[str]] = []
    session.boxes_changed.connect(lambda _photo, facings: told.append([f.id for f in facings]))
    x, y, _ = session.photos[photo.id].facings
    session.edit(photo.id, edits.relabel([x], "a"))
    session.edit(photo.id, edits.add(facing("new", 200)))
    session.edit(photo.id, edits.move(y, BOX.translated(9, 9)))
    assert told == [["new"], ["y"]]


# Undo over the whole visit


@pytest.fixture
def other(workers: Workers, photo: Photo) -> Photo:
    """A second photo of the same visit; ask for it before the session."""
    repository = workers.repository()
    (added,) = repository.add_photos(photo.visit_id, [Path("b.jpg")])
    return repository.save_detection(
        added.id,
        width=800,
        height=600,
        sha256="1" * 64,
        facings=[facing("u"), facing("v", 60)],
        appearances=None,
        model="test",
        threshold=0.5,
    )


@pytest.fixture
def both(other: Photo, session: VisitSession) -> tuple[Photo, Photo]:
    """The two photos of the session, by their ids in order."""
    first, second = session.photos.values()
    assert second == other
    return first, second


def everything(session: VisitSession) -> dict[int, set[Facing]]:
    return {photo.id: set(photo.facings) for photo in session.photos.values()}


def all_stored(workers: Workers, session: VisitSession) -> dict[int, set[Facing]]:
    return {photo.id: set(photo.facings) for photo in workers.repository().visit(session.visit_id).photos}


def texts(session: VisitSession) -> tuple[str | None, str | None]:
    return session.undo_text, session.redo_text


def test_names_given_in_several_photos_are_one_change(
    qtbot: QtBot, both: tuple[Photo, Photo], session: VisitSession, workers: Workers
) -> None:
    first, second = both
    before = everything(session)
    session.edit_photos({photo.id: edits.relabel(photo.facings, "a") for photo in both}, "Name 5 facings in 2 photos")
    named = everything(session)
    assert texts(session) == ("Name 5 facings in 2 photos", None)
    steps: list[dict[int, frozenset[str]]] = []

    def note(change: Change, undone: bool) -> None:
        steps.append({photo_id: change.facing_ids(photo_id, undone=undone) for photo_id in change.photo_ids})

    session.stepped.connect(note)
    session.undo()
    assert everything(session) == before
    assert texts(session) == (None, "Name 5 facings in 2 photos")
    session.redo()
    assert everything(session) == named
    assert steps == [{first.id: frozenset("xyz"), second.id: frozenset("uv")}] * 2
    qtbot.waitUntil(lambda: session.saved)
    assert all_stored(workers, session) == named


def test_one_conflict_keeps_all_photos_as_they_are(both: tuple[Photo, Photo], session: VisitSession) -> None:
    first, second = both
    before = everything(session)
    failures: list[UserError] = []
    session.failed.connect(failures.append)
    session.edit_photos({first.id: edits.relabel(first.facings, "a"), second.id: edits.remove([facing("gone")])}, "x")
    assert len(failures) == 1
    assert everything(session) == before
    assert session.undo_text is None
    assert session.saved


def test_detection_ends_undo_in_its_photo_only_and_says_so(
    qtbot: QtBot, both: tuple[Photo, Photo], session: VisitSession, workers: Workers
) -> None:
    first, second = both
    session.edit(first.id, edits.remove(first.facings[:1]))
    session.edit_photos({photo.id: edits.relabel(photo.facings[1:], "a") for photo in both}, "Name 3 facings")
    qtbot.waitUntil(lambda: session.saved)
    lost: list[Photo] = []
    session.undo_lost.connect(lost.append)
    detected = workers.repository().save_detection(
        first.id,
        width=800,
        height=600,
        sha256="0" * 64,
        facings=[facing("new", 300)],
        appearances=None,
        model="test",
        threshold=0.5,
    )
    session.replace_photo(detected)
    assert lost == [detected]
    session.undo()
    assert session.undo_text is None
    assert everything(session) == {first.id: set(detected.facings), second.id: set(second.facings)}
    qtbot.waitUntil(lambda: session.saved)
    assert all_stored(workers, session) == everything(session)


def test_an_edit_made_while_a_photo_was_detected_is_not_lost_on_screen(
    qtbot: QtBot, session: VisitSession, workers: Workers, photo: Photo
) -> None:
    session.edit(photo.id, edits.add(facing("drawn", 400)))
    # As the detector saw it: its answer arrives before the edit is confirmed.
    session.replace_photo(photo)
    qtbot.waitUntil(lambda: session.saved)
    qtbot.waitUntil(lambda: in_memory(session, photo) == stored(workers, photo))
    assert "drawn" in in_memory(session, photo)


def test_a_removed_photo_leaves_the_undo_of_the_others(both: tuple[Photo, Photo], session: VisitSession) -> None:
    first, second = both
    session.edit_photos({photo.id: edits.remove(photo.facings[:1]) for photo in both}, "Remove 2 facings")
    session.edit(first.id, edits.relabel(first.facings[1:], "a"))
    session.remove_photo(first.id)
    session.undo()
    assert everything(session) == {second.id: set(second.facings)}
    assert session.undo_text is None


def test_what_could_not_be_saved_can_be_made_again_when_there_is_room(
    qtbot: QtBot,
    both: tuple[Photo, Photo],
    session: VisitSession,
    workers: Workers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = both
    session.edit(second.id, edits.move(second.facings[0], BOX.translated(7, 7)))
    qtbot.waitUntil(lambda: session.saved)
    before = everything(session)

    def full(*_: object, **__: object) -> None:
        raise StorageError("The disk is full.", advice="Make room.")

    with monkeypatch.context() as patched:
        patched.setattr(VisitRepository, "save_edits", full)
        with qtbot.waitSignal(session.failed):
            session.edit_photos({photo.id: edits.remove(photo.facings[1:]) for photo in both}, "Remove 3 facings")
        qtbot.waitUntil(lambda: everything(session) == before)
    assert (session.undo_text, session.redo_text) == ("Move facing", "Remove 3 facings")
    session.redo()
    session.undo()
    session.undo()
    qtbot.waitUntil(lambda: session.saved)
    assert everything(session) == all_stored(workers, session) == {p.id: set(p.facings) for p in (first, second)}


def test_an_undo_that_could_not_be_saved_can_be_tried_again(
    qtbot: QtBot, session: VisitSession, workers: Workers, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.edit(photo.id, edits.remove(photo.facings[:1]))
    qtbot.waitUntil(lambda: session.saved)

    def full(*_: object, **__: object) -> None:
        raise StorageError("The disk is full.", advice="Make room.")

    with monkeypatch.context() as patched:
        patched.setattr(VisitRepository, "save_edits", full)
        with qtbot.waitSignal(session.failed):
            session.undo()
        qtbot.waitUntil(lambda: set(in_memory(session, photo)) == {"y", "z"})
    session.undo()
    qtbot.waitUntil(lambda: session.saved)
    assert stored(workers, photo) == {f.id: f for f in photo.facings}


def test_an_undo_that_does_not_fit_any_more_is_told_and_leaves_the_others(session: VisitSession, photo: Photo) -> None:
    failures: list[UserError] = []
    session.failed.connect(failures.append)
    session.edit(photo.id, edits.remove(photo.facings[2:]))
    session.edit(photo.id, edits.move(photo.facings[0], BOX.translated(7, 7)))
    # Nothing in the program does this; if something ever does, the list must not get stuck.
    kept = session.photos[photo.id].facings[1:]
    session._photos[photo.id] = replace(photo, facings=kept)
    session.undo()
    assert [error.what for error in failures] == ["“Move facing” cannot be undone: its facings were changed since."]
    assert session.undo_text == "Remove facing"
    session.undo()
    assert set(in_memory(session, photo)) == {"y", "z"}


@given(st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changes_of_the_visit_undone_give_the_start_and_redone_the_end_in_memory_and_database(
    qtbot: QtBot, both: tuple[Photo, Photo], session: VisitSession, workers: Workers, data: st.DataObject
) -> None:
    del both
    states = [everything(session)]
    for _ in range(data.draw(st.integers(1, 5))):
        current = {photo.id: photo.facings for photo in session.photos.values()}
        session.edit_photos(draw_edits(data, current), "change")
        states.append(everything(session))
    for before in reversed(states[:-1]):
        session.undo()
        assert everything(session) == before
    qtbot.waitUntil(lambda: session.saved)
    assert all_stored(workers, session) == states[0]
    for after in states[1:]:
        session.redo()
        assert everything(session) == after
    qtbot.waitUntil(lambda: session.saved)
    assert all_stored(workers, session) == states[-1]
    for _ in states[1:]:
        session.undo()  # the next example begins as this one did: what is drawn follows from what is there
    qtbot.waitUntil(lambda: session.saved)


@pytest.fixture
def many(workers: Workers, photo: Photo) -> list[Photo]:
    """So many photos of the visit that they are edited beside the UI thread; ask for them before the session."""
    repository = workers.repository()
    added = repository.add_photos(photo.visit_id, [Path(f"{number}.jpg") for number in range(MANY)])
    return [
        repository.save_detection(
            each.id,
            width=10,
            height=10,
            sha256="ab" * 32,
            facings=[facing(f"many {each.id}")],
            appearances=None,
            model="m",
            threshold=0.5,
        )
        for each in added
    ]


def test_an_edit_of_the_whole_visit_is_made_a_moment_later_undone_and_redone(
    qtbot: QtBot, many: list[Photo], session: VisitSession, workers: Workers
) -> None:
    before, told = everything(session), list[str]()
    session.edit_whole_visit(
        {each.id: edits.remove(each.facings) for each in many}, "Remove all", lambda: told.append("made")
    )
    assert everything(session) == before
    qtbot.waitUntil(lambda: told == ["made"])
    after = everything(session)
    assert all(after[each.id] == set() for each in many)
    session.undo()
    qtbot.waitUntil(lambda: everything(session) == before)
    session.redo()
    qtbot.waitUntil(lambda: everything(session) == after)
    qtbot.waitUntil(lambda: session.saved)
    assert all_stored(workers, session) == after


def test_whoever_goes_on_at_once_finds_the_whole_visit_edited(
    qtbot: QtBot, photo: Photo, many: list[Photo], session: VisitSession, workers: Workers
) -> None:
    before = everything(session)
    session.edit_whole_visit({each.id: edits.remove(each.facings) for each in many}, "Remove all", lambda: None)
    session.edit(photo.id, edits.remove(session.photos[photo.id].facings[:1]))
    assert texts(session) == ("Remove facing", None)
    assert all(everything(session)[each.id] == set() for each in many)
    session.undo()
    session.undo()
    session.redo()
    qtbot.waitUntil(lambda: texts(session) == ("Remove all", "Remove facing"))
    session.undo()
    qtbot.waitUntil(lambda: session.undo_text is None)
    assert everything(session) == before
    qtbot.waitUntil(lambda: session.saved)
    assert all_stored(workers, session) == before
