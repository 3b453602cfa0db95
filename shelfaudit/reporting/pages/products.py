"""Shares by product, and the must-stock products that were not found."""

from __future__ import annotations

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, TableStyle

from shelfaudit.domain.measures import Availability
from shelfaudit.domain.palette import UNKNOWN_STYLE
from shelfaudit.reporting import stylesheet, theme
from shelfaudit.reporting.figures import VisitFigures
from shelfaudit.reporting.frames import OutlineEntry
from shelfaudit.reporting.marks import BrandChip
from shelfaudit.reporting.pages.shares import NUMBER_WIDTHS, head_cells, name_cell, number_cells, whole
from shelfaudit.reporting.text import clean, shorten


def products(figures: VisitFigures) -> list[Flowable]:
    """Every product found, and what the must-stock list misses."""
    story: list[Flowable] = [
        OutlineEntry("Shares by product", "products"),
        Paragraph("By product", stylesheet.SUBSECTION),
        _by_product(figures),
    ]
    if figures.must_stock is not None and figures.must_stock.missing:
        story += [Paragraph("Must-stock products not found", stylesheet.SUBSECTION), _missing(figures.must_stock)]
    return story


def _by_product(figures: VisitFigures) -> Flowable:
    empty = stylesheet.paragraph("", stylesheet.CELL)
    rows: list[list[Flowable]] = [[empty, *head_cells("Product", "SKU", "Brand")]]
    for entry in figures.shares.products:
        product = entry.product
        name = f"{product.name} (must-stock)" if product.must_stock else product.name
        cells = [name_cell(name), _sku_cell(product.sku), name_cell(product.brand, at_most=40)]
        rows.append([BrandChip(figures.styles[product.brand]), *cells, *number_cells(entry.share)])
    if figures.shares.unknown.facings or not figures.shares.products:
        unknown = stylesheet.paragraph("Not recognised", stylesheet.CELL)
        rows.append([BrandChip(UNKNOWN_STYLE), unknown, empty, empty, *number_cells(figures.shares.unknown)])
    total = stylesheet.paragraph("All", stylesheet.CELL_BOLD)
    rows.append([empty, total, empty, empty, *number_cells(whole(figures), bold=True)])
    first = [8 * mm, theme.CONTENT_WIDTH - sum(NUMBER_WIDTHS) - 72 * mm, 40 * mm, 24 * mm]
    table = stylesheet.data_table(rows, [*first, *NUMBER_WIDTHS], total_row=len(rows) - 1)
    table.setStyle(TableStyle([("TOPPADDING", (2, 1), (2, -1), 4.8)]))  # the small SKUs on their row's baseline
    return table


def _missing(availability: Availability) -> Flowable:
    rows = [[stylesheet.paragraph(name, stylesheet.HEAD) for name in ("Product", "SKU", "Brand")]]
    rows += [
        [name_cell(item.name), _sku_cell(item.sku), name_cell(item.brand, at_most=60)] for item in availability.missing
    ]
    widths = [theme.CONTENT_WIDTH - 90 * mm, 45 * mm, 45 * mm]
    return stylesheet.data_table(rows, widths)


def _sku_cell(sku: str) -> Paragraph:
    return stylesheet.paragraph(shorten(clean(sku), 60), stylesheet.SMALL_CELL)
