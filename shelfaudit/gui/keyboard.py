"""The keyboard for everything: keys that belong to the widget in focus, whatever they do in the photo."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QWidget

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


def holds_focus(part: QWidget) -> bool:
    """Whether keys go to this widget or to something in it."""
    here = QApplication.focusWidget()
    return here is not None and (here is part or part.isAncestorOf(here))


class ControlKeys(QWidget):
    """What is in it is pressed by Space and Enter where it is a button in focus: no shortcut takes these keys away.

    A widget of its own and not the window: Qt asks the parents of the widget in focus, one after the other, before a
    shortcut takes a key; and the window, which is deleted by an event, must not have Python in its `event`.
    """

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_for_control(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        here = QApplication.focusWidget()
        # Qt itself presses buttons outside of dialogs by Space only.
        if event.key() in _ENTER and not event.modifiers() & _COMMANDS and isinstance(here, QAbstractButton):
            if not event.isAutoRepeat():
                here.click()
        else:
            super().keyPressEvent(event)


def _is_for_control(event: QKeyEvent) -> bool:
    here = QApplication.focusWidget()
    if event.modifiers() & _COMMANDS:
        return False
    if isinstance(here, QAbstractButton):
        return event.key() in (Qt.Key.Key_Space, *_ENTER)
    return isinstance(here, QComboBox) and event.key() == Qt.Key.Key_Space
