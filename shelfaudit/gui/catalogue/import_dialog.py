"""What an import would do, to be looked at before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor, QGuiApplication, QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTextBrowser,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from shelfaudit.domain.catalogue import Brand
from shelfaudit.domain.catalogue_import import ImportPlan, Outcome, PlannedProduct, Remark, field_words
from shelfaudit.gui.icons import icon
from shelfaudit.gui.theme import GRID, Theme
from shelfaudit.usecases.catalogue_exchange import ImportPreview

MOST_LINES = 500
"""Lines shown of each kind: nobody reads more, and making them takes time."""

_FIELD_TITLES = {"width_cm": "width", "must_stock": "must-stock", "sku": "SKU"}
_Line = tuple[str, str, str]
_DETAILS_ROLE = Qt.ItemDataRole.UserRole


class ImportDialog(QDialog):
    """Shows what is wrong, new, and changed field by field; "Import" takes what is right."""

    confirmed = Signal()

    def __init__(self, preview: ImportPreview, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        plan = preview.plan
        self._plan, self._theme = plan, theme
        self.setWindowTitle(f"Import {preview.file.path.name}")
        self.summary = QLabel(_summary(plan))
        self.summary.setProperty("role", "title")
        self.summary.setWordWrap(True)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["Row", "What", "Details"])
        self.tree.setUniformRowHeights(True)
        self.tree.setAccessibleName("What the import does")
        header = self.tree.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, 12 * GRID)
        header.resizeSection(1, 44 * GRID)
        self.details = QTextBrowser()
        self.details.setTabChangesFocus(True)
        self.details.setFixedHeight(11 * GRID)
        self.details.setAccessibleName("The whole line")
        self.tree.currentItemChanged.connect(lambda item, _before: self._show_details(item))
        self._fill(plan)
        self._go_to_first_line()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.import_button = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.import_button.setText(_offer(plan))
        self.import_button.setEnabled(plan.changes_something)
        self.import_button.setDefault(True)
        if plan.remarks:
            self.copy_button = QPushButton("Copy what is wrong")
            buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
            self.copy_button.clicked.connect(self._copy)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        note = QLabel(_note(plan))
        note.setProperty("role", "muted")
        note.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID + GRID // 2)
        layout.addWidget(self.summary)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.details)
        layout.addWidget(note)
        layout.addWidget(buttons)
        room = self.screen().availableSize()
        self.resize(min(120 * GRID, room.width() - 4 * GRID), min(66 * GRID, room.height() - 6 * GRID))
        (
            self.import_button if plan.changes_something else buttons.button(QDialogButtonBox.StandardButton.Cancel)
        ).setFocus()

    def accept(self) -> None:
        super().accept()
        self.confirmed.emit()

    def _fill(self, plan: ImportPlan) -> None:
        colours = self._theme.colours
        self._add_group("Left out", map(_remark_line, plan.errors), len(plan.errors), "warning", colours.bad)
        self._add_group(
            "To be checked", map(_remark_line, plan.warnings), len(plan.warnings), "warning", colours.warning
        )
        brands = [*map(_new_brand_line, plan.new_brands), *(_brand_line(*pair) for pair in plan.changed_brands)]
        self._add_group("Brands", brands, len(brands), "catalogue", colours.accent)
        changed, new = plan.of(Outcome.CHANGED), plan.of(Outcome.NEW)
        self._add_products("Changed", changed)
        self._add_group("New", map(_new_line, new), len(new), "add", colours.good)
        unchanged = plan.of(Outcome.UNCHANGED)
        same = ((_row(entry.row), entry.after.name, entry.after.sku) for entry in unchanged)
        self._add_group("Unchanged", same, len(unchanged), "check", colours.muted, opened=False)

    def _add_group(
        self, title: str, lines: Iterable[_Line], count: int, symbol: str, colour: str, *, opened: bool = True
    ) -> QTreeWidgetItem | None:
        if not count:
            return None
        group = QTreeWidgetItem([f"{title} ({count})"])
        group.setIcon(0, QIcon(icon(symbol, colour)))
        font = group.font(0)
        font.setBold(True)
        group.setFont(0, font)
        group.setForeground(0, QBrush(QColor(colour)))
        self.tree.addTopLevelItem(group)
        group.setFirstColumnSpanned(True)
        for line in islice(lines, MOST_LINES):
            group.addChild(_item(line))
        if count > MOST_LINES:
            group.addChild(QTreeWidgetItem(["", f"… and {count - MOST_LINES} more"]))
        group.setExpanded(opened)
        return group

    def _add_products(self, title: str, products: Sequence[PlannedProduct]) -> None:
        group = self._add_group(title, [], len(products), "edit", self._theme.colours.accent)
        if group is None:
            return
        for entry in products[:MOST_LINES]:
            changes = _changes(entry)
            item = _item((_row(entry.row), entry.after.name, ", ".join(changes)))
            item.setData(2, _DETAILS_ROLE, "\n".join(changes))
            group.addChild(item)
        group.setExpanded(True)

    def _go_to_first_line(self) -> None:
        group = self.tree.topLevelItem(0)
        if group is not None:
            self.tree.setCurrentItem(group.child(0) or group)

    def _show_details(self, item: QTreeWidgetItem | None) -> None:
        """All of the line on which the keys are: long ones have no room in the table."""
        lines = [] if item is None else [item.text(1), item.data(2, _DETAILS_ROLE) or item.text(2)]
        self.details.setPlainText("\n".join(line for line in lines if line))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(remark.message for remark in self._plan.remarks))


def _item(line: _Line) -> QTreeWidgetItem:
    item = QTreeWidgetItem(list(line))
    for column in (1, 2):
        item.setToolTip(column, line[column])
    return item


def _row(number: int) -> str:
    return str(number) if number else "folder"


def _remark_line(remark: Remark) -> _Line:
    return _row(remark.row), remark.what, remark.advice


def _new_line(entry: PlannedProduct) -> _Line:
    product = entry.after
    pictures = f"{len(entry.pictures)} picture{'s' * (len(entry.pictures) != 1)}" if entry.pictures else ""
    parts = (product.brand, product.sku, product.category, product.size, product.barcode, pictures)
    return _row(entry.row), product.name, " · ".join(part for part in parts if part)


def _new_brand_line(brand: Brand) -> _Line:
    return "new", brand.name, f"{brand.ownership.value}, {brand.colour or 'automatic colour'}"


def _brand_line(before: Brand, after: Brand) -> _Line:
    parts = []
    if before.ownership is not after.ownership:
        parts.append(f"{before.ownership.value} → {after.ownership.value}")
    if before.colour is not after.colour:
        parts.append(f"colour: {before.colour or 'automatic'} → {after.colour or 'automatic'}")
    return "", after.name, ", ".join(parts)


def _changes(entry: PlannedProduct) -> list[str]:
    parts = [
        f"{_FIELD_TITLES.get(name, name)}: {field_words(before)} → {field_words(after)}"
        for name, (before, after) in entry.changes.items()
    ]
    return parts + ([f"{len(entry.pictures)} reference pictures"] if entry.pictures else [])


def _summary(plan: ImportPlan) -> str:
    counts = [f"{len(plan.of(outcome))} {outcome.value}" for outcome in Outcome]
    if plan.errors:
        counts.append(f"{len(plan.errors)} row{'s' * (len(plan.errors) != 1)} left out")
    return " · ".join(counts)


def _offer(plan: ImportPlan) -> str:
    wanted = len(plan.of(Outcome.NEW)) + len(plan.of(Outcome.CHANGED))
    if not plan.changes_something:
        return "Nothing to import"
    if not wanted:
        return "Import brands"
    others = "the other " if plan.errors else ""
    return f"Import {others}{wanted} product{'s' * (wanted != 1)}"


def _note(plan: ImportPlan) -> str:
    if plan.errors:
        return (
            "Nothing is written yet. Import without the rows that are left out, or cancel, correct the table and "
            "import it again. What the table has no column for stays as it is."
        )
    return "Nothing is written yet. What the table has no column for stays as it is; an import can be undone."
