"""Showing a photo with its facings, and selecting among them. Read only: gestures that edit are in `view`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPalette
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.palette import BrandStyle
from shelfaudit.domain.shelf import rows_of
from shelfaudit.domain.visit import Facing
from shelfaudit.gui.photo_view.box_layer import BoxLayer
from shelfaudit.gui.photo_view.detection_layer import Comparison
from shelfaudit.gui.photo_view.facing_styles import FacingStyles
from shelfaudit.gui.photo_view.overlays import draw_message, draw_place
from shelfaudit.gui.photo_view.photo_item import PhotoItem
from shelfaudit.gui.photo_view.threshold_preview import ThresholdPreview
from shelfaudit.gui.photo_view.zoomable_view import ZoomableView

_FAINT = 0.3
"""Opacity of the facings while they are compared with the detection."""


class FacingsView(ZoomableView):
    """A photo, the boxes of its facings, and which of them are selected."""

    selection_changed = Signal(list)
    """Ids of the selected facings."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Photo and background leave no pixel free: to fill them before takes as long as all boxes on a large screen.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._photo = PhotoItem()
        self._layer = BoxLayer()
        self.scene().addItem(self._photo)
        self.scene().addItem(self._layer)
        self._candidates = ThresholdPreview()
        self.scene().addItem(self._candidates)
        self._comparison = Comparison(self)
        self.scene().addItem(self._comparison.layer)
        self._size = (0, 0)
        self._message = ""
        self._select_when_shown: frozenset[str] = frozenset()
        """Facings that are on their way: to be selected as soon as they are shown."""
        self._place: Box | None = None
        self._rows: list[list[Facing]] | None = None
        self._resume_at: str | None = None
        """Where Tab goes on while nothing is selected."""
        self._read_palette()
        self._tell_state()

    # --- what is shown -----------------------------------------------------------------------------------------

    def show_photo(self, image: QImage, width: int, height: int, facings: Sequence[Facing]) -> None:
        """Show another photo, fitted, with nothing selected.

        `width` and `height` are its full upright size, to which the boxes belong; `image` may be smaller.
        """
        self._leave_photo()
        self._message = ""
        self._size = (width, height)
        self._photo.show_image(image, width, height)
        self._layer.set_area(width, height)
        self._candidates.set_area(self._layer.boundingRect())
        self._set_photo_area(QRectF(0, 0, width, height))
        self._layer.setVisible(True)
        self.fit()
        self.show_facings(facings)

    def set_image(self, image: QImage) -> None:
        """Other pixels for the same photo (the full image after a quick small one); nothing else changes."""
        self._photo.show_image(image, *self._size)

    def show_facings(self, facings: Sequence[Facing]) -> None:
        """Show the photo's facings as they are now; only what differs is drawn again, the selection stays."""
        selected = self._layer.selected
        changed = self._layer.set_facings(facings)
        if changed:
            self._rows = None
            self._facings_changed(changed)
            self._comparison.refresh(facings, self._layer.boundingRect())
        wanted, self._select_when_shown = self._select_when_shown, frozenset()
        if wanted and wanted <= self._layer.facings.keys():
            self._layer.set_selected(wanted)
        if self._layer.selected != selected:
            self._selection_set()
        else:
            self._tell_state()

    def show_candidates(self, coming: Sequence[Box], going: Sequence[Box]) -> None:
        """Mark boxes that would become facings, and facings that would go; two empty sequences mark none."""
        self._candidates.show_boxes(coming, going)

    def set_catalogue(self, catalogue: Catalogue, brands: Mapping[str, BrandStyle] | None = None) -> None:
        """Names, colours and letters; `brands` gives the styles used elsewhere on screen (by default by catalogue)."""
        self._layer.set_styles(FacingStyles(catalogue, brands, self.devicePixelRatioF()))
        self._tell_state()

    def clear(self, message: str) -> None:
        """No photo; `message` says what to do."""
        self._leave_photo()
        self._message = message
        self._size = (0, 0)
        self._photo.clear()
        self._layer.setVisible(False)
        self._set_photo_area(QRectF())
        self.show_facings(())
        self.viewport().update()

    @property
    def has_photo(self) -> bool:
        return self._size != (0, 0)

    @property
    def labels_shown(self) -> bool:
        return self._layer.labels_shown

    def toggle_labels(self) -> None:
        """Hide letters and names, or show them again."""
        self._layer.set_labels_shown(not self._layer.labels_shown)

    # --- comparing with the detection --------------------------------------------------------------------------

    @property
    def comparing(self) -> bool:
        return self._comparison.on

    @property
    def comparison_text(self) -> str:
        """What the legend of the comparison says; "" while there is none."""
        return self._comparison.legend.plain_text if self._comparison.on else ""

    def show_detection(self, boxes: Sequence[tuple[str, Box]] | None) -> None:
        """Draw what was detected, as (facing id, box), and what became of it, until `hide_detection` or another photo.

        None: it is not known, which is said in its place.
        """
        if not self.has_photo:
            return
        facings = list(self._layer.facings.values())
        self._comparison.show(boxes, facings, self._layer.boundingRect())
        self._layer.setOpacity(_FAINT if boxes is not None else 1.0)

    def hide_detection(self) -> None:
        """Only the facings as they are now."""
        self._comparison.hide()
        self._layer.setOpacity(1.0)

    # --- selection ---------------------------------------------------------------------------------------------

    def selected_facings(self) -> list[Facing]:
        """The selected facings in reading order."""
        chosen = set(self._layer.selected)
        if len(chosen) < 2:
            return [self._layer.facings[key] for key in chosen]
        return [facing for facing in self._reading_order() if facing.id in chosen]

    def select(self, ids: Iterable[str], *, reveal: bool = True) -> None:
        """Select these facings (unknown ids are left out) and bring them into view."""
        self._settle()
        self._set_selection(ids)
        if reveal:
            self._reveal_selection()

    def point_out(self, place: Box | None) -> None:
        """Frame a place where there is no box (None: none), and bring it into view."""
        if place != self._place:
            self._place = place
            self.viewport().update()
            if place is not None:
                self.reveal(QRectF(*place.as_xywh()))

    def select_all(self) -> None:
        self.select(self._layer.facings, reveal=False)

    def select_row(self) -> None:
        """The whole shelf row of the selected facings, or of each where they are in several."""
        chosen = set(self._layer.selected)
        rows = [row for row in self._shelf_rows() if any(facing.id in chosen for facing in row)]
        self.select([facing.id for row in rows for facing in row], reveal=False)

    def select_next(self) -> None:
        """The next facing in reading order: row by row, left to right; after the last comes the first."""
        self._step_selection(1)

    def select_previous(self) -> None:
        """The facing before, in reading order."""
        self._step_selection(-1)

    def selection_rect(self) -> QRect:
        """Where the selection is on the screen, in global coordinates (the view's middle where nothing is selected)."""
        area = self._selection_area()
        if area is None:
            return QRect(self.viewport().mapToGlobal(self.viewport().rect().center()), QRect().size())
        shown = self.viewportTransform().mapRect(area).toAlignedRect().intersected(self.viewport().rect())
        return QRect(self.viewport().mapToGlobal(shown.topLeft()), shown.size())

    def _reading_order(self) -> list[Facing]:
        return [facing for row in self._shelf_rows() for facing in row]

    def _shelf_rows(self) -> list[list[Facing]]:
        if self._rows is None:
            self._rows = rows_of(self._layer.facings.values())
        return self._rows

    def _step_selection(self, step: int) -> None:
        self._settle()
        ids = [facing.id for facing in self._reading_order()]
        if not ids:
            return
        if self._layer.selected:
            index = ids.index(self._layer.selected[-1]) + step
        elif self._resume_at in ids:
            index = ids.index(self._resume_at) - (1 if step < 0 else 0)
        else:
            index = 0 if step > 0 else -1
        self._set_selection([ids[index % len(ids)]])
        self._reveal_selection()

    def _set_selection(self, ids: Iterable[str]) -> None:
        before = self._layer.selected
        self._layer.set_selected(ids)
        if self._layer.selected != before:
            self._selection_set()

    def _selection_set(self) -> None:
        if self._layer.selected:
            self._resume_at = None
        self._tell_state()
        self.selection_changed.emit(list(self._layer.selected))

    def _selection_area(self) -> QRectF | None:
        """The rectangle around the selected boxes, in photo pixels."""
        ids = self._layer.selected
        if not ids:
            return None
        hull = self._layer.box(ids[0])
        for key in ids[1:]:
            hull = hull.hull(self._layer.box(key))
        return QRectF(*hull.as_xywh())

    def _reveal_selection(self) -> None:
        area = self._selection_area()
        if area is not None:
            self.reveal(area)

    def _tell_state(self) -> None:
        """The accessible name says what a sighted auditor sees: how many boxes, and what is selected."""
        if not self.has_photo:
            self.setAccessibleName(self._message or "No photo")
            return
        count = len(self._layer.facings)
        name = f"Photo with {count} {'facing' if count == 1 else 'facings'}"
        selected = self._layer.selected
        if len(selected) == 1:
            product = self._layer.facings[selected[0]].product
            name += f", selected: {self._layer.styles.name(product) or 'not recognised'}"
        elif selected:
            name += f", {len(selected)} selected"
        self.setAccessibleName(name)

    def _draw_magnified(self, painter: QPainter, area: QRectF) -> None:
        """The photo and its boxes, without labels, for a loupe over this area of the photo."""
        self._photo.paint(painter, QStyleOptionGraphicsItem())
        self._layer.draw(painter, area, labels=False)

    # --- for what edits ----------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Called before the selection or the photo changes: to finish what is not an edit yet."""

    def _facings_changed(self, ids: set[str]) -> None:
        """Called when these facings were changed, added or removed from outside."""

    def _leave_photo(self) -> None:
        """Called before another photo, or none, is shown."""
        self._settle()
        self.hide_detection()
        self._resume_at = None
        self._select_when_shown = frozenset()
        self.point_out(None)
        self._set_selection(())
        self.show_candidates((), ())

    # --- drawing -----------------------------------------------------------------------------------------------

    def _zoom_set(self, zoom: float) -> None:
        self._layer.set_zoom(zoom)

    def _hurry_set(self, hurried: bool) -> None:
        self._photo.set_hurried(hurried)
        self._layer.set_hurried(hurried)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._read_palette()

    def _read_palette(self) -> None:
        self._layer.accent = self.palette().color(QPalette.ColorRole.Highlight)
        window = self.palette().color(QPalette.ColorRole.Window)
        self.setBackgroundBrush(window.darker(108 if window.lightnessF() > 0.5 else 140))  # the photo stands out
        self._layer.update()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self._layer.set_styles(self._layer.styles.at_scale(self.devicePixelRatioF()))
        return super().event(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        if self._place is not None:
            self.viewport().update()  # the frame belongs to the view, not to what is scrolled

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Only around the photo: filling what it hides takes time, on a large screen as much as all boxes."""
        left, top, right, bottom = rect.left(), rect.top(), rect.right(), rect.bottom()
        photo = self._photo.boundingRect()
        for area in (
            QRectF(left, top, right - left, photo.top() - top),
            QRectF(left, photo.bottom(), right - left, bottom - photo.bottom()),
            QRectF(left, top, photo.left() - left, bottom - top),
            QRectF(photo.right(), top, right - photo.right(), bottom - top),
        ):
            if area.isValid():
                # A pixel over the photo's edge, which may lie between pixels.
                painter.fillRect(_grown(area, 1 / self.zoom), self.backgroundBrush())

    def drawForeground(self, painter: QPainter, _rect: QRectF | QRect) -> None:
        painter.save()
        to_view = painter.worldTransform()
        painter.resetTransform()
        if self._message and not self.has_photo:
            draw_message(painter, self.viewport().rect(), self._message, self.palette())
        elif self._place is not None:
            draw_place(painter, to_view.mapRect(QRectF(*self._place.as_xywh())).toRect(), self._layer.accent)
        painter.restore()


def _grown(area: QRectF, by: float) -> QRectF:
    return area.adjusted(-by, -by, by, by)
