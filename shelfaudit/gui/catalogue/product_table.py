"""The products as a table: searched, sorted, chosen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from shelfaudit.domain import barcode
from shelfaudit.domain.catalogue import Catalogue, Product
from shelfaudit.domain.palette import UNKNOWN_STYLE, BrandStyle
from shelfaudit.gui.headed_table import HeadedTableModel, Index
from shelfaudit.gui.photo_view.facing_styles import tag_pixmap
from shelfaudit.gui.photo_view.product_search import CatalogueIndex, folded
from shelfaudit.gui.theme import GRID, Theme

COLUMNS = ("Product", "Brand", "Category", "Size", "SKU", "Barcode", "Must", "Facings")
SKU_ROLE = Qt.ItemDataRole.UserRole
_NUMBERS = frozenset({7})
_CENTRED = frozenset({6})
_TAG_HEIGHT = 18


class ProductTableModel(HeadedTableModel):
    """The products that match the search, in the order of a column."""

    def __init__(self, scale: Callable[[], float]) -> None:
        super().__init__(COLUMNS, _NUMBERS, _CENTRED)
        self._scale = scale
        self._rows: list[Product] = []
        self._index = CatalogueIndex(Catalogue())
        self._styles: Mapping[str, BrandStyle] = {}
        self._facings: Callable[[str], int] = lambda _sku: 0
        self._tags: dict[str, QIcon] = {}
        self._words: list[str] = []
        self._brand: str | None = None
        self._column, self._order = 1, Qt.SortOrder.AscendingOrder

    @property
    def rows(self) -> Sequence[Product]:
        return self._rows

    def row_of(self, sku: str) -> int | None:
        """Where a product is listed."""
        return next((row for row, product in enumerate(self._rows) if product.sku == sku), None)

    def show_catalogue(
        self, catalogue: Catalogue, styles: Mapping[str, BrandStyle], facings: Callable[[str], int]
    ) -> None:
        """Show another catalogue, or the same with other styles and numbers."""
        if catalogue is not self._index.catalogue:
            self._index = CatalogueIndex(catalogue)
        if styles != self._styles:
            self._styles, self._tags = dict(styles), {}
        self._facings = facings
        self._list()

    def search(self, text: str) -> None:
        """List only products that hold every word of this text."""
        self._words = folded(text).split()
        self._list()

    def show_brand(self, brand: str | None) -> None:
        """List only the products of this brand (None: of all)."""
        self._brand = brand
        self._list()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._column, self._order = column, order
        self._list()

    def _list(self) -> None:
        texts, products = self._index.texts, self._index.catalogue.products
        found = [
            products[sku]
            for sku in self._index.skus
            if self._brand in (None, products[sku].brand) and all(word in texts[sku] for word in self._words)
        ]
        # By brand and name they come already; sorting is stable, so this order stays within equal ones.
        if self._column != 1:
            found.sort(key=self._sort_key)
        if self._order is Qt.SortOrder.DescendingOrder:
            found.reverse()
        if [product.sku for product in found] == [product.sku for product in self._rows]:
            # The selection, and the eye, stay where they are.
            self._rows = found
            self.dataChanged.emit(self.index(0, 0), self.index(len(found) - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self._rows = found
        self.endResetModel()

    def _sort_key(self, product: Product) -> tuple[int, str]:
        if self._column in _NUMBERS:
            return self._facings(product.sku), ""
        if self._column in _CENTRED:
            return int(not product.must_stock), ""
        return 0, folded(self._cells(product)[self._column])

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self._rows):
            return None
        product, column = self._rows[index.row()], index.column()
        if role == SKU_ROLE:
            return product.sku
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cells(product)[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(column)
        if role == Qt.ItemDataRole.DecorationRole and column == 1:
            return self._tag(product.brand)
        if role == Qt.ItemDataRole.ToolTipRole:
            return barcode.doubt(product.barcode) or None if column == 5 else self._cells(product)[column]
        return None

    def _cells(self, product: Product) -> tuple[str, ...]:
        return (
            product.name,
            product.brand,
            product.category,
            product.size,
            product.sku,
            f"{product.barcode} ⚠" if barcode.doubt(product.barcode) else product.barcode,
            "✓" if product.must_stock else "",
            str(self._facings(product.sku)),
        )

    def _tag(self, brand: str) -> QIcon:
        if brand not in self._tags:
            pixmap = tag_pixmap(self._styles.get(brand, UNKNOWN_STYLE), _TAG_HEIGHT, self._scale())
            self._tags[brand] = QIcon(pixmap)
            # Otherwise Qt tints it where the row is selected, and the letter fades.
            self._tags[brand].addPixmap(pixmap, QIcon.Mode.Selected)
        return self._tags[brand]


class ProductTable(QTableView):
    """The table; several rows can be chosen; Delete asks to remove them."""

    chosen = Signal(list)
    """SKUs of the selected products, the current one first."""
    remove_wanted = Signal()
    edit_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.products = ProductTableModel(self.devicePixelRatioF)
        self.setModel(self.products)
        self.setIconSize(QSize(3 * _TAG_HEIGHT, _TAG_HEIGHT))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setAccessibleName("Products")
        self.setSortingEnabled(True)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(4 * GRID)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSortIndicator(1, Qt.SortOrder.AscendingOrder)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(5 * GRID)
        for column, width in enumerate((0, 15, 12, 8, 17, 15, 7, 8)):
            if width:
                self.setColumnWidth(column, width * GRID)
        self._kept: list[str] = []
        self.products.modelAboutToBeReset.connect(self._keep)
        self.products.modelReset.connect(self._choose_kept)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit(self.selected))
        self.doubleClicked.connect(lambda _index: self.edit_wanted.emit())
        theme.changed.connect(self.viewport().update)

    def choose_columns(self, catalogue: Catalogue, *, compact: bool) -> None:
        """Leave the room of categories and sizes to the names, where no product has any; `compact` shows names, brands
        and numbers alone (the form has the rest)."""
        for column, used in (
            (2, any(product.category for product in catalogue.products.values())),
            (3, any(product.size for product in catalogue.products.values())),
            *((column, True) for column in (4, 5, 6)),
        ):
            self.setColumnHidden(column, compact or not used)
        # The letter on its colour says enough.
        self.setColumnWidth(1, (6 if compact else 15) * GRID)

    @property
    def selected(self) -> list[str]:
        """SKUs of the selected products, the current one first."""
        current = self.currentIndex().data(SKU_ROLE)
        skus = [index.data(SKU_ROLE) for index in self.selectionModel().selectedRows()]
        return sorted(skus, key=lambda sku: sku != current)

    def choose(self, skus: Collection[str]) -> None:
        """Select these products, where they are listed."""
        rows = [row for sku in skus if (row := self.products.row_of(sku)) is not None]
        selection = self.selectionModel()
        flags = QItemSelectionModel.SelectionFlag
        selection.clearSelection()
        for row in reversed(rows):
            index = self.products.index(row, 0)
            selection.setCurrentIndex(index, flags.Select | flags.Rows)
        if rows:
            self.scrollTo(self.products.index(rows[0], 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.remove_wanted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.edit_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _keep(self) -> None:
        self._kept = self.selected

    def _choose_kept(self) -> None:
        still = [sku for sku in self._kept if self.products.row_of(sku) is not None]
        if still:
            self.choose(still)
        elif self.products.rows:
            self.choose([self.products.rows[0].sku])
        else:
            self.chosen.emit([])
