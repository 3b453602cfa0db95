"""The look-alikes side by side, by keyboard and mouse."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QListView, QMenu, QWidget

from shelfaudit.gui.look_alikes.rows import CropDelegate, StripModel
from shelfaudit.gui.theme import Theme

_Key = Qt.Key
_ENTER = (_Key.Key_Return, _Key.Key_Enter)
_REFUSE = (_Key.Key_Delete, _Key.Key_Backspace, _Key.Key_X)
_MOVES = (_Key.Key_Left, _Key.Key_Right, _Key.Key_Home, _Key.Key_End)
_OWN = (*_ENTER, *_REFUSE, *_MOVES, _Key.Key_Space, _Key.Key_O, _Key.Key_Escape, _Key.Key_Up, _Key.Key_Down)
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class CropList(QListView):
    """One line of crops. Keys in it mean the crop in focus, whatever they mean in the photo."""

    toggled = Signal(int)
    """All of these carry a row."""
    cut = Signal(int)
    refused = Signal(int)
    opened = Signal(int)
    """Show it in its photo."""
    pointed = Signal(int)
    """The keys are on this one; -1 where they are elsewhere."""
    accepted = Signal()
    closed = Signal()
    left = Signal()
    """Back to the photo."""

    def __init__(self, model: StripModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.crop_delegate = CropDelegate(theme, self)
        self.setModel(model)
        self.setItemDelegate(self.crop_delegate)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setAccessibleName("Look-alikes")
        self.setAccessibleDescription("Space marks, Delete says: not this product. Enter accepts the marked ones.")
        self.selectionModel().currentChanged.connect(lambda _now, _before: self._tell_place())
        theme.changed.connect(self.viewport().update)

    @property
    def row(self) -> int:
        """The row of the crop in focus, -1 for none."""
        return self.currentIndex().row()

    def set_cell_height(self, height: int) -> None:
        """Another height of the crops, as the window has room."""
        if height != self.crop_delegate.height:
            self.crop_delegate.height = height
            self.scheduleDelayedItemsLayout()
        self.setFixedHeight(height + 2 * self.frameWidth() + self.horizontalScrollBar().sizeHint().height())

    def go_to(self, row: int) -> None:
        """Put the keys on this crop."""
        index = self.model().index(row, 0)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.height())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride and _is_own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, row = event.key(), self.row
        if not _is_own(event):
            event.ignore()  # letters are no search here
        elif key in _ENTER:
            self.accepted.emit()
        elif key == _Key.Key_Escape:
            self.closed.emit()
        elif key == _Key.Key_Up:
            self.left.emit()
        elif key in _MOVES:
            self._move(key, cutting=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif row >= 0 and key == _Key.Key_Space:
            self.toggled.emit(row)
        elif row >= 0 and key == _Key.Key_O:
            self.opened.emit(row)
        elif row >= 0 and key in _REFUSE:
            self.refused.emit(row)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if not index.isValid():
            return
        self.go_to(index.row())
        if event.button() is Qt.MouseButton.LeftButton:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            (self.cut if shift else self.toggled).emit(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() is Qt.MouseButton.LeftButton:
            self.toggled.emit(index.row())  # as it was before the first click
            self.opened.emit(index.row())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            at = self.visualRect(index).center() if by_key else event.pos()
            self._menu(index).popup(self.viewport().mapToGlobal(at))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.row < 0:
            self.go_to(0)
        self._tell_place()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._tell_place()

    def _move(self, key: int, *, cutting: bool) -> None:
        last = self.model().rowCount() - 1
        here = self.row
        to = {_Key.Key_Left: here - 1, _Key.Key_Right: here + 1, _Key.Key_Home: 0}.get(_Key(key), last)
        self.go_to(min(max(to, 0), last))
        if cutting and self.row >= 0:
            self.cut.emit(self.row)

    def _menu(self, index: QModelIndex) -> QMenu:
        """What can be done with one crop."""
        menu, row = QMenu(self), index.row()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Mark or not\tSpace", lambda: self.toggled.emit(row))
        menu.addAction("Mark up to here\tShift+click", lambda: self.cut.emit(row))
        menu.addAction("Not this product\tDel", lambda: self.refused.emit(row))
        menu.addSeparator()
        menu.addAction("Show in its photo\tO", lambda: self.opened.emit(row))
        return menu

    def _tell_place(self) -> None:
        self.pointed.emit(self.row if self.hasFocus() else -1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A wheel that turns up and down goes along the line."""
        turned = event.angleDelta()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - (turned.x() or turned.y()))
        event.accept()


def _is_own(event: QKeyEvent) -> bool:
    return event.key() in _OWN and not event.modifiers() & _COMMANDS
