"""Colours, sizes and margins of the printed report, in one place. Lengths in points, y upwards, as PDF has them."""

from __future__ import annotations

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

INK = HexColor("#1B1F24")
MUTED = HexColor("#5B6470")
RULE = HexColor("#D4D9DF")
PANEL = HexColor("#F3F5F7")
ACCENT = HexColor("#0B5C8A")
PAPER = HexColor("#FFFFFF")

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 17 * mm
HEADER_HEIGHT = 9 * mm
FOOTER_HEIGHT = 8 * mm
CONTENT_WIDTH = PAGE_WIDTH - 2 * MARGIN
CONTENT_HEIGHT = PAGE_HEIGHT - 2 * MARGIN - HEADER_HEIGHT - FOOTER_HEIGHT
