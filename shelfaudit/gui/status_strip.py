"""The line at the bottom: left what runs, right where you are."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from shelfaudit.gui.jobs import LongTask
from shelfaudit.gui.remaining_time import RemainingTime, format_seconds
from shelfaudit.gui.theme import GRID

NARROW_BELOW = 100 * GRID


class TaskView(QWidget):
    """One long task: title, how far, time left, a bar, and Cancel."""

    def __init__(self, task: LongTask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._task = task
        self._remaining = RemainingTime()
        self._label = QLabel(f"{task.title} …")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(20 * GRID)
        self._bar.setRange(0, 0)
        self._cancel = QPushButton("Cancel")
        self._cancel.setProperty("role", "flat")
        self._cancel.clicked.connect(self._ask_to_stop)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        for widget in (self._label, self._bar, self._cancel):
            layout.addWidget(widget)
        task.progressed.connect(self._show)

    @property
    def text(self) -> str:
        return self._label.text()

    def _show(self, done: int, total: int) -> None:
        seconds = self._remaining.update(done, total)
        left = f" · {format_seconds(seconds)} left" if seconds is not None and done < total else ""
        self._label.setText(f"{self._task.title} {min(done + 1, total)} of {total}{left}")
        self._bar.setRange(0, max(total, 1))
        self._bar.setValue(done)

    def _ask_to_stop(self) -> None:
        self._cancel.setEnabled(False)
        self._label.setText(f"{self._task.title}: stopping …")
        self._task.cancel()


class StatusStrip(QFrame):
    """Shows every running task, and short facts about the visit on screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "strip")
        self._tasks: dict[LongTask, TaskView] = {}
        self._task_area = QHBoxLayout()
        self._task_area.setSpacing(3 * GRID)
        self._hint = QLabel()
        self._hint.setProperty("role", "muted")
        self._offer = QPushButton()
        self._offer.setProperty("role", "flat")
        self._offer.hide()
        self._review, self._zoom, self._saved = QLabel(), QLabel(), QLabel()
        self._saved.setMinimumWidth(8 * GRID)
        self._saved.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        layout.setSpacing(3 * GRID)
        layout.addLayout(self._task_area)
        layout.addWidget(self._hint)
        layout.addWidget(self._offer)
        layout.addStretch(1)
        self._controls = QWidget()
        row = QHBoxLayout(self._controls)
        row.setContentsMargins(0, 0, 0, 0)
        self._roomy: list[QWidget] = [self._zoom]
        layout.addWidget(self._controls)
        for label in (self._review, self._zoom, self._saved):
            label.setProperty("role", "muted")
            layout.addWidget(label)
        self.setFixedHeight(5 * GRID)

    @property
    def tasks(self) -> list[LongTask]:
        """What runs now."""
        return list(self._tasks)

    @property
    def task_views(self) -> list[TaskView]:
        """The widgets of what runs now."""
        return list(self._tasks.values())

    @property
    def offer(self) -> QPushButton:
        """A button beside the hint, hidden while there is nothing to offer."""
        return self._offer

    @property
    def saved_text(self) -> str:
        return self._saved.text()

    def add_control(self, control: QWidget, roomy: QWidget) -> None:
        """Something to be set, between what runs and the facts; `roomy` is the part that needs much room."""
        layout = self._controls.layout()
        assert layout is not None
        layout.addWidget(control)
        self._roomy.append(roomy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where there is little room, what runs comes first."""
        narrow = self.width() < NARROW_BELOW
        for widget in self._roomy:
            widget.setVisible(not narrow)
        self._controls.setVisible(not (narrow and self._tasks))

    def show_task(self, task: LongTask) -> None:
        """Show a task until it ends."""
        view = TaskView(task, self)
        self._tasks[task] = view
        self._task_area.addWidget(view)
        self._fit()
        task.ended.connect(lambda: self._drop(task))

    def show_hint(self, text: str, offer: str = "") -> None:
        """A short fact on the left, and the words of the button that does something about it ("" for none)."""
        self._hint.setText(text)
        self._hint.setVisible(bool(text))
        self._offer.setText(offer)
        self._offer.setVisible(bool(offer))

    def show_review(self, text: str) -> None:
        self._review.setText(text)

    def show_zoom(self, zoom: float | None) -> None:
        """Screen pixels for a photo pixel; None where no photo is shown."""
        self._zoom.setText("" if zoom is None else f"{zoom:.0%}")

    def show_saved(self, saved: bool | None) -> None:
        """True only when the database confirmed every change; None where no visit is open."""
        self._saved.setText("" if saved is None else "Saved ✓" if saved else "Saving …")

    def _drop(self, task: LongTask) -> None:
        view = self._tasks.pop(task, None)
        if view is not None:
            self._task_area.removeWidget(view)
            view.hide()
            view.deleteLater()
            self._fit()
