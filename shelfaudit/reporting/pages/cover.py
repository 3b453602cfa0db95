"""First page: which visit, four numbers, the shares as bars, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer, Table, TableStyle

from shelfaudit.reporting import stylesheet, theme
from shelfaudit.reporting.advice import advice
from shelfaudit.reporting.charts import ShareChart, share_bars
from shelfaudit.reporting.figures import VisitFigures
from shelfaudit.reporting.fonts import BOLD, markup, text_width
from shelfaudit.reporting.frames import OutlineEntry
from shelfaudit.reporting.text import NBSP, clean, format_count, format_date, format_share, plural, shorten

_TILE_WIDTH = theme.CONTENT_WIDTH / 4


@dataclass(frozen=True, slots=True)
class Tile:
    """One large number with what it counts and a line of detail."""

    name: str
    value: str
    detail: str


def tiles(figures: VisitFigures) -> tuple[Tile, Tile, Tile, Tile]:
    """The four large numbers."""
    return (_facings(figures), _own_share(figures), _products(figures), _photos(figures))


def cover(figures: VisitFigures) -> list[Flowable]:
    """The flowables of the first page."""
    story: list[Flowable] = [OutlineEntry("Summary", "summary"), *_title(figures), Spacer(0, 5 * mm)]
    story += [_tile_row(tiles(figures)), Spacer(0, 3 * mm)]
    story.append(Paragraph("Share of shelf by brand", stylesheet.SUBSECTION))
    bars = share_bars(figures)
    if bars:
        story.append(stylesheet.paragraph("Share of all facings, and number of facings", stylesheet.SMALL))
        story += [Spacer(0, 2 * mm), ShareChart(bars)]
    else:
        story.append(stylesheet.paragraph("No facings were counted in this visit.", stylesheet.BODY))
    lines = advice(figures)
    if lines:
        story.append(Paragraph("What to do", stylesheet.SUBSECTION))
        story += [Paragraph(markup(line), stylesheet.ACTION, bulletText="•") for line in lines]
    return story


def _title(figures: VisitFigures) -> list[Flowable]:
    visit = figures.visit
    store = shorten(clean(visit.store.name), 300)
    size = 26 if len(store) <= 36 else 18 if len(store) <= 90 else 12
    store_style = ParagraphStyle("store", stylesheet.BODY, fontName=BOLD, fontSize=size, leading=size * 1.25)
    kicker = ParagraphStyle("kicker", stylesheet.BODY, fontName=BOLD, fontSize=10, textColor=theme.ACCENT)
    category = shorten(clean(visit.category), 120)
    heading = f"Share of shelf · {category}" if category else "Share of shelf"
    auditor = shorten(clean(visit.auditor), 120)
    line = " · ".join(
        part for part in (format_date(visit.date), auditor and f"Auditor: {auditor}", f"Visit {visit.id}") if part
    )
    return [
        stylesheet.paragraph(heading, kicker),
        Spacer(0, 1 * mm),
        stylesheet.paragraph(store, store_style),
        Spacer(0, 1 * mm),
        stylesheet.paragraph(line, stylesheet.BODY),
    ]


def _tile_row(row: tuple[Tile, ...]) -> Table:
    name = ParagraphStyle("tile-name", stylesheet.SMALL, fontName=BOLD)
    value = _value_style([tile.value for tile in row])
    cells = [
        [
            stylesheet.paragraph(tile.name, name),
            stylesheet.paragraph(tile.value, value),
            stylesheet.paragraph(tile.detail, stylesheet.SMALL),
        ]
        for tile in row
    ]
    style = TableStyle(
        [
            ("FONT", (0, 0), (-1, -1), BOLD, 8),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, -1), theme.PANEL),
            ("LINEABOVE", (0, 0), (-1, 0), 1.6, theme.ACCENT),
            ("LINEAFTER", (0, 0), (-2, -1), 4, theme.PAPER),
            ("LEFTPADDING", (0, 0), (-1, -1), 9),
            ("RIGHTPADDING", (0, 0), (-1, -1), 7),
            ("TOPPADDING", (0, 0), (-1, -1), 8),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 9),
        ]
    )
    return Table([cells], colWidths=[_TILE_WIDTH] * len(row), style=style)


def _value_style(values: list[str]) -> ParagraphStyle:
    """One size for all the numbers, as large as the widest takes."""
    largest = 27.0
    widest = max(text_width(value, BOLD, largest) for value in values)
    size = min(largest, largest * (_TILE_WIDTH - 20) / widest)
    return ParagraphStyle("tile-value", stylesheet.BODY, fontName=BOLD, fontSize=size, leading=35)


def _facings(figures: VisitFigures) -> Tile:
    counted = len(figures.counted)
    return Tile("Facings", format_count(figures.shares.total), f"in {plural(counted, 'photo')}")


def _own_share(figures: VisitFigures) -> Tile:
    own = figures.shares.own
    if not figures.has_own_brand:
        return Tile("Own share", "–", "no own brand in the catalogue")
    if not figures.shares.total:
        return Tile("Own share", "–", "nothing was counted")
    detail = f"{plural(own.facings, 'facing')}; {format_share(own.by_width)} of the width"
    return Tile("Own share", format_share(own.by_facings), detail)


def _products(figures: VisitFigures) -> Tile:
    found = len(figures.shares.products)
    if figures.must_stock is not None:
        value = f"{len(figures.must_stock.found)} of {figures.must_stock.expected}"
        return Tile("Must-stock found", value, f"{plural(found, 'product')} in all")
    return Tile("Products found", format_count(found), f"of {plural(len(figures.shares.brands), 'brand')}")


def _photos(figures: VisitFigures) -> Tile:
    counted, every = len(figures.counted), len(figures.photos)
    value = format_count(counted) if counted == every else f"{format_count(counted)} of {format_count(every)}"
    open_points = [
        f"{format_count(len(entries))}{NBSP}{words}"
        for entries, words in (
            (figures.to_review, f"to{NBSP}review"),
            (figures.failed, "failed"),
            (figures.waiting, "waiting"),
        )
        if entries
    ]
    return Tile("Photos counted", value, ", ".join(open_points) or ("all reviewed" if counted else "none yet"))
