"""The facings of a visit as CSV: UTF-8 with a byte order mark, as Excel on every system reads it."""

from __future__ import annotations

import csv
from pathlib import Path

from shelfaudit.output import replacing
from shelfaudit.reporting.facing_rows import COLUMNS, Cell, facing_rows
from shelfaudit.reporting.figures import VisitFigures
from shelfaudit.reporting.text import clean

VISIT_HEADS = ("Visit", "Date", "Store", "Category", "Auditor")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_facings_csv(figures: VisitFigures, file: Path) -> None:
    """Writes one row per facing, each with its visit, so that files of many visits can be put together.

    Texts that a spreadsheet would run as a formula get an apostrophe before them (OWASP, "CSV Injection").

    Raises:
        OutputError: the file cannot be written.
    """
    visit = figures.visit
    head: tuple[Cell, ...] = (visit.id, visit.date, visit.store.name, visit.category, visit.auditor)
    with replacing(file) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow([*VISIT_HEADS, *(column.head for column in COLUMNS)])
        writer.writerows([_harmless(cell) for cell in (*head, *row)] for row in facing_rows(figures))


def _harmless(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    text = clean(cell)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
