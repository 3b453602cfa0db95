"""The first page: what to begin with, and the visits so far."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from shelfaudit.domain.visit import VisitSummary
from shelfaudit.gui.actions import Act, Actions
from shelfaudit.gui.icons import icon
from shelfaudit.gui.keyboard import holds_focus
from shelfaudit.gui.theme import GRID, Theme
from shelfaudit.gui.visit_table import VisitTable

MAX_WIDTH = 1200


class StartPage(QWidget):
    """Three large actions, then the visits; or one sentence and sample photos where there is no visit yet."""

    samples_wanted = Signal()

    def __init__(self, actions: Actions, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.table = VisitTable(theme)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search store, category, auditor, date")
        self.search.setAccessibleName("Search visits")
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(42 * GRID)
        self.search.setMinimumHeight(4 * GRID)
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self.table.open_current)
        actions[Act.SEARCH].triggered.connect(lambda _checked=False: self.search.setFocus())
        self._glass = self.search.addAction(
            icon("search", theme.colours.muted), QLineEdit.ActionPosition.LeadingPosition
        )
        self._heading = QLabel("Visits")
        self._heading.setProperty("role", "title")
        self._nothing = QLabel("No visit matches.")
        self._nothing.setProperty("role", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._tiles = [
            _Tile(actions[act], hint)
            for act, hint in (
                (Act.NEW_VISIT, "Store, category, date"),
                (Act.IMPORT_FILES, "Files, or drop a folder here"),
                (Act.CAMERA, "Live, with a count"),
            )
        ]
        self.samples_button = QPushButton("Try it with sample photos")
        self.samples_button.setProperty("role", "primary")
        self.samples_button.clicked.connect(self.samples_wanted)
        self._welcome = self._make_welcome()
        self._lay_out()
        theme.changed.connect(self._tint)
        self.show_visits([])

    def show_visits(self, visits: list[VisitSummary]) -> None:
        """The visits so far, newest first."""
        self._welcome.setVisible(not visits)
        for widget in (self._heading, self.search, self.table):
            widget.setVisible(bool(visits))
        self.table.show_visits(visits)
        self._search(self.search.text())
        if self.isVisible() and not holds_focus(self):
            (self.table if visits else self.samples_button).setFocus()

    def _search(self, text: str) -> None:
        self.table.search(text)
        found = bool(self.table.visible_visits)
        searching = bool(text.strip()) and not self.search.isHidden()
        self._nothing.setVisible(searching and not found)
        self.table.setVisible(not self.search.isHidden() and (found or not searching))

    def _make_welcome(self) -> QWidget:
        welcome = QWidget()
        text = QLabel(
            "Photograph a shelf and drop the photos here:\n"
            "shelfaudit counts the facings and gives each brand’s share of the shelf."
        )
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(welcome)
        layout.setSpacing(2 * GRID)
        layout.addStretch(2)
        layout.addWidget(text, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self.samples_button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        return welcome

    def _lay_out(self) -> None:
        tiles = QHBoxLayout()
        tiles.setSpacing(2 * GRID)
        for tile in self._tiles:
            tiles.addWidget(tile, 1)
        line = QHBoxLayout()
        line.addWidget(self._heading)
        line.addStretch(1)
        line.addWidget(self.search, 2)
        column = QVBoxLayout()
        column.setSpacing(2 * GRID)
        column.addLayout(tiles)
        column.addLayout(line)
        column.addWidget(self.table, 1)
        column.addWidget(self._nothing, 1)
        column.addWidget(self._welcome, 1)
        inner = QWidget()
        inner.setMaximumWidth(MAX_WIDTH)
        inner.setLayout(column)
        column.setContentsMargins(0, 0, 0, 0)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4 * GRID, 3 * GRID, 4 * GRID, 2 * GRID)
        layout.addStretch(1)
        layout.addWidget(inner, 1000)
        layout.addStretch(1)

    def _tint(self) -> None:
        self._glass.setIcon(icon("search", self._theme.colours.muted))


class _Tile(QPushButton):
    """A large button that does an action and says in a second line what it is."""

    def __init__(self, action: QAction, hint: str) -> None:
        super().__init__()
        self.setProperty("role", "tile")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(action.toolTip())
        self.setAccessibleName(action.iconText())
        self.setAccessibleDescription(hint)
        self._action = action
        self._symbol = QLabel()
        title, second = QLabel(action.iconText()), QLabel(hint)
        title.setProperty("role", "title")
        second.setProperty("role", "muted")
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addStretch(1)
        words.addWidget(title)
        words.addWidget(second)
        words.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * GRID, GRID, 2 * GRID, GRID)
        layout.setSpacing(2 * GRID)
        layout.addWidget(self._symbol)
        layout.addLayout(words, 1)
        for label in (self._symbol, title, second):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._show_icon)
        self._show_icon()

    def _show_icon(self) -> None:
        self._symbol.setPixmap(self._action.icon().pixmap(QSize(4 * GRID, 4 * GRID), self.devicePixelRatioF()))
