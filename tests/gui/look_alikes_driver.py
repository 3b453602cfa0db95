"""The auditor at the strip of look-alikes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from shelfaudit.domain.catalogue import Brand, Ownership, Product
from shelfaudit.domain.visit import Author, Facing
from shelfaudit.gui.look_alikes.crop_list import CropList
from shelfaudit.gui.look_alikes.flow import LookAlikesFlow
from shelfaudit.gui.look_alikes.marking import Mark
from shelfaudit.gui.look_alikes.rows import StripRow
from shelfaudit.gui.look_alikes.strip import LookAlikesStrip

from .shell_driver import BLUE, RED, Auditor, running_window, write_shelf

ALBA = Brand("Alba", Ownership.OWN)
COLA, ZERO = Product("Alba/Cola", "Cola", "Alba"), Product("Alba/Zero", "Zero", "Alba")
SHIFT = Qt.KeyboardModifier.ShiftModifier
FIRST = [RED, RED, RED, RED, BLUE, BLUE, BLUE, BLUE]
SECOND = [RED, RED, BLUE, BLUE, BLUE, BLUE]


class LookingAlike(Auditor):
    """The auditor at the strip."""

    @property
    def flow(self) -> LookAlikesFlow:
        return self.window.look_alikes

    @property
    def strip(self) -> LookAlikesStrip:
        return self.window.visit_page.look_alikes

    @property
    def crops(self) -> CropList:
        return self.strip.list

    @property
    def rows(self) -> list[StripRow]:
        return list(self.strip.rows)

    def marks(self) -> list[Mark]:
        return [row.mark for row in self.rows]

    def counts(self, sku: str = COLA.sku, by: Author = Author.AUDITOR) -> list[int]:
        """Facings that have this name, photo by photo."""
        return [sum((f.product, f.product_by) == (sku, by) for f in photo.facings) for photo in self.photos]

    def pack(self, number: int) -> Facing:
        """A facing of the photo on screen, counted row by row."""
        return sorted(self.facings, key=lambda f: (round(f.box.y1 / 60), f.box.x1))[number]

    def begin(self, *photos: Path) -> None:
        self.begin_visit()
        self.import_photos(*photos)
        self.wait_for_detection()
        self.wait_for_photo()

    def wait_for_answers(self) -> None:
        """Until the database has answered all that was asked so far."""
        answered: list[None] = []
        self.window.workers.ask(lambda _: None, answered.append)
        self.wait_until(lambda: bool(answered))

    def name_first(self) -> None:
        """Name one red pack, and wait for what it brings."""
        self.select([self.pack(0)])
        self.name_new(ALBA, COLA)
        self.wait_until(lambda: self.flow.is_open)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """To whatever has the focus, as the keyboard does."""
        widget = QApplication.focusWidget()
        assert widget is not None
        QTest.keyClick(widget, key, modifiers)

    def row_in(self, photo: int | None) -> int:
        """The first row of this photo, None for the one on screen."""
        return [row.photo for row in self.rows].index(photo)

    def go_to(self, row: int) -> None:
        """By the keys of the strip."""
        self.crops.setFocus()
        self.key(Qt.Key.Key_Home)
        for _ in range(row):
            self.key(Qt.Key.Key_Right)
        assert self.crops.row == row

    def click(self, row: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.mouseClick(self.crops.viewport(), Qt.MouseButton.LeftButton, modifiers, self.middle_of(row))

    def middle_of(self, row: int) -> QPoint:
        return self.crops.visualRect(self.strip.model.index(row)).center()


@contextmanager
def looking_alike(qtbot: QtBot, folder: Path) -> Iterator[LookingAlike]:
    """A window with an empty database in this folder."""
    with running_window(qtbot, folder / "visits.sqlite") as driver:
        driver.window.resize(1200, 800)
        driver.window.activateWindow()
        qtbot.waitUntil(driver.window.isActiveWindow)
        yield LookingAlike(qtbot, driver.window)


def name_cola(auditor: LookingAlike, folder: Path) -> LookingAlike:
    """Two photos; one red pack of the first is named, the strip proposes the five others."""
    auditor.begin(write_shelf(folder / "1.jpg", FIRST), write_shelf(folder / "2.jpg", SECOND))
    auditor.name_first()
    return auditor
