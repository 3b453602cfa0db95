"""The brands beside the products: which ones there are, whose, what they look like; one of them filters the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from shelfaudit.domain.catalogue import Catalogue, Ownership
from shelfaudit.domain.palette import UNKNOWN_STYLE, BrandStyle
from shelfaudit.gui.photo_view.facing_styles import tag_pixmap
from shelfaudit.gui.theme import GRID

ALL_BRANDS = "All brands"
_BRAND_ROLE = Qt.ItemDataRole.UserRole
_TAG_HEIGHT = 18


class BrandList(QListWidget):
    """One row a brand, the own ones first; the first row stands for all."""

    chosen = Signal(object)
    """The name (str) of the brand, None for all."""
    edit_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Brands")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(4 * GRID, _TAG_HEIGHT))
        self.currentItemChanged.connect(lambda *_: self.chosen.emit(self.brand))
        self.itemDoubleClicked.connect(lambda _item: self.edit_wanted.emit())

    @property
    def brand(self) -> str | None:
        """The brand that is chosen, None for all."""
        item = self.currentItem()
        name = item.data(_BRAND_ROLE) if item is not None else None
        return name if isinstance(name, str) else None

    def show_catalogue(self, catalogue: Catalogue, styles: Mapping[str, BrandStyle]) -> None:
        """List the brands of a catalogue; the one that was chosen stays chosen."""
        before = self.brand
        counts = Counter(product.brand for product in catalogue.products.values())
        brands = sorted(
            catalogue.brands.values(), key=lambda brand: (brand.ownership is not Ownership.OWN, brand.name.casefold())
        )
        self.blockSignals(True)
        self.clear()
        self._add(f"{ALL_BRANDS}  ({len(catalogue.products)})", None, QIcon())
        for brand in brands:
            own = "own · " if brand.ownership is Ownership.OWN else ""
            style = styles.get(brand.name, UNKNOWN_STYLE)
            tag = QIcon(tag_pixmap(style, _TAG_HEIGHT, self.devicePixelRatioF()))
            self._add(f"{brand.name}  ({own}{counts[brand.name]})", brand.name, tag)
        self.choose(before)
        self.blockSignals(False)
        if self.brand != before:
            self.chosen.emit(self.brand)

    def choose(self, brand: str | None) -> None:
        """Go to the row of a brand; to that of all, where it is not there."""
        rows = [row for row in range(self.count()) if self.item(row).data(_BRAND_ROLE) == brand]
        self.setCurrentRow(rows[0] if rows else 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.remove_wanted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.edit_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _add(self, text: str, brand: str | None, tag: QIcon) -> None:
        item = QListWidgetItem(tag, text)
        item.setData(_BRAND_ROLE, brand)
        item.setToolTip(text)
        item.setSizeHint(QSize(0, 4 * GRID))
        self.addItem(item)
