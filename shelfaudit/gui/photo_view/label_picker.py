"""The label picker: one text field at the selection; Enter takes the first product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPixmap
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QListView, QVBoxLayout, QWidget

from shelfaudit.domain.catalogue import Catalogue, Product
from shelfaudit.domain.palette import UNKNOWN_STYLE, BrandStyle
from shelfaudit.gui.photo_view.facing_styles import FacingStyles, tag_pixmap
from shelfaudit.gui.photo_view.picker_rows import ROW_HEIGHT, PickerModel, PickerRow, RowDelegate, RowKind
from shelfaudit.gui.photo_view.product_search import CatalogueIndex, Match, ProductSearch, folded

_WIDTH = 400
_ROWS_SHOWN = 7
_GAP = 8
_TAG_HEIGHT = 24
_NOT_KNOWN = "Not known"
_PLACEHOLDER = "Brand, product, SKU or barcode"
_LOOKING = "Looking for the likeliest…"
_MOST_ROWS = 300
"""Nobody scrolls further; typing one more letter is quicker."""
_PICTURES_AHEAD = 12
_LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_COMMAND_MODIFIERS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


class LabelPicker(QFrame):
    """Chooses a product for the selected facings.

    The recogniser's proposals come first, then recent products, then all. Up and Down move, Enter takes the marked
    row, Alt with a number takes that row, Escape or a click elsewhere closes it without a choice. Text that fits no
    product offers a new one.

    The proposals may come after it has opened. Until then no row is marked, and Enter waits for them: it never takes a
    product that only stood first because nobody had looked yet.

    It lies over its parent (the window) as a child, not as a window of its own: so input methods work, and no
    platform decides where it may be. While it is open, plain keys are its own and reach no shortcut of the window.
    """

    product_chosen = Signal(object)
    """The SKU (str), or None for "not known"."""
    new_product_requested = Signal(str)
    """The text typed for a product that is not in the catalogue yet."""
    pictures_wanted = Signal(list)
    """SKUs of the products at the top of the list that have no picture yet; `show_picture` answers."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self.hide()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setAccessibleName("Choose a product")
        self._field = QLineEdit()
        self._field.setPlaceholderText(_PLACEHOLDER)
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
        self._index = CatalogueIndex(Catalogue())
        self._search = ProductSearch(self._index)
        self._styles = FacingStyles(Catalogue())
        self._proposals: tuple[str, ...] = ()
        self._recent: tuple[str, ...] = ()
        self._awaiting_proposals = False
        self._enter_waits = False
        self._moved = False
        self._crops: dict[str, QPixmap] = {}
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
        more_proposals: bool = False,
    ) -> None:
        """Open beside `place` (global screen coordinates), with an empty field that has the focus.

        `proposals` and `recent` are SKUs, the likeliest and the latest first; the first nine recent ones show their
        number key. `crops` are pictures by SKU; products without one show the tag of their brand. `more_proposals`
        says that `show_proposals` will follow.
        """
        if self._index.catalogue is not catalogue:
            self._index = CatalogueIndex(catalogue)
        self._styles = FacingStyles(catalogue, brands, self.devicePixelRatioF())
        self._proposals, self._recent = tuple(proposals), tuple(recent)
        self._search = ProductSearch(self._index, self._proposals, self._recent)
        self._awaiting_proposals, self._enter_waits, self._moved = more_proposals, False, False
        self._field.setPlaceholderText(_PLACEHOLDER)
        self._crops = dict(crops or {})
        self._tags = {}
        self._field.clear()
        self._refresh()
        self._place_beside(place)
        self._focus_before = QApplication.focusWidget()
        self.show()
        self.raise_()
        self._field.setFocus(Qt.FocusReason.PopupFocusReason)

    def show_proposals(self, proposals: Sequence[str]) -> None:
        """The recogniser's proposals are there. What the person marked or typed stays; a waiting Enter takes the first.

        Without any proposal a waiting Enter takes nothing: the list begins with what is merely recent, or first by
        name.
        """
        wanted, self._enter_waits = self._enter_waits, False
        marked = self._marked_sku
        self._awaiting_proposals = False
        self._proposals = tuple(proposals)
        self._search = ProductSearch(self._index, self._proposals, self._recent)
        self._field.setPlaceholderText(_PLACEHOLDER)
        self._refresh()
        if self._moved or self._field.text().strip():
            self._mark(marked)
        elif wanted and self._search_begins_with_a_proposal:
            self._take(self._list.currentIndex())

    def show_picture(self, sku: str, picture: QPixmap) -> None:
        """The picture of a product has arrived."""
        self._crops[sku] = picture
        self._model.show_picture(sku, picture)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._field:
            return super().eventFilter(watched, event)
        if isinstance(event, QKeyEvent):
            if event.type() is QEvent.Type.ShortcutOverride and (
                not event.modifiers() & _COMMAND_MODIFIERS or _row_number(event) is not None
            ):
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
        key, number = event.key(), _row_number(event)
        if number is not None:
            self._take(self._model.index(number - 1))
        elif key in _LIST_KEYS:
            self._list.event(event)
            self._moved = True
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self._moved = True
            step = -1 if key == Qt.Key.Key_Backtab else 1
            index = self._model.index(self._list.currentIndex().row() + step)
            if index.isValid():
                self._list.setCurrentIndex(index)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take_marked()
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

    def _take_marked(self) -> None:
        index = self._list.currentIndex()
        if index.isValid():
            self._take(index)
        elif self._awaiting_proposals:
            self._enter_waits = True
            self._field.setPlaceholderText(_LOOKING)

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
        matches = self._search.find(typed)[:_MOST_ROWS]
        rows = [self._product_row(match) for match in matches]
        name = typed.strip()
        if not self._search.knows(name):
            title = f"New product “{name}”…" if name else "New product…"
            rows.append(PickerRow(RowKind.NEW_PRODUCT, title, "Add it to the catalogue"))
        if folded(_NOT_KNOWN).startswith(folded(name)):
            rows.append(PickerRow(RowKind.NOT_KNOWN, _NOT_KNOWN, picture=self._tag(UNKNOWN_STYLE)))
        rows[:9] = [replace(row, key=f"Alt+{number}") for number, row in enumerate(rows[:9], start=1)]
        self._model.show_rows(rows)
        nothing_seen_yet = self._awaiting_proposals and not name and not self._search_begins_with_a_proposal
        self._list.setCurrentIndex(QModelIndex() if nothing_seen_yet else self._model.index(0))
        wanted = [match.product.sku for match in matches[:_PICTURES_AHEAD] if match.product.sku not in self._crops]
        if wanted:
            self.pictures_wanted.emit(wanted)

    @property
    def _search_begins_with_a_proposal(self) -> bool:
        """Whether what is first in the list stands there for a reason: a name it has, or a product it looks like."""
        return any(sku in self._index.catalogue.products for sku in self._proposals)

    @property
    def _marked_sku(self) -> str | None:
        index = self._list.currentIndex()
        return self._model.rows[index.row()].sku if index.isValid() else None

    def _mark(self, sku: str | None) -> None:
        """Mark the row of this product, where there is one."""
        for number, row in enumerate(self._model.rows):
            if row.sku == sku and row.kind is RowKind.PRODUCT:
                self._list.setCurrentIndex(self._model.index(number))
                return

    def _product_row(self, match: Match) -> PickerRow:
        product = match.product
        return PickerRow(
            RowKind.PRODUCT,
            product.name,
            " · ".join(part for part in (product.brand, _size_beside(product), product.barcode) if part),
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
        beside = self._field.sizeHint().height() + 3 * _GAP + 2 * self.frameWidth()
        self._list.setFixedHeight(min(_ROWS_SHOWN * ROW_HEIGHT, max(room.height() - beside, ROW_HEIGHT)))
        self.setFixedWidth(min(_WIDTH, max(room.width(), 1)))
        self.adjustSize()
        below, above = room.bottom() - target.bottom(), target.top() - room.top()
        fits_below = below >= self.height() + _GAP or below >= above
        top = target.bottom() + _GAP if fits_below else target.top() - _GAP - self.height()
        self.move(
            max(room.left(), min(target.left(), room.right() - self.width())),
            max(room.top(), min(top, room.bottom() - self.height())),
        )


def _row_number(event: QKeyEvent) -> int | None:
    """The row that Alt with a number means."""
    number = event.key() - Qt.Key.Key_0
    alone = event.modifiers() & _COMMAND_MODIFIERS == Qt.KeyboardModifier.AltModifier
    return number if alone and 1 <= number <= 9 else None


def _size_beside(product: Product) -> str:
    """The size, where the name does not say it."""
    return product.size if folded(product.size) not in folded(product.name) else ""
