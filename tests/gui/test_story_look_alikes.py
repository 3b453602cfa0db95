"""Paint one, get all: one pack is named, and the strip names its look-alikes in the whole visit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from shelfaudit.domain import edits
from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.visit import Author, PhotoState
from shelfaudit.gui.actions import Act
from shelfaudit.gui.look_alikes.marking import Mark
from shelfaudit.gui.look_alikes.rows import CROP_ROLE, MISSING_ROLE
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository

from .look_alikes_driver import ALBA, COLA, FIRST, SECOND, SHIFT, ZERO, LookingAlike, looking_alike, name_cola
from .shell_driver import BLUE, RED, running_window, write_shelf


@pytest.fixture
def auditor(qtbot: QtBot, tmp_path: Path) -> Iterator[LookingAlike]:
    with looking_alike(qtbot, tmp_path) as driver:
        yield driver


@pytest.fixture
def named(auditor: LookingAlike, tmp_path: Path) -> LookingAlike:
    return name_cola(auditor, tmp_path)


def test_one_name_all_look_alikes_one_undo(named: LookingAlike) -> None:
    assert named.strip.text == "5 look like Cola, 5 marked"
    assert named.strip.accept_button.text() == "Accept 5 (A)"
    assert sorted(str(row.photo) for row in named.rows) == ["2", "2", "None", "None", "None"]
    assert named.counts() == [1, 0]
    assert named.counts(by=Author.DETECTOR) == [3, 2], "the recogniser is sure of them"
    before = {photo.id: photo.facings for photo in named.photos}

    named.window.visit_page.take_focus()
    named.key(Qt.Key.Key_A)
    assert named.counts() == [4, 2]
    assert not named.flow.is_open
    assert named.window.visit_page.view.hasFocus()
    named.wait_until(lambda: "43 %" in named.shares_text())

    named.press(Act.UNDO)
    assert named.counts() == [1, 0], "one undo takes all back, in both photos, and the name of the first one stays"
    assert {photo.id: photo.facings for photo in named.photos} == before
    named.press(Act.REDO)
    assert named.counts() == [4, 2]
    named.wait_until_saved()
    stored = named.window.workers.repository().visit(named.session.visit_id)
    assert {photo.id: set(photo.facings) for photo in stored.photos} == {p.id: set(p.facings) for p in named.photos}


def test_the_key_may_be_faster_than_the_ranking(auditor: LookingAlike, tmp_path: Path) -> None:
    auditor.begin(write_shelf(tmp_path / "1.jpg", FIRST), write_shelf(tmp_path / "2.jpg", SECOND))
    catalogue = Catalogue.of([ALBA], [COLA])
    auditor.window.workers.repository().save_catalogue(catalogue)
    auditor.session.replace_catalogue(catalogue)
    auditor.select([auditor.pack(0)])
    auditor.window.naming.name_selected(COLA.sku)
    assert not auditor.flow.is_open
    auditor.press(Act.ACCEPT_LOOK_ALIKES)
    auditor.wait_until(lambda: auditor.counts() == [4, 2])
    assert not auditor.flow.is_open


def test_by_keyboard_one_by_one(named: LookingAlike) -> None:
    named.window.visit_page.take_focus()
    named.key(Qt.Key.Key_G)
    assert named.crops.hasFocus()
    assert named.crops.row == 0
    named.key(Qt.Key.Key_Space)
    named.key(Qt.Key.Key_Right)
    named.key(Qt.Key.Key_Right)
    named.key(Qt.Key.Key_Space)
    assert named.marks() == [Mark.OPEN, Mark.MARKED, Mark.OPEN, Mark.MARKED, Mark.MARKED]
    named.key(Qt.Key.Key_Space)
    named.key(Qt.Key.Key_Left)
    named.key(Qt.Key.Key_Space)
    taken = [row.look_alike.facing.id for row in named.rows if row.mark is Mark.MARKED]
    named.key(Qt.Key.Key_Return)
    assert sum(named.counts()) == 1 + 3
    assert {f.id for p in named.photos for f in p.facings if f.product_by is Author.AUDITOR} > set(taken)


def test_up_to_here_by_key_and_by_mouse(named: LookingAlike) -> None:
    named.click(2, SHIFT)
    assert named.marks() == [Mark.MARKED] * 3 + [Mark.OPEN] * 2
    assert [row.cut for row in named.rows] == [False, False, True, False, False]
    named.crops.setFocus()
    named.key(Qt.Key.Key_Left, SHIFT)
    assert named.marks() == [Mark.MARKED] * 2 + [Mark.OPEN] * 3
    named.key(Qt.Key.Key_End, SHIFT)
    assert named.marks() == [Mark.MARKED] * 5
    named.key(Qt.Key.Key_Home)
    named.key(Qt.Key.Key_Right, SHIFT)
    assert named.strip.text == "5 look like Cola, 2 marked"
    named.key(Qt.Key.Key_A)
    assert sum(named.counts()) == 3
    named.wait_for_answers()
    assert not named.flow.is_open, "what was left out is not proposed again by itself"
    named.press(Act.LOOK_ALIKES)
    named.wait_until(lambda: named.flow.is_open)
    assert named.strip.text == "3 look like Cola, 0 marked"


def test_the_crop_in_focus_is_shown_where_it_is(named: LookingAlike) -> None:
    spotlight = named.flow._spotlight
    assert not spotlight.isVisible()
    named.go_to(named.row_in(None))
    assert spotlight.isVisible()
    box = named.rows[named.crops.row].look_alike.facing.box
    assert spotlight.boundingRect().contains(QRectF(*box.as_xywh()))
    named.go_to(named.row_in(2))
    assert not spotlight.isVisible(), "it is in another photo"
    assert named.photo.id == named.photos[0].id
    named.key(Qt.Key.Key_O)
    named.wait_until(lambda: named.photo.id == named.photos[1].id and named.window.visit_page.has_boxes)
    assert spotlight.isVisible()
    assert sorted(str(row.photo) for row in named.rows) == ["1", "1", "1", "None", "None"]
    named.key(Qt.Key.Key_Up)
    assert named.window.visit_page.view.hasFocus()
    assert not spotlight.isVisible()
    assert named.flow.is_open


def test_a_click_marks_and_a_double_click_shows(named: LookingAlike) -> None:
    elsewhere = named.row_in(2)
    named.click(elsewhere)
    assert named.marks()[elsewhere] is Mark.OPEN
    QTest.mouseDClick(
        named.crops.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, named.middle_of(elsewhere)
    )
    named.wait_until(lambda: named.photo.id == named.photos[1].id)
    assert named.marks()[elsewhere] is Mark.MARKED, "looking changes nothing"


@pytest.mark.parametrize("how", ["escape in the strip", "escape in the photo", "button", "undo of the name"])
def test_it_closes_and_nothing_was_named(named: LookingAlike, how: str) -> None:
    if how == "escape in the strip":
        named.crops.setFocus()
        named.key(Qt.Key.Key_Escape)
        assert named.window.visit_page.view.hasFocus()
    elif how == "escape in the photo":
        named.window.visit_page.take_focus()
        named.key(Qt.Key.Key_Escape)
        assert named.flow.is_open, "the first one only selects nothing"
        named.key(Qt.Key.Key_Escape)
    elif how == "button":
        named.strip._close.click()
    else:
        named.press(Act.UNDO)
    assert not named.flow.is_open
    assert sum(named.counts()) <= 1


def test_unnamed_facings_are_gathered_and_then_named_together(auditor: LookingAlike, tmp_path: Path) -> None:
    auditor.begin(write_shelf(tmp_path / "1.jpg", FIRST), write_shelf(tmp_path / "2.jpg", SECOND))
    catalogue = Catalogue.of([ALBA], [COLA, ZERO])
    auditor.window.workers.repository().save_catalogue(catalogue)
    auditor.session.replace_catalogue(catalogue)
    auditor.select([auditor.pack(4)])
    auditor.window.visit_page.take_focus()
    auditor.key(Qt.Key.Key_G)
    auditor.wait_until(lambda: auditor.flow.is_open)
    assert auditor.strip.text == "7 look like the selected facing, 7 marked"
    assert auditor.strip.accept_button.text() == "Name 8 (A)"
    assert auditor.crops.hasFocus()
    auditor.key(Qt.Key.Key_L)
    assert auditor.window.naming.picker.isVisible()
    field = QApplication.focusWidget()
    assert field is not None
    QTest.keyClicks(field, "zero")
    auditor.key(Qt.Key.Key_Return)
    assert auditor.counts(ZERO.sku) == [4, 4]
    auditor.press(Act.UNDO)
    assert auditor.counts(ZERO.sku) == [0, 0]


def test_whoever_goes_on_to_another_facing_names_that_one_alone(auditor: LookingAlike, tmp_path: Path) -> None:
    auditor.begin(write_shelf(tmp_path / "1.jpg", FIRST))
    auditor.select([auditor.pack(4)])
    auditor.press(Act.LOOK_ALIKES)
    auditor.wait_until(lambda: auditor.flow.is_open)
    auditor.window.visit_page.take_focus()
    auditor.select([auditor.pack(0)])
    auditor.name_new(ALBA, COLA)
    assert auditor.counts() == [1]


def test_where_nothing_looks_like_it_the_key_says_so(auditor: LookingAlike, tmp_path: Path) -> None:
    auditor.begin(write_shelf(tmp_path / "1.jpg", [RED, BLUE]))
    auditor.select([auditor.pack(0)])
    auditor.press(Act.LOOK_ALIKES)
    auditor.wait_until(lambda: bool(auditor.strip.text))
    assert auditor.strip.text == "Nothing else in this visit looks like the selected facing"
    auditor.press(Act.ACCEPT_LOOK_ALIKES)
    auditor.name_new(ALBA, COLA)
    auditor.wait_until(lambda: not auditor.strip.isVisible())


def test_what_the_auditor_named_is_neither_proposed_nor_overwritten(named: LookingAlike) -> None:
    other = named.pack(1)
    named.session.edit(named.photo.id, edits.relabel([other], "Brio"))
    named.wait_until(lambda: named.strip.text == "4 look like Cola, 4 marked")
    assert other.id not in [row.look_alike.facing.id for row in named.rows]
    named.press(Act.ACCEPT_LOOK_ALIKES)
    named.session.name_look_alikes()
    named.wait_until_saved()
    found = named.session.facing(other.id)
    assert found is not None
    assert (found[1].product, found[1].product_by) == ("Brio", Author.AUDITOR)


def test_photos_may_go_while_the_strip_is_open(named: LookingAlike) -> None:
    named.window.visit_page.remove_photo(named.photos[1].id)
    named.wait_until(lambda: named.strip.text == "3 look like Cola, 3 marked")
    named.press(Act.ACCEPT_LOOK_ALIKES)
    assert named.counts() == [4]
    named.wait_until_saved()


def test_the_strip_closes_with_the_photo_of_what_was_named(named: LookingAlike) -> None:
    named.window.visit_page.remove_photo(named.photos[0].id)
    assert not named.flow.is_open
    named.wait_until_saved()


def test_a_visit_that_is_left_takes_its_strip_along(named: LookingAlike) -> None:
    named.press(Act.VISITS)
    named.begin_visit("Another market")
    assert not named.flow.is_open


def test_photos_detected_meanwhile_join_and_get_their_names(named: LookingAlike, tmp_path: Path) -> None:
    named.click(0)
    named.window.visit_page.take_focus()
    named.import_photos(write_shelf(tmp_path / "3.jpg", [RED, RED, BLUE]))
    named.wait_for_detection()
    named.wait_until(lambda: named.counts(by=Author.DETECTOR) == [3, 2, 2])
    named.wait_until(lambda: len(named.rows) == 7)
    assert named.strip.text == "7 look like Cola, 6 marked", "what the auditor decided before stays"
    named.press(Act.ACCEPT_LOOK_ALIKES)
    assert sum(named.counts()) == 7


def test_a_moved_box_is_no_look_alike_until_it_is_described_again(named: LookingAlike) -> None:
    named.window.visit_page.take_focus()
    mover = named.pack(1)
    named.session.edit(named.photo.id, edits.move(mover, named.pack(4).box))
    named.wait_until(lambda: mover.id not in [row.look_alike.facing.id for row in named.rows])
    named.wait_until_saved()
    assert len(named.rows) == 4


def test_crops_are_cut_and_a_missing_file_leaves_a_placeholder(auditor: LookingAlike, tmp_path: Path) -> None:
    auditor.begin(write_shelf(tmp_path / "1.jpg", FIRST), write_shelf(tmp_path / "2.jpg", SECOND))
    (tmp_path / "2.jpg").unlink()
    auditor.name_first()
    model = auditor.strip.model
    here, there = model.index(auditor.row_in(None)), model.index(auditor.row_in(2))
    auditor.wait_until(lambda: bool(model.data(there, MISSING_ROLE)))
    auditor.wait_until(lambda: model.data(here, CROP_ROLE) is not None)
    crop = model.data(here, CROP_ROLE)
    red, green, _, _ = crop.pixelColor(crop.width() // 2, crop.height() // 2).getRgb()  # type: ignore[attr-defined]
    assert red > 180 > 80 > green
    assert model.data(there, CROP_ROLE) is None
    assert "photo 2" in str(model.data(there, Qt.ItemDataRole.AccessibleTextRole))
    assert not auditor.strip.grab().isNull()
    auditor.press(Act.ACCEPT_LOOK_ALIKES)
    assert auditor.counts() == [4, 2], "the names need no file"


def test_names_come_back_on_the_next_photo_and_the_next_visit(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "visits.sqlite"
    with running_window(qtbot, file) as driver:
        auditor = LookingAlike(qtbot, driver.window)
        auditor.begin(write_shelf(tmp_path / "1.jpg", FIRST))
        auditor.name_first()
        auditor.import_photos(write_shelf(tmp_path / "2.jpg", SECOND))
        auditor.wait_for_detection()
        auditor.wait_until(lambda: auditor.counts(by=Author.DETECTOR) == [3, 2])
    with running_window(qtbot, file) as driver:
        auditor = LookingAlike(qtbot, driver.window)
        auditor.wait_until(lambda: driver.window.visits.session is not None)
        auditor.press(Act.VISITS)
        auditor.begin_visit("Another market")
        auditor.import_photos(write_shelf(tmp_path / "3.jpg", [BLUE, RED, RED]))
        auditor.wait_for_detection()
        auditor.wait_until(lambda: auditor.counts(by=Author.DETECTOR) == [2])
        assert auditor.states() == [PhotoState.DETECTED]

        # What was learned there is unlearned there: the name of the first visit changes, then goes.
        repository = auditor.window.workers.repository()
        (photo,) = [p for p in repository.visit(1).photos if p.path.name == "1.jpg"]
        teacher = [facing for facing in photo.facings if facing.product_by is Author.AUDITOR]
        repository.save_edit(photo.id, edits.relabel(teacher, ZERO.sku))
        auditor.session.name_look_alikes()
        auditor.wait_until(lambda: auditor.counts(ZERO.sku, Author.DETECTOR) == [2])
        repository.delete_visit(1)
        auditor.session.name_look_alikes()
        auditor.wait_until(lambda: all(facing.product is None for facing in auditor.facings))
    with open_database(file) as database:
        assert [visit.store for visit in VisitRepository(database).visits()] == ["Another market"]
