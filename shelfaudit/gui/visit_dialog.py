"""Store, category, date and auditor of a visit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import (
    QCompleter,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from shelfaudit.gui.theme import GRID


@dataclass(frozen=True, slots=True)
class VisitDetails:
    """What the dialog asks for."""

    store: str
    category: str
    date: dt.date
    auditor: str


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What was typed before, the latest first, to complete from."""

    stores: Sequence[str] = ()
    categories: Sequence[str] = ()
    auditors: Sequence[str] = ()


class VisitDialog(QDialog):
    """Asks for the details of a new visit, or changes those of one; only the store is required."""

    confirmed = Signal(object)
    """`VisitDetails`"""

    def __init__(self, known: KnownNames, details: VisitDetails | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New visit" if details is None else "Visit details")
        self.store = _field(known.stores, "Name of the store")
        self.category = _field(known.categories, "For example soft drinks")
        self.auditor = _field(known.auditors, "Your name, as the report shall say it")
        self.date = _DateField(QDate.currentDate())
        self.date.setCalendarPopup(True)
        self.date.setMinimumHeight(4 * GRID)
        self.date.setDisplayFormat("d MMM yyyy")
        if details is not None:
            self.store.setText(details.store)
            self.category.setText(details.category)
            self.auditor.setText(details.auditor)
            self.date.setDate(QDate(details.date.year, details.date.month, details.date.day))
        else:
            # The same person often audits the same category all day; only the store is another.
            self.category.setText(next(iter(known.categories), ""))
            self.auditor.setText(next(iter(known.auditors), ""))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.create_button = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.create_button.setText("Create visit" if details is None else "Save")
        self.create_button.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.store.textChanged.connect(self._check)
        form = QFormLayout()
        form.setSpacing(GRID + GRID // 2)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for label, field in (
            ("&Store", self.store),
            ("&Category", self.category),
            ("&Date", self.date),
            ("&Auditor", self.auditor),
        ):
            form.addRow(label, field)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addLayout(form)
        self._hint = QLabel("The store's name is needed.")
        self._hint.setProperty("role", "muted")
        layout.addWidget(self._hint)
        layout.addWidget(buttons)
        self.setMinimumWidth(56 * GRID)
        self._check()
        self.store.setFocus()

    @property
    def details(self) -> VisitDetails:
        """What is entered now."""
        date = self.date.date()
        return VisitDetails(
            self.store.text().strip(),
            self.category.text().strip(),
            dt.date(date.year(), date.month(), date.day()),
            self.auditor.text().strip(),
        )

    def accept(self) -> None:
        if self.details.store:
            super().accept()
            self.confirmed.emit(self.details)

    def _check(self) -> None:
        named = bool(self.details.store)
        self.create_button.setEnabled(named)
        self._hint.setText("" if named else "The store's name is needed.")


class _DateField(QDateEdit):
    """Left by one Tab (arrows go from day to month): the name typed next must not end up in the month."""

    def focusNextPrevChild(self, forwards: bool) -> bool:
        return QWidget.focusNextPrevChild(self, forwards)


def _field(known: Sequence[str], placeholder: str) -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText(placeholder)
    field.setMinimumHeight(4 * GRID)
    field.setTextMargins(GRID // 2, 0, GRID // 2, 0)
    completer = QCompleter(list(known), field)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    field.setCompleter(completer)
    return field
