"""The strip under the photo: what looks like the facing that was named, and which of it gets the name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from shelfaudit.gui.header import ElidedLabel
from shelfaudit.gui.icons import icon
from shelfaudit.gui.look_alikes.crop_list import CropList
from shelfaudit.gui.look_alikes.crops import CropLoader
from shelfaudit.gui.look_alikes.rows import StripModel, StripRow
from shelfaudit.gui.theme import GRID, Theme

_CROP_HEIGHTS = (7 * GRID, 10 * GRID)
"""Of a crop with its caption, in a low window and in one with room."""
_LOW_WINDOW = 65 * GRID
_NARROW = 60 * GRID
"""Width below which there is no room for the hint."""
_VERY_NARROW = 40 * GRID
"""Width below which the title has a line of its own."""
_HINT_HERE = "Space marks · Shift+→ up to here · Del not this"
_HINT_PHOTO = "G goes through them"


class LookAlikesStrip(QFrame):
    """Shows rows and tells what was done with them; it decides nothing. Hidden while there is nothing to propose."""

    accepted = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "strip")
        self._theme = theme
        self.crops = CropLoader(self)
        self.model = StripModel(self.crops)
        self.list = CropList(self.model, theme)
        self._title = ElidedLabel()
        self._title.setProperty("role", "title")
        self._hint = ElidedLabel()
        self._hint.setProperty("role", "muted")
        self._accept = QPushButton()
        self._accept.setProperty("role", "primary")
        self._accept.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close = QToolButton()
        self._close.setProperty("role", "icon")
        self._close.setToolTip("Close (Esc)")
        self._close.setAccessibleName("Close the look-alikes")
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._lay_out()
        self._accept.clicked.connect(self.accepted)
        self._close.clicked.connect(self.closed)
        self.list.accepted.connect(self.accepted)
        self.list.closed.connect(self.closed)
        self.list.pointed.connect(lambda _row: self._show_hint())
        self.setFocusProxy(self.list)
        theme.changed.connect(self._tint)
        self._tint()
        self.hide()

    @property
    def text(self) -> str:
        """What the strip says ("" while it is hidden)."""
        return self._title.text() if not self.isHidden() else ""

    @property
    def rows(self) -> Sequence[StripRow]:
        """What it shows."""
        return self.model.rows

    @property
    def accept_button(self) -> QPushButton:
        return self._accept

    def show_rows(self, title: str, accept: str, rows: Sequence[StripRow]) -> None:
        """Show these look-alikes; `accept` is what accepting does, "" where nothing is marked."""
        self._title.setText(title)
        self._accept.setText(accept)
        self._accept.setVisible(bool(accept))
        current = self.rows[self.list.row].look_alike.facing.id if 0 <= self.list.row < len(self.rows) else None
        place = self.list.row
        self.model.show_rows(rows)
        self.list.setVisible(bool(rows))
        if self.list.row < 0 and rows and current is not None:
            # The crop in focus went: its neighbour is next.
            found = self.model.place_of(current)
            self.list.go_to(found if found is not None else min(place, len(rows) - 1))
        self._show_hint()
        self.show()

    def picture_size(self) -> QSize:
        """Device pixels in which a crop is shown."""
        return self.list.crop_delegate.picture * self.devicePixelRatioF()

    def fit_into(self, height: int) -> None:
        """The room that the photo and the strip have together."""
        self.list.set_cell_height(_CROP_HEIGHTS[height >= _LOW_WINDOW])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        below = self.width() < _VERY_NARROW
        self._head.setDirection(QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight)
        self._show_hint()

    def _show_hint(self) -> None:
        self._hint.setText(_HINT_HERE if self.list.hasFocus() else _HINT_PHOTO)
        self._hint.setVisible(bool(self.rows) and self.width() >= _NARROW)

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(GRID)
        tools.addWidget(self._hint, 1)
        tools.addStretch()
        tools.addWidget(self._accept)
        tools.addWidget(self._close)
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._head.setContentsMargins(2 * GRID, 0, GRID, 0)
        self._head.setSpacing(GRID // 2)
        self._head.addWidget(self._title, 3)
        self._head.addLayout(tools, 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GRID // 2, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._head)
        layout.addWidget(self.list)

    def _tint(self) -> None:
        self._close.setIcon(icon("close", self._theme.colours.muted))
