"""Shares by owner and by brand."""

from __future__ import annotations

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer

from shelfaudit.domain.catalogue import Ownership
from shelfaudit.domain.measures import Share
from shelfaudit.domain.palette import UNKNOWN_STYLE
from shelfaudit.reporting import stylesheet, theme
from shelfaudit.reporting.figures import VisitFigures
from shelfaudit.reporting.frames import OutlineEntry
from shelfaudit.reporting.marks import BrandChip
from shelfaudit.reporting.text import clean, format_count, format_share, shorten

NUMBER_WIDTHS = [16 * mm, 19 * mm, 19 * mm]
NUMBER_HEADS = ("Facings", "Share of facings", "Linear share")


def shares(figures: VisitFigures) -> list[Flowable]:
    """Two tables: own, competitors' and unknown; then every brand."""
    return [
        OutlineEntry("Shares by brand", "shares"),
        Paragraph("Shares", stylesheet.SECTION),
        Paragraph("By owner", stylesheet.SUBSECTION),
        _by_owner(figures),
        Spacer(0, 4 * mm),
        Paragraph("By brand", stylesheet.SUBSECTION),
        _by_brand(figures),
    ]


def number_cells(share: Share, *, bold: bool = False) -> list[Paragraph]:
    """Facings, share by facings and linear share, right-aligned."""
    style = stylesheet.TOTAL_NUMBER if bold else stylesheet.NUMBER
    texts = (format_count(share.facings), format_share(share.by_facings), format_share(share.by_width))
    return [stylesheet.paragraph(text, style) for text in texts]


def head_cells(*names: str) -> list[Paragraph]:
    """A head row: these names, then those of the three numbers."""
    words = [stylesheet.paragraph(name, stylesheet.HEAD) for name in names]
    return words + [stylesheet.paragraph(name, stylesheet.HEAD_NUMBER) for name in NUMBER_HEADS]


def name_cell(name: str, style: ParagraphStyle = stylesheet.CELL, at_most: int = 120) -> Paragraph:
    """A foreign name in a cell, wrapped, and cut where it is absurdly long."""
    return stylesheet.paragraph(shorten(clean(name), at_most), style)


def whole(figures: VisitFigures) -> Share:
    """The whole shelf as a share of itself."""
    return Share(figures.shares.total, *((1.0, 1.0) if figures.shares.total else (0.0, 0.0)))


def _by_owner(figures: VisitFigures) -> Flowable:
    parts = (
        ("Own brands", figures.shares.own),
        ("Competitors", figures.shares.competitor),
        ("Not recognised", figures.shares.unknown),
    )
    rows = [head_cells("Owner")]
    rows += [[stylesheet.paragraph(name, stylesheet.CELL), *number_cells(share)] for name, share in parts]
    rows.append([stylesheet.paragraph("All", stylesheet.CELL_BOLD), *number_cells(whole(figures), bold=True)])
    widths = [theme.CONTENT_WIDTH - sum(NUMBER_WIDTHS), *NUMBER_WIDTHS]
    return stylesheet.data_table(rows, widths, total_row=len(rows) - 1)


def _by_brand(figures: VisitFigures) -> Flowable:
    empty = stylesheet.paragraph("", stylesheet.CELL)
    rows: list[list[Flowable]] = [[empty, *head_cells("Brand", "Owner")]]
    for entry in figures.shares.brands:
        owner = "own" if entry.brand.ownership is Ownership.OWN else "competitor"
        chip = BrandChip(figures.styles[entry.brand.name])
        emphasis = stylesheet.CELL_BOLD if owner == "own" else stylesheet.CELL
        cells = [name_cell(entry.brand.name, emphasis), stylesheet.paragraph(owner, emphasis)]
        rows.append([chip, *cells, *number_cells(entry.share)])
    if figures.shares.unknown.facings or not figures.shares.brands:
        unknown = stylesheet.paragraph("Not recognised", stylesheet.CELL)
        rows.append([BrandChip(UNKNOWN_STYLE), unknown, empty, *number_cells(figures.shares.unknown)])
    total = stylesheet.paragraph("All", stylesheet.CELL_BOLD)
    rows.append([empty, total, empty, *number_cells(whole(figures), bold=True)])
    first = [8 * mm, theme.CONTENT_WIDTH - sum(NUMBER_WIDTHS) - 34 * mm, 26 * mm]
    return stylesheet.data_table(rows, [*first, *NUMBER_WIDTHS], total_row=len(rows) - 1)
