"""Brand letters and product names over the boxes: fixed size on screen, never over a small product."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPixmap

from shelfaudit.domain.palette import UNKNOWN_STYLE
from shelfaudit.domain.visit import Facing
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


def draw_labels(painter: QPainter, drawn: Sequence[tuple[Facing, QRect]], styles: FacingStyles) -> None:
    """Label these facings at their boxes in screen pixels.

    Boxes that are not recognised have none: their dashed grey says it, and two hundred question marks hide a shelf.
    """
    tags: list[tuple[QPoint, QPixmap]] = []
    names: list[tuple[QRect, str]] = []
    for facing, rect in drawn:
        shorter = min(rect.width(), rect.height())
        style = styles.style(facing.product)
        if shorter < SMALLEST_TAGGED or style is UNKNOWN_STYLE:
            continue
        tag = styles.tag(style)
        place = rect.topLeft() if shorter >= TAG_FITS_FROM else QPoint(rect.x() - 1, rect.y() - TAG_HEIGHT)
        tags.append((place, tag))
        if rect.width() >= NAMED_FROM and rect.height() >= NAMED_FROM // 2:
            names.append((_beside(tag, place, rect.width()), styles.name(facing.product)))
    _draw_names(painter, names)
    for place, tag in tags:
        painter.drawPixmap(place, tag)


def draw_chosen_label(painter: QPainter, facing: Facing, rect: QRect, styles: FacingStyles) -> None:
    """The label of the one selected facing: above its handles, and with its name whatever its size."""
    style = styles.style(facing.product)
    tag = styles.tag(style)
    place = QPoint(rect.x() - HANDLE_SIDE // 2, rect.y() - TAG_HEIGHT - MARK_HEIGHT)
    painter.drawPixmap(place, tag)
    _draw_names(painter, [(_beside(tag, place, CHOSEN_NAME_ROOM), styles.name(facing.product) or "Not recognised")])


def _beside(tag: QPixmap, place: QPoint, room: int) -> QRect:
    """Where a name goes: right of the tag, up to `room` from the tag's left."""
    width = round(tag.deviceIndependentSize().width())
    return QRect(place.x() + width, place.y(), max(room - width, 0), TAG_HEIGHT)


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
