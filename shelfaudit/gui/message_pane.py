"""In place of what cannot be shown: why, and the way on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from shelfaudit.gui.icons import pixmap
from shelfaudit.gui.keyboard import holds_focus
from shelfaudit.gui.theme import GRID, Theme


class MessagePane(QWidget):
    """A symbol, a heading, a sentence, and buttons: empty states and errors in place."""

    chosen = Signal(str)
    """The words of the button that was pressed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = "photos"
        self._bad = False
        self._symbol = QLabel()
        self._symbol.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._heading = QLabel()
        font = self._heading.font()
        font.setPointSizeF(font.pointSizeF() * 1.3)
        font.setBold(True)
        self._heading.setFont(font)
        self._heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setMaximumWidth(64 * GRID)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(GRID)
        layout = QVBoxLayout(self)
        layout.setSpacing(GRID + GRID // 2)
        layout.addStretch(2)
        layout.addWidget(self._symbol)
        layout.addWidget(self._heading)
        text = QHBoxLayout()
        text.addStretch(1)
        text.addWidget(self._text, 1000)
        text.addStretch(1)
        layout.addLayout(text)
        layout.addLayout(self._buttons)
        layout.addStretch(3)
        theme.changed.connect(self._tint)

    @property
    def text(self) -> str:
        return f"{self._heading.text()} {self._text.text()}".strip()

    def show_message(self, icon_name: str, heading: str, text: str, *buttons: str, bad: bool = False) -> None:
        """Say something; the first button is the one to take, and the one that `setFocus` means."""
        self._icon_name, self._bad = icon_name, bad
        self._heading.setText(heading)
        self._text.setText(text)
        focused = holds_focus(self)
        while (item := self._buttons.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._buttons.addStretch(1)
        for place, words in enumerate(buttons):
            button = QPushButton(words)
            button.setProperty("role", "primary" if place == 0 else "")
            button.clicked.connect(lambda _checked=False, chosen=words: self.chosen.emit(chosen))
            self._buttons.addWidget(button)
            if place == 0:
                self.setFocusProxy(button)  # the one before is forgotten when it is deleted
        self._buttons.addStretch(1)
        if focused:
            self.setFocus()
        self._tint()

    def _tint(self) -> None:
        colours = self._theme.colours
        side = 6 * GRID
        ratio = self.devicePixelRatioF()
        image = pixmap(self._icon_name, colours.bad if self._bad else colours.muted, round(side * ratio)).copy()
        image.setDevicePixelRatio(ratio)
        self._symbol.setPixmap(image)
