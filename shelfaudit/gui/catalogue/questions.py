"""What is asked before products become one or go: with what happens to their facings, in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from shelfaudit.domain.catalogue import Product
from shelfaudit.domain.palette import UNKNOWN_STYLE, BrandStyle
from shelfaudit.gui.photo_view.facing_styles import tag_pixmap
from shelfaudit.gui.theme import GRID
from shelfaudit.storage.catalogue_edits import ProductUse


def counted(use: ProductUse) -> str:
    """How often something was found: "214 facings in 12 visits"."""
    return f"{use.facings} facing{'s' * (use.facings != 1)} in {use.visits} visit{'s' * (use.visits != 1)}"


class MergeDialog(QDialog):
    """Which of several products stays."""

    confirmed = Signal(str)
    """The SKU that stays."""

    def __init__(
        self,
        products: Sequence[Product],
        found: Mapping[str, Mapping[int, int]],
        styles: Mapping[str, BrandStyle],
        parent: QWidget | None = None,
    ) -> None:
        """`found` says for each SKU how many facings it has in which visits (`facings_by_visit`)."""
        super().__init__(parent)
        self.setWindowTitle("Merge products")
        self._products, self._found = products, found
        self._group = QButtonGroup(self)
        layout = _begin(self, f"These {len(products)} products are the same. Which one stays?")
        choices = QWidget()
        rows = QVBoxLayout(choices)
        rows.setContentsMargins(GRID, 0, GRID, 0)
        # The one that was found most often is likely to be the right one.
        uses = [ProductUse.of([found[product.sku]]) for product in products]
        likely = max(range(len(products)), key=lambda number: (uses[number].facings, -number))
        for number, product in enumerate(products):
            parts = (product.brand, product.sku, product.barcode, counted(uses[number]))
            details = " · ".join(part for part in parts if part)
            button = QRadioButton(f"{product.name.replace('&', '&&')}\n{details.replace('&', '&&')}")
            tag = tag_pixmap(styles.get(product.brand, UNKNOWN_STYLE), 18, self.devicePixelRatioF())
            button.setIcon(QIcon(tag))
            button.setChecked(number == likely)
            button.setMinimumHeight(5 * GRID)
            self._group.addButton(button, number)
            rows.addWidget(button)
        layout.addWidget(_scrolling(choices), 1)
        self.consequence = QLabel()
        self.consequence.setWordWrap(True)
        layout.addWidget(self.consequence)
        _add_buttons(self, layout, "Merge")
        self._group.idToggled.connect(lambda *_: self._tell())
        self._tell()
        self._group.button(likely).setFocus()

    @property
    def kept(self) -> Product:
        """The product that stays."""
        return self._products[self._group.checkedId()]

    def accept(self) -> None:
        super().accept()
        self.confirmed.emit(self.kept.sku)

    def _tell(self) -> None:
        gone = [product for product in self._products if product is not self.kept]
        use = ProductUse.of(self._found[product.sku] for product in gone)
        one = len(gone) == 1
        self.consequence.setText(
            f"{counted(use)} become{'s' * (use.facings == 1)} <b>{_escaped(self.kept.name)}</b>. Reference pictures "
            f"move there, and what it lacks (barcode, size, …) is taken over. "
            f"{'The other one goes' if one else 'The others go'}; undo brings everything back."
        )


class RemoveDialog(QDialog):
    """What becomes of the facings of products that are removed."""

    confirmed = Signal(bool)
    """Whether facings keep the SKU."""

    def __init__(self, products: Sequence[Product], use: ProductUse, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Remove products")
        what = products[0].name if len(products) == 1 else f"{len(products)} products"
        layout = _begin(self, f"Remove {what} from the catalogue?")
        self.unknown = QRadioButton("They become unknown, and may be named anew")
        self.keep = QRadioButton("They keep the SKU: counted as unknown until a product with it is there again")
        self.unknown.setChecked(True)
        if use.facings:
            layout.addWidget(
                QLabel(
                    f"What happens to its {counted(use)}?"
                    if len(products) == 1
                    else f"What happens to their {counted(use)}?"
                )
            )
            layout.addWidget(self.unknown)
            layout.addWidget(self.keep)
        else:
            layout.addWidget(QLabel("No facing in any visit has it."))
        note = QLabel("Reference pictures go with the product. Undo brings everything back.")
        note.setProperty("role", "muted")
        note.setWordWrap(True)
        layout.addWidget(note)
        _add_buttons(self, layout, "Remove")

    def accept(self) -> None:
        super().accept()
        self.confirmed.emit(self.keep.isChecked())


def _begin(dialog: QDialog, question: str) -> QVBoxLayout:
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
    layout.setSpacing(2 * GRID)
    title = QLabel(question)
    title.setTextFormat(Qt.TextFormat.PlainText)
    title.setProperty("role", "title")
    title.setWordWrap(True)
    layout.addWidget(title)
    dialog.setMinimumWidth(60 * GRID)
    return layout


def _add_buttons(dialog: QDialog, layout: QVBoxLayout, words: str) -> None:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
    yes = buttons.button(QDialogButtonBox.StandardButton.Ok)
    yes.setText(words)
    yes.setDefault(True)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    layout.addWidget(buttons)


def _scrolling(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(widget)
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
