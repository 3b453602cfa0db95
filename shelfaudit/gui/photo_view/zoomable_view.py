"""Zooming and panning over a photo, with mouse, touchpad and keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGestureEvent, QGraphicsScene, QGraphicsView, QPinchGesture, QWidget

_STEP = 1.25
"""One notch of the wheel, or one press of a zoom key."""
_LARGEST_ZOOM = 32.0
_WHEEL_NOTCH = 120
_FIT_MARGIN = 12
"""Left free around a fitted photo, in device-independent pixels."""
_PAN_STEP = 48
_HURRY_MS = 150
"""Zooming is over when no step came for so long."""


class ZoomableView(QGraphicsView):
    """A view of one photo whose scene units are upright photo pixels.

    Zoom is given in device-independent screen pixels per photo pixel. Any photo point can be brought under any place
    of the view, so that zooming at the cursor never slips.
    """

    zoom_changed = Signal(float)
    """Screen pixels per photo pixel, after every change."""
    space_tapped = Signal()
    """Space was pressed and released without dragging the photo (the view takes the key to be able to pan by it)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setScene(QGraphicsScene(self))
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().grabGesture(Qt.GestureType.PinchGesture)
        self._photo_area = QRectF()
        self._fitted = True
        self._pan_from: QPoint | None = None
        self._space_held = False
        self._space_used = False
        self._hurry = QTimer(self, singleShot=True, interval=_HURRY_MS)
        self._hurry.timeout.connect(lambda: self._hurry_set(False))

    # --- zoom --------------------------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """Screen pixels (device-independent) per photo pixel."""
        return self.transform().m11()

    @property
    def fitted(self) -> bool:
        """Whether the photo is kept fitted to the view."""
        return self._fitted

    def zoom_in(self) -> None:
        """One step nearer at the middle of the view."""
        self.zoom_by(_STEP)

    def zoom_out(self) -> None:
        """One step further away at the middle of the view."""
        self.zoom_by(1 / _STEP)

    def zoom_actual(self) -> None:
        """One photo pixel on one pixel of the screen."""
        self.zoom_by(1 / (self.zoom * self.devicePixelRatioF()))

    def fit(self) -> None:
        """The whole photo, in the middle; it stays fitted when the window changes its size."""
        self._fitted = True
        if self._photo_area.isEmpty():
            return
        self._look_at(self._fitting_zoom(), self._photo_area.center(), self._middle())

    def zoom_by(self, factor: float, anchor: QPointF | None = None) -> None:
        """Zoom about a point of the viewport (its middle by default): the photo point there stays there."""
        if self._photo_area.isEmpty():
            return
        at = anchor if anchor is not None else self._middle()
        kept = self.photo_point(at)
        lowest = min(self._fitting_zoom() / 2, 1.0)
        self._fitted = False
        self._hurry_set(True)
        self._hurry.start()
        self._look_at(max(lowest, min(self.zoom * factor, _LARGEST_ZOOM)), kept, at)

    def viewpoint(self) -> tuple[float, float, float] | None:
        """Zoom and the photo point in the middle (zoom, x, y), to be shown again later; None while fitted."""
        if self._fitted:
            return None
        middle = self.photo_point(self._middle())
        return (self.zoom, middle.x(), middle.y())

    def show_viewpoint(self, viewpoint: tuple[float, float, float] | None) -> None:
        """Go back to what `viewpoint()` gave."""
        if viewpoint is None:
            self.fit()
        elif not self._photo_area.isEmpty():
            zoom, x, y = viewpoint
            self._fitted = False
            self._look_at(max(1e-3, min(zoom, _LARGEST_ZOOM)), QPointF(x, y), self._middle())

    def photo_point(self, at: QPointF) -> QPointF:
        """The point of the photo, in its pixels, under a point of the viewport."""
        inverse, _ = self.viewportTransform().inverted()
        return inverse.map(at)

    def reveal(self, area: QRectF) -> None:
        """Bring an area of the photo into view; nothing moves where it is visible already."""
        shown = self.viewportTransform().mapRect(area)
        if not QRectF(self.viewport().rect()).contains(shown):
            self._fitted = False
            self._move_to(area.center(), self._middle())

    def _set_photo_area(self, area: QRectF) -> None:
        self._photo_area = area

    def _look_at(self, zoom: float, point: QPointF, at: QPointF) -> None:
        """Show this photo point under this point of the viewport, at this zoom."""
        # All is drawn anew: without the full update, every step on the way would shift the old picture first.
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self._set_zoom(zoom)
        self._move_to(point, at)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)

    def _set_zoom(self, zoom: float) -> None:
        changed = zoom != self.zoom
        self.setTransform(QTransform.fromScale(zoom, zoom))
        # Half a view of room on each side: any photo point can come to the middle.
        across, down = self.viewport().width() / zoom, self.viewport().height() / zoom
        self.setSceneRect(self._photo_area.adjusted(-across, -down, across, down))
        if changed:
            self._zoom_set(zoom)
            self.zoom_changed.emit(zoom)

    def _zoom_set(self, zoom: float) -> None:
        """For what has to know the zoom before it is drawn."""

    def _hurry_set(self, hurried: bool) -> None:
        """For what can be drawn quickly while one step of zooming follows the other, and well afterwards."""

    def _move_to(self, point: QPointF, at: QPointF) -> None:
        """Scroll so that this photo point is under this point of the viewport."""
        offset = self.viewportTransform().map(point) - at
        self._scroll(offset.x(), offset.y())

    def _scroll(self, dx: float, dy: float) -> None:
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() + round(dx))
        down.setValue(down.value() + round(dy))

    def _fitting_zoom(self) -> float:
        room = self.viewport().size()
        across = max(room.width() - 2 * _FIT_MARGIN, 1) / self._photo_area.width()
        down = max(room.height() - 2 * _FIT_MARGIN, 1) / self._photo_area.height()
        return min(across, down, _LARGEST_ZOOM)

    def _middle(self) -> QPointF:
        return QRectF(self.viewport().rect()).center()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._photo_area.isEmpty():
            return
        if self._fitted:
            self.fit()
        else:
            self._set_zoom(self.zoom)

    # --- wheel and touchpad ------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._pan_by(-(turned.x() or turned.y()), 0)
        elif turned.y():
            self.zoom_by(_STEP ** (turned.y() / _WHEEL_NOTCH), event.position())
        else:
            self._pan_by(-turned.x(), 0)
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(max(0.1, 1 + event.value()), event.position())
            return True
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                at = self.viewport().mapFromGlobal(pinch.centerPoint().toPoint())
                self.zoom_by(pinch.scaleFactor(), QPointF(at))
                event.accept(pinch)
            return True
        return super().viewportEvent(event)

    # --- panning -----------------------------------------------------------------------------------------------

    @property
    def panning(self) -> bool:
        return self._pan_from is not None

    def _pan_by(self, dx: float, dy: float) -> None:
        self._fitted = False
        self._scroll(dx, dy)

    def pan_step(self, across: int, down: int) -> None:
        """Move the view by keys: steps of a fixed screen distance."""
        self._pan_by(across * _PAN_STEP, down * _PAN_STEP)

    def _begin_pan(self, event: QMouseEvent) -> bool:
        """Take a press that pans: the middle button, or the left one while Space is held."""
        button = event.button()
        left_with_space = button is Qt.MouseButton.LeftButton and self._space_held
        if self._photo_area.isEmpty() or not (button is Qt.MouseButton.MiddleButton or left_with_space):
            return False
        self._pan_from = event.position().toPoint()
        self._space_used = self._space_held
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        return True

    def _continue_pan(self, event: QMouseEvent) -> bool:
        if self._pan_from is None:
            return False
        here = event.position().toPoint()
        step = self._pan_from - here
        self._pan_from = here
        self._pan_by(step.x(), step.y())
        return True

    def _end_pan(self) -> bool:
        if self._pan_from is None:
            return False
        self._pan_from = None
        self._update_cursor()
        return True

    def _update_cursor(self) -> None:
        """The cursor that says what a press would do here."""
        if self._space_held:
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.viewport().unsetCursor()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space:
            super().keyPressEvent(event)
            return
        if not event.isAutoRepeat():
            self._space_held, self._space_used = True, False
            self._update_cursor()
        event.accept()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space:
            super().keyReleaseEvent(event)
            return
        if not event.isAutoRepeat() and self._space_held:
            self._space_held = False
            self._update_cursor()
            if not self._space_used:
                self.space_tapped.emit()
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space_held = False
        self._end_pan()
        super().focusOutEvent(event)
