"""The photos of a visit: thumbnails, facings, and what is left to do."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QContextMenuEvent, QImage, QPainter, QPen
from PySide6.QtWidgets import QListView, QMenu, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from shelfaudit.domain.visit import Photo, PhotoState
from shelfaudit.gui.icons import pixmap
from shelfaudit.gui.image_loader import ImageLoader
from shelfaudit.gui.session import VisitSession
from shelfaudit.gui.theme import GRID, Theme

PHOTO_ROLE = Qt.ItemDataRole.UserRole
RUNNING_ROLE = Qt.ItemDataRole.UserRole + 1
THUMBNAIL_SIDE = 160
"""Device pixels, enough for 200 % screens."""

_ROW_HEIGHT = 8 * GRID
_Index = QModelIndex | QPersistentModelIndex


class PhotoListModel(QAbstractListModel):
    """One row a photo; a thumbnail is asked for only when its row is painted."""

    def __init__(self, thumbnails: ImageLoader) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._session: VisitSession | None = None
        self._ids: list[int] = []
        self._rows: dict[int, int] = {}
        self._running: int | None = None
        thumbnails.loaded.connect(lambda photo_id, _image: self.update_photo(photo_id))

    def show_session(self, session: VisitSession | None) -> None:
        """List the photos of this visit."""
        self._session = session
        if session is not None:
            session.photos_changed.connect(self.reload)
            session.facings_changed.connect(self.update_photos)
        self.reload()

    def reload(self) -> None:
        """The set of photos changed."""
        self.beginResetModel()
        self._ids = list(self._session.photos) if self._session is not None else []
        self._rows = {photo_id: row for row, photo_id in enumerate(self._ids)}
        self.endResetModel()

    def set_running(self, photo_id: int | None) -> None:
        """The photo that the detector looks at now."""
        before, self._running = self._running, photo_id
        for changed in (before, photo_id):
            if changed is not None:
                self.update_photo(changed)

    def update_photo(self, photo_id: int) -> None:
        """Something about this photo changed: paint its row again."""
        self.update_photos((photo_id,))

    def update_photos(self, photo_ids: Collection[int]) -> None:
        """As `update_photo`, for several at once."""
        rows = [row for photo_id in photo_ids if (row := self._rows.get(photo_id)) is not None]
        if rows:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))

    def row_of(self, photo_id: int) -> int | None:
        return self._rows.get(photo_id)

    def photo(self, row: int) -> Photo | None:
        """The photo in this row; None where there is no such row."""
        if self._session is None or not 0 <= row < len(self._ids):
            return None
        return self._session.photos.get(self._ids[row])

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        photo = self.photo(index.row())
        if photo is None:
            return None
        if role == PHOTO_ROLE:
            return photo
        if role == RUNNING_ROLE:
            return photo.id == self._running
        if role == Qt.ItemDataRole.DecorationRole:
            image = self._thumbnails.image(photo.id)
            if image is None:
                self._thumbnails.request(photo.id, photo.path)
            return image
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{photo.path.name}, {describe_state(photo)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{photo.path}\n{photo.error or describe_state(photo)}"
        return None


class PhotoDelegate(QStyledItemDelegate):
    """Paints thumbnail, number, facings and the state's glyph."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        del option, index
        return QSize(22 * GRID, _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        photo = index.data(PHOTO_ROLE)
        if not isinstance(photo, Photo):
            return
        colours, area = self._theme.colours, QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(colours.selection))
            painter.fillRect(QRect(area.topLeft(), QSize(3, area.height())), QColor(colours.accent))
        frame = QRect(area.left() + GRID + 3, area.top() + GRID // 2, 8 * GRID, area.height() - GRID)
        self._paint_thumbnail(painter, frame, index.data(Qt.ItemDataRole.DecorationRole), photo)
        text = QRect(
            frame.right() + GRID + 2,
            area.top() + GRID,
            area.right() - frame.right() - 5 * GRID,
            area.height() - 2 * GRID,
        )
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        painter.drawText(text, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, str(index.row() + 1))
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(QColor(colours.bad if photo.state is PhotoState.FAILED else colours.muted))
        line = _short_state(photo, running=bool(index.data(RUNNING_ROLE)))
        painter.drawText(text, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, line)
        self._paint_glyph(painter, area, photo)
        painter.restore()

    def _paint_thumbnail(self, painter: QPainter, frame: QRect, image: object, photo: Photo) -> None:
        colours = self._theme.colours
        if isinstance(image, QImage):
            size = QSize(image.size()).scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(QPoint(), size)
            target.moveCenter(frame.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(target, image)
            return
        painter.setPen(QPen(QColor(colours.line)))
        painter.setBrush(QColor(colours.backdrop))
        painter.drawRoundedRect(frame, 4, 4)
        failed = photo.state is PhotoState.FAILED
        self._paint_icon(
            painter, frame.center(), "warning" if failed else "photos", colours.bad if failed else colours.muted
        )

    def _paint_glyph(self, painter: QPainter, area: QRect, photo: Photo) -> None:
        colours = self._theme.colours
        name, colour = {
            PhotoState.WAITING: ("waiting", colours.muted),
            PhotoState.DETECTED: ("dot", colours.accent),
            PhotoState.REVIEWED: ("check", colours.good),
            PhotoState.FAILED: ("warning", colours.bad),
        }[photo.state]
        self._paint_icon(painter, QPoint(area.right() - 2 * GRID, area.center().y()), name, colour)

    def _paint_icon(self, painter: QPainter, center: QPoint, name: str, colour: str) -> None:
        side, ratio = 18, painter.device().devicePixelRatio()
        image = pixmap(name, colour, round(side * ratio))
        painter.drawPixmap(QRect(center.x() - side // 2, center.y() - side // 2, side, side), image)


class PhotoList(QListView):
    """The list; moves by keyboard, and offers what can be done with a photo on the menu key or a right click."""

    photo_chosen = Signal(int)
    detect_again = Signal(int)
    remove = Signal(int)
    show_file = Signal(int)

    def __init__(self, theme: Theme, thumbnails: ImageLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = PhotoListModel(thumbnails)
        self.setModel(self._model)
        self.setItemDelegate(PhotoDelegate(theme, self))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Photos of the visit")
        self.selectionModel().currentChanged.connect(self._choose)
        theme.changed.connect(self.viewport().update)

    @property
    def photos(self) -> PhotoListModel:
        return self._model

    @property
    def current_photo(self) -> Photo | None:
        """The chosen photo."""
        return self._model.photo(self.currentIndex().row())

    def choose(self, photo_id: int) -> None:
        """Go to this photo."""
        row = self._model.row_of(photo_id)
        if row is not None:
            self.choose_row(row)

    def choose_row(self, row: int) -> None:
        """Go to this row; outside the list nothing happens."""
        if 0 <= row < self._model.rowCount():
            index = self._model.index(row)
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(index)

    def step(self, steps: int) -> None:
        """That many photos forwards (or back), stopping at the ends."""
        rows = self._model.rowCount()
        if rows:
            self.choose_row(min(max(self.currentIndex().row() + steps, 0), rows - 1))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        photo = self.current_photo if by_key or not index.isValid() else self._model.photo(index.row())
        if photo is not None:
            at = (
                self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
                if by_key
                else event.globalPos()
            )
            self.make_menu(photo).popup(at)

    def make_menu(self, photo: Photo) -> QMenu:
        """What can be done with one photo."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        photo_id = photo.id
        menu.addAction("Detect again", lambda: self.detect_again.emit(photo_id))
        menu.addAction("Show the file", lambda: self.show_file.emit(photo_id))
        menu.addSeparator()
        menu.addAction("Remove from the visit", lambda: self.remove.emit(photo_id))
        return menu

    def _choose(self, index: QModelIndex) -> None:
        photo = self._model.photo(index.row())
        if photo is not None:
            self.photo_chosen.emit(photo.id)


def describe_state(photo: Photo) -> str:
    """The state of a photo in words."""
    if photo.state is PhotoState.WAITING:
        return "waiting for detection"
    if photo.state is PhotoState.FAILED:
        return f"not read: {photo.error}"
    reviewed = "reviewed" if photo.state is PhotoState.REVIEWED else "to review"
    return f"{len(photo.facings)} facings, {reviewed}"


def _short_state(photo: Photo, *, running: bool) -> str:
    if running:
        return "detecting …"
    if photo.state is PhotoState.WAITING:
        return "waiting"
    if photo.state is PhotoState.FAILED:
        return "not read"
    return str(len(photo.facings))
