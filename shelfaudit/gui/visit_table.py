"""The list of visits: one row a visit, searchable, its state as a chip."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import (
    QDate,
    QLocale,
    QModelIndex,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from shelfaudit.domain.visit import VisitState, VisitSummary
from shelfaudit.gui.headed_table import HeadedTableModel, Index
from shelfaudit.gui.share_rows import percent
from shelfaudit.gui.theme import GRID, Theme

VISIT_ROLE = Qt.ItemDataRole.UserRole
COLUMNS = ("Store", "Category", "Date", "Auditor", "Photos", "Facings", "Own share", "State")
_NUMBERS = frozenset({4, 5, 6})
_STATE = 7


def format_date(date: dt.date) -> str:
    """A date as this system's language writes it in short: 20 Nov 2026."""
    return QLocale().toString(QDate(date.year, date.month, date.day), "d MMM yyyy")


class VisitTableModel(HeadedTableModel):
    """Visit summaries as rows."""

    def __init__(self) -> None:
        super().__init__(COLUMNS, _NUMBERS)
        self._visits: list[VisitSummary] = []

    def show(self, visits: list[VisitSummary]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self._visits = visits
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else len(self._visits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self._visits):
            return None
        visit = self._visits[index.row()]
        if role == VISIT_ROLE:
            return visit
        if role == Qt.ItemDataRole.DisplayRole:
            return _cells(visit)[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tool_tip(visit)
        return None


class StateChip(QStyledItemDelegate):
    """Paints the state as a rounded chip in a colour of its own."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        metrics = option.fontMetrics
        return QSize(metrics.horizontalAdvance(str(index.data())) + 6 * GRID, metrics.height() + 2 * GRID)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        visit = index.data(VISIT_ROLE)
        if not isinstance(visit, VisitSummary):
            return
        colours = self._theme.colours
        colour = QColor(
            {
                VisitState.EMPTY: colours.muted,
                VisitState.IMPORTING: colours.warning,
                VisitState.TO_REVIEW: colours.accent,
                VisitState.REVIEWED: colours.good,
                VisitState.REPORTED: colours.good,
            }[visit.state]
        )
        self.initStyleOption(option, index)
        option.text = ""
        widget = option.widget
        widget.style().drawControl(widget.style().ControlElement.CE_ItemViewItem, option, painter, widget)
        area: QRect = option.rect
        text = str(index.data())
        width = painter.fontMetrics().horizontalAdvance(text) + 2 * GRID + 4
        chip = QRect(area.left() + GRID, area.center().y() - 11, min(width, area.width() - GRID), 23)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = QColor(colour)
        fill.setAlphaF(0.16)
        painter.setBrush(fill)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(chip, 11, 11)
        painter.setPen(colour)
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()


class VisitTable(QTableView):
    """The table; Enter or a double click opens, Delete asks to delete."""

    open_visit = Signal(int)
    delete_visit = Signal(object)
    """The `VisitSummary` to delete."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = VisitTableModel()
        self._filter = QSortFilterProxyModel()
        self._filter.setSourceModel(self._model)
        self._filter.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._filter.setFilterKeyColumn(-1)
        self.setModel(self._filter)
        self.setItemDelegateForColumn(_STATE, StateChip(theme, self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setAccessibleName("Visits")
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(5 * GRID)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.doubleClicked.connect(self._open)
        theme.changed.connect(self.viewport().update)

    @property
    def visible_visits(self) -> list[VisitSummary]:
        """The visits that match the search, as listed."""
        return [self._filter.index(row, 0).data(VISIT_ROLE) for row in range(self._filter.rowCount())]

    def show_visits(self, visits: list[VisitSummary]) -> None:
        """Replace the list; the visit that was current stays so, else it is the first, so that Enter goes on."""
        before = self.currentIndex().data(VISIT_ROLE)
        self._model.show(visits)
        shown = [visit.id for visit in self.visible_visits]
        if shown:
            known = isinstance(before, VisitSummary) and before.id in shown
            self.selectRow(shown.index(before.id) if known else 0)

    def search(self, text: str) -> None:
        """List only visits that contain this text anywhere."""
        self._filter.setFilterFixedString(text.strip())
        if self._filter.rowCount():
            self.selectRow(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        elif event.key() == Qt.Key.Key_Delete:
            self._ask_delete()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.currentIndex().isValid():
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction("Open", lambda: self._open(self.currentIndex()))
            menu.addSeparator()
            menu.addAction("Delete …", self._ask_delete)
            menu.popup(event.globalPos())

    def open_current(self) -> None:
        """Open the visit of the current row."""
        self._open(self.currentIndex())

    def _open(self, index: QModelIndex) -> None:
        visit = index.data(VISIT_ROLE)
        if isinstance(visit, VisitSummary):
            self.open_visit.emit(visit.id)

    def _ask_delete(self) -> None:
        visit = self.currentIndex().data(VISIT_ROLE)
        if isinstance(visit, VisitSummary):
            self.delete_visit.emit(visit)


def _cells(visit: VisitSummary) -> tuple[str, ...]:
    return (
        visit.store,
        visit.category,
        format_date(visit.date),
        visit.auditor,
        str(visit.photos),
        str(visit.facings),
        percent(visit.own_share) if visit.own_share is not None else "–",
        _state(visit),
    )


def _state(visit: VisitSummary) -> str:
    """The state in words, with how far it is: "importing 40 %", "to review 38"."""
    if visit.state is VisitState.IMPORTING:
        return f"{visit.state.value} {percent((visit.photos - visit.waiting) / visit.photos)}"
    if visit.state is VisitState.TO_REVIEW and visit.to_review:
        return f"{visit.state.value} {visit.to_review}"
    return visit.state.value


def _tool_tip(visit: VisitSummary) -> str | None:
    lines = []
    if visit.waiting:
        lines.append(f"{visit.waiting} of {visit.photos} photos wait for detection")
    if visit.failed:
        lines.append(f"{visit.failed} of {visit.photos} photos could not be read")
    if visit.to_review:
        lines.append(f"{visit.to_review} facings have no name or a low score")
    return "\n".join(lines) or None
