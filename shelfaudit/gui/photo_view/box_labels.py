"""Brand letters and product names over the boxes: fixed size on screen, never over a small product."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from shelfaudit.domain.palette import UNKNOWN_STYLE
from shelfaudit.domain.visit import Facing
from shelfaudit.gui.photo_view.facing_styles import TAG_HEIGHT, FacingStyles, label_font

SMALLEST_TAGGED = 14
"""Boxes with a side below this many screen pixels have no label at all."""
TAG_FITS_FROM = 44
"""From this side on the tag is inside the box; below, it sits above it so that the product stays visible."""
NAMED_FROM = 84
"""From this width on (and half of it as height) the product's name stands beside the letter."""
LABEL_REACH = 24
"""How far labels reach beyond their box, in device-independent pixels."""

_NAME_FONT = 11
_NAME_GROUND = QColor(16, 18, 22, 200)
_NAME_INK = QColor(255, 255, 255)


def draw_labels(painter: QPainter, drawn: Sequence[tuple[Facing, QRect]], styles: FacingStyles) -> None:
    """Label these facings at their boxes in screen pixels.

    Boxes that are not recognised have none: their dashed grey says it, and two hundred question marks hide a shelf.
    """
    named: list[tuple[QRect, str]] = []
    for facing, rect in drawn:
        if min(rect.width(), rect.height()) < SMALLEST_TAGGED:
            continue
        style = styles.style(facing.product)
        if style is UNKNOWN_STYLE:
            continue
        tag = styles.tag(style)
        place = _tag_place(rect)
        painter.drawPixmap(place, tag)
        if rect.width() >= NAMED_FROM and rect.height() >= NAMED_FROM / 2:
            tag_width = round(tag.deviceIndependentSize().width())
            named.append(
                (
                    QRect(place.x() + tag_width, place.y(), rect.width() - tag_width, TAG_HEIGHT),
                    styles.name(facing.product),
                )
            )
    _draw_names(painter, named)


def _draw_names(painter: QPainter, named: Sequence[tuple[QRect, str]]) -> None:
    font = label_font(_NAME_FONT)
    metrics = QFontMetrics(font)
    painter.setFont(font)
    painter.setPen(_NAME_INK)
    for room, name in named:
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room.width() - 8)
        ground = QRect(room.x(), room.y(), metrics.horizontalAdvance(text) + 8, TAG_HEIGHT)
        painter.fillRect(ground, _NAME_GROUND)
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, text)


def _tag_place(rect: QRect) -> QPoint:
    if min(rect.width(), rect.height()) >= TAG_FITS_FROM:
        return rect.topLeft()
    return QPoint(rect.x() - 1, rect.y() - TAG_HEIGHT)
