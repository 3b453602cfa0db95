"""A photo view as an auditor's hands know it: verbs in photo pixels, real mouse and key events, edits applied."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from shelfaudit.domain.catalogue import Brand, Catalogue, Product
from shelfaudit.domain.edits import Edit
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Facing
from shelfaudit.gui.photo_view.view import PhotoView

WIDTH, HEIGHT = 1600, 1200
NO_KEYS = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CATALOGUE = Catalogue.of(
    [Brand("Alba"), Brand("Brio")],
    [
        Product("alba-cola", "Alba Cola", "Alba"),
        Product("brio-zero", "Brio Zero", "Brio"),
        Product("brio-long", "Brio Zero without sugar, six bottles of 1.5 l", "Brio"),
    ],
)

Point = tuple[float, float]


def facing(name: str, x1: float, y1: float, x2: float, y2: float, product: str | None = None) -> Facing:
    """A detected facing."""
    return Facing(name, Box(x1, y1, x2, y2), score=0.8, product=product)


class Hands:
    """A photo view at half size with its owner: every edit is kept and, as the window does, applied and shown."""

    def __init__(self, qtbot: QtBot, facings: Sequence[Facing] = (), *, zoom: float = 0.5) -> None:
        self.facings: tuple[Facing, ...] = tuple(facings)
        self.edits: list[Edit] = []
        self.refusing = False
        """Whether edits are told but not applied, as when they cannot be saved."""
        self.label_requests = 0
        self.view = PhotoView()
        qtbot.addWidget(self.view)
        self.view.resize(800, 600)
        self.view.set_catalogue(CATALOGUE)
        self.view.edit_requested.connect(self._apply)
        self.view.label_requested.connect(self._count_label_request)
        self.view.show()
        qtbot.waitExposed(self.view)
        image = QImage(WIDTH // 2, HEIGHT // 2, QImage.Format.Format_RGB888)
        image.fill(QColor("#806040"))
        self.view.show_photo(image, WIDTH, HEIGHT, self.facings)
        self.view.show_viewpoint((zoom, WIDTH / 2, HEIGHT / 2))
        self.view.setFocus()

    def _apply(self, edit: Edit) -> None:
        self.edits.append(edit)
        if self.refusing:
            return
        self.facings = edit.apply(self.facings)
        self.view.show_facings(self.facings)

    def _count_label_request(self) -> None:
        self.label_requests += 1

    # --- reading -----------------------------------------------------------------------------------------------

    @property
    def selected(self) -> list[str]:
        return [chosen.id for chosen in self.view.selected_facings()]

    def box(self, name: str) -> tuple[float, float, float, float]:
        """The facing's box, x1 y1 x2 y2."""
        return next(known.box.as_tuple() for known in self.facings if known.id == name)

    def at(self, point: Point) -> QPoint:
        """Where a photo point is in the viewport."""
        return self.view.viewportTransform().map(QPointF(*point)).toPoint()

    # --- doing -------------------------------------------------------------------------------------------------

    def press(self, point: Point, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        QTest.mousePress(self.view.viewport(), Qt.MouseButton.LeftButton, keys, self.at(point))

    def move(self, point: Point) -> None:
        QTest.mouseMove(self.view.viewport(), self.at(point))

    def move_with(self, point: Point, keys: Qt.KeyboardModifier) -> None:
        """Move with the left button down and these keys held."""
        here = QPointF(self.at(point))
        there = QPointF(self.view.viewport().mapToGlobal(here.toPoint()))
        left = Qt.MouseButton.LeftButton
        event = QMouseEvent(QEvent.Type.MouseMove, here, there, Qt.MouseButton.NoButton, left, keys)
        QApplication.sendEvent(self.view.viewport(), event)

    def release(self, point: Point, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        QTest.mouseRelease(self.view.viewport(), Qt.MouseButton.LeftButton, keys, self.at(point))

    def click(self, point: Point, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        self.press(point, keys)
        self.release(point, keys)

    def double_click(self, point: Point) -> None:
        self.click(point)
        QTest.mouseDClick(self.view.viewport(), Qt.MouseButton.LeftButton, NO_KEYS, self.at(point))

    def drag(self, start: Point, end: Point, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        """Press, move in three steps, release."""
        self.press(start, keys)
        for part in (0.3, 0.7, 1.0):
            self.move((start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])))
        self.release(end, keys)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        QTest.keyClick(self.view, key, keys)

    def wheel(self, point: Point, notches: float, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        """Turn the wheel away from the hand by so many notches (fractions, as touchpads send them, too)."""
        here = QPointF(self.at(point))
        event = QWheelEvent(
            here,
            QPointF(self.view.viewport().mapToGlobal(here.toPoint())),
            QPoint(),
            QPoint(0, round(120 * notches)),
            Qt.MouseButton.NoButton,
            keys,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.view.viewport(), event)
