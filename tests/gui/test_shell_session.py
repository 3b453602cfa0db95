"""Edits in memory and in the database stay the same, whatever the machine does in between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from shelfaudit.domain import edits
from shelfaudit.domain.catalogue import Brand, Catalogue, Product
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Author, Facing, Photo
from shelfaudit.errors import StorageError, UserError
from shelfaudit.gui.session import VisitSession
from shelfaudit.gui.workers import Workers
from shelfaudit.storage.repository import VisitRepository

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
    session.show_photo(photo.id)
    x, y, _ = session.photos[photo.id].facings
    session.edit(photo.id, edits.relabel([x, y], "a"))
    session.edit(photo.id, edits.move(session.photos[photo.id].facings[0], BOX.translated(2, 3)))
    session.undo_group.undo()
    session.undo_group.undo()
    session.undo_group.redo()
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

    monkeypatch.setattr(VisitRepository, "save_edit", full)
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
    session.show_photo(photo.id)
    assert not session.undo_group.canUndo()


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


def test_detection_replaces_what_undo_would_bring_back(qtbot: QtBot, session: VisitSession, photo: Photo) -> None:
    session.show_photo(photo.id)
    session.edit(photo.id, edits.remove([session.photos[photo.id].facings[0]]))
    assert session.undo_group.canUndo()
    qtbot.waitUntil(lambda: session.saved)
    session.reload_photo(photo.id)
    qtbot.waitUntil(lambda: not session.undo_group.canUndo())
