"""The main job in the window: from a new visit to the report, and back after closing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from shelfaudit.domain.catalogue import Brand, Ownership, Product
from shelfaudit.domain.visit import Author, PhotoState, VisitState
from shelfaudit.gui.actions import Act
from shelfaudit.gui.main_window import MainWindow
from shelfaudit.gui.theme import Theme
from shelfaudit.paths import default_model_file
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository

from .shell_driver import BLUE, RED, YELLOW, Auditor, running_window, write_shelf

ALBA = Brand("Alba", Ownership.OWN)
COLA = Product("Alba/Cola", "Cola", "Alba")


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    return tmp_path / "Daten" / "visits.sqlite"


@pytest.fixture
def auditor(qtbot: QtBot, database_file: Path) -> Iterator[Auditor]:
    with running_window(qtbot, database_file) as driver:
        yield driver


def two_photos(folder: Path) -> list[Path]:
    return [
        write_shelf(folder / "Regal ä 1.jpg", [RED, RED, RED, RED, BLUE, BLUE, YELLOW, YELLOW]),
        write_shelf(folder / "Regal ä 2.jpg", [RED, RED, BLUE, BLUE, BLUE, YELLOW]),
    ]


def test_from_new_visit_to_report(auditor: Auditor, tmp_path: Path) -> None:
    auditor.begin_visit()
    assert "Prüf-Markt №1 · Soft drinks" in auditor.window.windowTitle()
    auditor.import_photos(*two_photos(tmp_path))
    auditor.wait_for_detection()
    assert [len(photo.facings) for photo in auditor.photos] == [8, 6]
    auditor.wait_for_photo()

    # One red pack is named as a new product of our own: the others that look like it follow, in both photos.
    red = min(auditor.facings, key=lambda facing: (round(facing.box.y1 / 50), facing.box.x1))
    auditor.select([red])
    auditor.name_new(ALBA, COLA)
    auditor.wait_until(
        lambda: [sum(f.product == COLA.sku for f in photo.facings) for photo in auditor.photos] == [4, 2]
    )
    auditor.wait_until(lambda: "43 %" in auditor.shares_text())
    assert auditor.shares_text() == "14 facings · Own 43 % · Competitors 0 % · Unknown 57 %"

    # A box too many goes, comes back, and goes again; the numbers follow.
    auditor.select([f for f in auditor.facings if f.product is None][:1])
    auditor.press(Act.REMOVE)
    auditor.wait_until(lambda: auditor.shares_text().startswith("13 facings"))
    auditor.press(Act.UNDO)
    auditor.wait_until(lambda: auditor.shares_text().startswith("14 facings"))
    auditor.press(Act.REDO)
    auditor.wait_until(lambda: auditor.shares_text().startswith("13 facings"))

    auditor.press(Act.REVIEWED)
    auditor.wait_for_photo()
    assert auditor.photos[0].state is PhotoState.REVIEWED
    assert auditor.photo.id == auditor.photos[1].id, "the next photo to review is shown"
    auditor.wait_until_saved()
    assert auditor.window.strip.saved_text == "Saved ✓"

    report = tmp_path / "Bericht.pdf"
    auditor.save_as(Act.REPORT, report)
    assert auditor.chooser.proposed_name == "Prüf-Markt №1 2026-11-20.pdf"
    assert [button.text() for button in auditor.window.notices.buttons] == ["Open", "Show in folder"]
    text = "".join(page.extract_text() for page in PdfReader(report).pages)
    assert "Alba" in text
    for act, name in ((Act.WORKBOOK, "w.xlsx"), (Act.CSV, "f.csv"), (Act.COCO, "b.json")):
        auditor.window.notices.hide()
        auditor.save_as(act, tmp_path / name)
        assert (tmp_path / name).stat().st_size > 0


def test_a_closed_window_comes_back_as_it_was(qtbot: QtBot, database_file: Path, tmp_path: Path) -> None:
    with running_window(qtbot, database_file) as auditor:
        auditor.begin_visit()
        auditor.import_photos(*two_photos(tmp_path))
        auditor.wait_for_detection()
        auditor.press(Act.NEXT_PHOTO)
        auditor.wait_for_photo()
        auditor.select(auditor.facings[:2])
        auditor.press(Act.REMOVE)
        shown, left = auditor.photo.id, auditor.facings
        auditor.window.visit_page.view.zoom_by(3.0)
        zoom = auditor.window.visit_page.view.zoom
    with running_window(qtbot, database_file) as auditor:
        auditor.wait_until(lambda: auditor.window.visits.session is not None)
        auditor.wait_for_photo()
        assert auditor.photo.id == shown
        assert auditor.facings == left, "an edit made just before closing is kept"
        assert auditor.window.visit_page.view.zoom == pytest.approx(zoom, rel=0.01)


def test_closing_in_the_middle_of_detection_goes_on_at_the_next_start(
    qtbot: QtBot, database_file: Path, tmp_path: Path
) -> None:
    photos = [write_shelf(tmp_path / f"{number}.jpg", [RED] * 4) for number in range(30)]
    with running_window(qtbot, database_file) as auditor:
        auditor.begin_visit()
        auditor.import_photos(*photos)
        auditor.wait_until(lambda: any(photo.state is PhotoState.DETECTED for photo in auditor.photos))
    with open_database(database_file) as database:
        visit = VisitRepository(database).visit(1)
        assert {photo.state for photo in visit.photos} <= {PhotoState.DETECTED, PhotoState.WAITING}
        done_before = {p.id: p.facings for p in visit.photos if p.state is PhotoState.DETECTED}
    with running_window(qtbot, database_file) as auditor:
        auditor.wait_until(lambda: auditor.window.visits.session is not None)
        auditor.wait_for_detection()
        assert all(len(photo.facings) == 4 for photo in auditor.photos)
        for photo_id, facings in done_before.items():
            assert auditor.session.photos[photo_id].facings == facings, "what was done is not done twice"


def test_cancel_keeps_what_is_done_and_offers_the_rest(auditor: Auditor, tmp_path: Path) -> None:
    photos = [write_shelf(tmp_path / f"{number}.jpg", [BLUE] * 3) for number in range(40)]
    auditor.begin_visit()
    auditor.import_photos(*photos)
    auditor.wait_until(lambda: any(photo.state is PhotoState.DETECTED for photo in auditor.photos))
    auditor.window.runner.cancel()
    auditor.wait_until(lambda: not auditor.window.runner.running)
    waiting = [photo for photo in auditor.photos if photo.state is PhotoState.WAITING]
    assert waiting
    assert auditor.window.strip.tasks == []
    assert auditor.window.strip.offer.isVisible()
    auditor.window.strip.offer.click()
    auditor.wait_for_detection()
    assert all(len(photo.facings) == 3 for photo in auditor.photos)
    assert not auditor.window.strip.offer.isVisible()


def test_a_damaged_photo_is_shown_in_place_with_a_way_out(auditor: Auditor, tmp_path: Path) -> None:
    good, damaged = write_shelf(tmp_path / "a.jpg", [RED] * 5), tmp_path / "b.jpg"
    damaged.write_bytes(good.read_bytes()[:900])
    auditor.begin_visit()
    auditor.import_photos(good, damaged)
    auditor.wait_for_detection()
    assert [photo.state for photo in auditor.photos] == [PhotoState.DETECTED, PhotoState.FAILED]
    auditor.press(Act.NEXT_PHOTO)
    pane = auditor.window.visit_page.pane
    assert pane.isVisible()
    assert "b.jpg could not be read" in pane.text
    assert "again" in pane.text

    damaged.write_bytes(good.read_bytes())
    pane.chosen.emit("Try again")
    auditor.wait_until(lambda: auditor.photo.state is PhotoState.DETECTED)
    auditor.wait_for_photo()
    assert len(auditor.facings) == 5

    auditor.window.visit_page.remove_photo(auditor.photo.id)
    auditor.wait_until_saved()
    assert [photo.path for photo in auditor.photos] == [good]


def test_detecting_again_keeps_what_the_auditor_did(auditor: Auditor, tmp_path: Path) -> None:
    auditor.begin_visit()
    auditor.import_photos(write_shelf(tmp_path / "a.jpg", [RED, BLUE, YELLOW]))
    auditor.wait_for_detection()
    auditor.wait_for_photo()
    named = auditor.facings[0]
    auditor.select([named])
    auditor.name_new(ALBA, COLA)
    auditor.wait_until_saved()
    before = {facing.id for facing in auditor.facings}
    auditor.press(Act.DETECT_AGAIN)
    auditor.wait_until(lambda: {facing.id for facing in auditor.facings} != before)
    kept = {facing.id: facing for facing in auditor.facings}
    assert kept[named.id].product == COLA.sku
    assert kept[named.id].product_by is Author.AUDITOR
    assert len(kept) == 3


def test_the_list_shows_every_visit_and_opens_them(auditor: Auditor, tmp_path: Path) -> None:
    auditor.begin_visit("Market A")
    auditor.import_photos(write_shelf(tmp_path / "a.jpg", [RED] * 6))
    auditor.wait_for_detection()
    auditor.press(Act.VISITS)
    auditor.begin_visit("Market B")
    auditor.press(Act.VISITS)
    table = auditor.window.start_page.table
    auditor.wait_until(lambda: len(table.visible_visits) == 2)
    found = {visit.store: visit for visit in table.visible_visits}
    assert (found["Market A"].facings, found["Market A"].state) == (6, VisitState.TO_REVIEW)
    assert found["Market B"].state is VisitState.EMPTY

    auditor.window.start_page.search.setText("market a")
    assert [visit.store for visit in table.visible_visits] == ["Market A"]
    table.open_current()
    auditor.wait_until(lambda: auditor.window.visits.session is not None)
    assert auditor.session.visit.store.name == "Market A"


def test_keys_do_the_review(auditor: Auditor, tmp_path: Path) -> None:
    auditor.begin_visit()
    auditor.import_photos(*two_photos(tmp_path))
    auditor.wait_for_detection()
    auditor.wait_for_photo()
    view, key = auditor.window.visit_page.view, QTest.keyClick
    view.setFocus()
    key(view, Qt.Key.Key_Space)
    first = view.selected_facings()
    assert len(first) == 1
    key(view, Qt.Key.Key_Return)
    assert [facing.id for facing in auditor.facings if facing.touched] == [first[0].id]
    assert view.selected_facings() != first, "Enter accepts and goes on"
    key(view, Qt.Key.Key_L)
    picker = auditor.window.naming.picker
    assert picker.isVisible()
    field = picker.focusProxy()
    assert field is not None
    key(field, Qt.Key.Key_Escape)
    key(view, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert auditor.states() == [PhotoState.REVIEWED, PhotoState.DETECTED]
    assert auditor.photo.id == auditor.photos[1].id
    auditor.wait_for_photo()
    key(view, Qt.Key.Key_PageUp)
    auditor.wait_for_photo()
    assert auditor.photo.id == auditor.photos[0].id
    assert auditor.window.actions_[Act.REVIEWED].isChecked()
    auditor.press(Act.REVIEWED)
    assert auditor.states() == [PhotoState.DETECTED, PhotoState.DETECTED], "said again, it is taken back"


def test_the_number_of_a_recent_product_names_the_selection(auditor: Auditor, tmp_path: Path) -> None:
    auditor.begin_visit()
    auditor.import_photos(write_shelf(tmp_path / "a.jpg", [RED, BLUE, YELLOW]))
    auditor.wait_for_detection()
    auditor.wait_for_photo()
    auditor.select(auditor.facings[:1])
    auditor.name_new(ALBA, COLA)
    auditor.select(auditor.facings[1:2])
    auditor.window.visit_page.view.setFocus()
    QTest.keyClick(auditor.window.visit_page.view, Qt.Key.Key_1)
    assert auditor.facings[1].product == COLA.sku
    assert auditor.facings[1].product_by is Author.AUDITOR


def test_the_picker_proposes_what_the_selection_looks_like(auditor: Auditor, tmp_path: Path) -> None:
    auditor.begin_visit()
    auditor.import_photos(write_shelf(tmp_path / "a.jpg", [BLUE, RED, YELLOW]), write_shelf(tmp_path / "b.jpg", [RED]))
    auditor.wait_for_detection()
    auditor.wait_for_photo()
    in_order = sorted(auditor.facings, key=lambda facing: facing.box.x1)
    for facing, name in zip(in_order, ("Blue", "Red", "Yellow"), strict=True):
        auditor.select([facing])
        auditor.name_new(ALBA, Product(f"Alba/{name}", name, "Alba"))
    auditor.wait_until_saved()
    auditor.press(Act.NEXT_PHOTO)
    auditor.wait_for_photo()
    auditor.window.visit_page.view.select_all()
    auditor.wait_until(lambda: len(auditor.window.naming.proposals) == 3)
    assert auditor.window.naming.proposals[0] == "Alba/Red"


def test_a_brand_is_found_in_the_photos_one_after_the_other(auditor: Auditor, tmp_path: Path) -> None:
    auditor.begin_visit()
    auditor.import_photos(*two_photos(tmp_path))
    auditor.wait_for_detection()
    auditor.wait_for_photo()
    page = auditor.window.visit_page
    auditor.select(auditor.facings[:1])
    auditor.name_new(ALBA, COLA)
    auditor.wait_until(lambda: all(any(f.product == COLA.sku for f in photo.facings) for photo in auditor.photos))
    view = page.view
    auditor.window.finding.find_brand("Alba")
    here = {facing.id for facing in view.selected_facings()}
    assert here == {facing.id for facing in auditor.facings if facing.product == COLA.sku}
    auditor.window.finding.find_brand("Alba")
    auditor.wait_until(lambda: auditor.photo.id == auditor.photos[1].id and bool(view.selected_facings()))
    assert {facing.id for facing in view.selected_facings()} == {
        facing.id for facing in auditor.photos[1].facings if facing.product == COLA.sku
    }


def test_without_a_model_the_window_says_so_and_loses_nothing(
    qtbot: QtBot, database_file: Path, tmp_path: Path
) -> None:
    with running_window(qtbot, database_file, tmp_path / "missing.tflite") as auditor:
        auditor.begin_visit()
        auditor.import_photos(write_shelf(tmp_path / "a.jpg", [RED]))
        auditor.wait_until(lambda: "model" in auditor.window.notices.text)
        assert [photo.state for photo in auditor.photos] == [PhotoState.WAITING]
        assert [button.text() for button in auditor.window.notices.buttons] == ["Try again"]


def test_a_database_of_a_newer_program_is_refused_in_place(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "visits.sqlite"
    file.write_bytes(b"this is no database, but it is long enough to be looked at" * 20)
    theme = Theme(QApplication.instance())  # type: ignore[arg-type]  # pytest-qt made a QApplication
    window = MainWindow(theme, file)
    qtbot.addWidget(window)
    window.show()
    window.open()
    qtbot.waitUntil(lambda: "visits.sqlite" in window.notices.text)
    assert [button.text() for button in window.notices.buttons] == ["Try again"]
    window.close()
    theme.deleteLater()


def test_the_last_thing_typed_is_saved_even_when_the_visit_is_left_at_once(
    auditor: Auditor, database_file: Path, tmp_path: Path
) -> None:
    auditor.begin_visit()
    auditor.import_photos(write_shelf(tmp_path / "a.jpg", [RED, BLUE, YELLOW]))
    auditor.wait_for_detection()
    auditor.wait_for_photo()
    gone = auditor.facings[0].id
    auditor.select(auditor.facings[:1])
    auditor.press(Act.REMOVE)
    auditor.press(Act.VISITS)
    auditor.window.close()
    with open_database(database_file) as database:
        (photo,) = VisitRepository(database).visit(1).photos
    assert len(photo.facings) == 2
    assert gone not in {facing.id for facing in photo.facings}


@pytest.mark.skipif(not default_model_file().exists(), reason="the bundled model is not in this checkout")
def test_sample_photos_with_the_bundled_model(qtbot: QtBot, database_file: Path) -> None:
    with running_window(qtbot, database_file, model=None) as auditor:
        auditor.window.start_page.samples_button.click()
        auditor.wait_until(lambda: auditor.window.visits.session is not None)
        auditor.wait_for_detection()
        assert all(len(photo.facings) > 20 for photo in auditor.photos)
        assert len(auditor.session.catalogue.products) > 10
        auditor.press(Act.VISITS)
