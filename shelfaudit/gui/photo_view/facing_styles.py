"""From a product to what its boxes look like in the photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.palette import UNKNOWN_STYLE, BrandStyle, brand_styles

THIN_LINE = 2
"""Width of the line around a facing that the auditor has not touched, in device-independent pixels."""
THICK_LINE = 4
"""The same for one that the auditor set."""
DARK_EDGE = 1
"""How far the dark line under the coloured one shows on each side."""
TAG_HEIGHT = 16
"""Height of letter tags, in device-independent pixels; they keep it at every zoom."""

_UNDER_COLOUR = QColor(0, 0, 0, 170)


@dataclass(frozen=True, slots=True)
class LineStyle:
    """The pens of a box line, the lower one first, and the font-free key that equal lines share."""

    under: QPen
    over: QPen


class FacingStyles:
    """Colours, pens, tags and names by SKU, made once and kept (one instance per catalogue and screen scale)."""

    def __init__(
        self, catalogue: Catalogue, brands: Mapping[str, BrandStyle] | None = None, scale: float = 1.0
    ) -> None:
        """`brands` maps brand names to styles (by default in the catalogue's order); `scale` is device pixel ratio."""
        self.catalogue = catalogue
        self.brands = dict(brands) if brands is not None else brand_styles(catalogue.brands)
        self.scale = scale
        self._lines: dict[tuple[BrandStyle, bool], LineStyle] = {}
        self._tags: dict[BrandStyle, QPixmap] = {}

    def at_scale(self, scale: float) -> FacingStyles:
        """The same styles for a screen of another device pixel ratio."""
        return FacingStyles(self.catalogue, self.brands, scale)

    def style(self, sku: str | None) -> BrandStyle:
        """The style of a product's brand; of the unknown where the SKU is None or not in the catalogue."""
        brand = self.catalogue.brand_of(sku)
        return self.brands.get(brand.name, UNKNOWN_STYLE) if brand is not None else UNKNOWN_STYLE

    def name(self, sku: str | None) -> str:
        """The product's name for a label; "" where it is not known."""
        product = self.catalogue.products.get(sku) if sku is not None else None
        return product.name if product is not None else ""

    def line(self, style: BrandStyle, *, touched: bool) -> LineStyle:
        """The pens of a box: thick where the auditor touched it, dark beneath so that it shows on any photo."""
        key = (style, touched)
        if key not in self._lines:
            width = THICK_LINE if touched else THIN_LINE
            over = _pen(QColor(style.colour), width)
            if style.pattern.value:
                over.setDashPattern([max(1.0, 3.0 * part / width) for part in style.pattern.value])
            self._lines[key] = LineStyle(_pen(_UNDER_COLOUR, width + 2 * DARK_EDGE), over)
        return self._lines[key]

    def tag(self, style: BrandStyle) -> QPixmap:
        """The brand's letter on its colour, `TAG_HEIGHT` device-independent pixels high."""
        if style not in self._tags:
            self._tags[style] = tag_pixmap(style, TAG_HEIGHT, self.scale)
        return self._tags[style]


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
    painter.setPen(QPen(_UNDER_COLOUR, 1))
    painter.setBrush(QColor(style.colour))
    painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.setPen(QColor(style.ink))
    painter.setFont(font)
    painter.drawText(area.translated(QPointF(0, 0)), Qt.AlignmentFlag.AlignCenter, style.letter)
    painter.end()
    return pixmap


def _pen(colour: QColor, width: int) -> QPen:
    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen
