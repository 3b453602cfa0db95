"""The rows of the label picker: what they hold and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

ROW_HEIGHT = 48
_PICTURE = 36
_PAD = 8


class RowKind(Enum):
    """What choosing a row does."""

    PRODUCT = auto()
    NEW_PRODUCT = auto()
    NOT_KNOWN = auto()


@dataclass(frozen=True)
class PickerRow:
    """A row: `title` large, `detail` small below it, `note` and the `key` that takes it right, `picture` left."""

    kind: RowKind
    title: str
    detail: str = ""
    note: str = ""
    sku: str | None = None
    picture: QPixmap | None = None
    key: str = ""


class PickerModel(QAbstractListModel):
    """The rows on offer, best first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[PickerRow] = []

    def show_rows(self, rows: list[PickerRow]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def show_picture(self, sku: str, picture: QPixmap) -> None:
        """The picture of a product has arrived."""
        for number, row in enumerate(self.rows):
            if row.sku == sku:
                self.rows[number] = replace(row, picture=picture)
                self.dataChanged.emit(self.index(number), self.index(number))

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.DecorationRole and row.picture is not None:
            return QIcon(row.picture)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (row.title, row.detail, row.note, row.key) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.detail
        return None


class RowDelegate(QStyledItemDelegate):
    """Draws a row of the picker."""

    def __init__(self, model: PickerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = self._model.rows[index.row()]
        blank = QStyleOptionViewItem(option)
        style = QApplication.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, blank, painter)
        area = QRect(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        palette = QPalette(option.palette)
        ink = palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text)
        painter.save()
        if row.picture is not None:
            self._draw_picture(painter, row.picture, area)
        text = area.adjusted(_PAD + _PICTURE + _PAD, 4, -_PAD, -4)
        painter.setPen(ink)
        metrics = painter.fontMetrics()
        note_width = max(metrics.horizontalAdvance(part) + _PAD if part else 0 for part in (row.note, row.key))
        faint = ink
        faint.setAlphaF(0.7)
        painter.setPen(faint)
        right = Qt.AlignmentFlag.AlignRight
        if row.key:
            painter.drawText(
                text.adjusted(0, 0, 0, -text.height() // 2), right | Qt.AlignmentFlag.AlignVCenter, row.key
            )
            painter.drawText(
                text.adjusted(0, text.height() // 2, 0, 0), right | Qt.AlignmentFlag.AlignVCenter, row.note
            )
        else:
            painter.drawText(text, right | Qt.AlignmentFlag.AlignVCenter, row.note)
        title_area = text.adjusted(0, 0, -note_width, -text.height() // 2 if row.detail else 0)
        if row.detail:
            detail_area = text.adjusted(0, text.height() // 2, -note_width, 0)
            self._draw_text(painter, detail_area, row.detail)
        ink.setAlphaF(1.0)
        painter.setPen(ink)
        font = QFont(painter.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        self._draw_text(painter, title_area, row.title)
        painter.restore()

    @staticmethod
    def _draw_text(painter: QPainter, area: QRect, text: str) -> None:
        elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)

    @staticmethod
    def _draw_picture(painter: QPainter, picture: QPixmap, row: QRect) -> None:
        size = picture.deviceIndependentSize().toSize()
        if size.width() > _PICTURE or size.height() > _PICTURE:
            size.scale(QSize(_PICTURE, _PICTURE), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(QRect(row.x() + _PAD, row.y(), _PICTURE, row.height()).center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, picture)
