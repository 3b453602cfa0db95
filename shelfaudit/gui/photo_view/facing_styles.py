"""From a product to what its boxes look like in the photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QFontMetricsF, QPainter, QPen, QPixmap

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.palette import UNKNOWN_STYLE, BrandStyle, brand_styles
from shelfaudit.gui.photo_view.frames import striped_brush

LINES = (2, 4)
"""Width of the line around a facing that the auditor did not touch, and of one that he set, in device-independent
pixels."""
FINE_LINES = (1, 2)
"""The same where boxes are small on screen."""
DARK_EDGE = 1
"""How far the dark line under the coloured one shows on each side."""
TAG_HEIGHT = 16
SMALL_TAG_HEIGHT = 11
"""Height of letter tags, in device-independent pixels; they keep it at every zoom."""
_NAME_FONT = 11
_NAME_GROUND = QColor(16, 18, 22, 200)
_NAME_INK = QColor(255, 255, 255)
_NAME_STEP = 16
"""Names are elided to multiples of this width, so that few pictures of them are made while zooming."""
_NAMES_KEPT = 4000

_UNKNOWN_LIGHTER = 130
"""In per cent: the middle grey of the unknown is lost in a photo."""
UNDER_COLOUR = QColor(0, 0, 0, 170)
"""Of the dark line under the coloured one, so that boxes show on any photo."""


@dataclass(frozen=True, slots=True)
class LineStyle:
    """A box line: its width in device pixels, and what it is filled with."""

    width: int
    brush: QBrush


class FacingStyles:
    """Lines, tags and names by SKU, made once and kept (one instance per catalogue and screen scale).

    Pictures are in device pixels: the layer paints in these, because Qt is several times slower through a scale.
    """

    def __init__(
        self, catalogue: Catalogue, brands: Mapping[str, BrandStyle] | None = None, scale: float = 1.0
    ) -> None:
        """`brands` maps brand names to styles (by default in the catalogue's order); `scale` is device pixel ratio."""
        self.catalogue = catalogue
        self.brands = dict(brands) if brands is not None else brand_styles(catalogue.brands, catalogue.brand_colours)
        self.scale = scale
        # Kept by SKU, not by style: hashing a style for every box of every frame costs as much as drawing it.
        self._styles: dict[str | None, BrandStyle] = {}
        self._lines: dict[tuple[str | None, bool, bool], LineStyle] = {}
        self._tags: dict[tuple[str | None, int], QPixmap] = {}
        self._names: dict[tuple[str, int], QPixmap] = {}

    def at_scale(self, scale: float) -> FacingStyles:
        """The same styles for a screen of another device pixel ratio."""
        return FacingStyles(self.catalogue, self.brands, scale)

    def style(self, sku: str | None) -> BrandStyle:
        """The style of a product's brand; of the unknown where the SKU is None or not in the catalogue."""
        if sku not in self._styles:
            brand = self.catalogue.brand_of(sku)
            self._styles[sku] = self.brands.get(brand.name, UNKNOWN_STYLE) if brand is not None else UNKNOWN_STYLE
        return self._styles[sku]

    def name(self, sku: str | None) -> str:
        """The product's name for a label; "" where it is not known."""
        product = self.catalogue.products.get(sku) if sku is not None else None
        return product.name if product is not None else ""

    def line(self, sku: str | None, *, touched: bool, fine: bool) -> LineStyle:
        """The line of a product's boxes, thick where the auditor touched one; `fine` for boxes small on screen."""
        key = (sku, touched, fine)
        if key not in self._lines:
            width = (FINE_LINES if fine else LINES)[touched]
            dash = min(width, 2)  # in proportion to a thick line, dashes would be longer than small boxes
            self._lines[key] = _line_style(self.style(sku), self.pixels(width), self.pixels(dash))
        return self._lines[key]

    def pixels(self, length: float) -> int:
        """A length in device-independent pixels as whole device pixels, at least one."""
        return max(1, round(length * self.scale))

    def tag(self, sku: str | None, height: int = TAG_HEIGHT) -> QPixmap:
        """The letter of a product's brand on its colour; `height` in device-independent pixels."""
        key = (sku, height)
        if key not in self._tags:
            self._tags[key] = tag_pixmap(self.style(sku), self.pixels(height), 1.0)
        return self._tags[key]

    def name_tag(self, name: str, room: int) -> QPixmap:
        """A name on a dark ground, `TAG_HEIGHT` high and elided to fit into `room` device pixels."""
        key = (name, room // self.pixels(_NAME_STEP))
        if key not in self._names:
            if len(self._names) >= _NAMES_KEPT:
                self._names.clear()
            self._names[key] = self._draw_name(name, key[1] * self.pixels(_NAME_STEP))
        return self._names[key]

    def _draw_name(self, name: str, room: int) -> QPixmap:
        font = label_font(self.pixels(_NAME_FONT))
        metrics = QFontMetrics(font)
        margin = self.pixels(4)
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room - 2 * margin)
        pixmap = QPixmap(metrics.horizontalAdvance(text) + 2 * margin, self.pixels(TAG_HEIGHT))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.fillRect(pixmap.rect(), _NAME_GROUND)
        painter.setFont(font)
        painter.setPen(_NAME_INK)
        painter.drawText(pixmap.rect(), Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
        return pixmap


def _line_style(style: BrandStyle, width: int, dash: int) -> LineStyle:
    colour = QColor(style.colour)
    if style is UNKNOWN_STYLE:
        colour = colour.lighter(_UNKNOWN_LIGHTER)
    return LineStyle(width, striped_brush(colour, [dash * part for part in style.pattern.dashes]))


def label_font(pixels: int, *, bold: bool = False) -> QFont:
    """The application's font at a fixed height, for text that must keep its size over the photo."""
    font = QFont()
    font.setPixelSize(pixels)
    font.setBold(bold)
    return font


def tag_pixmap(style: BrandStyle, height: int, scale: float) -> QPixmap:
    """A rounded tag with the style's letter; `height` in device-independent pixels, wider for longer marks."""
    font = label_font(round(height * 0.72), bold=True)
    width = max(height, round(QFontMetricsF(font).horizontalAdvance(style.letter) + height * 0.5))
    pixmap = QPixmap(round(width * scale), round(height * scale))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    area = QRectF(0, 0, width, height)
    painter.setPen(QPen(UNDER_COLOUR, 1))
    painter.setBrush(QColor(style.colour))
    painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.setPen(QColor(style.ink))
    painter.setFont(font)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, style.letter)
    painter.end()
    return pixmap
