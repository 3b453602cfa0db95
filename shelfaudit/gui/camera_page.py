"""The camera: live frames, the boxes of the newest one the detector has seen, and a key that takes a photo."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.errors import CameraError, UserError
from shelfaudit.gui.actions import Act, Actions
from shelfaudit.gui.camera_feed import CameraFeed, FrameRate, still_name
from shelfaudit.gui.detection_runner import DetectionRunner
from shelfaudit.gui.icons import icon
from shelfaudit.gui.images import to_qimage
from shelfaudit.gui.message_pane import MessagePane
from shelfaudit.gui.theme import GRID, Theme

RETRY = "Try again"


if TYPE_CHECKING:
    from shelfaudit.capture.camera import CameraInfo


class LiveView(QWidget):
    """A frame with boxes over it, as large as it fits."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._image = QImage()
        self._boxes: FloatArray = np.zeros((0, 4), dtype=np.float32)
        self.setAccessibleName("Live picture")
        theme.changed.connect(self.update)

    @property
    def has_frame(self) -> bool:
        return not self._image.isNull()

    @property
    def box_count(self) -> int:
        return len(self._boxes)

    def show_frame(self, image: QImage) -> None:
        """The newest frame."""
        self._image = image
        self.update()

    def show_boxes(self, boxes: FloatArray) -> None:
        """Boxes (N, 4) in fractions of the frame's width and height."""
        self._boxes = boxes
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.colours.backdrop))
        if self._image.isNull():
            return
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF(
            (self.width() - size.width()) / 2, (self.height() - size.height()) / 2, size.width(), size.height()
        )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, self._image)
        rects = [
            QRectF(
                target.x() + x1 * target.width(),
                target.y() + y1 * target.height(),
                (x2 - x1) * target.width(),
                (y2 - y1) * target.height(),
            )
            for x1, y1, x2, y2 in self._boxes.tolist()
        ]
        for colour, width in ((QColor(0, 0, 0, 150), 4.0), (QColor("#ffd54a"), 2.0)):
            painter.setPen(QPen(colour, width))
            painter.drawRects(rects)


class CameraPage(QWidget):
    """Runs the camera while it is on screen."""

    still_saved = Signal(object)
    """Path of a photo that was taken."""
    still_wanted = Signal()
    """The person pressed the key; whoever knows the visit answers with `take_still`."""

    def __init__(
        self,
        runner: DetectionRunner,
        actions: Actions,
        theme: Theme,
        source: Path | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Camera: Space takes a photo")
        self._runner = runner
        self._theme = theme
        self._video = source
        self._feed: CameraFeed | None = None
        self._frame: NDArray[np.uint8] | None = None
        self._detecting = False
        self._model_broken = False
        self._shown, self._detected = FrameRate(), FrameRate()
        self.live = LiveView(theme)
        self.pane = MessagePane(theme)
        self.pane.chosen.connect(lambda _: self.start())
        self._cameras = QComboBox()
        self._cameras.setMinimumHeight(4 * GRID)
        self._cameras.setAccessibleName("Camera")
        self._cameras.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._cameras.hide()
        self._cameras.activated.connect(lambda _: self.start())
        self._facts = QLabel()
        self._facts.setProperty("role", "muted")
        self._count = QLabel()
        self._count.setProperty("role", "title")
        self._last = QLabel()
        self._last.setProperty("role", "good")
        self._take = QPushButton("Take photo  (Space)")
        self._take.setProperty("role", "primary")
        self._take.setMinimumHeight(5 * GRID)
        self._take.setMinimumWidth(28 * GRID)
        self._take.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._take.clicked.connect(self.still_wanted)
        actions[Act.STILL].triggered.connect(self._key_pressed)
        self._middle = QStackedWidget()
        self._middle.addWidget(self.live)
        self._middle.addWidget(self.pane)
        self._lay_out()
        theme.changed.connect(self._tint)
        self._tint()

    @property
    def running(self) -> bool:
        return self._feed is not None

    @property
    def facts(self) -> str:
        """What the line below the picture says."""
        return f"{self._count.text()} · {self._facts.text()}"

    def use_video(self, file: Path) -> None:
        """Play this file in place of a camera from the next start on."""
        self._video = file

    def start(self) -> None:
        """Open the camera."""
        self.stop()
        self._show_message("camera", "Opening the camera …", "")
        self._last.clear()
        feed = CameraFeed(self._video if self._video is not None else self._cameras.currentData(), self)
        feed.cameras_found.connect(self._offer_cameras)
        feed.frame_ready.connect(self._take_frame)
        feed.failed.connect(self._fail)
        feed.still_saved.connect(self._still_taken)
        feed.ended.connect(self._ended)
        self._feed = feed
        feed.start()
        # Space takes a photo from here; it must not press a button that happens to have the focus.
        self.setFocus()

    def stop(self) -> None:
        """Let the camera go."""
        feed, self._feed = self._feed, None
        self._frame = None
        if feed is not None:
            feed.stop()
            feed.deleteLater()
        self._take.setEnabled(False)

    def take_still(self, folder: Path) -> None:
        """Save a still into this folder."""
        if self._feed is not None and self.live.has_frame:
            self._last.setText("Taking the photo …")
            self._feed.take_still(folder / still_name(time.time()))

    def _offer_cameras(self, cameras: list[CameraInfo]) -> None:
        self._cameras.clear()
        for camera in cameras:
            self._cameras.addItem(camera.name, camera.index)
        self._cameras.setVisible(len(cameras) > 1)

    def _key_pressed(self) -> None:
        if self._take.isEnabled():
            self.still_wanted.emit()

    def _take_frame(self) -> None:
        feed = self.sender()
        if self._feed is None or feed is not self._feed:
            return
        frame = self._feed.take_frame()
        if frame is None:
            return
        self._frame = frame
        self._shown.tick(time.monotonic())
        self.live.show_frame(to_qimage(frame))
        self._middle.setCurrentWidget(self.live)
        self._take.setEnabled(True)
        self._show_facts()
        self._detect_newest()

    def _detect_newest(self) -> None:
        if self._detecting or self._frame is None or self._model_broken:
            return
        frame, self._frame = self._frame, None
        self._detecting = True
        self._runner.detect_frame(frame, self._take_boxes, self._detection_failed)

    def _take_boxes(self, boxes: FloatArray) -> None:
        self._detecting = False
        if self._feed is None:
            return
        self._detected.tick(time.monotonic())
        self.live.show_boxes(boxes)
        self._count.setText(f"{len(boxes)} facings")
        self._show_facts()
        self._detect_newest()

    def _detection_failed(self, error: Exception) -> None:
        self._detecting = False
        if not isinstance(error, UserError):
            raise error
        # The picture goes on without boxes: photos can still be taken.
        self._model_broken = True
        self._count.setText(error.message)

    def _fail(self, error: UserError) -> None:
        if isinstance(error, CameraError):
            self.stop()
            self._show_message("warning", error.what, error.advice, RETRY, bad=True)
        else:
            self._last.setText(error.message)

    def _ended(self) -> None:
        if self._feed is None or self.sender() is not self._feed:
            return
        if self._video is not None:
            self.stop()
            self._show_message("camera", "The video is over", self._video.name, "Play again")

    def _still_taken(self, file: Path) -> None:
        self._last.setText("Photo added to the visit ✓")
        self.still_saved.emit(file)

    def _show_facts(self) -> None:
        self._facts.setText(f"{self._shown.value:.0f} frames/s · {self._detected.value:.1f} counts/s")

    def _show_message(self, icon_name: str, heading: str, text: str, *buttons: str, bad: bool = False) -> None:
        self.live.show_frame(QImage())
        self.live.show_boxes(np.zeros((0, 4), dtype=np.float32))
        self._count.clear()
        self._facts.clear()
        self.pane.show_message(icon_name, heading, text, *buttons, bad=bad)
        self._middle.setCurrentWidget(self.pane)
        if buttons:
            self.pane.setFocus()

    def _lay_out(self) -> None:
        below, facts = QHBoxLayout(), QHBoxLayout()
        below.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        below.setSpacing(2 * GRID)
        facts.setSpacing(2 * GRID)
        below.addWidget(self._count, 1)
        below.addWidget(self._take)
        facts.addWidget(self._last, 1)
        facts.addWidget(self._facts)
        facts.addWidget(self._cameras)
        below.addLayout(facts, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._middle, 1)
        layout.addLayout(below)

    def _tint(self) -> None:
        self._take.setIcon(icon("camera", self._theme.colours.on_accent, self._theme.colours.muted))
