"""A product that the catalogue does not know yet."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from shelfaudit.domain.catalogue import Brand, Catalogue, Ownership, Product
from shelfaudit.gui.theme import GRID

SCANNED_DIGITS = 8
"""The shortest barcode of retail has so many."""


class ProductDialog(QDialog):
    """Asks for brand and name; a brand that is new also for whose it is."""

    confirmed = Signal(object, object)
    """The `Brand` and the `Product`."""

    def __init__(self, catalogue: Catalogue, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New product")
        self._catalogue = catalogue
        self.brand = QLineEdit()
        self.brand.setPlaceholderText("Brand")
        completer = QCompleter(sorted(catalogue.brands, key=str.casefold), self.brand)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.brand.setCompleter(completer)
        self.ownership = QComboBox()
        self.ownership.addItem("Our own brand", Ownership.OWN)
        self.ownership.addItem("A competitor's brand", Ownership.COMPETITOR)
        # What a scanner typed into the picker is no name.
        scanned = name if name.isdigit() and len(name) >= SCANNED_DIGITS else ""
        self.name = QLineEdit(name if not scanned else "")
        self.barcode = QLineEdit(scanned)
        self.barcode.setPlaceholderText("May be left empty")
        self.name.setPlaceholderText("For example Cola 0.5 l")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.create_button = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.create_button.setText("Add product")
        self.create_button.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.brand.textChanged.connect(self._check)
        self.name.textChanged.connect(self._check)
        for field in (self.brand, self.ownership, self.name, self.barcode):
            field.setMinimumHeight(4 * GRID)
        for text in (self.brand, self.name, self.barcode):
            text.setTextMargins(GRID // 2, 0, GRID // 2, 0)
        form = QFormLayout()
        form.setSpacing(GRID + GRID // 2)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Product", self.name)
        form.addRow("&Brand", self.brand)
        form.addRow("&Whose", self.ownership)
        form.addRow("B&arcode", self.barcode)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addLayout(form)
        layout.addWidget(buttons)
        self.setMinimumWidth(50 * GRID)
        self._check()
        (self.brand if self.name.text() else self.name).setFocus()

    def accept(self) -> None:
        brand, product = self._entered_brand, self.name.text().strip()
        if not brand.strip() or not product:
            return
        super().accept()
        owner = self._catalogue.brands.get(brand) or Brand(brand, Ownership(self.ownership.currentData()))
        sku = new_sku(brand, product, self._catalogue)
        self.confirmed.emit(owner, Product(sku, product, brand, barcode=self.barcode.text().strip()))

    @property
    def _entered_brand(self) -> str:
        """The brand as the catalogue writes it, where it knows it."""
        text = self.brand.text().strip()
        return next((name for name in self._catalogue.brands if name.casefold() == text.casefold()), text)

    def _check(self) -> None:
        known = self._catalogue.brands.get(self._entered_brand)
        self.ownership.setEnabled(known is None)
        if known is not None:
            self.ownership.setCurrentIndex(self.ownership.findData(known.ownership))
        self.create_button.setEnabled(bool(self._entered_brand and self.name.text().strip()))


def new_sku(brand: str, name: str, catalogue: Catalogue) -> str:
    """A SKU of the form `brand/product`, as catalogue folders have it, with a number where it is taken."""
    base = f"{brand}/{name}"
    sku, number = base, 2
    while sku in catalogue.products:
        sku, number = f"{base} {number}", number + 1
    return sku
