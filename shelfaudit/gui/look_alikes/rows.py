"""The rows of the strip of look-alikes: what they hold, and how they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from shelfaudit.gui.icons import pixmap
from shelfaudit.gui.look_alikes.crops import CropLoader
from shelfaudit.gui.look_alikes.marking import Mark
from shelfaudit.gui.share_rows import percent
from shelfaudit.gui.theme import GRID, Theme
from shelfaudit.usecases.look_alikes import LookAlike

ROW_ROLE = Qt.ItemDataRole.UserRole
CROP_ROLE = Qt.ItemDataRole.UserRole + 1
MISSING_ROLE = Qt.ItemDataRole.UserRole + 2
CELL_WIDTH = 9 * GRID
_CAPTION = 2 * GRID
_PAD = GRID // 2
_MARK = 18
_BADGE = 2 * GRID
_Index = QModelIndex | QPersistentModelIndex

_WORDS = {Mark.MARKED: "marked", Mark.OPEN: "not marked", Mark.REFUSED: "not this product"}


@dataclass(frozen=True, slots=True)
class StripRow:
    """One look-alike in the strip.

    photo: the number of the photo it is in, None for the photo on screen. other: the name the machine gave it, where
    that is another one. cut: whether the auditor said "up to here".
    """

    look_alike: LookAlike
    mark: Mark
    photo: int | None
    other: str
    cut: bool = False

    @property
    def words(self) -> str:
        """The row for a screen reader and the tool tip."""
        parts = [
            _WORDS[self.mark],
            f"{percent(self.look_alike.similarity)} alike",
            f"photo {self.photo}" if self.photo is not None else "in this photo",
            f"taken for {self.other}" if self.other else "",
        ]
        return ", ".join(part for part in parts if part)


class StripModel(QAbstractListModel):
    """The look-alikes, the most similar first."""

    def __init__(self, crops: CropLoader) -> None:
        super().__init__()
        self._crops = crops
        self.rows: Sequence[StripRow] = ()
        crops.loaded.connect(self._crops_came)

    def show_rows(self, rows: Sequence[StripRow]) -> None:
        """Show these; where they are the same facings, only what differs is drawn again."""
        if [_id(row) for row in rows] != [_id(row) for row in self.rows]:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
            return
        before, self.rows = self.rows, rows
        for place, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(place), self.index(place))

    def place_of(self, facing_id: str | None) -> int | None:
        """The row of this facing."""
        return next((place for place, row in enumerate(self.rows) if _id(row) == facing_id), None)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == CROP_ROLE:
            return self._crops.crop(row.look_alike.facing)
        if role == MISSING_ROLE:
            return self._crops.is_missing(row.look_alike.facing)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"Look-alike {index.row() + 1} of {len(self.rows)}, {row.words}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.words.capitalize()
        return None

    def _crops_came(self, facing_ids: list[str]) -> None:
        came = set(facing_ids)
        for place, row in enumerate(self.rows):
            if _id(row) in came:
                self.dataChanged.emit(self.index(place), self.index(place))


class CropDelegate(QStyledItemDelegate):
    """Paints the crop, its mark, the number of its photo, and how similar it is or what it is taken for."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.height = 10 * GRID

    @property
    def picture(self) -> QSize:
        """Room for the crop."""
        return QSize(CELL_WIDTH - 2 * _PAD, self.height - _CAPTION - _PAD)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        del option, index
        return QSize(CELL_WIDTH, self.height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = index.data(ROW_ROLE)
        if not isinstance(row, StripRow):
            return
        area = QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_place(painter, area, option)
        frame = QRect(area.topLeft() + QPoint(_PAD, _PAD), self.picture)
        self._paint_crop(painter, frame, index, faint=row.mark is Mark.REFUSED)
        if row.photo is not None:
            self._paint_badge(painter, frame, row.photo)
        self._paint_mark(painter, frame, row.mark)
        self._paint_caption(painter, QRect(area.left(), frame.bottom() + 1, area.width(), _CAPTION), row)
        if row.cut:
            painter.fillRect(QRect(area.right() - 1, area.top(), 2, area.height()), QColor(self._theme.colours.accent))
        painter.restore()

    def _paint_place(self, painter: QPainter, area: QRect, option: QStyleOptionViewItem) -> None:
        """Where the keys are."""
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(QColor(self._theme.colours.selection))
            painter.setPen(QPen(QColor(self._theme.colours.accent), 2))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 4, 4)

    def _paint_crop(self, painter: QPainter, frame: QRect, index: _Index, *, faint: bool) -> None:
        image = index.data(CROP_ROLE)
        if isinstance(image, QImage):
            size = image.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(QPoint(), size)
            target.moveCenter(frame.center())
            painter.setOpacity(0.35 if faint else 1.0)
            painter.drawImage(target, image)
            painter.setOpacity(1.0)
            return
        colours = self._theme.colours
        painter.setPen(QPen(QColor(colours.line)))
        painter.setBrush(QColor(colours.backdrop))
        painter.drawRoundedRect(frame, 4, 4)
        missing = bool(index.data(MISSING_ROLE))
        self._paint_icon(
            painter, frame.center(), 18, "warning" if missing else "photos", colours.bad if missing else colours.muted
        )

    def _paint_mark(self, painter: QPainter, frame: QRect, mark: Mark) -> None:
        colours = self._theme.colours
        disc = QRect(frame.right() - _MARK + 2, frame.bottom() - _MARK + 2, _MARK, _MARK)
        filling, icon, ink = {
            Mark.MARKED: (colours.accent, "check", colours.on_accent),
            Mark.OPEN: (colours.surface, "", colours.muted),
            Mark.REFUSED: (colours.bad, "close", colours.surface),
        }[mark]
        painter.setBrush(QColor(filling))
        painter.setPen(QPen(QColor(colours.muted if mark is Mark.OPEN else colours.surface), 1.5))
        painter.drawEllipse(disc)
        if icon:
            self._paint_icon(painter, disc.center() + QPoint(1, 1), _MARK - 4, icon, ink)

    def _paint_badge(self, painter: QPainter, frame: QRect, number: int) -> None:
        """The number of another photo, with the sign for photos."""
        colours = self._theme.colours
        painter.setFont(self._small(painter.font()))
        text = str(number)
        width = painter.fontMetrics().horizontalAdvance(text) + _BADGE + _PAD
        badge = QRect(frame.left(), frame.top(), width, _BADGE)
        painter.setBrush(QColor(colours.surface))
        painter.setPen(QPen(QColor(colours.line)))
        painter.drawRoundedRect(badge, 4, 4)
        self._paint_icon(painter, QPoint(badge.left() + _BADGE // 2, badge.center().y()), 12, "photos", colours.muted)
        painter.setPen(QColor(colours.text))
        painter.drawText(badge.adjusted(_BADGE - 2, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_caption(self, painter: QPainter, area: QRect, row: StripRow) -> None:
        painter.setFont(self._small(painter.font()))
        painter.setPen(QColor(self._theme.colours.text if row.other else self._theme.colours.muted))
        text = row.other or percent(row.look_alike.similarity)
        shown = QFontMetrics(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, area.width() - _PAD)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, shown)

    @staticmethod
    def _small(font: QFont) -> QFont:
        small = QFont(font)
        small.setPixelSize(11)
        return small

    @staticmethod
    def _paint_icon(painter: QPainter, center: QPoint, side: int, name: str, colour: str) -> None:
        image = pixmap(name, colour, round(side * painter.device().devicePixelRatio()))
        painter.drawPixmap(QRect(center.x() - side // 2, center.y() - side // 2, side, side), image)


def _id(row: StripRow) -> str:
    return row.look_alike.facing.id
