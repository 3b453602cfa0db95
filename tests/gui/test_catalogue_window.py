"""The catalogue window as an office works with it: what it changes in the open visit, and that it can be taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from shelfaudit.domain import edits
from shelfaudit.domain.catalogue import Brand, BrandColour, Catalogue, Ownership, Product
from shelfaudit.gui.actions import Act
from shelfaudit.gui.catalogue.brand_dialog import BrandDialog
from shelfaudit.gui.catalogue.import_dialog import ImportDialog
from shelfaudit.gui.catalogue.questions import MergeDialog, RemoveDialog
from shelfaudit.gui.catalogue.window import CatalogueWindow
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository
from tests.gui.shell_driver import RED, Auditor, running_window, write_shelf
from tests.storage_makers import a_visit, detect, some_facings, unit_vectors

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", r"raise\(\)")  # the offscreen platform has neither

Dialog = TypeVar("Dialog", bound=QDialog)
SHELF = Catalogue.of(
    [Brand("Alba", Ownership.OWN), Brand("Brio")],
    [
        Product("a1", "Alba Cola", "Alba"),
        Product("a2", "Alba Cola 0.5 l", "Alba", barcode="4006381333931"),
        Product("b1", "Brio Lime", "Brio"),
    ],
)
NAMES = ["a1", "a1", "a2", "b1"]


class Office:
    """The person at the catalogue window, with a visit open behind it."""

    def __init__(self, auditor: Auditor) -> None:
        self.auditor = auditor
        auditor.window.visits.open(1)
        auditor.wait_for_photo()
        auditor.press(Act.CATALOGUE)
        self.wait(lambda: len(self.window.table.products.rows) == 3)

    @property
    def window(self) -> CatalogueWindow:
        return self.auditor.window.catalogue.window

    @property
    def catalogue(self) -> Catalogue:
        return self.auditor.window.catalogue.editor.catalogue

    def names(self) -> list[str | None]:
        return [facing.product for facing in self.auditor.facings]

    def stored(self) -> list[str | None]:
        with open_database(self.auditor.window.workers.database_file) as database:
            return [facing.product for facing in VisitRepository(database).photo(self.auditor.photo.id).facings]

    def wait(self, condition: object) -> None:
        self.auditor.wait_until(condition)  # type: ignore[arg-type]

    def dialog(self, kind: type[Dialog]) -> Dialog:
        self.wait(lambda: any(found.isVisible() for found in self.window.findChildren(kind)))
        return next(found for found in self.window.findChildren(kind) if found.isVisible())

    def undo(self) -> None:
        self.window.action("Undo").trigger()


@pytest.fixture
def office(qtbot: QtBot, tmp_path: Path) -> Iterator[Office]:
    file = tmp_path / "v.sqlite"
    with open_database(file) as database:
        repository = VisitRepository(database)
        repository.save_catalogue(SHELF)
        [photo] = repository.add_photos(a_visit(repository).id, [write_shelf(tmp_path / "1.jpg", [RED] * 4)])
        known = repository.save_detection(
            photo.id,
            width=512,
            height=512,
            sha256=hashlib.sha256(photo.path.read_bytes()).hexdigest(),
            facings=some_facings(4),
            appearances=None,
            model="tiny 1",
            threshold=0.4,
        )
        for facing, sku in zip(known.facings, NAMES, strict=True):
            repository.save_edit(photo.id, edits.relabel([facing], sku))
        repository.save_references("a1", unit_vectors(1))
    with running_window(qtbot, file) as auditor:
        yield Office(auditor)


def test_merging_says_how_many_and_renames_everywhere_until_it_is_undone(office: Office) -> None:
    office.window.table.choose(["a1", "a2"])
    office.window.action("Merge…").trigger()
    question = office.dialog(MergeDialog)
    assert question.kept.sku == "a1"
    assert "1 facing in 1 visit becomes <b>Alba Cola</b>" in question.consequence.text()
    question.accept()
    office.wait(lambda: office.names() == ["a1", "a1", "a1", "b1"])
    assert office.stored() == office.names()
    assert office.catalogue.products["a1"].barcode == "4006381333931"
    office.wait(lambda: office.auditor.session.catalogue == office.catalogue)
    office.undo()
    office.wait(lambda: office.names() == NAMES)
    office.wait(lambda: office.auditor.session.catalogue == SHELF)
    assert office.stored() == NAMES
    office.window.action("Redo").trigger()
    office.wait(lambda: office.names() == ["a1", "a1", "a1", "b1"])


def test_undo_in_the_visit_survives_a_merge_and_follows_its_undo(office: Office) -> None:
    auditor, last = office.auditor, NAMES[3]
    for product in ("a2", "b1", None):
        auditor.select(auditor.facings[3:])
        auditor.window.naming.name_selected(product)
    auditor.select(auditor.facings[2:3])
    auditor.press(Act.COPY)
    office.window.table.choose(["a1", "a2"])
    office.window.action("Merge…").trigger()
    office.dialog(MergeDialog).accept()
    office.wait(lambda: office.names() == ["a1", "a1", "a1", None])
    assert auditor.session.undo_text == "Name facing", "nothing was lost"

    auditor.press(Act.UNDO)
    auditor.press(Act.UNDO)
    assert office.names() == ["a1", "a1", "a1", "a1"], "what was a2 is a1 now"
    auditor.wait_until_saved()
    assert office.stored() == office.names()
    auditor.press(Act.PASTE)
    assert office.names()[4] == "a1", "and so is what was copied"
    auditor.press(Act.UNDO)

    office.undo()
    office.wait(lambda: office.names()[:3] == NAMES[:3])
    auditor.press(Act.UNDO)
    assert office.names() == [*NAMES[:3], last]
    auditor.wait_until_saved()
    assert office.stored() == office.names()


def test_a_field_is_saved_when_it_is_left_and_a_sku_goes_everywhere(office: Office) -> None:
    office.window.choose("b1")
    form = office.window.form
    form.size_.setText("0.33 l")
    QTest.keyClick(form.size_, Qt.Key.Key_Return)
    form.sku.setText("4711")
    QTest.keyClick(form.sku, Qt.Key.Key_Return)
    office.wait(lambda: office.names()[3] == "4711")
    assert office.catalogue.products["4711"].size == "0.33 l"
    assert "1 facing in 1 visit have the SKU 4711 now." in office.window.notices.text
    office.undo()
    office.undo()
    office.wait(lambda: office.names() == NAMES)
    assert office.catalogue == SHELF


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("sku", "a1", "Alba Cola has this SKU"),
        ("name", " ", "needs a name"),
        ("width_", "wide", "number of centimetres"),
    ],
)
def test_what_cannot_be_is_said_and_not_saved(office: Office, field: str, text: str, said: str) -> None:
    office.window.choose("b1")
    line = getattr(office.window.form, field)
    line.setText(text)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert said in office.window.form.problem.text()
    assert office.catalogue == SHELF


def test_removing_asks_what_becomes_of_the_facings(office: Office) -> None:
    office.window.choose("a1")
    QTest.keyClick(office.window.table, Qt.Key.Key_Delete)
    office.dialog(RemoveDialog).accept()
    office.wait(lambda: office.names() == [None, None, "a2", "b1"])
    office.undo()
    office.wait(lambda: office.names() == NAMES)
    office.window.choose("a1")
    office.window.action("Remove…").trigger()
    question = office.dialog(RemoveDialog)
    question.keep.setChecked(True)
    question.accept()
    office.wait(lambda: "a1" not in office.auditor.session.catalogue.products)
    assert office.names() == NAMES


def test_a_brand_gets_a_colour_and_the_photo_shows_it(office: Office) -> None:
    office.window.brands.choose("Brio")
    office.window.action("Edit brand…").trigger()
    dialog = office.dialog(BrandDialog)
    dialog.name.setText("Brio Natura")
    dialog.colour.setCurrentIndex(1 + list(BrandColour).index(BrandColour.YELLOW))
    dialog.accept()
    office.wait(lambda: {"Brio Natura"} <= office.auditor.session.styles.keys() & office.catalogue.brands.keys())
    assert office.auditor.session.styles["Brio Natura"].colour == "#F0E442"
    assert office.catalogue.products["b1"].brand == "Brio Natura"


def test_nothing_is_written_before_the_preview_is_confirmed(office: Office, tmp_path: Path) -> None:
    table = tmp_path / "Käse.csv"
    table.write_text("sku;name;brand\na1;Alba Cola Classic;Alba\nn1;Nova;Nova\n;Nobody;Nova\n", encoding="utf-8")
    office.auditor.chooser.paths = [table]
    office.window.action("Import…").trigger()
    preview = office.dialog(ImportDialog)
    assert preview.summary.text() == "1 new · 1 changed · 0 unchanged · 1 row left out"
    assert preview.import_button.text() == "Import the other 2 products"
    preview.reject()
    assert office.catalogue == SHELF
    office.auditor.window._take_dropped([table])
    office.wait(
        lambda: any(found.isVisible() and found is not preview for found in office.window.findChildren(ImportDialog))
    )
    next(found for found in office.window.findChildren(ImportDialog) if found.isVisible()).accept()
    office.wait(lambda: "n1" in office.auditor.session.catalogue.products and "n1" in office.catalogue.products)
    assert office.catalogue.products["a1"].name == "Alba Cola Classic"
    office.undo()
    office.wait(lambda: office.auditor.session.catalogue == SHELF)


def test_a_long_line_of_the_preview_is_read_with_the_arrow_keys(office: Office, tmp_path: Path) -> None:
    table = tmp_path / "long.csv"
    long = "Alba Cola Classic with Lime and a Touch of Elderflower, returnable glass bottle"
    table.write_text(f"sku;name;brand;size;category\na1;{long};Alba;0.33 l;Soft drinks\n", encoding="utf-8")
    office.auditor.chooser.paths = [table]
    office.window.action("Import…").trigger()
    preview = office.dialog(ImportDialog)
    changes = [f"name: Alba Cola → {long}", "category: (empty) → Soft drinks", "size: (empty) → 0.33 l"]
    shown = preview.details.toPlainText().splitlines()
    assert shown[0] == long
    assert sorted(line.split(":")[0] for line in shown[1:]) == sorted(line.split(":")[0] for line in changes)
    assert changes[0] in shown
    QTest.keyClick(preview.tree, Qt.Key.Key_Up)
    assert preview.details.toPlainText() == "", "a heading has no details"
    QTest.keyClick(preview.tree, Qt.Key.Key_Down)
    assert preview.details.toPlainText().splitlines() == shown
    preview.reject()


def test_a_search_and_a_brand_leave_what_fits(office: Office) -> None:
    office.window.search.setText("cola 0.5")
    assert [product.sku for product in office.window.table.products.rows] == ["a2"]
    office.window.search.clear()
    office.window.brands.choose("Brio")
    assert [product.sku for product in office.window.table.products.rows] == ["b1"]


def test_a_picture_of_no_facing_is_explained(office: Office) -> None:
    office.window.choose("b1")
    office.window.form.add_facing.click()
    assert "Select one facing" in office.window.notices.text


def test_a_picture_comes_from_the_selected_facing_and_goes_again(office: Office) -> None:
    office.auditor.select(office.auditor.facings[:1])
    office.window.choose("b1")
    office.window.form.add_facing.click()
    office.wait(lambda: office.window.form.pictures.count() == 1)
    office.undo()
    office.wait(lambda: office.window.form.pictures.count() == 0)


def test_enter_right_after_the_key_takes_what_the_facing_looks_like(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "v.sqlite"
    looks = unit_vectors(2)
    with open_database(file) as database:
        repository = VisitRepository(database)
        repository.save_catalogue(SHELF)
        [photo] = repository.add_photos(a_visit(repository).id, [write_shelf(tmp_path / "1.jpg", [RED] * 2)])
        detect(repository, photo.id, some_facings(1), looks[:1])
        repository.save_references("a1", looks[1:])
        repository.save_references("b1", looks[:1])
    with running_window(qtbot, file) as auditor:
        auditor.window.visits.open(1)
        auditor.wait_for_photo()
        auditor.select(auditor.facings)
        auditor.press(Act.LABEL)
        field = auditor.window.naming.picker.focusProxy()
        assert field is not None
        QTest.keyClick(field, Qt.Key.Key_Return)
        auditor.wait_until(lambda: auditor.facings[0].product == "b1")
