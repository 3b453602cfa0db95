"""The workbook of a visit: totals, one row per facing, one row per photo."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from shelfaudit.domain.measures import Share
from shelfaudit.output import replacing
from shelfaudit.reporting.facing_rows import COLUMNS, Cell, facing_rows
from shelfaudit.reporting.figures import VisitFigures
from shelfaudit.reporting.text import clean

_MOST_CHARACTERS = 32_000  # a cell holds 32,767
_SHARE_HEADS = ("Facings", "Share of facings", "Linear share")


def write_workbook(figures: VisitFigures, file: Path) -> None:
    """Writes the workbook; no text in it is ever a formula or a link.

    Raises:
        OutputError: the file cannot be written.
    """
    # In memory, for the disk where the system keeps its temporary files may be full, and a workbook is small.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, options) as workbook:
        workbook.set_properties(
            {
                "title": f"Share of shelf: {clean(figures.visit.store.name)}, {figures.visit.date.isoformat()}",
                "author": clean(figures.visit.auditor),
                "comments": "Written by shelfaudit",
            }
        )
        formats = _Formats.of(workbook)
        _write_totals(workbook, formats, figures)
        _write_facings(workbook, formats, figures)
        _write_photos(workbook, formats, figures)
    with replacing(file) as temporary:
        temporary.write_bytes(content.getvalue())


@dataclass(frozen=True, slots=True)
class _Formats:
    head: Format
    title: Format
    bold: Format
    percent: Format
    date: Format
    number: Format

    @classmethod
    def of(cls, workbook: Workbook) -> _Formats:
        return cls(
            head=workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#F3F5F7", "text_wrap": True}),
            title=workbook.add_format({"bold": True, "font_size": 14}),
            bold=workbook.add_format({"bold": True}),
            percent=workbook.add_format({"num_format": "0.0%"}),
            date=workbook.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            number=workbook.add_format({"num_format": "0.0"}),
        )


@dataclass(frozen=True, slots=True)
class _Block:
    """A table of the totals sheet: words and a share in each row."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], Share], ...]


def _write_totals(workbook: Workbook, formats: _Formats, figures: VisitFigures) -> None:
    sheet = workbook.add_worksheet("Totals")
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 2, 20)
    sheet.set_column(3, 5, 13)
    row = _write_visit(sheet, formats, figures) + 1
    sheet.freeze_panes(1, 0)
    for block in (_owners(figures), _brands(figures), _products(figures)):
        sheet.write_string(row, 0, block.name, formats.bold)
        _write_block(sheet, formats, block, row + 1)
        if block.name == "By brand" and figures.shares.total:
            _insert_chart(workbook, sheet, row + 2, len(block.rows))
        row += len(block.rows) + 3


def _write_visit(sheet: Worksheet, formats: _Formats, figures: VisitFigures) -> int:
    """Writes the head of the visit; answers the first free row."""
    visit, must_stock = figures.visit, figures.must_stock
    _write_text(sheet, 0, 0, f"Share of shelf: {visit.store.name}", formats.title)
    pairs: list[tuple[str, Cell]] = [
        ("Store", visit.store.name),
        ("Category", visit.category),
        ("Date", visit.date),
        ("Auditor", visit.auditor),
        ("Visit", visit.id),
        ("Photos", len(figures.photos)),
        ("Photos counted", len(figures.counted)),
        ("Photos to review", len(figures.to_review)),
        ("Photos failed", len(figures.failed)),
        ("Facings", figures.shares.total),
    ]
    if must_stock is not None:
        pairs += [("Must-stock expected", must_stock.expected), ("Must-stock found", len(must_stock.found))]
    pairs += [("Detector", f"{use.model} ({use.photos} photos)") for use in figures.detections]
    for row, (name, value) in enumerate(pairs, start=1):
        sheet.write_string(row, 0, name, formats.bold)
        _write_cell(sheet, formats, row, 1, value)
    return len(pairs) + 1


def _write_block(sheet: Worksheet, formats: _Formats, block: _Block, top: int) -> None:
    """An Excel table, so that each block filters by itself."""
    heads = [*block.heads, *_SHARE_HEADS]
    columns = [{"header": head, "header_format": formats.head} for head in heads]
    options = {"columns": columns, "style": "Table Style Light 1", "name": block.name.replace(" ", "")}
    sheet.add_table(top, 0, top + len(block.rows), len(heads) - 1, options)
    for row, (words, share) in enumerate(block.rows, start=top + 1):
        for column, word in enumerate(words):
            _write_text(sheet, row, column, word)
        sheet.write_number(row, len(words), share.facings)
        sheet.write_number(row, len(words) + 1, share.by_facings, formats.percent)
        sheet.write_number(row, len(words) + 2, share.by_width, formats.percent)


def _insert_chart(workbook: Workbook, sheet: Worksheet, first: int, rows: int) -> None:
    """Bars of the shares by brand, the largest on top; `first` is the row of the first brand."""
    chart = workbook.add_chart({"type": "bar"})
    last = first + rows - 1
    chart.add_series(
        {
            "name": "Share of facings",
            "categories": ["Totals", first, 0, last, 0],
            "values": ["Totals", first, 3, last, 3],
            "fill": {"color": "#0072B2"},
            "border": {"color": "#1B1F24", "width": 0.5},
            "data_labels": {"value": True, "num_format": "0.0%"},
            "gap": 60,
        }
    )
    chart.set_title({"name": "Share of shelf by brand", "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_x_axis({"num_format": "0%", "min": 0, "major_gridlines": {"visible": False}})
    chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 620, "height": max(220, 60 + 26 * rows)})
    sheet.insert_chart(1, 7, chart, {"description": "Bar chart of the share of facings by brand"})


def _owners(figures: VisitFigures) -> _Block:
    shares = figures.shares
    rows = (("own", shares.own), ("competitor", shares.competitor), ("not recognised", shares.unknown))
    return _Block("By owner", ("Owner",), tuple(((name,), share) for name, share in rows))


def _brands(figures: VisitFigures) -> _Block:
    rows = [((entry.brand.name, entry.brand.ownership.value), entry.share) for entry in figures.shares.brands]
    rows.append((("not recognised", ""), figures.shares.unknown))
    return _Block("By brand", ("Brand", "Owner"), tuple(rows))


def _products(figures: VisitFigures) -> _Block:
    rows = [
        ((entry.product.name, entry.product.sku, entry.product.brand), entry.share) for entry in figures.shares.products
    ]
    rows.append((("not recognised", "", ""), figures.shares.unknown))
    return _Block("By product", ("Product", "SKU", "Brand"), tuple(rows))


def _write_facings(workbook: Workbook, formats: _Formats, figures: VisitFigures) -> None:
    sheet = workbook.add_worksheet("Facings")
    _write_list(sheet, formats, [column.head for column in COLUMNS], facing_rows(figures))
    for index, column in enumerate(COLUMNS):
        sheet.set_column(index, index, column.width)


def _write_photos(workbook: Workbook, formats: _Formats, figures: VisitFigures) -> None:
    sheet = workbook.add_worksheet("Photos")
    heads = [
        "Photo", "File", "State", "Facings", "Not recognised", "Width", "Height",
        "Detector", "Threshold", "Error", "SHA-256", "Folder",
    ]  # fmt: skip
    rows = [
        (
            entry.number, entry.photo.path.name, entry.photo.state.value, len(entry.photo.facings), entry.unknown,
            entry.photo.width or None, entry.photo.height or None, entry.photo.model, entry.photo.threshold,
            entry.photo.error, entry.photo.sha256, str(entry.photo.path.parent),
        )
        for entry in figures.photos
    ]  # fmt: skip
    _write_list(sheet, formats, heads, rows)
    for index, width in enumerate((7, 32, 11, 9, 10, 9, 9, 20, 10, 50, 20, 40)):
        sheet.set_column(index, index, width)


def _write_list(sheet: Worksheet, formats: _Formats, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """A sheet that is one list: frozen head row, filter."""
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, formats.head)
    last = 0
    for last, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _write_cell(sheet, formats, last, column, value)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, len(heads) - 1)


def _write_cell(sheet: Worksheet, formats: _Formats, row: int, column: int, value: Cell) -> None:
    if value is None:
        return
    if isinstance(value, str):
        _write_text(sheet, row, column, value)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, dt.datetime.combine(value, dt.time()), formats.date)
    else:
        sheet.write_number(row, column, value)


def _write_text(sheet: Worksheet, row: int, column: int, text: str, cell_format: Format | None = None) -> None:
    """Always a text cell, whatever it begins with; an empty text leaves the cell empty."""
    if text := clean(text)[:_MOST_CHARACTERS]:
        sheet.write_string(row, column, text, cell_format)
