"""The photo view: what the window embeds.

It shows facings and turns gestures into domain edits; it never changes a facing itself. Whoever owns the facings
applies the edit (`VisitSession.edit`), saves it, and calls `show_facings`.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from shelfaudit.gui.photo_view.box_geometry import Handle
from shelfaudit.gui.photo_view.editable_view import EditableView
from shelfaudit.gui.photo_view.gestures import BandSelect, DrawBox, Gesture, MoveBoxes, ResizeBox
from shelfaudit.gui.photo_view.loupe import Loupe, loupe_zoom
from shelfaudit.gui.photo_view.overlays import draw_band, draw_crosshair, draw_guides
from shelfaudit.gui.photo_view.picking import ClickCycle
from shelfaudit.gui.photo_view.snapping import SNAP_REACH

_DRAG_FROM = 4
"""Screen pixels from which a press becomes a drag (moving boxes takes the system's larger distance)."""
_ARROWS: dict[int, tuple[int, int]] = {
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


class PhotoView(EditableView):
    """A photo with its facings: look, select, draw, move, resize, name, remove, merge.

    Keys taken while the view has the focus: arrows, Tab, Escape, Space (a tap comes out as `space_tapped`, since
    holding it pans), Z (holding it shows the loupe), and L or / where no action of the window has them.
    """

    label_requested = Signal()
    """The auditor wants to name the selected facings (see `selection_rect` for where)."""
    draw_mode_changed = Signal(bool)
    loupe_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draw_mode = False
        self._pressed_at: QPoint | None = None
        self._gesture: Gesture | None = None
        self._dragging = False
        self._click_modifiers = Qt.KeyboardModifier.NoModifier
        self._pointer: QPointF | None = None
        self._pointer_leads = True
        """Whether the auditor works with the mouse at the moment, and not with keys."""
        self._loupe = Loupe(self, self._draw_magnified)
        self._loupe.toggled.connect(self._loupe_set)
        self._cycle = ClickCycle()
        self.setAccessibleDescription(
            "Tab goes through the boxes, arrow keys move the selected ones, with Control they resize them."
        )

    # --- drawing boxes -----------------------------------------------------------------------------------------

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

    # --- loupe -------------------------------------------------------------------------------------------------

    @property
    def loupe(self) -> Loupe:
        return self._loupe

    def toggle_loupe(self) -> None:
        """Magnify the place under the mouse, or the selected facings while keys are used; or no longer."""
        self._loupe.set_on(self.has_photo and not self._loupe.on)

    def _loupe_set(self, on: bool) -> None:
        if on:
            self._point_loupe()
            self._loupe.raise_()
            self.scene().changed.connect(self._refresh_loupe)
        else:
            self.scene().changed.disconnect(self._refresh_loupe)
        self.loupe_toggled.emit(on)

    def _refresh_loupe(self, _areas: object) -> None:
        self._point_loupe()

    def _point_loupe(self) -> None:
        if not self._loupe.on:
            return
        area = self._selection_area()
        if area is not None and (self._pointer is None or not self._pointer_leads):
            point = area.center()
        else:
            point = self.photo_point(self._pointer if self._pointer is not None else self._middle())
        self._loupe.look_at(point, self.viewportTransform().map(point), loupe_zoom(self.zoom))

    # --- mouse -------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self._settle()
        if event.button() is Qt.MouseButton.LeftButton:
            self._drop_gesture()  # of a press whose release never came
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
        drawn = self._gesture.overlaid
        freely = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        self._gesture.drag_to(self.photo_point(at), 0.0 if freely else SNAP_REACH / self.zoom)
        if isinstance(self._gesture, BandSelect):
            self._set_selection(self._gesture.ids)
        if drawn or self._gesture.overlaid:
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
        under = self._layer.ids_at(self.photo_point(event.position()))
        naming = event.button() is Qt.MouseButton.LeftButton and not self._draw_mode and not self._space_held
        if naming and set(under) & set(self._layer.selected):
            event.accept()
            self.label_requested.emit()
        else:
            self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.viewport().update()
        super().leaveEvent(event)

    def _gesture_for(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> Gesture:
        """What a drag from here does: draw, resize, move what is selected, or else select by a band."""
        adding = bool(modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier))
        if self._draw_mode:
            return DrawBox(point, self._layer, self._size)
        if not adding:
            handle = self._layer.handle_at(point)
            if handle is not None:
                return ResizeBox(point, self._layer, self.selected_facings()[0], handle, self._size)
            if set(self._layer.ids_at(point)) & set(self._layer.selected):
                return MoveBoxes(point, self._layer, self.selected_facings(), self._size)
        return BandSelect(point, self._layer, self._layer.selected if adding else ())

    def _finish(self, gesture: Gesture) -> None:
        edit = gesture.finish()
        if edit is not None:
            self._request(edit)

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
                    self._settle()  # whatever this key does, it does it after the nudges
                if self._takes(event):
                    event.accept()
                    return True
            elif event.type() is QEvent.Type.KeyPress and self._step_by_tab(event):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        arrow = _ARROWS.get(key)
        if arrow is not None and self.has_photo:
            across, down = arrow
            if self._layer.selected:
                by = _LARGE_NUDGE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
                resizing = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
                self._nudge(across * by, down * by, held=True, resizing=resizing)
            else:
                self.pan_step(across, down)
        elif key == Qt.Key.Key_Z and self._takes(event):
            if not event.isAutoRepeat():
                self._loupe.press()
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
        elif event.key() == Qt.Key.Key_Z and not event.isAutoRepeat():
            self._loupe.release()
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._settle()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._settle()
        super().hideEvent(event)

    def _takes(self, event: QKeyEvent) -> bool:
        """Keys that are the view's own before any shortcut of the window."""
        key, modifiers = event.key(), event.modifiers()
        if not self.has_photo:
            return False
        if key == Qt.Key.Key_Z:
            return not modifiers
        if key in _ARROWS:
            return not modifiers & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier)
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
        return self._gesture is not None or self._loupe.on or self._draw_mode or bool(self._layer.selected)

    def _escape(self) -> None:
        """Back by one: cancel the drag, or put the loupe away, or leave draw mode, or select nothing."""
        if self._gesture is not None:
            kept = self._gesture
            self._drop_gesture()
            if isinstance(kept, BandSelect):
                self._set_selection(kept.kept)
        elif self._loupe.on:
            self._loupe.set_on(False)
        elif self._draw_mode:
            self.set_draw_mode(False)
        else:
            self._set_selection(())

    def _nudge(self, dx: int, dy: int, *, held: bool, resizing: bool = False) -> None:
        if self._gesture is None:
            self._pointer_leads = False
            super()._nudge(dx, dy, held=held, resizing=resizing)

    def _reveal_selection(self) -> None:
        super()._reveal_selection()
        self._pointer_leads = False
        self._point_loupe()

    def _facings_changed(self, ids: set[str]) -> None:
        if self._gesture is not None and any(facing.id in ids for facing in self._gesture.facings):
            self._drop_gesture()
        super()._facings_changed(ids)

    def _zoom_set(self, zoom: float) -> None:
        super()._zoom_set(zoom)
        self._point_loupe()

    def _leave_photo(self) -> None:
        self._drop_gesture()
        self.set_draw_mode(False)
        self._loupe.set_on(False)
        self._cycle.reset()
        super()._leave_photo()

    # --- drawing -----------------------------------------------------------------------------------------------

    def _track_pointer(self, at: QPointF) -> None:
        self._pointer, self._pointer_leads = at, True
        self._point_loupe()
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

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self._point_loupe()
        if self._draw_mode or self._gesture is not None:
            self.viewport().update()  # the crosshair belongs to the view, not to what is scrolled

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        super().drawForeground(painter, rect)
        band = self._gesture.band if self._gesture is not None else None
        painter.save()
        to_view = painter.worldTransform()
        painter.resetTransform()
        if self._gesture is not None and self._gesture.guides:
            draw_guides(painter, [to_view.map(line) for line in self._gesture.guides])
        if band is not None:
            draw_band(painter, to_view.mapRect(band).toRect(), self._layer.accent)
        elif self._draw_mode and self._pointer is not None:
            draw_crosshair(painter, self._pointer.toPoint(), self.viewport().rect())
        painter.restore()
