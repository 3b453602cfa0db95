"""The keys, made from the table of actions."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from shelfaudit.gui.actions import ACTIONS, GESTURES, shown_keys
from shelfaudit.gui.theme import GRID

_COLUMNS: tuple[tuple[str, ...], ...] = (("Review", "Camera", "Help"), ("Edit",), ("Visit", "View"))
"""Groups side by side, so that the page fits a small screen without scrolling."""


class HelpPage(QDialog):
    """All keys and gestures by group."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        page = QWidget()
        columns = QHBoxLayout(page)
        columns.setContentsMargins(GRID, GRID, GRID, GRID)
        columns.setSpacing(3 * GRID)
        for groups in _COLUMNS:
            column = QVBoxLayout()
            column.setSpacing(2 * GRID)
            for group in groups:
                column.addLayout(_group(group))
            column.addStretch(1)
            columns.addLayout(column)
        scroll = QScrollArea()
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.addWidget(scroll)
        layout.addWidget(buttons)
        # Arrows scroll where the screen is too small for all keys; Escape and Enter close.
        scroll.setFocus()
        wanted, room = page.sizeHint(), self.screen().availableSize() - QSize(4 * GRID, 6 * GRID)
        self.resize(QSize(wanted.width() + 7 * GRID, min(wanted.height() + 12 * GRID, 88 * GRID)).boundedTo(room))


def help_lines(group: str) -> list[tuple[str, str]]:
    """(keys, what they do) of a group; actions without a key are left to the menus."""
    lines = [(shown_keys(spec), spec.help) for spec in ACTIONS if spec.group == group and spec.keys]
    return lines + [(keys, text) for keys, of_group, text in GESTURES if of_group == group]


def _group(group: str) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(2 * GRID)
    grid.setVerticalSpacing(GRID // 2)
    grid.setColumnStretch(1, 1)
    title = QLabel(group)
    title.setProperty("role", "title")
    grid.addWidget(title, 0, 0, 1, 2)
    for row, (keys, text) in enumerate(help_lines(group), start=1):
        label = QLabel(f"<b>{escape(keys)}</b>")
        label.setTextFormat(Qt.TextFormat.RichText)
        grid.addWidget(label, row, 0)
        grid.addWidget(QLabel(text), row, 1)
    return grid
