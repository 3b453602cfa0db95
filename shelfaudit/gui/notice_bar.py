"""A bar above the page for what went wrong or was finished, with the way on as buttons. Never a dialog."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from shelfaudit.errors import UserError
from shelfaudit.gui.icons import icon
from shelfaudit.gui.theme import GRID, Theme

Choice = tuple[str, Callable[[], object]]
"""The words on a button, and what it does."""


BRIEFLY_MS = 8000


class NoticeBar(QFrame):
    """Shows one notice at a time; a newer one replaces it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._symbol = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._close = QToolButton()
        self._close.setProperty("role", "icon")
        self._close.setToolTip("Close this message")
        self._close.setAccessibleName("Close this message")
        self._close.clicked.connect(self.hide)
        self._buttons: list[QPushButton] = []
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(2 * GRID, GRID // 2, GRID, GRID // 2)
        self._layout.setSpacing(GRID)
        self._layout.addWidget(self._symbol)
        self._layout.addWidget(self._text, 1)
        self._layout.addWidget(self._close)
        self._failed = False
        self._fading = QTimer(self, singleShot=True, interval=BRIEFLY_MS)
        self._fading.timeout.connect(self.hide)
        theme.changed.connect(self._tint)
        self.hide()

    @property
    def text(self) -> str:
        """What the bar says ("" while it is hidden)."""
        return self._text.text() if not self.isHidden() else ""

    @property
    def buttons(self) -> Sequence[QPushButton]:
        return tuple(self._buttons)

    def show_done(self, text: str, choices: Sequence[Choice] = ()) -> None:
        """Something was finished; goes away by itself where there is nothing to choose."""
        self._show(text, choices, failed=False)
        if not choices:
            self._fading.start()

    def show_error(self, error: Exception, choices: Sequence[Choice] = ()) -> None:
        """Something outside the program went wrong; raises again what is not a `UserError` (a bug)."""
        if not isinstance(error, UserError):
            raise error
        self._show(error.message, choices, failed=True)

    def _show(self, text: str, choices: Sequence[Choice], *, failed: bool) -> None:
        self._fading.stop()
        for button in self._buttons:
            self._layout.removeWidget(button)
            button.deleteLater()
        self._buttons = [self._button(label, do) for label, do in choices]
        for button in self._buttons:
            self._layout.insertWidget(self._layout.count() - 1, button)
        self._text.setText(text)
        self._failed = failed
        self.setProperty("role", "error" if failed else "notice")
        self.style().unpolish(self)
        self.style().polish(self)
        self._tint()
        self.show()
        # Screen readers say it: the bar never takes the focus.
        self.setAccessibleName(text)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _button(self, label: str, do: Callable[[], object]) -> QPushButton:
        button = QPushButton(label)
        button.clicked.connect(lambda: self._choose(do))
        return button

    def _choose(self, do: Callable[[], object]) -> None:
        self.hide()
        do()

    def _tint(self) -> None:
        colours = self._theme.colours
        name, colour = ("warning", colours.bad) if self._failed else ("check", colours.good)
        self._symbol.setPixmap(icon(name, colour).pixmap(20, 20))
        self._close.setIcon(icon("close", colours.muted))
