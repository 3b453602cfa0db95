"""Small vector marks of a brand: the chip with its letter, the legend, hatching for the unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from shelfaudit.domain.palette import UNKNOWN_STYLE, BrandStyle
from shelfaudit.reporting import theme
from shelfaudit.reporting.fonts import BOLD, REGULAR, draw_text, fit_text, text_width

CHIP_SIZE = 4.2 * mm


def draw_chip(canvas: Canvas, x: float, y: float, size: float, style: BrandStyle) -> None:
    """A rounded square with the brand's letter; (x, y) is its lower left corner, lengths in points."""
    canvas.saveState()
    canvas.setLineWidth(size / 14)
    if style is UNKNOWN_STYLE:
        canvas.setFillColor(theme.PAPER)
        canvas.setStrokeColor(theme.MUTED)
        canvas.setDash([size / 7, size / 9])
        ink = theme.MUTED
    else:
        canvas.setFillColor(HexColor(style.colour))
        canvas.setStrokeColor(theme.INK)
        ink = HexColor(style.ink)
    canvas.roundRect(x, y, size, size, size / 5, fill=1, stroke=1)
    canvas.setFillColor(ink)
    letter_size = size * 0.68
    width = text_width(style.letter, BOLD, letter_size)
    if width > size * 0.86:
        letter_size *= size * 0.86 / width
        width = size * 0.86
    draw_text(canvas, x + (size - width) / 2, y + size / 2 - letter_size * 0.36, style.letter, BOLD, letter_size)
    canvas.restoreState()


def draw_hatching(canvas: Canvas, x: float, y: float, width: float, height: float, spacing: float = 3.4) -> None:
    """Diagonal lines within a rectangle in the unknown's grey, with a dashed border; lengths in points."""
    canvas.saveState()
    canvas.setStrokeColor(HexColor(UNKNOWN_STYLE.colour))
    canvas.setLineWidth(0.7)
    clip = canvas.beginPath()
    clip.rect(x, y, width, height)
    canvas.saveState()
    canvas.clipPath(clip, stroke=0, fill=0)
    offset = -height
    while offset < width:
        canvas.line(x + offset, y, x + offset + height, y + height)
        offset += spacing
    canvas.restoreState()
    canvas.setDash([2.4, 1.6])
    canvas.rect(x, y, width, height, fill=0, stroke=1)
    canvas.restoreState()


class BrandChip(Flowable):  # type: ignore[misc]  # ReportLab ships no types
    """A chip of fixed size, for a table cell."""

    def __init__(self, style: BrandStyle) -> None:
        super().__init__()
        self._style = style

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return CHIP_SIZE, CHIP_SIZE

    def draw(self) -> None:
        draw_chip(self.canv, 0, 0, CHIP_SIZE, self._style)


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A chip with its words, such as "Alba 38"."""

    style: BrandStyle
    text: str


class Legend(Flowable):  # type: ignore[misc]  # ReportLab ships no types
    """Chips with words, in as many lines as the width takes."""

    _SIZE = 7.5
    _LINE = 5.2 * mm
    _CHIP = 3.4 * mm
    _GAP = 4 * mm

    def __init__(self, entries: Sequence[LegendEntry]) -> None:
        super().__init__()
        self._entries = entries
        self._placed: list[tuple[float, int, LegendEntry]] = []

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        self._placed = []
        x, line = 0.0, 0
        for entry in self._entries:
            needed = min(self._CHIP + 1.2 * mm + text_width(entry.text, REGULAR, self._SIZE), width)
            if x > 0 and x + needed > width:
                x, line = 0.0, line + 1
            self._placed.append((x, line, entry))
            x += needed + self._GAP
        self.width = width
        self.height = (line + 1) * self._LINE if self._entries else 0.0
        return self.width, self.height

    def draw(self) -> None:
        room = self.width - self._CHIP - 1.2 * mm
        for x, line, entry in self._placed:
            y = self.height - (line + 1) * self._LINE + (self._LINE - self._CHIP) / 2
            draw_chip(self.canv, x, y, self._CHIP, entry.style)
            self.canv.setFillColor(theme.INK)
            text = fit_text(entry.text, REGULAR, self._SIZE, room)
            draw_text(self.canv, x + self._CHIP + 1.2 * mm, y + 0.8 * mm, text, REGULAR, self._SIZE)
