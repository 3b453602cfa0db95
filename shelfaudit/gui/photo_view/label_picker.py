"""The label picker: one text field at the selection; Enter takes the first product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPixmap
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QListView, QVBoxLayout, QWidget

from shelfaudit.domain.catalogue import Catalogue, Product
from shelfaudit.domain.palette import UNKNOWN_STYLE, BrandStyle
from shelfaudit.gui.photo_view.facing_styles import FacingStyles, tag_pixmap
from shelfaudit.gui.photo_view.picker_rows import ROW_HEIGHT, PickerModel, PickerRow, RowDelegate, RowKind
from shelfaudit.gui.photo_view.product_search import Match, ProductSearch, folded

_WIDTH = 400
_ROWS_SHOWN = 7
_GAP = 8
_TAG_HEIGHT = 24
_NOT_KNOWN = "Not known"
_LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_COMMAND_MODIFIERS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


class LabelPicker(QFrame):
    """Chooses a product for the selected facings.

    The recogniser's proposals come first, then recent products, then all. Up and Down move, Enter takes the marked
    row, Escape or a click elsewhere closes it without a choice. Text that fits no product offers a new one.

    It lies over its parent (the window) as a child, not as a window of its own: so input methods work, and no
    platform decides where it may be. While it is open, plain keys are its own and reach no shortcut of the window.
    """

    product_chosen = Signal(object)
    """The SKU (str), or None for "not known"."""
    new_product_requested = Signal(str)
    """The text typed for a product that is not in the catalogue yet."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self.hide()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setAccessibleName("Choose a product")
        self._field = QLineEdit()
        self._field.setPlaceholderText("Brand, product, SKU or barcode")
        self._field.setAccessibleName("Search for a product")
        self._field.setClearButtonEnabled(True)
        self._field.textChanged.connect(self._refresh)
        self._field.installEventFilter(self)
        self._model = PickerModel(self)
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setItemDelegate(RowDelegate(self._model, self._list))
        self._list.setUniformItemSizes(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setAccessibleName("Products")
        self._list.clicked.connect(self._take)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_GAP, _GAP, _GAP, _GAP)
        layout.setSpacing(_GAP)
        layout.addWidget(self._field)
        layout.addWidget(self._list)
        self.setFocusProxy(self._field)
        self._search = ProductSearch(Catalogue())
        self._styles = FacingStyles(Catalogue())
        self._recent: tuple[str, ...] = ()
        self._crops: Mapping[str, QPixmap] = {}
        self._tags: dict[BrandStyle, QPixmap] = {}
        self._focus_before: QWidget | None = None

    def open_at(
        self,
        place: QRect,
        catalogue: Catalogue,
        *,
        proposals: Sequence[str] = (),
        recent: Sequence[str] = (),
        brands: Mapping[str, BrandStyle] | None = None,
        crops: Mapping[str, QPixmap] | None = None,
    ) -> None:
        """Open beside `place` (global screen coordinates), with an empty field that has the focus.

        `proposals` and `recent` are SKUs, the likeliest and the latest first; the first nine recent ones show their
        number key. `crops` are pictures by SKU; products without one show the tag of their brand.
        """
        self._search = ProductSearch(catalogue, proposals, recent)
        self._styles = FacingStyles(catalogue, brands, self.devicePixelRatioF())
        self._recent = tuple(recent)
        self._crops = crops or {}
        self._tags = {}
        self._field.clear()
        self._refresh()
        self._place_beside(place)
        self._focus_before = QApplication.focusWidget()
        self.show()
        self.raise_()
        self._field.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._field:
            return super().eventFilter(watched, event)
        if isinstance(event, QKeyEvent):
            if event.type() is QEvent.Type.ShortcutOverride and not event.modifiers() & _COMMAND_MODIFIERS:
                event.accept()
                return True
            if event.type() is QEvent.Type.KeyPress and self._handle_key(event):
                return True
        elif isinstance(event, QFocusEvent) and event.lostFocus() and self._left_for_good(event.reason()):
            self._focus_before = None
            self.hide()
        return super().eventFilter(watched, event)

    def _handle_key(self, event: QKeyEvent) -> bool:
        """Keys that the field does not take: for the list, the choice, and closing."""
        key = event.key()
        if key in _LIST_KEYS:
            self._list.event(event)
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            step = -1 if key == Qt.Key.Key_Backtab else 1
            index = self._model.index(self._list.currentIndex().row() + step)
            if index.isValid():
                self._list.setCurrentIndex(index)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self._list.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self._close()
        else:
            return False
        return True

    @staticmethod
    def _left_for_good(reason: Qt.FocusReason) -> bool:
        """Whether the focus went elsewhere in the window, not to its own menu or to another program."""
        return reason not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)

    def _close(self) -> None:
        before, self._focus_before = self._focus_before, None
        if before is not None:
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()

    def _take(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        row = self._model.rows[index.row()]
        typed = self._field.text().strip()
        self._close()
        if row.kind is RowKind.NEW_PRODUCT:
            self.new_product_requested.emit(typed)
        else:
            self.product_chosen.emit(row.sku)

    def _refresh(self) -> None:
        typed = self._field.text()
        rows = [self._product_row(match) for match in self._search.find(typed)]
        name = typed.strip()
        if not self._search.knows(name):
            title = f"New product “{name}”…" if name else "New product…"
            rows.append(PickerRow(RowKind.NEW_PRODUCT, title, "Add it to the catalogue"))
        if folded(_NOT_KNOWN).startswith(folded(name)):
            rows.append(PickerRow(RowKind.NOT_KNOWN, _NOT_KNOWN, picture=self._tag(UNKNOWN_STYLE)))
        self._model.show_rows(rows)
        self._list.setCurrentIndex(self._model.index(0))

    def _product_row(self, match: Match) -> PickerRow:
        product = match.product
        return PickerRow(
            RowKind.PRODUCT,
            product.name,
            " · ".join(part for part in (product.brand, product.barcode) if part),
            self._note(match),
            product.sku,
            self._picture(product),
        )

    def _note(self, match: Match) -> str:
        sku = match.product.sku
        if sku in self._recent[:9]:
            return " · ".join(part for part in (match.source.value, f"key {self._recent.index(sku) + 1}") if part)
        return match.source.value

    def _picture(self, product: Product) -> QPixmap:
        crop = self._crops.get(product.sku)
        return crop if crop is not None else self._tag(self._styles.style(product.sku))

    def _tag(self, style: BrandStyle) -> QPixmap:
        if style not in self._tags:
            self._tags[style] = tag_pixmap(style, _TAG_HEIGHT, self.devicePixelRatioF())
        return self._tags[style]

    def _place_beside(self, place: QRect) -> None:
        """Below the place, or above it where there is more room, and always inside the parent."""
        room = self._window.rect().adjusted(_GAP, _GAP, -_GAP, -_GAP)
        target = QRect(self._window.mapFromGlobal(place.topLeft()), place.size())
        self._list.setFixedHeight(_ROWS_SHOWN * ROW_HEIGHT)
        self.setFixedWidth(min(_WIDTH, max(room.width(), 1)))
        self.adjustSize()
        below, above = room.bottom() - target.bottom(), target.top() - room.top()
        fits_below = below >= self.height() + _GAP or below >= above
        top = target.bottom() + _GAP if fits_below else target.top() - _GAP - self.height()
        self.move(
            max(room.left(), min(target.left(), room.right() - self.width())),
            max(room.top(), min(top, room.bottom() - self.height())),
        )
