"""A brand: its name, whose it is, its colour."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from shelfaudit.domain.catalogue import Brand, BrandColour, Catalogue, Ownership
from shelfaudit.domain.palette import COLOUR_VALUES, BrandStyle, brand_letters
from shelfaudit.gui.photo_view.facing_styles import tag_pixmap
from shelfaudit.gui.theme import GRID

_TAG_HEIGHT = 18


class BrandDialog(QDialog):
    """Adds a brand, or changes one; a name that another brand has makes one brand of the two."""

    confirmed = Signal(object)
    """The `Brand`."""

    def __init__(
        self,
        catalogue: Catalogue,
        styles: Mapping[str, BrandStyle],
        brand: Brand | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("New brand" if brand is None else f"Brand {brand.name}")
        self._catalogue, self._brand, self._styles = catalogue, brand, styles
        self.name = QLineEdit(brand.name if brand is not None else "")
        self.name.setTextMargins(GRID // 2, 0, GRID // 2, 0)
        self.ownership = QComboBox()
        self.ownership.addItem("Our own brand", Ownership.OWN)
        self.ownership.addItem("A competitor's brand", Ownership.COMPETITOR)
        self.colour = QComboBox()
        self.colour.setIconSize(QSize(3 * GRID, _TAG_HEIGHT))
        self.colour.addItem("Automatic", None)
        for colour in BrandColour:
            self.colour.addItem(colour.value.capitalize(), colour)
        if brand is not None:
            self.ownership.setCurrentIndex(self.ownership.findData(brand.ownership))
            self.colour.setCurrentIndex(list(BrandColour).index(brand.colour) + 1 if brand.colour is not None else 0)
        else:
            self.ownership.setCurrentIndex(1)
        self._hint = QLabel()
        self._hint.setWordWrap(True)
        self._hint.setProperty("role", "muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.save_button = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.save_button.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.name.textChanged.connect(self._check)
        for field in (self.name, self.ownership, self.colour):
            field.setMinimumHeight(4 * GRID)
        form = QFormLayout()
        form.setSpacing(GRID + GRID // 2)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Brand", self.name)
        form.addRow("&Whose", self.ownership)
        form.addRow("&Colour", self.colour)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addLayout(form)
        layout.addWidget(self._hint)
        layout.addWidget(buttons)
        self.setMinimumWidth(50 * GRID)
        self._check()
        self.name.setFocus()

    @property
    def entered(self) -> Brand | None:
        """The brand as it is entered; None while it has no name."""
        name = self.name.text().strip()
        colour = list(BrandColour)[self.colour.currentIndex() - 1] if self.colour.currentIndex() > 0 else None
        return Brand(name, Ownership(self.ownership.currentData()), colour) if name else None

    def accept(self) -> None:
        brand = self.entered
        if brand is not None and self.save_button.isEnabled():
            super().accept()
            self.confirmed.emit(brand)

    def _check(self) -> None:
        name = self.name.text().strip()
        old = self._brand.name if self._brand is not None else None
        other = name != old and name in self._catalogue.brands
        self.save_button.setEnabled(bool(name) and not (other and old is None))
        self.save_button.setText("Add brand" if old is None else "Make them one brand" if other else "Save")
        if other and old is None:
            self._hint.setText(f"There is a brand {name} already.")
        elif other:
            moved = len(self._catalogue.products_of(old or ""))
            self._hint.setText(f"{name} is there already: {old} becomes one with it, {moved} products move.")
        else:
            self._hint.setText("Automatic colours are given out so that brands differ as much as they can.")
        self._show_colours(name or "?")

    def _show_colours(self, name: str) -> None:
        letter = brand_letters([*self._catalogue.brands, name])[name]
        own = self._styles.get(self._brand.name if self._brand is not None else name)
        if own is not None and (self._brand is None or self._brand.colour is None):
            self.colour.setItemIcon(0, QIcon(tag_pixmap(own, _TAG_HEIGHT, self.devicePixelRatioF())))
        for row, colour in enumerate(BrandColour, start=1):
            style = BrandStyle(COLOUR_VALUES[colour], letter)
            self.colour.setItemIcon(row, QIcon(tag_pixmap(style, _TAG_HEIGHT, self.devicePixelRatioF())))
