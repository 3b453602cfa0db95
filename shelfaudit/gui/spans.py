"""A line of words of two weights: what matters strong, the rest muted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from shelfaudit.gui.theme import GRID, Theme

Span = tuple[str, bool, int]
"""Words, whether they are strong, and the space in front of them in pixels (none before the first)."""

_LEAST_WORDS = 6 * GRID
"""Strong words are left out with what belongs to them where less of it could be read."""


class SpansLine(QWidget):
    """Ends in "…" where there is no room for all of it; the tool tip has the rest."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._spans: tuple[Span, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_spans(self, spans: Sequence[Span]) -> None:
        """Replace the words."""
        self._spans = tuple(spans)
        self.update()

    @property
    def text(self) -> str:
        return " ".join(words for words, _, _ in self._spans)

    def sizeHint(self) -> QSize:
        return QSize(20 * GRID, QFontMetrics(self._font(strong=True)).height() + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        colours = self._theme.colours
        x, cut = 0, False
        for number, (words, strong, space) in enumerate(self._spans):
            font = self._font(strong=strong)
            metrics = QFontMetrics(font)
            x += space if number else 0
            room = self.width() - x
            alone = strong and number and room < metrics.horizontalAdvance(words) + self._least_room_after(number)
            shown = "…" if alone else metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(room, 0))
            painter.setFont(font)
            painter.setPen(QColor(colours.text if strong else colours.muted))
            painter.drawText(QRect(x, 0, max(room, 0), self.height()), Qt.AlignmentFlag.AlignVCenter, shown)
            cut = shown != words
            if cut:
                break
            x += metrics.horizontalAdvance(words)
        self.setToolTip(self.text if cut else "")

    def _least_room_after(self, number: int) -> int:
        """Pixels without which the words that belong to these strong ones would say nothing."""
        words, strong, space = self._spans[number + 1] if number + 1 < len(self._spans) else ("", True, 0)
        if strong:
            return 0
        return space + min(QFontMetrics(self._font(strong=False)).horizontalAdvance(words), _LEAST_WORDS)

    def _font(self, *, strong: bool) -> QFont:
        font = QFont(self.font())
        if strong:
            font.setWeight(QFont.Weight.DemiBold)
        return font
