"""The numbers beside the photo: shares of shelf that follow every edit."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.measures import ShelfShares
from shelfaudit.domain.palette import BrandStyle
from shelfaudit.gui.share_rows import (
    ShareBasis,
    ShareRow,
    brand_rows,
    largest,
    must_stock_found,
    percent,
    product_rows,
)
from shelfaudit.gui.theme import GRID, Theme

ROW_ROLE = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


class ShareModel(QAbstractListModel):
    """The rows of one list."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[ShareRow] = []
        self.scale = 1.0

    def show(self, rows: list[ShareRow]) -> None:
        """Replace the rows; where only numbers changed, the selection stays."""
        self.scale = largest(rows)
        if [row.key for row in rows] == [row.key for row in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return f"{row.label}: {row.facings} facings, {percent(row.share)}"
        return None


class ShareDelegate(QStyledItemDelegate):
    """Paints the brand's mark, its name, a bar, the facings and the share."""

    def __init__(self, theme: Theme, model: ShareModel, parent: QWidget, *, bars: bool) -> None:
        super().__init__(parent)
        self._theme, self._model, self._bars = theme, model, bars

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        del index
        line = option.fontMetrics.height()
        return QSize(24 * GRID, max(line + (2 * GRID if self._bars else GRID), 4 * GRID))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = index.data(ROW_ROLE)
        if not isinstance(row, ShareRow):
            return
        colours = self._theme.colours
        area: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus):
            painter.fillRect(area, QColor(colours.selection))
        inner = area.adjusted(GRID, 0, -GRID, 0)
        mark = QRect(inner.left(), 0, 3 * GRID, 2 * GRID + 4)
        mark.moveTop(area.center().y() - mark.height() // 2 - (2 if self._bars else 0))
        self._paint_mark(painter, mark, row)
        numbers = painter.fontMetrics().horizontalAdvance("100 %") + GRID
        counts = painter.fontMetrics().horizontalAdvance("00000") + GRID
        middle = Qt.AlignmentFlag.AlignVCenter
        name = QRect(
            mark.right() + GRID, mark.top(), inner.right() - mark.right() - GRID - numbers - counts, mark.height()
        )
        painter.setPen(QColor(colours.text))
        painter.drawText(
            name, middle, painter.fontMetrics().elidedText(row.label, Qt.TextElideMode.ElideRight, name.width())
        )
        right = QRect(inner.right() - numbers, mark.top(), numbers, mark.height())
        painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, percent(row.share))
        painter.setPen(QColor(colours.muted))
        painter.drawText(
            QRect(right.left() - counts, mark.top(), counts, mark.height()),
            middle | Qt.AlignmentFlag.AlignRight,
            str(row.facings),
        )
        if self._bars:
            self._paint_bar(painter, QRect(name.left(), mark.bottom() + 3, inner.right() - name.left(), 4), row)
        painter.restore()

    def _paint_mark(self, painter: QPainter, mark: QRect, row: ShareRow) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(row.style.colour))
        painter.drawRoundedRect(mark, 4, 4)
        font = QFont(painter.font())
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(row.style.ink))
        painter.drawText(mark, Qt.AlignmentFlag.AlignCenter, row.style.letter)
        font.setBold(False)
        painter.setFont(font)

    def _paint_bar(self, painter: QPainter, bar: QRect, row: ShareRow) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.colours.line))
        painter.drawRoundedRect(bar, 2, 2)
        filled = QRectF(bar)
        filled.setWidth(max(bar.width() * row.share / self._model.scale, 3.0))
        painter.setBrush(QColor(row.style.colour))
        painter.drawRoundedRect(filled, 2, 2)


class ShareList(QListView):
    """A list of shares; choosing a row again steps on."""

    chosen = Signal(object)
    """The key of the row: brand, SKU, or None for unknown facings."""

    def __init__(self, theme: Theme, name: str, *, bars: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shares = ShareModel()
        self.setModel(self.shares)
        self.setItemDelegate(ShareDelegate(theme, self.shares, self, bars=bars))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)
        theme.changed.connect(self.viewport().update)

    def event(self, event: QEvent) -> bool:
        # Enter chooses a row here, whatever it does in the photo.
        is_key = isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_key and event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def _choose(self, index: QModelIndex) -> None:
        row = index.data(ROW_ROLE)
        if isinstance(row, ShareRow):
            self.chosen.emit(row.key)


class OwnershipBar(QWidget):
    """Own, competitors' and unknown share as one bar with a legend below."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parts: list[tuple[str, float]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_parts(self, own: float, competitor: float, unknown: float) -> None:
        """Three shares in [0, 1]."""
        self._parts = [("Own", own), ("Competitors", competitor), ("Unknown", unknown)]
        self.setAccessibleName(self.text)
        self.setToolTip(self.text)
        self.update()

    @property
    def text(self) -> str:
        return " · ".join(f"{name} {percent(share)}" for name, share in self._parts)

    def sizeHint(self) -> QSize:
        return QSize(24 * GRID, 2 * GRID + 2 * self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colours = self._theme.colours
        fills = [colours.own, colours.competitor, colours.unknown]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(0, 0, self.width(), GRID)
        painter.setBrush(QColor(colours.line))
        painter.drawRoundedRect(bar, 4, 4)
        left = 0.0
        for fill, (_, share) in zip(fills, self._parts, strict=False):
            width = share * self.width()
            painter.setBrush(QColor(fill))
            painter.drawRect(QRectF(left, 0, max(width - 1, 0), GRID))
            left += width
        self._paint_legend(painter, fills)

    def _paint_legend(self, painter: QPainter, fills: list[str]) -> None:
        """Three columns: the share, and below it whose it is."""
        top, height = GRID + GRID // 2, self.fontMetrics().height()
        column = self.width() // 3
        bold, plain = QFont(self.font()), self.font()
        bold.setBold(True)
        for place, (fill, (name, share)) in enumerate(zip(fills, self._parts, strict=False)):
            x = place * column
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(fill))
            painter.drawEllipse(QRectF(x, top + height / 2 - 4, 8, 8))
            painter.setPen(QPen(QColor(self._theme.colours.text)))
            painter.setFont(bold)
            painter.drawText(QRect(x + 12, top, column - 12, height), Qt.AlignmentFlag.AlignVCenter, percent(share))
            painter.setPen(QPen(QColor(self._theme.colours.muted)))
            painter.setFont(plain)
            painter.drawText(QRect(x + 12, top + height, column - 12, height), Qt.AlignmentFlag.AlignVCenter, name)


class SharePanel(QFrame):
    """Total, own share, brands and products of the visit."""

    brand_chosen = Signal(object)
    """Brand name, None for unknown facings."""
    product_chosen = Signal(object)
    """SKU, None for unknown facings."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares: ShelfShares | None = None
        self._catalogue = Catalogue()
        self._styles: Mapping[str, BrandStyle] = {}
        self._total = QLabel()
        big = self._total.font()
        big.setPointSizeF(big.pointSizeF() * 1.8)
        big.setBold(True)
        self._total.setFont(big)
        self._unit = QLabel("facings")
        self._unit.setProperty("role", "muted")
        self._basis = QComboBox()
        self._basis.addItem("by facings", ShareBasis.FACINGS)
        self._basis.addItem("by width", ShareBasis.WIDTH)
        self._basis.setToolTip("Share of shelf by number of facings, or by their width")
        self._basis.setAccessibleName("Share by")
        self._basis.setMinimumHeight(4 * GRID)
        self._basis.currentIndexChanged.connect(self._fill)
        self._ownership = OwnershipBar(theme)
        self.brands = ShareList(theme, "Brands", bars=True)
        self.products = ShareList(theme, "Products", bars=False)
        self.brands.chosen.connect(self.brand_chosen)
        self.products.chosen.connect(self.product_chosen)
        self._must_stock = QLabel()
        self._empty = QLabel("Numbers appear here\nas soon as the first photo is counted.")
        self._empty.setProperty("role", "muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFocusProxy(self.brands)
        self._lay_out()
        self._fill()

    @property
    def text(self) -> str:
        """The headline in words: total and ownership."""
        return f"{self._total.text()} facings · {self._ownership.text}"

    def show_catalogue(self, catalogue: Catalogue, styles: Mapping[str, BrandStyle]) -> None:
        """Brands and products may have changed, or what brands look like."""
        self._catalogue, self._styles = catalogue, styles
        self._fill()

    def show_shares(self, shares: ShelfShares | None) -> None:
        """The numbers changed; None while nothing is measured."""
        self._shares = shares
        self._fill()

    def _fill(self) -> None:
        shares = self._shares
        counted = shares is not None and shares.total > 0
        for widget in self._numbers:
            widget.setVisible(counted)
        self._empty.setVisible(not counted)
        if shares is None or not counted:
            return
        basis = ShareBasis(self._basis.currentData())
        self._total.setText(f"{shares.total:,}".replace(",", " "))
        self._ownership.show_parts(basis.of(shares.own), basis.of(shares.competitor), basis.of(shares.unknown))
        self.brands.shares.show(brand_rows(shares, self._styles, basis))
        self.products.shares.show(product_rows(shares, self._styles, basis))
        found, expected = must_stock_found(shares, self._catalogue)
        self._must_stock.setText(f"Must-stock {found} of {expected} found")
        self._must_stock.setVisible(expected > 0)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(2 * GRID, GRID, 2 * GRID, 0)
        head.setSpacing(GRID)
        head.addWidget(self._total)
        head.addWidget(self._unit, 0, Qt.AlignmentFlag.AlignBaseline)
        head.addStretch(1)
        head.addWidget(self._basis)
        bar = QVBoxLayout()
        bar.setContentsMargins(2 * GRID, 0, 2 * GRID, GRID)
        bar.addWidget(self._ownership)
        brands, products = _heading("Brands"), _heading("Products")
        self._must_stock.setContentsMargins(2 * GRID, GRID // 2, 2 * GRID, GRID)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addLayout(head)
        layout.addLayout(bar)
        layout.addWidget(self._empty, 1)
        layout.addWidget(brands)
        layout.addWidget(self.brands, 3)
        layout.addWidget(products)
        layout.addWidget(self.products, 4)
        layout.addWidget(self._must_stock)
        self._numbers: list[QWidget] = [
            self._total,
            self._unit,
            self._basis,
            self._ownership,
            brands,
            products,
            self.brands,
            self.products,
            self._must_stock,
        ]


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "muted")
    label.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
    return label
