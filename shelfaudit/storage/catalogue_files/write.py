"""The catalogue as a table: CSV or XLSX, by the name of the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import xlsxwriter

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.storage.catalogue_files.columns import WRITTEN_COLUMNS, brand_row, row_of
from shelfaudit.storage.catalogue_files.tables import XLSX_SUFFIX, harmless

_WIDTHS = {"sku": 22, "name": 32, "brand": 18, "category": 16, "barcode": 16}


def catalogue_table(catalogue: Catalogue, file: Path) -> bytes:
    """The table as the bytes of this file: XLSX by its suffix, else CSV in UTF-8 with the mark that Excel looks for.

    Every cell is text, so that no spreadsheet makes a formula, a number or a date of it. Brands without products have
    a row of their own.
    """
    rows = list(_rows(catalogue))
    return _xlsx(rows) if file.suffix.lower() == XLSX_SUFFIX else _csv(rows)


def _rows(catalogue: Catalogue) -> Iterable[list[str]]:
    products = sorted(catalogue.products.values(), key=lambda product: (product.brand.casefold(), product.sku))
    used = {product.brand for product in products}
    cells = [row_of(product, catalogue.brands[product.brand]) for product in products]
    cells += [brand_row(brand) for name, brand in catalogue.brands.items() if name not in used]
    return ([row[column] for column in WRITTEN_COLUMNS] for row in cells)


def _csv(rows: list[list[str]]) -> bytes:
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(WRITTEN_COLUMNS)
    writer.writerows([[harmless(cell) for cell in row] for row in rows])
    return table.getvalue().encode("utf-8-sig")


def _xlsx(rows: list[list[str]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Catalogue")
        head = workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#F3F5F7"})
        as_text = workbook.add_format({"num_format": "@"})
        for column, name in enumerate(WRITTEN_COLUMNS):
            # Empty cells too: a barcode that is typed there later must stay as it is typed.
            sheet.set_column(column, column, _WIDTHS.get(name, 12), as_text)
            sheet.write_string(0, column, name, head)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, column, cell, as_text)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(rows), 1), len(WRITTEN_COLUMNS) - 1)
    return content.getvalue()
