"""The photo view: what the window embeds.

It shows facings and turns gestures into domain edits; it never changes a facing itself. Whoever owns the facings
applies the edit (`undo.EditCommand`), saves it, and calls `show_facings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QApplication, QWidget

from shelfaudit.domain import edits
from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.palette import BrandStyle
from shelfaudit.domain.visit import Author, Facing
from shelfaudit.gui.photo_view.box_geometry import Handle, reading_order
from shelfaudit.gui.photo_view.box_layer import BoxLayer
from shelfaudit.gui.photo_view.facing_styles import FacingStyles
from shelfaudit.gui.photo_view.gestures import BandSelect, DrawBox, Gesture, MoveBoxes, ResizeBox
from shelfaudit.gui.photo_view.nudging import Nudging
from shelfaudit.gui.photo_view.photo_item import PhotoItem
from shelfaudit.gui.photo_view.picking import ClickCycle
from shelfaudit.gui.photo_view.zoomable_view import ZoomableView

_DRAG_FROM = 4
"""Screen pixels from which a press becomes a drag (moving boxes takes the system's larger distance)."""
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_MODIFIER_KEYS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)
_LARGE_NUDGE = 10
_HANDLE_CURSORS = {
    Handle.TOP_LEFT: Qt.CursorShape.SizeFDiagCursor,
    Handle.BOTTOM_RIGHT: Qt.CursorShape.SizeFDiagCursor,
    Handle.TOP_RIGHT: Qt.CursorShape.SizeBDiagCursor,
    Handle.BOTTOM_LEFT: Qt.CursorShape.SizeBDiagCursor,
    Handle.TOP: Qt.CursorShape.SizeVerCursor,
    Handle.BOTTOM: Qt.CursorShape.SizeVerCursor,
    Handle.LEFT: Qt.CursorShape.SizeHorCursor,
    Handle.RIGHT: Qt.CursorShape.SizeHorCursor,
}


class PhotoView(ZoomableView):
    """A photo with its facings: look, select, draw, move, resize, name, remove, merge.

    Keys taken while the view has the focus: arrows, Tab, Escape, Space (a tap comes out as `space_tapped`, since
    holding it pans), and L or / where no action of the window has them.
    """

    edit_requested = Signal(object)
    """An `Edit` that the auditor made."""
    selection_changed = Signal(list)
    """Ids of the selected facings."""
    label_requested = Signal()
    """The auditor wants to name the selected facings (see `selection_rect` for where)."""
    draw_mode_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photo = PhotoItem()
        self._layer = BoxLayer()
        self.scene().addItem(self._photo)
        self.scene().addItem(self._layer)
        self._size = (0, 0)
        self._message = ""
        self._draw_mode = False
        self._pressed_at: QPoint | None = None
        self._gesture: Gesture | None = None
        self._dragging = False
        self._click_modifiers = Qt.KeyboardModifier.NoModifier
        self._pointer: QPointF | None = None
        self._cycle = ClickCycle()
        self._nudging = Nudging(self._layer, self.edit_requested.emit, self)
        self._select_when_shown: frozenset[str] = frozenset()
        self._order: list[Facing] | None = None
        self._resume_at: str | None = None
        self._read_palette()
        self.setAccessibleDescription("Tab goes through the boxes, arrow keys move the selected ones.")
        self.clear("")

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
            self._order = None
        if self._gesture is not None and any(facing.id in changed for facing in self._gesture.facings):
            self._drop_gesture()
        if any(facing.id in changed for facing in self._nudging.facings):
            self._nudging.drop()
        wanted, self._select_when_shown = self._select_when_shown, frozenset()
        if wanted and wanted <= self._layer.facings.keys():
            self._layer.set_selected(wanted)
        if self._layer.selected != selected:
            self._selection_set()
        else:
            self._tell_state()

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

    # --- selection ---------------------------------------------------------------------------------------------

    def selected_facings(self) -> list[Facing]:
        """The selected facings in reading order."""
        chosen = set(self._layer.selected)
        return [facing for facing in self._reading_order() if facing.id in chosen]

    def select(self, ids: Iterable[str], *, reveal: bool = True) -> None:
        """Select these facings (unknown ids are left out) and bring them into view."""
        self._commit_nudges()
        self._set_selection(ids)
        if reveal:
            self._reveal_selection()

    def select_all(self) -> None:
        self.select(self._layer.facings, reveal=False)

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

    # --- edits of the selection --------------------------------------------------------------------------------

    def label_selected(self, product: str | None) -> None:
        """Name the selected facings (None: not known); one that has this name by the machine is confirmed."""
        self._commit_nudges()
        facings = [
            facing
            for facing in self.selected_facings()
            if facing.product != product or facing.product_by is not Author.AUDITOR
        ]
        if facings:
            self.edit_requested.emit(edits.relabel(facings, product))

    def remove_selected(self) -> None:
        """The selected boxes are no facings; Tab goes on from where they were."""
        self._commit_nudges()
        facings = self.selected_facings()
        if facings:
            order = [facing.id for facing in self._reading_order()]
            following = order[order.index(facings[-1].id) + 1 :]
            self._resume_at = following[0] if following else None
            self.edit_requested.emit(edits.remove(facings))

    def merge_selected(self) -> None:
        """The selected boxes are one facing, around all of them; the first in reading order stays."""
        self._commit_nudges()
        facings = self.selected_facings()
        if len(facings) > 1:
            self.edit_requested.emit(edits.merge(facings))

    def nudge(self, dx: int, dy: int) -> None:
        """Move the selected boxes by photo pixels; a series of nudges becomes one edit after a short pause."""
        self._nudge(dx, dy, held=False)

    def commit_pending(self) -> None:
        """End a series of nudges now, as before undo or closing."""
        self._commit_nudges()

    def start_draw(self) -> None:
        """Begin drawing boxes, or stop where drawing is on."""
        self.set_draw_mode(not self._draw_mode)

    def set_draw_mode(self, on: bool) -> None:
        """In draw mode a drag draws a facing; it stays on until it is switched off or Escape is pressed."""
        on = on and self.has_photo
        if on == self._draw_mode:
            return
        self._drop_gesture()
        self._draw_mode = on
        self._update_cursor()
        self.viewport().update()
        self.draw_mode_changed.emit(on)

    @property
    def draw_mode(self) -> bool:
        return self._draw_mode

    # --- mouse -------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self._commit_nudges()
        if self._gesture is not None or not self.has_photo or self._begin_pan(event):
            return
        at = event.position()
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed_at = at.toPoint()
            self._click_modifiers = event.modifiers()
            self._dragging = False
            self._gesture = self._gesture_for(self.photo_point(at), event.modifiers())
        elif event.button() is Qt.MouseButton.RightButton:
            under = self._layer.ids_at(self.photo_point(at))
            if under and not set(under) & set(self._layer.selected):
                self._set_selection(under[:1])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self._continue_pan(event):
            return
        at = event.position()
        self._track_pointer(at)
        if self._gesture is None or self._pressed_at is None:
            self._update_cursor()
            return
        if not self._dragging:
            far = QApplication.startDragDistance() if isinstance(self._gesture, MoveBoxes) else _DRAG_FROM
            if (at.toPoint() - self._pressed_at).manhattanLength() < far:
                return
            self._dragging = True
        self._gesture.drag_to(self.photo_point(at))
        if isinstance(self._gesture, BandSelect):
            self._set_selection(self._gesture.ids)
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self._end_pan():
            return
        gesture = self._gesture
        if event.button() is not Qt.MouseButton.LeftButton or gesture is None:
            return
        self._gesture, self._pressed_at = None, None
        self.viewport().update()
        if self._dragging:
            self._cycle.reset()
            self._finish(gesture)
        elif not self._draw_mode:
            self._click(event.position(), self._click_modifiers)
        self._update_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton or self._draw_mode or self._space_held:
            self.mousePressEvent(event)
            return
        event.accept()
        if set(self._layer.ids_at(self.photo_point(event.position()))) & set(self._layer.selected):
            self.label_requested.emit()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.viewport().update()
        super().leaveEvent(event)

    def _gesture_for(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> Gesture:
        """What a drag from here does: draw, resize, move what is selected, or else select by a band."""
        adding = bool(modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier))
        if self._draw_mode:
            return DrawBox(point, self._size)
        if not adding:
            handle = self._layer.handle_at(point)
            if handle is not None:
                return ResizeBox(point, self._layer, self.selected_facings()[0], handle, self._size)
            if set(self._layer.ids_at(point)) & set(self._layer.selected):
                return MoveBoxes(point, self._layer, self.selected_facings(), self._size)
        return BandSelect(point, self._layer, self._layer.selected if adding else ())

    def _finish(self, gesture: Gesture) -> None:
        edit = gesture.finish()
        if edit is None:
            return
        self._select_when_shown = frozenset(facing.id for facing in edit.after) - self._layer.facings.keys()
        self.edit_requested.emit(edit)

    def _drop_gesture(self) -> None:
        """Take back a running drag; the rest of it is ignored."""
        if self._gesture is not None:
            self._gesture.cancel()
            self._gesture = None
            self._pressed_at = None
            self.viewport().update()

    def _click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        under = self._layer.ids_at(self.photo_point(at))
        selected = self._layer.selected
        if modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier):
            if under and under[0] not in selected:
                self._set_selection([*selected, under[0]])
            elif under and modifiers & Qt.KeyboardModifier.ControlModifier:
                self._set_selection([key for key in selected if key != under[0]])
            return
        self._set_selection(self._cycle.pick(under, at, selected))

    # --- keys --------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            if event.type() is QEvent.Type.ShortcutOverride:
                if event.key() not in _ARROWS and event.key() not in _MODIFIER_KEYS:
                    self._commit_nudges()  # whatever this key does, it does it after the nudges
                if self._takes(event):
                    event.accept()
                    return True
            elif event.type() is QEvent.Type.KeyPress and self._step_by_tab(event):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _ARROWS and self.has_photo:
            across, down = _ARROWS[key]
            if self._layer.selected:
                by = _LARGE_NUDGE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
                self._nudge(across * by, down * by, held=True)
            else:
                self.pan_step(across, down)
        elif key == Qt.Key.Key_Escape and self._escapable():
            self._escape()
        elif key in (Qt.Key.Key_L, Qt.Key.Key_Slash) and self._layer.selected:
            self.label_requested.emit()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ARROWS and not event.isAutoRepeat():
            self._nudging.release()
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._commit_nudges()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._commit_nudges()
        super().hideEvent(event)

    def _takes(self, event: QKeyEvent) -> bool:
        """Keys that are the view's own before any shortcut of the window."""
        key, modifiers = event.key(), event.modifiers()
        if not self.has_photo:
            return False
        if key in _ARROWS:
            return not modifiers & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if key == Qt.Key.Key_Escape:
            return self._escapable()
        if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            return not modifiers & Qt.KeyboardModifier.ControlModifier and self._tab_goes_on(event)
        return key == Qt.Key.Key_Space and not modifiers

    def _tab_goes_on(self, event: QKeyEvent) -> bool:
        """Whether Tab has a facing to go to; beyond the last one it leaves the view, as Tab must."""
        order = self._reading_order()
        if not order:
            return False
        end = order[0] if event.key() == Qt.Key.Key_Backtab else order[-1]
        return self._layer.selected[-1:] != (end.id,)

    def _step_by_tab(self, event: QKeyEvent) -> bool:
        if event.key() not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) or not self._takes(event):
            return False
        self._step_selection(-1 if event.key() == Qt.Key.Key_Backtab else 1)
        return True

    def _escapable(self) -> bool:
        return self._gesture is not None or self._draw_mode or bool(self._layer.selected)

    def _escape(self) -> None:
        """Back by one: cancel the drag, or leave draw mode, or select nothing."""
        if self._gesture is not None:
            kept = self._gesture
            self._drop_gesture()
            if isinstance(kept, BandSelect):
                self._set_selection(kept.kept)
        elif self._draw_mode:
            self.set_draw_mode(False)
        else:
            self._set_selection(())

    def _nudge(self, dx: int, dy: int, *, held: bool) -> None:
        facings = self.selected_facings()
        if facings and self._gesture is None:
            self._nudging.nudge(facings, dx, dy, self._size, held=held)

    def _commit_nudges(self) -> None:
        self._nudging.commit()

    # --- inside ------------------------------------------------------------------------------------------------

    def _leave_photo(self) -> None:
        self._commit_nudges()
        self._drop_gesture()
        self.set_draw_mode(False)
        self._cycle.reset()
        self._resume_at = None
        self._select_when_shown = frozenset()
        self._set_selection(())

    def _reading_order(self) -> list[Facing]:
        if self._order is None:
            self._order = reading_order(self._layer.facings.values())
        return self._order

    def _step_selection(self, step: int) -> None:
        self._commit_nudges()
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

    def _zoom_set(self, zoom: float) -> None:
        self._layer.set_zoom(zoom)

    def _track_pointer(self, at: QPointF) -> None:
        self._pointer = at
        if self._draw_mode:
            self.viewport().update()

    def _update_cursor(self) -> None:
        if self.panning or self._space_held:
            super()._update_cursor()
            return
        shape = Qt.CursorShape.ArrowCursor
        if self._draw_mode:
            shape = Qt.CursorShape.CrossCursor
        elif self._pointer is not None and self.has_photo:
            point = self.photo_point(self._pointer)
            handle = self._layer.handle_at(point)
            if handle is not None:
                shape = _HANDLE_CURSORS[handle]
            elif set(self._layer.ids_at(point)) & set(self._layer.selected):
                shape = Qt.CursorShape.SizeAllCursor
        self.viewport().setCursor(shape)

    # --- drawing -----------------------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._read_palette()

    def _read_palette(self) -> None:
        self._layer.accent = self.palette().color(QPalette.ColorRole.Highlight)
        window = self.palette().color(QPalette.ColorRole.Window)
        self.setBackgroundBrush(window.darker(108 if window.lightnessF() > 0.5 else 140))  # the photo stands out
        self._layer.update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        if self._draw_mode or self._gesture is not None:
            self.viewport().update()  # the crosshair belongs to the view, not to what is scrolled

    def drawForeground(self, painter: QPainter, _rect: QRectF | QRect) -> None:
        painter.save()
        to_view = painter.worldTransform()
        painter.resetTransform()
        if self.devicePixelRatioF() != self._layer.styles.scale:
            self._layer.set_styles(self._layer.styles.at_scale(self.devicePixelRatioF()))
        if self._gesture is not None and self._gesture.band is not None:
            self._draw_band(painter, to_view.mapRect(self._gesture.band).toRect())
        elif self._draw_mode and self._pointer is not None:
            self._draw_crosshair(painter, self._pointer.toPoint())
        if self._message and not self.has_photo:
            self._draw_message(painter)
        painter.restore()

    def _draw_band(self, painter: QPainter, band: QRect) -> None:
        fill = QColor(self._layer.accent)
        fill.setAlpha(40)
        painter.fillRect(band, fill)
        for colour, style in ((QColor(0, 0, 0, 200), Qt.PenStyle.SolidLine), (QColor("white"), Qt.PenStyle.DashLine)):
            painter.setPen(QPen(colour, 1, style))
            painter.drawRect(band)

    def _draw_crosshair(self, painter: QPainter, at: QPoint) -> None:
        room = self.viewport().rect()
        for colour, style in ((QColor(0, 0, 0, 160), Qt.PenStyle.SolidLine), (QColor("white"), Qt.PenStyle.DashLine)):
            painter.setPen(QPen(colour, 1, style))
            painter.drawLine(room.left(), at.y(), room.right(), at.y())
            painter.drawLine(at.x(), room.top(), at.x(), room.bottom())

    def _draw_message(self, painter: QPainter) -> None:
        room = self.viewport().rect().adjusted(48, 48, -48, -48)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.setFont(self.font())
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)
