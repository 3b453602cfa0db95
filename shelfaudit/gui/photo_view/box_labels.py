"""Brand letters and product names over the boxes: fixed size on screen, never over a small product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPixmap

from shelfaudit.domain.palette import UNKNOWN_STYLE
from shelfaudit.gui.photo_view.facing_styles import TAG_HEIGHT, FacingStyles, label_font
from shelfaudit.gui.photo_view.selection_marks import HANDLE_SIDE, MARK_HEIGHT

SMALLEST_TAGGED = 20
"""Boxes with a side below this many screen pixels have no label at all."""
TAG_FITS_FROM = 44
"""From this side on the tag is inside the box; below, it sits above it so that the product stays visible."""
NAMED_FROM = 84
"""From this width on (and half of it as height) the product's name stands beside the letter."""
CHOSEN_NAME_ROOM = 240
"""The longest label of the one selected box."""
LABEL_REACH = 24
"""How far labels reach beyond their box, in device-independent pixels (but for `CHOSEN_NAME_ROOM`)."""

_NAME_FONT = 11
_NAME_GROUND = QColor(16, 18, 22, 200)
_NAME_INK = QColor(255, 255, 255)


ScreenBox = tuple[int, int, int, int]
"""x, y, width and height in whole screen pixels."""


def draw_labels(painter: QPainter, boxes: Iterable[tuple[str | None, ScreenBox]], styles: FacingStyles) -> None:
    """Label boxes by their product; those with a side below `SMALLEST_TAGGED` are not to be given.

    Boxes that are not recognised have none: their dashed grey says it, and two hundred question marks hide a shelf.
    """
    tags: list[tuple[int, int, QPixmap]] = []
    names: list[tuple[QRect, str]] = []
    for sku, (x, y, width, height) in boxes:
        if styles.style(sku) is UNKNOWN_STYLE:
            continue
        tag = styles.tag(sku)
        inside = width >= TAG_FITS_FROM and height >= TAG_FITS_FROM
        place = (x, y) if inside else (x - 1, y - TAG_HEIGHT)
        tags.append((*place, tag))
        if width >= NAMED_FROM and height >= NAMED_FROM // 2:
            names.append((_beside(tag, *place, width), styles.name(sku)))
    _draw_names(painter, names)
    for x, y, tag in tags:
        painter.drawPixmap(x, y, tag)


def draw_chosen_label(painter: QPainter, sku: str | None, box: ScreenBox, styles: FacingStyles) -> None:
    """The label of the one selected box: above its handles, and with the product's name whatever its size."""
    tag = styles.tag(sku)
    x, y = box[0] - HANDLE_SIDE // 2, box[1] - TAG_HEIGHT - MARK_HEIGHT
    painter.drawPixmap(x, y, tag)
    _draw_names(painter, [(_beside(tag, x, y, CHOSEN_NAME_ROOM), styles.name(sku) or "Not recognised")])


def _beside(tag: QPixmap, x: int, y: int, room: int) -> QRect:
    """Where a name goes: right of the tag, up to `room` from the tag's left."""
    width = round(tag.deviceIndependentSize().width())
    return QRect(x + width, y, max(room - width, 0), TAG_HEIGHT)


def _draw_names(painter: QPainter, names: Sequence[tuple[QRect, str]]) -> None:
    font = label_font(_NAME_FONT)
    metrics = QFontMetrics(font)
    painter.setFont(font)
    painter.setPen(_NAME_INK)
    for room, name in names:
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room.width() - 8)
        ground = QRect(room.x(), room.y(), metrics.horizontalAdvance(text) + 8, TAG_HEIGHT)
        painter.fillRect(ground, _NAME_GROUND)
        painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, text)
