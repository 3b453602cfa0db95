"""The bar above the photo: what is asked, why, which keys answer, and how much is left."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QToolButton, QVBoxLayout, QWidget

from shelfaudit.gui.icons import icon
from shelfaudit.gui.review_questions import Question
from shelfaudit.gui.spans import Span, SpansLine
from shelfaudit.gui.theme import GRID, Theme

ROOM_FOR_PROGRESS = 50 * GRID
"""Width from which the bar says in words how much is left."""


class ReviewBar(QFrame):
    """Two lines and a thin bar; never takes the focus."""

    closed = Signal()
    """The auditor does not want to see it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "review")
        self._theme = theme
        self._wanted = True
        self._question: Question | None = None
        self._words, self._keys = SpansLine(theme), SpansLine(theme)
        self._left = QLabel()
        self._progress = QProgressBar()
        self._progress.setProperty("role", "thin")
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Decided")
        self._close = QToolButton()
        self._close.setProperty("role", "icon")
        self._close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._close.setToolTip("Close the review bar (Q shows it again)")
        self._close.setAccessibleName("Close the review bar")
        self._close.clicked.connect(self.closed)
        self._lay_out()
        theme.changed.connect(self._tint)
        self._tint()
        self.hide()

    @property
    def question(self) -> Question | None:
        """What it asks; None where there is nothing to ask about."""
        return self._question

    @property
    def progress_text(self) -> str:
        return self._left.text()

    def set_wanted(self, wanted: bool) -> None:
        """Show the bar while there is something to ask, or never."""
        self._wanted = wanted
        self.setVisible(wanted and self._question is not None)

    def show_question(self, question: Question | None, left: int, total: int) -> None:
        """Ask this (None: hide the bar); `left` of `total` are still to be decided in the visit."""
        new = question is not None and question != self._question
        self._question = question
        self.setVisible(self._wanted and question is not None)
        if question is None:
            return
        self._words.show_spans([(question.text, True, 0), (question.reason, False, 2 * GRID)])
        self._keys.show_spans([span for key in question.keys for span in _spans(*key)])
        self._left.setText(f"{left} of {total} left" if left else "nothing left")
        self._progress.setRange(0, max(total, 1))
        self._progress.setValue(max(total - left, 0) if total else 1)
        if new:
            # Screen readers say it: the bar never takes the focus.
            self.setAccessibleName(". ".join(part for part in (question.text, question.reason) if part))
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Where there is hardly room for the question, the thin bar alone says how much is left.
        self._left.setVisible(self.width() >= ROOM_FOR_PROGRESS)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._words)
        words.addWidget(self._keys)
        right = QHBoxLayout()
        right.setSpacing(GRID)
        right.addWidget(self._left)
        right.addWidget(self._close)
        line = QHBoxLayout()
        line.setContentsMargins(2 * GRID, GRID // 2, GRID, GRID // 2)
        line.setSpacing(2 * GRID)
        line.addLayout(words, 1)
        line.addLayout(right)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(line)
        layout.addWidget(self._progress)

    def _tint(self) -> None:
        self._close.setIcon(icon("close", self._theme.colours.muted))


def _spans(key: str, words: str) -> tuple[Span, Span]:
    return (key, True, 3 * GRID), (words, False, GRID // 2 + 2)
