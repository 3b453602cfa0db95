"""The pages themselves: frames, running head and foot, "Page x of y", outline and document properties."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from shelfaudit.reporting import theme
from shelfaudit.reporting.figures import VisitFigures
from shelfaudit.reporting.fonts import BOLD, REGULAR, draw_text, fit_text, text_width
from shelfaudit.reporting.text import clean, format_date, shorten

LANGUAGE = "en"
_SMALL = 7.5


class CountingCanvas(Canvas):  # type: ignore[misc]  # ReportLab ships no types
    """A canvas that holds its pages back until their number is known, to write "Page x of y" on each."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options["initialFontName"] = REGULAR  # else every page would name Helvetica, which is not embedded
        super().__init__(*arguments, **options)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for page in self._pages:
            self.__dict__.update(page)
            self._write_page_number(len(self._pages))
            super().showPage()
        super().save()

    def _write_page_number(self, pages: int) -> None:
        text = f"Page {self.getPageNumber()} of {pages}"
        self.setFillColor(theme.MUTED)
        x = theme.PAGE_WIDTH - theme.MARGIN - text_width(text, REGULAR, _SMALL)
        draw_text(self, x, theme.MARGIN - 2 * mm, text, REGULAR, _SMALL)


class OutlineEntry(Flowable):  # type: ignore[misc]  # ReportLab ships no types
    """Takes no room; lists the place where it stands in the reader's outline."""

    def __init__(self, title: str, key: str) -> None:
        super().__init__()
        self._title = title
        self._key = key
        self.keepWithNext = True

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return 0.0, 0.0

    def draw(self) -> None:
        self.canv.bookmarkHorizontal(self._key, 0, 24)
        self.canv.addOutlineEntry(self._title, self._key, level=0)


def report_title(figures: VisitFigures) -> str:
    """The document's title: what, where and when."""
    visit = figures.visit
    subject = f"{visit.category} at {visit.store.name}" if visit.category.strip() else visit.store.name
    return f"Share of shelf: {shorten(clean(subject), 150)}, {visit.date.isoformat()}"


def document(figures: VisitFigures, file: Path) -> BaseDocTemplate:
    """An empty report on A4 for these figures: a first page without a running head, then pages with one."""
    template = BaseDocTemplate(
        str(file),
        pagesize=(theme.PAGE_WIDTH, theme.PAGE_HEIGHT),
        title=report_title(figures),
        author=clean(figures.visit.auditor) or "shelfaudit",
        subject="Share of shelf by facings and by width",
        creator="shelfaudit",
        producer="shelfaudit",
        keywords=["share of shelf", "facings", clean(figures.visit.category)],
        lang=LANGUAGE,
        displayDocTitle=1,
        initialFontName=REGULAR,
    )
    head = _running_head(figures)

    def draw_head(canvas: Canvas, _document: BaseDocTemplate) -> None:
        y = theme.PAGE_HEIGHT - theme.MARGIN - 3 * mm
        canvas.setFillColor(theme.MUTED)
        draw_text(canvas, theme.MARGIN, y, fit_text(head, REGULAR, _SMALL, theme.CONTENT_WIDTH), REGULAR, _SMALL)
        canvas.setStrokeColor(theme.RULE)
        canvas.setLineWidth(0.5)
        canvas.line(theme.MARGIN, y - 2 * mm, theme.PAGE_WIDTH - theme.MARGIN, y - 2 * mm)
        _draw_foot(canvas)

    def draw_first(canvas: Canvas, _document: BaseDocTemplate) -> None:
        _draw_foot(canvas)

    bottom = theme.MARGIN + theme.FOOTER_HEIGHT
    first = _frame("first", bottom, theme.CONTENT_HEIGHT + theme.HEADER_HEIGHT)
    later = _frame("later", bottom, theme.CONTENT_HEIGHT)
    template.addPageTemplates(
        [
            PageTemplate(id="first", frames=[first], onPage=draw_first, autoNextPageTemplate="later"),
            PageTemplate(id="later", frames=[later], onPage=draw_head),
        ]
    )
    return template


def _frame(name: str, bottom: float, height: float) -> Frame:
    return Frame(
        theme.MARGIN, bottom, theme.CONTENT_WIDTH, height,
        id=name, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip


def _running_head(figures: VisitFigures) -> str:
    visit = figures.visit
    parts = [shorten(clean(visit.store.name), 60), shorten(clean(visit.category), 40), format_date(visit.date)]
    return " · ".join(part for part in parts if part)


def _draw_foot(canvas: Canvas) -> None:
    canvas.setFillColor(theme.MUTED)
    draw_text(canvas, theme.MARGIN, theme.MARGIN - 2 * mm, "shelfaudit", BOLD, _SMALL)
