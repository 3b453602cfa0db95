"""Brand letters and product names over the boxes: fixed size on screen, never over a small product."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QPainter, QPixmap

from shelfaudit.domain.palette import UNKNOWN_STYLE
from shelfaudit.gui.photo_view.facing_styles import SMALL_TAG_HEIGHT, TAG_HEIGHT, FacingStyles
from shelfaudit.gui.photo_view.frames import ScreenBoxes
from shelfaudit.gui.photo_view.selection_marks import HANDLE_SIDE, MARK_HEIGHT

HIDES_AT_MOST = 1 / 6
"""Part of a box that its label may cover: a tag that takes more is drawn smaller, or not at all."""
NAMED_FROM = 84
"""From this width on the product's name stands beside the letter, in device-independent pixels."""
CHOSEN_NAME_ROOM = 240
"""The longest label of the one selected box."""
LABEL_REACH = 24
"""How far that label reaches beyond its box (but for `CHOSEN_NAME_ROOM`); all others are inside theirs."""


def draw_labels(painter: QPainter, sku: str | None, boxes: ScreenBoxes, styles: FacingStyles) -> None:
    """Label the boxes of one product, each inside itself so that no neighbour is hidden.

    Boxes that are not recognised have none: their dashed grey says it, and two hundred question marks hide a shelf.
    """
    if styles.style(sku) is UNKNOWN_STYLE:
        return
    areas = boxes[:, 2] * boxes[:, 3]
    unlabelled = np.ones(len(boxes), dtype=np.bool_)
    for height in (TAG_HEIGHT, SMALL_TAG_HEIGHT):
        tag = styles.tag(sku, height)
        chosen = unlabelled & _leaves_seen(tag.width() * tag.height(), areas)
        unlabelled &= ~chosen
        for x, y, width, tall in boxes[chosen].tolist():
            painter.drawPixmap(x, y, tag)
            named = height == TAG_HEIGHT and width >= styles.pixels(NAMED_FROM)
            if named and tag.height() <= HIDES_AT_MOST * tall:
                painter.drawPixmap(x + tag.width(), y, styles.name_tag(styles.name(sku), width - tag.width()))


def draw_chosen_label(painter: QPainter, sku: str | None, box: tuple[int, int, int, int], styles: FacingStyles) -> None:
    """The label of the one selected box: above its handles, and with the product's name whatever its size."""
    tag: QPixmap = styles.tag(sku)
    x, y = box[0] - styles.pixels(HANDLE_SIDE // 2), box[1] - styles.pixels(TAG_HEIGHT + MARK_HEIGHT)
    painter.drawPixmap(x, y, tag)
    room = styles.pixels(CHOSEN_NAME_ROOM) - tag.width()
    painter.drawPixmap(x + tag.width(), y, styles.name_tag(styles.name(sku) or "Not recognised", room))


def _leaves_seen(label: int, areas: np.ndarray) -> np.ndarray:
    """Whether a label of this area leaves enough of boxes of these areas to be seen."""
    return label <= HIDES_AT_MOST * areas
