"""Undo in the window: one list for the visit, and the photo where something comes back is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from shelfaudit.domain import edits
from shelfaudit.gui.actions import Act
from tests.gui.shell_driver import BLUE, RED, Auditor, running_window, write_shelf


@pytest.fixture
def auditor(qtbot: QtBot, tmp_path: Path) -> Iterator[Auditor]:
    """Two detected photos, the first one on screen."""
    with running_window(qtbot, tmp_path / "visits.sqlite") as person:
        person.begin_visit()
        person.import_photos(write_shelf(tmp_path / "a.jpg", [RED, BLUE]), write_shelf(tmp_path / "b.jpg", [BLUE] * 3))
        person.wait_for_detection()
        person.wait_for_photo()
        yield person


def selected(auditor: Auditor) -> set[str]:
    return {facing.id for facing in auditor.window.visit_page.view.selected_facings()}


def test_undo_goes_to_the_photo_of_the_change_and_selects_what_came_back(auditor: Auditor) -> None:
    first, second = auditor.photos
    removed = first.facings[0]
    auditor.select([removed])
    auditor.press(Act.REMOVE)
    auditor.press(Act.NEXT_PHOTO)
    auditor.wait_for_photo()
    assert auditor.photo.id == second.id
    auditor.press(Act.UNDO)
    auditor.wait_for_photo()
    auditor.wait_until(lambda: selected(auditor) == {removed.id})
    assert auditor.photo.id == first.id
    assert set(auditor.facings) == set(first.facings)


def test_undo_of_a_change_in_several_photos_stays_where_it_is_seen(auditor: Auditor) -> None:
    first, second = auditor.photos
    auditor.press(Act.NEXT_PHOTO)
    auditor.wait_for_photo()
    moved = {
        photo.id: edits.move(photo.facings[-1], photo.facings[-1].box.translated(5, 0)) for photo in (first, second)
    }
    auditor.session.edit_photos(moved, "Move 2 facings")
    auditor.press(Act.UNDO)
    assert auditor.photo.id == second.id
    assert selected(auditor) == {second.facings[-1].id}
    assert [set(photo.facings) for photo in auditor.photos] == [set(first.facings), set(second.facings)]
    auditor.press(Act.REDO)
    assert auditor.photos[0].facings[-1] == moved[first.id].after[0]
    auditor.wait_until_saved()


def test_the_menu_says_what_undo_and_redo_do(auditor: Auditor) -> None:
    undo, redo = (auditor.window.actions_[act] for act in (Act.UNDO, Act.REDO))
    assert (undo.isEnabled(), redo.isEnabled(), undo.text()) == (False, False, "Undo")
    auditor.select(auditor.facings)
    auditor.press(Act.REMOVE)
    assert undo.text() == "Undo: Remove 2 facings"
    assert "Remove 2 facings" in undo.toolTip()
    auditor.press(Act.UNDO)
    assert (undo.text(), redo.text()) == ("Undo", "Redo: Remove 2 facings")
    auditor.press(Act.VISITS)
    assert (undo.isEnabled(), redo.isEnabled(), redo.text()) == (False, False, "Redo")


def test_detecting_again_says_that_undo_ends_and_keeps_the_work(auditor: Auditor) -> None:
    kept = auditor.facings[0].box.translated(40, 0)
    auditor.session.edit(auditor.photo.id, edits.move(auditor.facings[0], kept))
    auditor.press(Act.DETECT_AGAIN)
    auditor.wait_until(lambda: "can no longer be undone" in auditor.window.notices.text)
    assert not auditor.window.actions_[Act.UNDO].isEnabled()
    assert kept in {facing.box for facing in auditor.facings}
