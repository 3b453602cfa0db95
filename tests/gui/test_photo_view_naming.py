"""The label picker, the search behind it, and the undo command."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAction, QColor, QKeySequence, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QListView, QWidget
from pytestqt.qtbot import QtBot

from shelfaudit.domain import edits
from shelfaudit.domain.catalogue import Brand, Catalogue, Product
from shelfaudit.domain.edits import Edit
from shelfaudit.gui.photo_view.label_picker import LabelPicker
from shelfaudit.gui.photo_view.product_search import CatalogueIndex, ProductSearch, Source
from shelfaudit.gui.photo_view.undo import edit_text
from tests.gui.photo_view_driver import facing

SHELF = Catalogue.of(
    [Brand("Alba"), Brand("Brio"), Brand("Žito")],
    [
        Product("a-cola", "Cola 0.5 l", "Alba", barcode="4001234500017"),
        Product("a-zero", "Zero Cola 0.5 l", "Alba"),
        Product("b-cola", "Cola 1 l", "Brio"),
        Product("b-chocolate", "Chocolate", "Brio"),
        Product("z-bread", "Chléb", "Žito"),
    ],
)


class Picking:
    """A window with a picker over it, and what came out of it."""

    def __init__(
        self,
        qtbot: QtBot,
        proposals: tuple[str, ...] = (),
        recent: tuple[str, ...] = (),
        *,
        more_proposals: bool = False,
    ) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.resize(900, 640)
        self.work = QLineEdit(self.window)
        self.accepted = 0
        accept = QAction("Accept", self.window)
        accept.setShortcut(QKeySequence("Return"))
        accept.triggered.connect(self._count)
        self.window.addAction(accept)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)
        self.work.setFocus()
        self.picker = LabelPicker(self.window)
        self.chosen: list[str | None] = []
        self.wanted: list[str] = []
        self.picker.product_chosen.connect(self.chosen.append)
        self.picker.new_product_requested.connect(self.wanted.append)
        self.picker.open_at(
            self._place(100, 100), SHELF, proposals=proposals, recent=recent, more_proposals=more_proposals
        )
        self.field = cast("QLineEdit", self.picker.findChild(QLineEdit))
        self.list = cast("QListView", self.picker.findChild(QListView))

    def _count(self) -> None:
        self.accepted += 1

    def _place(self, x: int, y: int) -> QRect:
        corner = self.window.mapToGlobal(self.window.rect().topLeft())
        return QRect(corner.x() + x, corner.y() + y, 40, 80)

    def reopen(self, x: int, y: int) -> QRect:
        """Open beside another place; where it lies in the window."""
        self.picker.open_at(self._place(x, y), SHELF)
        return self.picker.geometry()

    @property
    def titles(self) -> list[str]:
        model = self.list.model()
        return [str(model.index(row, 0).data()) for row in range(model.rowCount())]

    def type(self, text: str) -> None:
        QTest.keyClicks(self.field, text)

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(self.field, key)


def test_enter_takes_the_first_proposal(qtbot: QtBot) -> None:
    picking = Picking(qtbot, proposals=("b-cola", "a-cola"), recent=("z-bread",))
    assert picking.titles[:4] == ["Cola 1 l", "Cola 0.5 l", "Chléb", "Zero Cola 0.5 l"]
    picking.key(Qt.Key.Key_Return)
    assert picking.chosen == ["b-cola"]
    assert not picking.picker.isVisible()
    assert picking.work.hasFocus()
    assert picking.accepted == 0


@pytest.mark.parametrize("typed", ["zero", "alba zer", "a-zero", "0.5 zero"])
def test_typing_finds_by_brand_name_and_sku(qtbot: QtBot, typed: str) -> None:
    picking = Picking(qtbot)
    picking.type(typed)
    picking.key(Qt.Key.Key_Enter)
    assert picking.chosen == ["a-zero"]


def test_a_scanned_barcode_is_taken_by_its_enter(qtbot: QtBot) -> None:
    picking = Picking(qtbot)
    picking.type("4001234500017")
    picking.key(Qt.Key.Key_Return)
    assert picking.chosen == ["a-cola"]


def test_down_tab_and_a_click_choose_other_rows(qtbot: QtBot) -> None:
    picking = Picking(qtbot, proposals=("a-cola", "a-zero", "b-cola"))
    picking.key(Qt.Key.Key_Down)
    picking.key(Qt.Key.Key_Tab)
    picking.key(Qt.Key.Key_Return)
    assert picking.chosen == ["b-cola"]
    picking.reopen(50, 50)
    row = picking.list.visualRect(picking.list.model().index(1, 0))
    QTest.mouseClick(picking.list.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    assert picking.chosen == ["b-cola", "a-zero"]


def test_text_that_fits_nothing_offers_a_new_product(qtbot: QtBot) -> None:
    picking = Picking(qtbot)
    picking.type("Corvo Tonic ")
    assert picking.titles == ["New product “Corvo Tonic”…"]
    picking.key(Qt.Key.Key_Return)
    assert picking.wanted == ["Corvo Tonic"]
    assert picking.chosen == []


def test_a_known_name_offers_no_second_one(qtbot: QtBot) -> None:
    picking = Picking(qtbot)
    picking.type("chleb")
    assert picking.titles == ["Chléb"]


def test_not_known_can_be_chosen(qtbot: QtBot) -> None:
    picking = Picking(qtbot)
    picking.type("not")
    assert picking.titles[-1] == "Not known"
    picking.key(Qt.Key.Key_PageDown)
    picking.key(Qt.Key.Key_Return)
    assert picking.chosen == [None]


@pytest.mark.parametrize("how", ["escape", "click elsewhere"])
def test_it_closes_without_a_choice(qtbot: QtBot, how: str) -> None:
    picking = Picking(qtbot)
    if how == "escape":
        picking.key(Qt.Key.Key_Escape)
    else:
        picking.work.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not picking.picker.isVisible()
    assert picking.work.hasFocus()
    assert (picking.chosen, picking.wanted) == ([], [])


@pytest.mark.parametrize(("x", "y"), [(0, 0), (860, 0), (0, 560), (860, 560), (400, 300)])
def test_it_stays_inside_the_window(qtbot: QtBot, x: int, y: int) -> None:
    picking = Picking(qtbot)
    assert picking.window.rect().contains(picking.reopen(x, y))


def test_number_keys_are_shown_and_crops_drawn(qtbot: QtBot) -> None:
    picking = Picking(qtbot)
    crop = QPixmap(60, 120)
    crop.fill(QColor("#a02040"))
    picking.picker.open_at(
        QRect(0, 0, 9, 9), SHELF, proposals=["a-cola"], recent=["z-bread", "a-cola"], crops={"a-cola": crop}
    )
    model = picking.list.model()
    told = [model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(2)]
    assert told == ["Cola 0.5 l, Alba · 4001234500017, proposed · key 2, Alt+1", "Chléb, Žito, recent · key 1, Alt+2"]
    shot = picking.picker.grab().toImage()
    reds = sum(QColor(shot.pixel(x, y)) == QColor("#a02040") for x in range(60) for y in range(shot.height()))
    assert reds > 300


def test_enter_waits_for_the_proposals_that_are_not_there_yet(qtbot: QtBot) -> None:
    picking = Picking(qtbot, recent=("z-bread",), more_proposals=True)
    picking.key(Qt.Key.Key_Return)
    assert (picking.chosen, picking.picker.isVisible()) == ([], True)
    picking.picker.show_proposals(["b-cola"])
    assert picking.chosen == ["b-cola"]
    assert not picking.picker.isVisible()


def test_enter_takes_nothing_unseen_where_there_is_no_proposal(qtbot: QtBot) -> None:
    picking = Picking(qtbot, recent=("z-bread",), more_proposals=True)
    picking.key(Qt.Key.Key_Return)
    picking.picker.show_proposals([])
    assert (picking.chosen, picking.picker.isVisible()) == ([], True)
    picking.key(Qt.Key.Key_Return)
    assert picking.chosen == ["z-bread"]


def test_the_name_it_has_may_be_taken_before_the_proposals_come(qtbot: QtBot) -> None:
    picking = Picking(qtbot, proposals=("a-zero",), more_proposals=True)
    picking.key(Qt.Key.Key_Return)
    assert picking.chosen == ["a-zero"]


@pytest.mark.parametrize("how", ["typed", "moved"])
def test_late_proposals_do_not_move_the_mark_away(qtbot: QtBot, how: str) -> None:
    picking = Picking(qtbot, more_proposals=True)
    if how == "typed":
        picking.type("cola")
    else:
        picking.key(Qt.Key.Key_Down)
    picking.picker.show_proposals(["b-cola", "b-chocolate"])
    assert picking.titles[0] == "Cola 1 l"
    assert picking.chosen == []
    picking.key(Qt.Key.Key_Return)
    assert picking.chosen == ["a-cola"]


def test_alt_and_a_number_take_that_row(qtbot: QtBot) -> None:
    picking = Picking(qtbot, proposals=("b-cola", "a-cola"))
    told = picking.list.model().index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert told.endswith("Alt+2")
    QTest.keyClick(picking.field, Qt.Key.Key_9, Qt.KeyboardModifier.AltModifier)
    assert picking.picker.isVisible()
    QTest.keyClick(picking.field, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert picking.chosen == ["a-cola"]


def test_pictures_are_asked_for_and_shown_when_they_come(qtbot: QtBot) -> None:
    picking = Picking(qtbot)
    wanted: list[list[str]] = []
    picking.picker.pictures_wanted.connect(wanted.append)
    picking.type("zero")
    assert wanted[-1] == ["a-zero"]
    picture = QPixmap(36, 36)
    picture.fill(QColor("#a02040"))
    picking.picker.show_picture("a-zero", picture)
    shot = picking.picker.grab().toImage()
    assert any(QColor(shot.pixel(x, y)) == QColor("#a02040") for x in range(60) for y in range(shot.height()))


def test_search_puts_word_beginnings_first_then_likelihood() -> None:
    found = ProductSearch(CatalogueIndex(SHELF), proposals=["b-chocolate"]).find("col")
    assert [match.product.sku for match in found] == ["a-cola", "a-zero", "b-cola", "b-chocolate"]
    assert found[-1].source is Source.PROPOSED


def test_search_ignores_case_and_accents() -> None:
    assert [match.product.sku for match in ProductSearch(CatalogueIndex(SHELF)).find("ZITO chleb")] == ["z-bread"]


LEFT, RIGHT = facing("left", 0, 0, 10, 10), facing("right", 20, 0, 30, 10)


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (edits.add(LEFT), "Add facing"),
        (edits.remove([LEFT, RIGHT]), "Remove 2 facings"),
        (edits.relabel([LEFT], "a"), "Name facing"),
        (edits.merge([LEFT, RIGHT]), "Merge 2 facings"),
    ],
)
def test_the_menu_says_what_is_undone(edit: Edit, text: str) -> None:
    assert edit_text(edit) == text
