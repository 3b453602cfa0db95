"""Paragraph and table styles of the report."""

from __future__ import annotations

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph, Table, TableStyle

from shelfaudit.reporting import theme
from shelfaudit.reporting.fonts import BOLD, REGULAR, markup

BODY = ParagraphStyle(
    "body", fontName=REGULAR, bulletFontName=REGULAR, fontSize=9.5, leading=14, textColor=theme.INK, splitLongWords=1
)
SMALL = ParagraphStyle("small", BODY, fontSize=8, leading=11.5, textColor=theme.MUTED)
CELL = ParagraphStyle("cell", BODY, fontSize=8.5, leading=11.5)
SMALL_CELL = ParagraphStyle("small-cell", CELL, fontSize=6.8, textColor=theme.MUTED)
CELL_BOLD = ParagraphStyle("cell-bold", CELL, fontName=BOLD)
NUMBER = ParagraphStyle("number", CELL, alignment=TA_RIGHT)
TOTAL_NUMBER = ParagraphStyle("total-number", NUMBER, fontName=BOLD)
HEAD = ParagraphStyle("head", CELL, fontName=BOLD, fontSize=8, textColor=theme.MUTED)
HEAD_NUMBER = ParagraphStyle("head-number", HEAD, alignment=TA_RIGHT)
SECTION = ParagraphStyle(
    "section", BODY, fontName=BOLD, fontSize=16, leading=21, spaceBefore=22, spaceAfter=6, keepWithNext=1
)
SUBSECTION = ParagraphStyle(
    "subsection", BODY, fontName=BOLD, fontSize=11, leading=15, spaceBefore=12, spaceAfter=4, keepWithNext=1
)
ACTION = ParagraphStyle("action", BODY, leftIndent=13, bulletIndent=1, spaceAfter=3)


def paragraph(text: str, style: ParagraphStyle = BODY) -> Paragraph:
    """Foreign or own plain text as a paragraph; nothing in it is taken for markup."""
    return Paragraph(markup(text, style.fontName), style)


def data_table(rows: list[list[Flowable]], widths: list[float], *, total_row: int | None = None) -> Table:
    """A table whose first row is its head, repeated on every page; `total_row` is set off by a line above it."""
    commands = [
        *_TABLE_COMMANDS,
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.9, theme.INK),
    ]
    if total_row is not None:
        commands.append(("LINEABOVE", (0, total_row), (-1, total_row), 0.9, theme.INK))
    return Table(rows, colWidths=widths, repeatRows=1, style=TableStyle(commands), hAlign="LEFT")


def pair_table(rows: list[list[Flowable]], widths: list[float]) -> Table:
    """A table of names and what they stand for, without a head."""
    return Table(rows, colWidths=widths, style=TableStyle(_TABLE_COMMANDS), hAlign="LEFT")


_TABLE_COMMANDS: list[tuple[object, ...]] = [
    ("FONT", (0, 0), (-1, -1), REGULAR, 8.5),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("TOPPADDING", (0, 0), (-1, -1), 3.2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3.8),
    ("LEFTPADDING", (0, 0), (-1, -1), 4),
    ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ("LINEBELOW", (0, 0), (-1, -1), 0.35, theme.RULE),
]
