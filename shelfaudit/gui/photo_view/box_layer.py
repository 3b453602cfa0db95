"""All boxes of a photo in one graphics item.

One item for all boxes, not one each: a Python `paint` per box costs more than a frame from some hundred boxes on.
Here the boxes that are in view are found with numpy and drawn in a few batches, one per line style
(`benchmarks/bench_photo_view.py` has the numbers).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Facing
from shelfaudit.gui.photo_view.box_geometry import Handle
from shelfaudit.gui.photo_view.box_labels import (
    CHOSEN_NAME_ROOM,
    LABEL_REACH,
    draw_chosen_label,
    draw_labels,
)
from shelfaudit.gui.photo_view.facing_styles import DARK_EDGE, UNDER_COLOUR, FacingStyles
from shelfaudit.gui.photo_view.frames import ScreenBoxes, fill_rects, frame_rects
from shelfaudit.gui.photo_view.photo_item import is_large
from shelfaudit.gui.photo_view.selection_marks import MARK_REACH, draw_halos, draw_handles, handle_at

_REACH = max(LABEL_REACH, MARK_REACH)
"""How far beyond its box anything is drawn, in device-independent pixels."""
_FAR = 4096
"""Lines are cut this far outside the view: nobody sees it, and huge coordinates are slow to dash."""
_FINE_BELOW = 40
"""Lines are finer where half of the boxes have a side below this many screen pixels."""


class BoxLayer(QGraphicsItem):
    """The boxes, labels and selection marks of one photo; scene units are upright photo pixels.

    It draws the facings it was given, and, while a gesture runs, other boxes for some of them (`preview`).
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.styles = FacingStyles(Catalogue())
        self.accent = QColor("#0b5cad")
        self._area = QRectF()
        self._zoom = 1.0
        self._labels_shown = True
        self._hurried = False
        self._facings: dict[str, Facing] = {}
        self._ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._looks = _Looks()
        self._corners: NDArray[np.float64] = np.zeros((0, 4))
        self._median_side = 0.0
        self._preview: dict[str, Box] = {}
        self._selected: tuple[str, ...] = ()

    # --- what is shown -----------------------------------------------------------------------------------------

    @property
    def facings(self) -> Mapping[str, Facing]:
        """The facings by id, in the order given."""
        return self._facings

    @property
    def selected(self) -> tuple[str, ...]:
        """Ids of the selected facings, in the order of selecting."""
        return self._selected

    @property
    def labels_shown(self) -> bool:
        return self._labels_shown

    def set_area(self, width: int, height: int) -> None:
        """The size of the photo; boxes may hang over it a little."""
        self.prepareGeometryChange()
        margin = max(width, height)
        self._area = QRectF(-margin, -margin, width + 2 * margin, height + 2 * margin)

    def set_zoom(self, zoom: float) -> None:
        """Screen pixels per photo pixel, which the layer needs to know how far its marks reach."""
        self._zoom = zoom

    def set_styles(self, styles: FacingStyles) -> None:
        self.styles = styles
        self.update()

    def set_labels_shown(self, shown: bool) -> None:
        self._labels_shown = shown
        self.update()

    def set_hurried(self, hurried: bool) -> None:
        """While hurried, lines on a large screen are plain: the next frame is on its way."""
        if self._hurried and not hurried:
            self.update()
        self._hurried = hurried

    def set_facings(self, facings: Sequence[Facing]) -> set[str]:
        """Show these facings; only what differs is drawn again. Ids of those that changed, came or went."""
        fresh = {facing.id: facing for facing in facings}
        gone = self._facings.keys() - fresh.keys()
        changed = {key for key, facing in fresh.items() if self._facings.get(key) != facing}
        dirty = gone | changed | self._preview.keys()
        self._update_boxes(dirty)
        self._preview = {}
        self._facings = fresh
        self._selected = tuple(key for key in self._selected if key in fresh)
        if self._ids == list(fresh):
            for key in dirty & fresh.keys():
                row, facing = self._rows[key], fresh[key]
                self._corners[row] = facing.box.as_tuple()
                self._looks.set(row, facing)
        else:
            self._rebuild_rows()
        self._update_boxes(dirty)
        return gone | changed

    def _rebuild_rows(self) -> None:
        facings = self._facings.values()
        self._ids = list(self._facings)
        self._rows = {key: row for row, key in enumerate(self._ids)}
        self._looks = _Looks(facings)
        self._corners = np.array([facing.box.as_tuple() for facing in facings], dtype=np.float64).reshape(-1, 4)
        sides = (self._corners[:, 2:] - self._corners[:, :2]).min(axis=1)
        self._median_side = float(np.median(sides)) if len(sides) else 0.0

    def set_selected(self, ids: Iterable[str]) -> None:
        """Mark these facings as selected (unknown ids are left out)."""
        self._update_boxes(self._selected)
        self._selected = tuple(dict.fromkeys(key for key in ids if key in self._facings))
        self._update_boxes(self._selected)

    def preview(self, boxes: Mapping[str, Box]) -> None:
        """Draw these boxes in place of the facings' own, and the own boxes of all others; {} ends the preview."""
        dirty = self._preview.keys() | boxes.keys()
        self._update_boxes(dirty)
        self._preview = dict(boxes)
        for key in dirty:
            self._corners[self._rows[key]] = self.box(key).as_tuple()
        self._update_boxes(dirty)

    # --- where things are --------------------------------------------------------------------------------------

    def box(self, facing_id: str) -> Box:
        """The box as it is drawn now, in photo pixels."""
        return self._preview.get(facing_id) or self._facings[facing_id].box

    def ids_at(self, point: QPointF) -> list[str]:
        """Facings whose box holds this point (photo pixels), the smallest first: it is the hardest to reach."""
        x1, y1, x2, y2 = self._corners.T
        inside = (x1 <= point.x()) & (point.x() < x2) & (y1 <= point.y()) & (point.y() < y2)
        rows = np.flatnonzero(inside)
        areas = (x2[rows] - x1[rows]) * (y2[rows] - y1[rows])
        return [self._ids[row] for row in rows[np.argsort(areas, kind="stable")]]

    def ids_centred_in(self, area: QRectF) -> list[str]:
        """Facings whose box has its centre in this area (photo pixels)."""
        x = (self._corners[:, 0] + self._corners[:, 2]) / 2
        y = (self._corners[:, 1] + self._corners[:, 3]) / 2
        inside = (area.left() <= x) & (x <= area.right()) & (area.top() <= y) & (y <= area.bottom())
        return [self._ids[row] for row in np.flatnonzero(inside)]

    def corners_without(self, ids: Collection[str]) -> NDArray[np.float64]:
        """The boxes (N, 4) of all other facings as x1, y1, x2, y2 in photo pixels."""
        rows = [self._rows[key] for key in ids]
        return np.delete(self._corners, rows, axis=0)

    def handle_at(self, point: QPointF) -> Handle | None:
        """The resize handle of the one selected box at this point (photo pixels)."""
        if len(self._selected) != 1:
            return None
        x1, y1, x2, y2 = (value * self._zoom for value in self.box(self._selected[0]).as_tuple())
        return handle_at(QRectF(x1, y1, x2 - x1, y2 - y1), point * self._zoom)

    # --- drawing -----------------------------------------------------------------------------------------------

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        self.draw(painter, option.exposedRect, labels=self._labels_shown)

    def draw(self, painter: QPainter, area: QRectF, *, labels: bool) -> None:
        """Draw what is in this area of the photo; the painter's world is the photo, however it is scaled."""
        if not self._facings:
            return
        zoom = painter.worldTransform().m11()
        rows = self._rows_within(_grown(area, _REACH / zoom))
        painter.save()
        boxes, scale = to_device_pixels(painter, self._corners[rows])
        fine = self._median_side * zoom < _FINE_BELOW
        self._draw_lines(painter, rows, boxes, fine=fine, plain=self._hurried and is_large(painter))
        self._draw_marks(painter, rows, boxes, scale, labels=labels)
        painter.restore()

    def _draw_lines(
        self, painter: QPainter, rows: NDArray[np.intp], boxes: ScreenBoxes, *, fine: bool, plain: bool
    ) -> None:
        """The box lines, those the auditor touched on top; dark edges first, so that they cut no colour."""
        codes = self._looks.codes[rows]
        edge = self.styles.pixels(DARK_EDGE)
        for touched in (False, True):
            kinds = [(code, sku) for code, (is_touched, sku) in self._looks.among(codes) if is_touched is touched]
            if not kinds:
                continue
            batches = [boxes[codes == code] for code, _ in kinds]
            lines = [self.styles.line(sku, touched=touched, fine=fine) for _, sku in kinds]
            width, together = lines[0].width, np.concatenate(batches)
            grown = width // 2
            if not plain:
                painter.setBrush(UNDER_COLOUR)
                fill_rects(painter, frame_rects(together, width=width + 2 * edge, grown=grown + edge))
            sides = frame_rects(together, width=width, grown=grown)
            last = 0
            for line, batch in zip(lines, batches, strict=True):
                first, last = last, last + 4 * len(batch)
                painter.setBrush(line.brush.color() if plain else line.brush)
                fill_rects(painter, sides[first:last])

    def _draw_marks(
        self, painter: QPainter, rows: NDArray[np.intp], boxes: ScreenBoxes, scale: float, *, labels: bool
    ) -> None:
        """What lies over the lines: halos and handles of the selected boxes, and labels."""
        chosen = np.isin(rows, [self._rows[key] for key in self._selected])
        if chosen.any():
            draw_halos(painter, boxes[chosen], self.accent, scale)
        single = len(self._selected) == 1
        if labels:
            self._draw_labels(painter, rows[~chosen] if single else rows, boxes[~chosen] if single else boxes)
        if single and chosen.any():
            box = boxes[chosen][0]
            if labels:
                x, y, width, height = box.tolist()
                product = self._looks.product(self._rows[self._selected[0]])
                draw_chosen_label(painter, product, (x, y, width, height), self.styles)
            painter.scale(scale, scale)
            draw_handles(painter, QRectF(*(box / scale).tolist()))

    def _draw_labels(self, painter: QPainter, rows: NDArray[np.intp], boxes: ScreenBoxes) -> None:
        codes = self._looks.codes[rows]
        for code, (_, sku) in self._looks.among(codes):
            draw_labels(painter, sku, boxes[codes == code], self.styles)

    def _rows_within(self, area: QRectF) -> NDArray[np.intp]:
        """Rows of the boxes that touch this area, and of those selected, whose labels reach far."""
        x1, y1, x2, y2 = self._corners.T
        touching = (x1 <= area.right()) & (x2 >= area.left()) & (y1 <= area.bottom()) & (y2 >= area.top())
        touching[[self._rows[key] for key in self._selected]] = True
        return np.flatnonzero(touching)

    def _update_boxes(self, ids: Collection[str]) -> None:
        """Ask for the places of these boxes to be drawn again, marks included."""
        if len(ids) > 64:  # many small rectangles cost more than the whole view
            self.update()
            return
        reach = _REACH / self._zoom
        for key in ids:
            if key in self._facings:
                x1, y1, x2, y2 = self.box(key).as_tuple()
                right = max(x2, x1 + CHOSEN_NAME_ROOM / self._zoom) if key in self._selected else x2
                self.update(_grown(QRectF(x1, y1, right - x1, y2 - y1), reach))


class _Looks:
    """What each row looks like as a small number, so that numpy can sort rows into batches that look equal."""

    def __init__(self, facings: Collection[Facing] = ()) -> None:
        self._kinds: list[tuple[bool, str | None]] = []
        self._code_of: dict[tuple[bool, str | None], int] = {}
        self.codes = np.zeros(len(facings), dtype=np.int64)
        for row, facing in enumerate(facings):
            self.set(row, facing)

    def set(self, row: int, facing: Facing) -> None:
        kind = (facing.touched, facing.product)
        if kind not in self._code_of:
            self._code_of[kind] = len(self._kinds)
            self._kinds.append(kind)
        self.codes[row] = self._code_of[kind]

    def product(self, row: int) -> str | None:
        return self._kinds[int(self.codes[row])][1]

    def among(self, codes: NDArray[np.int64]) -> list[tuple[int, tuple[bool, str | None]]]:
        """The codes that occur here, with what they stand for: touched or not, and the product."""
        return [(code, self._kinds[code]) for code in np.unique(codes).tolist()]


def to_device_pixels(painter: QPainter, corners: NDArray[np.float64]) -> tuple[ScreenBoxes, float]:
    """Let a painter whose world is the photo paint in device pixels, for frames.

    Returns boxes (N, 4), given as x1 y1 x2 y2 in photo pixels, in these, and how many make a device-independent one.
    """
    # Not the painter's device transform: it says also where the widget is in its window, which stays in force.
    world, scale = painter.worldTransform(), painter.device().devicePixelRatio()
    zoom, dx, dy = world.m11() * scale, world.dx() * scale, world.dy() * scale
    painter.resetTransform()
    painter.scale(1 / scale, 1 / scale)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrushOrigin(QPoint(round(dx), round(dy)))  # dashes move with the photo
    return _screen_boxes(corners, zoom, dx, dy), scale


def _screen_boxes(corners: NDArray[np.float64], zoom: float, dx: float, dy: float) -> ScreenBoxes:
    """Boxes (N, 4) of x1 y1 x2 y2 in photo pixels as screen boxes; zoom and offset in device pixels.

    The one place where photo pixels become the integers that Qt wants.
    """
    pixels = np.clip(np.rint(corners * zoom + (dx, dy, dx, dy)), -_FAR, 3 * _FAR).astype(np.int64)
    pixels[:, 2:] = np.maximum(pixels[:, 2:] - pixels[:, :2], 1)
    return pixels


def _grown(area: QRectF, by: float) -> QRectF:
    return area.adjusted(-by, -by, by, by)
