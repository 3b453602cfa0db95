"""The catalogue window: brands on the left, products in the middle, the chosen product on the right."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from shelfaudit.domain import catalogue_edits
from shelfaudit.domain.catalogue import Brand, Product
from shelfaudit.domain.palette import BrandStyle, brand_styles
from shelfaudit.gui.catalogue.brand_dialog import BrandDialog
from shelfaudit.gui.catalogue.brand_list import BrandList
from shelfaudit.gui.catalogue.editor import CatalogueEditor
from shelfaudit.gui.catalogue.pictures import shown_pictures
from shelfaudit.gui.catalogue.product_form import ProductForm
from shelfaudit.gui.catalogue.product_table import ProductTable
from shelfaudit.gui.catalogue.questions import MergeDialog, RemoveDialog, counted
from shelfaudit.gui.icons import icon
from shelfaudit.gui.notice_bar import NoticeBar
from shelfaudit.gui.product_dialog import ProductDialog
from shelfaudit.gui.theme import GRID, Theme
from shelfaudit.gui.workers import Workers
from shelfaudit.storage.catalogue_edits import ProductUse

COMPACT_BELOW = 900
"""Where the window is narrower, the buttons show symbols and the table fewer columns."""


class CatalogueWindow(QWidget):
    """Edits the catalogue; lies beside the main window and does not block it."""

    import_wanted = Signal()
    import_folder_wanted = Signal()
    export_wanted = Signal()

    def __init__(self, editor: CatalogueEditor, workers: Workers, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Catalogue – shelfaudit")
        self._editor, self._workers, self._theme = editor, workers, theme
        self._styles: Mapping[str, BrandStyle] = {}
        self.notices = NoticeBar(theme)
        self.brands = BrandList()
        self.table = ProductTable(theme)
        self.form = ProductForm()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search products")
        self.search.setAccessibleName("Search products")
        self.search.setClearButtonEnabled(True)
        self._facts = QLabel()
        self._facts.setProperty("role", "muted")
        self._worded: list[QToolButton] = []
        self._actions: dict[str, QAction] = {}
        self._icons: dict[str, str] = {}
        self._make_actions()
        self._lay_out()
        self._connect()
        self._show_catalogue()

    def show_styles(self, styles: Mapping[str, BrandStyle] | None) -> None:
        """What brands look like in the open visit; None where none is open."""
        catalogue = self._editor.catalogue
        own = brand_styles(catalogue.brands, catalogue.brand_colours)
        self._styles = {**own, **(styles or {})}
        self.table.products.show_catalogue(catalogue, self._styles, lambda sku: self._editor.use(sku).facings)
        self.brands.show_catalogue(catalogue, self._styles)

    def choose(self, sku: str) -> None:
        """Show a product: clear what hides it and select it."""
        if self.table.products.row_of(sku) is None:
            self.search.clear()
            self.brands.choose(None)
        self.table.choose([sku])

    def action(self, name: str) -> QAction:
        """An action by its words, as the buttons and menus have it."""
        return self._actions[name]

    # What the person does

    def add_product(self) -> None:
        """Ask for a new product."""
        self.form.commit()
        dialog = ProductDialog(self._editor.catalogue, "", self)
        if self.brands.brand is not None:
            dialog.brand.setText(self.brands.brand)
        dialog.confirmed.connect(self._add)
        self._open(dialog)

    def merge(self) -> None:
        """Ask which of the selected products stays."""
        self.form.commit()
        skus = self.table.selected
        if len(skus) < 2:
            self.notices.show_done("Select the products that are the same (Ctrl or Shift with a click or an arrow).")
            return

        def ask(found: Mapping[str, Mapping[int, int]]) -> None:
            products = [self._editor.catalogue.products[sku] for sku in skus if sku in self._editor.catalogue.products]
            if len(products) > 1:
                dialog = MergeDialog(products, found, self._styles, self)
                dialog.confirmed.connect(lambda into: self._merge([product.sku for product in products], into))
                self._open(dialog)

        self._workers.ask(lambda repository: repository.facings_by_visit(skus), ask)

    def remove(self) -> None:
        """Ask what becomes of the facings of the selected products, and remove them."""
        skus = self.table.selected
        if not skus:
            return

        def ask(found: Mapping[str, Mapping[int, int]]) -> None:
            products = [self._editor.catalogue.products[sku] for sku in skus if sku in self._editor.catalogue.products]
            if products:
                dialog = RemoveDialog(products, ProductUse.of(found.values()), self)
                dialog.confirmed.connect(lambda keep: self._remove([product.sku for product in products], keep))
                self._open(dialog)

        self._workers.ask(lambda repository: repository.facings_by_visit(skus), ask)

    def add_brand(self) -> None:
        """Ask for a new brand."""
        self._ask_brand(None)

    def edit_brand(self) -> None:
        """Change the chosen brand."""
        name = self.brands.brand
        if name is not None:
            self._ask_brand(self._editor.catalogue.brands.get(name))

    def remove_brand(self) -> None:
        """Remove the chosen brand, where it has no products."""
        catalogue, name = self._editor.catalogue, self.brands.brand
        if name is None:
            return
        products = len(catalogue.products_of(name))
        if products:
            self.notices.show_done(
                f"{name} has {products} product{'s' * (products != 1)}: remove them first, or give them another brand."
            )
            return
        self._editor.do(catalogue_edits.remove_brand(catalogue, name))

    def _ask_brand(self, brand: Brand | None) -> None:
        self.form.commit()
        dialog = BrandDialog(self._editor.catalogue, self._styles, brand, self)
        before = brand.name if brand is not None else None

        def save(entered: Brand) -> None:
            self._editor.do(catalogue_edits.save_brand(self._editor.catalogue, entered, before))
            self.brands.choose(entered.name)

        dialog.confirmed.connect(save)
        self._open(dialog)

    def _add(self, brand: Brand, product: Product) -> None:
        catalogue = self._editor.catalogue
        if brand.name not in catalogue.brands:
            self._editor.do(catalogue_edits.save_brand(catalogue, brand))
        self._editor.do(catalogue_edits.save_product(self._editor.catalogue, product))
        self.choose(product.sku)

    def _merge(self, skus: list[str], into: str) -> None:
        self._editor.do(catalogue_edits.merge_products(self._editor.catalogue, skus, into))
        self.choose(into)

    def _remove(self, skus: list[str], keep: bool) -> None:
        self._editor.do(catalogue_edits.remove_products(self._editor.catalogue, skus, keep_names=keep))

    def _change(self, before: str, product: Product) -> None:
        use = self._editor.use(before)
        self._editor.do(catalogue_edits.save_product(self._editor.catalogue, product, before))
        if product.sku != before:
            self.choose(product.sku)
            if use.facings:
                self.notices.show_done(f"{counted(use)} have the SKU {product.sku} now.")

    # What is shown

    def _show_catalogue(self) -> None:
        catalogue = self._editor.catalogue
        self.form.show_catalogue(catalogue)
        self.table.choose_columns(catalogue, compact=self._compact)
        self.show_styles(self._styles)
        self._facts.setText(f"{len(catalogue.products)} products · {len(catalogue.brands)} brands")
        self._show_chosen(self.table.selected)

    def _show_chosen(self, skus: list[str]) -> None:
        self._actions["Merge…"].setEnabled(len(skus) > 1)
        self._actions["Remove…"].setEnabled(bool(skus))
        product = self._editor.catalogue.products.get(skus[0]) if skus else None
        if self.form.sku_shown is not None and (product is None or product.sku != self.form.sku_shown):
            self.form.commit()
        if len(skus) > 1:
            self.form.show_several(len(skus))
            return
        shown_before = self.form.sku_shown
        use = self._editor.use(product.sku) if product is not None else ProductUse()
        self.form.show_product(product, f"Found: {counted(use)}" if use.facings else "Not found in any visit yet")
        if product is not None and product.sku != shown_before:
            self._load_pictures(product.sku)

    def _load_pictures(self, sku: str) -> None:
        self._workers.ask(
            lambda repository: shown_pictures(repository, sku), lambda pictures: self.form.show_pictures(sku, pictures)
        )

    def _failed(self, error: Exception) -> None:
        self.notices.show_error(error)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            # A product may have been added in the photo meanwhile.
            self._editor.reload()

    # Putting it together

    def _make_actions(self) -> None:
        for words, keys, symbol, act in (
            ("Add product…", "Ctrl+N", "add", self.add_product),
            ("Merge…", "Ctrl+M", "merge", self.merge),
            ("Remove…", "", "remove", self.remove),
            ("Import…", "Ctrl+O", "import", self.import_wanted.emit),
            ("Import pictures…", "Ctrl+Shift+O", "photos", self.import_folder_wanted.emit),
            ("Export…", "Ctrl+S", "export", self.export_wanted.emit),
            ("Add brand…", "Ctrl+Shift+N", "add", self.add_brand),
            ("Edit brand…", "Ctrl+B", "edit", self.edit_brand),
            ("Remove brand", "", "remove", self.remove_brand),
            ("Undo", "Ctrl+Z", "undo", self._undo),
            ("Redo", "Ctrl+Shift+Z", "redo", self._redo),
            ("Search", "Ctrl+F", "", self._search),
            ("Close", "Ctrl+W", "", self.close),
        ):
            self._actions[words] = self._action(words, keys, act)
            self._icons[words] = symbol
        self._actions["Redo"].setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        stack = self._editor.undo_stack
        for words, able, changed in (
            ("Undo", stack.canUndo(), stack.canUndoChanged),
            ("Redo", stack.canRedo(), stack.canRedoChanged),
        ):
            self._actions[words].setEnabled(able)
            changed.connect(self._actions[words].setEnabled)
        stack.undoTextChanged.connect(lambda text: self._actions["Undo"].setToolTip(f"Undo {text} (Ctrl+Z)"))
        stack.redoTextChanged.connect(lambda text: self._actions["Redo"].setToolTip(f"Redo {text} (Ctrl+Shift+Z)"))

    def _action(self, words: str, keys: str, act: Callable[[], object]) -> QAction:
        action = QAction(words, self)
        action.setIconText(words.removesuffix("…").removesuffix(" product").removesuffix(" brand"))
        if keys:
            action.setShortcut(QKeySequence(keys))
            native = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{words.removesuffix('…')} ({native})")
        else:
            action.setToolTip(f"{words.removesuffix('…')} (Delete)")
        # The signal's "checked" must not become an argument.
        action.triggered.connect(lambda _checked=False: act())
        self.addAction(action)
        return action

    def _button(self, words: str, *, compact: bool = False) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._actions[words])
        button.setProperty("role", "icon" if compact else "flat-text")
        button.setIconSize(QSize(20, 20))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(words.removesuffix("…"))
        if not compact:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self._worded.append(button)
        return button

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        bar.setSpacing(GRID // 2)
        for words in ("Add product…", "Merge…", "Remove…", "Import…", "Export…"):
            bar.addWidget(self._button(words))
        for words in ("Undo", "Redo"):
            bar.addWidget(self._button(words, compact=True))
        bar.addStretch(1)
        self.search.setMinimumWidth(20 * GRID)
        self.search.setMinimumHeight(4 * GRID)
        self.search.setMaximumWidth(40 * GRID)
        bar.addWidget(self.search, 1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.brands, 1)
        below = QHBoxLayout()
        below.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        for words in ("Add brand…", "Edit brand…", "Remove brand"):
            below.addWidget(self._button(words, compact=True))
        below.addStretch(1)
        column.addLayout(below)
        left.setMinimumWidth(15 * GRID)
        self.table.setMinimumWidth(34 * GRID)
        self.form.setMinimumWidth(27 * GRID)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        for widget in (left, self.table, self.form):
            self._splitter.addWidget(widget)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setSizes([24 * GRID, 90 * GRID, 38 * GRID])
        facts = QHBoxLayout()
        facts.setContentsMargins(2 * GRID, GRID // 2, 2 * GRID, GRID // 2)
        facts.addWidget(self._facts)
        facts.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.notices)
        layout.addWidget(self._splitter, 1)
        layout.addLayout(facts)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(640, 340)
        self.resize(1240, 680)
        self._tint()

    def _connect(self) -> None:
        editor = self._editor
        editor.changed.connect(self._show_catalogue)
        editor.uses_changed.connect(self._show_catalogue)
        editor.failed.connect(self._failed)
        editor.pictures_changed.connect(self._load_pictures)
        self._theme.changed.connect(self._tint)
        self.search.textChanged.connect(self.table.products.search)
        self.search.returnPressed.connect(self.table.setFocus)
        self.brands.chosen.connect(self._show_brand)
        self.brands.edit_wanted.connect(self.edit_brand)
        self.brands.remove_wanted.connect(self.remove_brand)
        self.table.chosen.connect(self._show_chosen)
        self.table.horizontalHeader().sortIndicatorChanged.connect(self.table.products.sort)
        self.table.remove_wanted.connect(self.remove)
        self.table.edit_wanted.connect(self.form.edit)
        self.form.product_changed.connect(self._change)
        self.form.picture_removed.connect(editor.remove_picture)
        self.form.merge_wanted.connect(self.merge)

    def _show_brand(self, brand: str | None) -> None:
        self.table.products.show_brand(brand)
        for words in ("Edit brand…", "Remove brand"):
            self._actions[words].setEnabled(brand is not None)

    def _undo(self) -> None:
        self.form.commit()
        self._editor.undo_stack.undo()

    def _redo(self) -> None:
        self._editor.undo_stack.redo()

    def _search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _tint(self) -> None:
        colours = self._theme.colours
        for words, symbol in self._icons.items():
            if symbol:
                self._actions[words].setIcon(icon(symbol, colours.text, colours.line))
        self._fit_buttons()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        was_compact = event.oldSize().width() < COMPACT_BELOW
        if was_compact != self._compact:
            self._fit_buttons()
            self.table.choose_columns(self._editor.catalogue, compact=self._compact)

    @property
    def _compact(self) -> bool:
        return self.width() < COMPACT_BELOW

    def _fit_buttons(self) -> None:
        compact = self._compact
        shape = Qt.ToolButtonStyle
        for button in self._worded:
            button.setToolButtonStyle(shape.ToolButtonIconOnly if compact else shape.ToolButtonTextBesideIcon)

    @staticmethod
    def _open(dialog: QDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
