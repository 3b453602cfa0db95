"""One product: its fields, saved as they are left, and its reference pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from shelfaudit.domain import barcode
from shelfaudit.domain.catalogue import Catalogue, Product
from shelfaudit.gui.theme import GRID
from shelfaudit.storage.references import ReferencePicture

PICTURE_SIDE = 72
WIDEST_CM = 1000
_PICTURE_ROLE = Qt.ItemDataRole.UserRole
ShownPicture = tuple[ReferencePicture, QImage | None]
"""A reference picture, and its pixels where they were kept."""


class ProductForm(QStackedWidget):
    """Shows the chosen product, or says that none or several are chosen."""

    product_changed = Signal(str, object)
    """The SKU it had, and the `Product` as it is now."""
    picture_from_file_wanted = Signal(str)
    picture_from_facing_wanted = Signal(str)
    picture_removed = Signal(object)
    """The `ReferencePicture`."""
    merge_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = Catalogue()
        self._product: Product | None = None
        self.name, self.sku, self.barcode = QLineEdit(), QLineEdit(), QLineEdit()
        self.category, self.size_, self.width_ = QLineEdit(), QLineEdit(), QLineEdit()
        self.size_.setPlaceholderText("For example 0.5 l")
        self.width_.setPlaceholderText("For example 6.5")
        self.brand = QComboBox()
        self.must_stock = QCheckBox("Must be in stock")
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.found = QLabel()
        self.found.setProperty("role", "muted")
        self.found.setWordWrap(True)
        self.pictures = _PictureList()
        self.add_file = QPushButton("From a file…")
        self.add_facing = QPushButton("Selected facing")
        self.add_facing.setToolTip("The facing that is selected in the photo becomes a reference picture")
        self._several = QLabel()
        self._several.setWordWrap(True)
        self._several.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._merge = QPushButton("Merge them…")
        self._lay_out()
        for field in (self.name, self.sku, self.barcode, self.category, self.size_, self.width_):
            field.setTextMargins(GRID // 2, 0, GRID // 2, 0)
            field.editingFinished.connect(self.commit)
        self.barcode.textChanged.connect(lambda _text: self._say_doubts())
        self.brand.activated.connect(lambda _row: self.commit())
        self.must_stock.clicked.connect(lambda _checked: self.commit())
        self.add_file.clicked.connect(lambda: self._with_sku(self.picture_from_file_wanted.emit))
        self.add_facing.clicked.connect(lambda: self._with_sku(self.picture_from_facing_wanted.emit))
        self.pictures.removed.connect(self.picture_removed)
        self._merge.clicked.connect(self.merge_wanted)

    @property
    def sku_shown(self) -> str | None:
        """The SKU of the product on show."""
        return self._product.sku if self._product is not None else None

    def show_catalogue(self, catalogue: Catalogue) -> None:
        """The brands that can be chosen."""
        self._catalogue = catalogue
        names = sorted(catalogue.brands, key=str.casefold)
        if [self.brand.itemText(row) for row in range(self.brand.count())] != names:
            self.brand.clear()
            self.brand.addItems(names)
            if self._product is not None:
                self.brand.setCurrentText(self._product.brand)

    def show_product(self, product: Product | None, found: str = "") -> None:
        """Show a product, with how often it was found."""
        if product is None:
            self._product = None
            self._several.setText("Choose a product, or add one.")
            self._merge.hide()
            self.setCurrentIndex(1)
            return
        self.found.setText(found)
        if product == self._product and self.currentIndex() == 0:
            return
        if self.sku_shown != product.sku:
            self.pictures.clear()
        self._product = product
        self._show_fields(product)
        self.setCurrentIndex(0)

    def show_several(self, count: int) -> None:
        """Several products are chosen."""
        self._product = None
        self._several.setText(f"{count} products are selected.\nIf they are the same one, merge them.")
        self._merge.show()
        self.setCurrentIndex(1)

    def show_pictures(self, sku: str, pictures: Sequence[ShownPicture]) -> None:
        """The reference pictures of a product; those of another than the one on show are ignored."""
        if sku == self.sku_shown:
            self.pictures.show_pictures(pictures)

    def edit(self) -> None:
        """Begin to edit the product on show."""
        self.name.setFocus()
        self.name.selectAll()

    def commit(self) -> None:
        """Save what was entered, where it differs and can be saved."""
        before = self._product
        if before is None:
            return
        problem = self._problem(before)
        if problem:
            self.problem.setText(f"⚠ {problem} It is not saved.")
            self.problem.show()
            return
        self._say_doubts()
        after = self._entered(before)
        if after != before:
            self._product = after
            self.product_changed.emit(before.sku, after)

    def _problem(self, before: Product) -> str:
        """Why what is entered cannot be a product; "" where it can."""
        name, sku = self.name.text().strip(), self.sku.text().strip()
        if not name or not sku:
            return "A product needs a name and a SKU."
        if sku != before.sku and sku in self._catalogue.products:
            other = self._catalogue.products[sku].name
            return f"{other} has this SKU. If both are the same, select both and merge them."
        try:
            fits = self._width is None or 0 < self._width < WIDEST_CM
        except ValueError:
            fits = False
        return "" if fits else f"The width is a number of centimetres up to {WIDEST_CM}, for example 6.5."

    @property
    def _width(self) -> float | None:
        """In cm; raises ValueError for what is no number."""
        text = self.width_.text().strip()
        return float(text.replace(",", ".")) if text else None

    def _entered(self, before: Product) -> Product:
        return replace(
            before,
            sku=self.sku.text().strip(),
            name=self.name.text().strip(),
            brand=self.brand.currentText() or before.brand,
            category=self.category.text().strip(),
            size=self.size_.text().strip(),
            width_cm=self._width,
            barcode=self.barcode.text().strip(),
            must_stock=self.must_stock.isChecked(),
        )

    def _say_doubts(self) -> None:
        doubt = barcode.doubt(self.barcode.text().strip())
        self.problem.setText(f"⚠ Barcode: {doubt}." if doubt else "")
        self.problem.setVisible(bool(doubt))

    def _show_fields(self, product: Product) -> None:
        for field, text in (
            (self.name, product.name),
            (self.sku, product.sku),
            (self.barcode, product.barcode),
            (self.category, product.category),
            (self.size_, product.size),
            (self.width_, f"{product.width_cm:g}" if product.width_cm is not None else ""),
        ):
            if field.text() != text:
                field.setText(text)
                field.setCursorPosition(0)
        self.brand.setCurrentText(product.brand)
        self.must_stock.setChecked(product.must_stock)
        self._say_doubts()

    def _with_sku(self, act: Callable[[str], object]) -> None:
        self.commit()
        if self.sku_shown is not None:
            act(self.sku_shown)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(GRID)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for label, field in (
            ("&Name", self.name),
            ("B&rand", self.brand),
            ("Ca&tegory", self.category),
            ("Si&ze", self.size_),
            ("&Width cm", self.width_),
            ("S&KU", self.sku),
            ("&Barcode", self.barcode),
        ):
            field.setMinimumHeight(4 * GRID)
            form.addRow(label, field)
        self.brand.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        form.addRow("", self.must_stock)
        heading = QLabel("Reference pictures")
        heading.setProperty("role", "title")
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addWidget(self.add_file)
        buttons.addWidget(self.add_facing)
        buttons.addStretch(1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID)
        column.addLayout(form)
        column.addWidget(self.problem)
        column.addWidget(self.found)
        column.addWidget(heading)
        column.addWidget(self.pictures, 1)
        column.addLayout(buttons)
        area = QScrollArea()
        area.setWidget(page)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        nothing = QWidget()
        words = QVBoxLayout(nothing)
        words.addStretch(1)
        words.addWidget(self._several)
        words.addWidget(self._merge, 0, Qt.AlignmentFlag.AlignHCenter)
        words.addStretch(2)
        self.addWidget(area)
        self.addWidget(nothing)
        self.show_product(None)


class _PictureList(QListWidget):
    """The reference pictures side by side; Delete removes one."""

    removed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Reference pictures")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setIconSize(QSize(PICTURE_SIDE, PICTURE_SIDE))
        self.setGridSize(QSize(PICTURE_SIDE + GRID, PICTURE_SIDE + GRID))
        self.setMinimumHeight(PICTURE_SIDE + 3 * GRID)
        self.setToolTip("Delete removes the chosen picture")

    def show_pictures(self, pictures: Sequence[ShownPicture]) -> None:
        self.clear()
        for picture, image in pictures:
            item = QListWidgetItem()
            item.setData(_PICTURE_ROLE, picture)
            if image is not None:
                item.setIcon(QIcon(QPixmap.fromImage(image)))
            else:
                item.setText("not kept")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"Reference picture {self.count() + 1}")
            self.addItem(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and item is not None:
            self.removed.emit(item.data(_PICTURE_ROLE))
        else:
            super().keyPressEvent(event)
