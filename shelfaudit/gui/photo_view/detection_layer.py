"""What was detected, drawn over what it has become."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QLabel, QStyleOptionGraphicsItem, QWidget

from shelfaudit.domain.comparison import DetectionChanges, compare_with_detection
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.palette import BrandStyle
from shelfaudit.domain.visit import Facing
from shelfaudit.gui.photo_view.box_layer import to_device_pixels
from shelfaudit.gui.photo_view.facing_styles import TAG_HEIGHT, UNDER_COLOUR, tag_pixmap
from shelfaudit.gui.photo_view.frames import fill_rects, frame_rects, striped_brush

ADDED = BrandStyle("#009E73", "+")
REMOVED = BrandStyle("#D55E00", "×")
MOVED = BrandStyle("#E69F00", "↔")
_AS_DETECTED = "#FFFFFF"
"""Colours of Okabe and Ito, each with a mark of its own; what was detected is dashed, what was made of it is not."""
_DASHES = (5, 4)
_MARKED_FROM = 20
"""Boxes with a side below this many screen pixels have no mark."""
_MARGIN = 12
_UNKNOWN = "What was detected in this photo is not known. Detect it again to compare."


class DetectionLayer(QGraphicsItem):
    """The boxes of a detection, and which of them the auditor removed or moved; scene units are photo pixels."""

    def __init__(self) -> None:
        super().__init__()
        self._area = QRectF()
        self._frames: list[tuple[list[Box], str, int, bool, BrandStyle | None]] = []
        self.setVisible(False)

    def show_changes(self, changes: DetectionChanges, area: QRectF) -> None:
        """Draw these in a photo with this area."""
        self.prepareGeometryChange()
        self._area = area
        self._frames = [  # boxes, colour, line width, dashed, mark
            ([facing.box for facing in changes.kept], _AS_DETECTED, 1, True, None),
            ([facing.box for _, facing in changes.moved], MOVED.colour, 2, False, None),
            ([box for box, _ in changes.moved], MOVED.colour, 2, True, MOVED),
            (list(changes.removed), REMOVED.colour, 3, True, REMOVED),
            ([facing.box for facing in changes.added], ADDED.colour, 3, False, ADDED),
        ]
        self.update()

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        painter.save()
        corners = np.array([box.as_tuple() for boxes, *_ in self._frames for box in boxes], dtype=np.float64)
        places, scale = to_device_pixels(painter, corners.reshape(-1, 4))
        for boxes, colour, line, dashed, mark in self._frames:
            here, places = places[: len(boxes)], places[len(boxes) :]
            width = round(line * scale)
            edge = round(scale) if line > 1 else 0
            painter.setBrush(UNDER_COLOUR)
            fill_rects(painter, frame_rects(here, width=width + 2 * edge, grown=edge))
            dashes = [part * scale for part in _DASHES]
            painter.setBrush(striped_brush(QColor(colour), dashes) if dashed else QBrush(QColor(colour)))
            fill_rects(painter, frame_rects(here, width=width, grown=0))
            if mark is not None:
                tag = tag_pixmap(mark, round(TAG_HEIGHT * scale), 1.0)
                for x, y, _, _ in here[here[:, 2:].min(axis=1) >= _MARKED_FROM * scale].tolist():
                    painter.drawPixmap(x, y, tag)
        painter.restore()


class DetectionLegend(QLabel):
    """How many boxes were detected, how many there are, and what the marks mean."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.setProperty("role", "card")
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setMargin(_MARGIN // 2)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAutoFillBackground(True)
        self.move(_MARGIN, _MARGIN)
        self.hide()

    @property
    def plain_text(self) -> str:
        """What it says, without colours."""
        return self.accessibleName()

    def show_changes(self, changes: DetectionChanges | None) -> None:
        """Say what became of a detection (None: it is not known)."""
        if changes is None:
            self._say(escape(_UNKNOWN), _UNKNOWN)
            return
        now = len(changes.kept) + len(changes.moved) + len(changes.added)
        before = len(changes.kept) + len(changes.moved) + len(changes.removed)
        counts = (
            (ADDED, f"{len(changes.added)} added"),
            (REMOVED, f"{len(changes.removed)} removed"),
            (MOVED, f"{len(changes.moved)} moved"),
        )
        total = f"As detected: {before} · now: {now}"
        marks = " &nbsp; ".join(
            f'<span style="background:{style.colour};color:{style.ink}"><b>&nbsp;{style.letter}&nbsp;</b></span> {text}'
            for style, text in counts
        )
        self._say(f"{total}<br>{marks}", f"{total} ({', '.join(text for _, text in counts)})")

    def _say(self, html: str, plain: str) -> None:
        self.setText(html)
        self.setAccessibleName(plain)
        self.adjustSize()
        self.show()
        self.raise_()


class Comparison:
    """The layer and the legend together."""

    def __init__(self, view: QWidget) -> None:
        self.layer = DetectionLayer()
        self.legend = DetectionLegend(view)
        self._detected: Sequence[tuple[str, Box]] | None = None
        self.on = False

    def show(self, detected: Sequence[tuple[str, Box]] | None, facings: Sequence[Facing], area: QRectF) -> None:
        """Compare the facings with this detection; None where it is not known."""
        self.on, self._detected = True, detected
        self.refresh(facings, area)

    def refresh(self, facings: Sequence[Facing], area: QRectF) -> None:
        """The facings were changed."""
        if not self.on:
            return
        changes = compare_with_detection(self._detected, facings) if self._detected is not None else None
        self.layer.setVisible(changes is not None)
        if changes is not None:
            self.layer.show_changes(changes, area)
        self.legend.show_changes(changes)

    def hide(self) -> None:
        """Back to the facings alone."""
        self.on, self._detected = False, None
        self.layer.setVisible(False)
        self.legend.hide()
