"""The bar chart of shares: drawn as vectors, readable without colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from shelfaudit.domain.catalogue import Ownership
from shelfaudit.domain.palette import UNKNOWN_STYLE, BrandStyle
from shelfaudit.reporting import theme
from shelfaudit.reporting.figures import VisitFigures
from shelfaudit.reporting.fonts import BOLD, REGULAR, draw_text, fit_text, text_width
from shelfaudit.reporting.marks import CHIP_SIZE, draw_chip, draw_hatching
from shelfaudit.reporting.text import clean, format_count, format_share

MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class ShareBar:
    """One bar: `share` in [0, 1]; `style` is None for several brands taken together."""

    name: str
    style: BrandStyle | None
    facings: int
    share: float
    own: bool = False


def share_bars(figures: VisitFigures, at_most: int = MOST_BARS) -> tuple[ShareBar, ...]:
    """Bars by brand, most facings first; the brands beyond `at_most` in one bar, then the unknown.

    The facings of the bars add up to all facings. Own brands keep their own bar whatever their place.
    """
    shares = figures.shares
    room = at_most - bool(shares.unknown.facings)
    shown = list(shares.brands)
    if len(shown) > room:
        by_need = sorted(shown, key=lambda entry: entry.brand.ownership is not Ownership.OWN)
        kept = {entry.brand.name for entry in by_need[: room - 1]}
        shown = [entry for entry in shown if entry.brand.name in kept]
    bars = [
        ShareBar(
            name=clean(entry.brand.name),
            style=figures.styles[entry.brand.name],
            facings=entry.share.facings,
            share=entry.share.by_facings,
            own=entry.brand.ownership is Ownership.OWN,
        )
        for entry in shown
    ]
    rest = len(shares.brands) - len(shown)
    if rest:
        facings = shares.total - shares.unknown.facings - sum(bar.facings for bar in bars)
        bars.append(ShareBar(f"{rest} other brands", None, facings, facings / shares.total))
    if shares.unknown.facings:
        bars.append(ShareBar("not recognised", UNKNOWN_STYLE, shares.unknown.facings, shares.unknown.by_facings))
    return tuple(bars)


class ShareChart(Flowable):  # type: ignore[misc]  # ReportLab ships no types
    """Horizontal bars with chip and name before them and "34 % · 72" behind; own brands on a panel, in bold."""

    _ROW = 7.2 * mm
    _BAR = 4.4 * mm
    _NAME_WIDTH = 47 * mm
    _VALUE_WIDTH = 30 * mm
    _TAG_SIZE = 6.5
    _SIZE = 9.0

    def __init__(self, bars: Sequence[ShareBar]) -> None:
        super().__init__()
        self._bars = bars

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        self.width = width
        self.height = self._ROW * len(self._bars)
        return self.width, self.height

    def draw(self) -> None:
        longest = max((bar.share for bar in self._bars), default=0.0)
        left = CHIP_SIZE + 2 * mm + self._NAME_WIDTH
        length = self.width - left - self._VALUE_WIDTH
        for row, bar in enumerate(self._bars):
            bottom = self.height - (row + 1) * self._ROW
            if bar.own:
                self.canv.setFillColor(theme.PANEL)
                self.canv.rect(-1.5 * mm, bottom + 0.3, self.width + 3 * mm, self._ROW - 0.6, fill=1, stroke=0)
            self._draw_name(bar, bottom)
            self._draw_bar(bar, left, bottom, length * bar.share / longest if longest else 0.0)
        self.canv.setStrokeColor(theme.INK)
        self.canv.setLineWidth(0.8)
        self.canv.line(left, 0, left, self.height)

    def _draw_name(self, bar: ShareBar, bottom: float) -> None:
        if bar.style is not None:
            draw_chip(self.canv, 0, bottom + (self._ROW - CHIP_SIZE) / 2, CHIP_SIZE, bar.style)
        font = BOLD if bar.own else REGULAR
        x, baseline = CHIP_SIZE + 2 * mm, bottom + self._ROW / 2 - self._SIZE * 0.36
        tag_room = 9 * mm if bar.own else 2 * mm
        name = fit_text(bar.name, font, self._SIZE, self._NAME_WIDTH - tag_room)
        self.canv.setFillColor(theme.INK)
        draw_text(self.canv, x, baseline, name, font, self._SIZE)
        if bar.own:
            self.canv.setFillColor(theme.MUTED)
            tag_x = x + text_width(name, font, self._SIZE) + 1.5 * mm
            draw_text(self.canv, tag_x, baseline, "own", REGULAR, self._TAG_SIZE)

    def _draw_bar(self, bar: ShareBar, left: float, bottom: float, length: float) -> None:
        y = bottom + (self._ROW - self._BAR) / 2
        if bar.style is UNKNOWN_STYLE:
            draw_hatching(self.canv, left, y, length, self._BAR)
        else:
            self.canv.setFillColor(HexColor(bar.style.colour) if bar.style is not None else theme.RULE)
            self.canv.setStrokeColor(theme.INK if bar.own else theme.MUTED)
            self.canv.setLineWidth(0.9 if bar.own else 0.4)
            self.canv.rect(left, y, length, self._BAR, fill=1, stroke=1)
        baseline = bottom + self._ROW / 2 - self._SIZE * 0.36
        x = left + length + 2 * mm
        share = format_share(bar.share)
        self.canv.setFillColor(theme.INK)
        draw_text(self.canv, x, baseline, share, BOLD, self._SIZE)
        x += text_width(share, BOLD, self._SIZE)
        self.canv.setFillColor(theme.MUTED)
        draw_text(self.canv, x, baseline, f" · {format_count(bar.facings)}", REGULAR, self._SIZE)
