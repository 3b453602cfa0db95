"""The score threshold in the status strip: a slider, what it is set to, and what it would do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSlider, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from shelfaudit.domain.threshold import LEAST_SCORE
from shelfaudit.gui.actions import Act, Actions
from shelfaudit.gui.theme import GRID

STEPS = 100
"""Slider steps for a score of 1."""
HIGHEST = 0.95
KEY_STEP = 0.02
NO_CANDIDATES = "Detected by an earlier version of the program: detect the photo again to change its threshold."


class _Slider(QSlider):
    """Escape leaves everything as it was."""

    given_up = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        super().keyPressEvent(event)


class ThresholdBar(QWidget):
    """Tells what the auditor wants by signals; shows what it is told."""

    tried = Signal(float)
    """The slider stands at this score now."""
    released = Signal()
    """The slider was let go: this is the threshold."""
    stepped = Signal()
    """The slider was moved by keys, the wheel or a click beside it; more may follow."""
    given_up = Signal()
    """Escape."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._exact = LEAST_SCORE
        self._shown: float | None = None
        self.words = QLabel("Score ≥")
        self.words.setProperty("role", "muted")
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setFixedWidth(14 * GRID)
        self.slider.setPageStep(5)
        self.slider.setAccessibleName("Score threshold")
        self.words.setBuddy(self.slider)
        self.value = QLabel()
        self.value.setMinimumWidth(self.value.fontMetrics().horizontalAdvance("0.00"))
        self.effect = QLabel()
        self.visit = QToolButton()
        self.visit.setDefaultAction(actions[Act.THRESHOLD_VISIT])
        self.visit.setProperty("role", "flat-text")
        self.visit.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.visit.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        # What changes its width comes first: nothing may push the slider away while it is dragged.
        for widget in (self.effect, self.words, self.slider, self.value, self.visit):
            layout.addWidget(widget)
        self.slider.actionTriggered.connect(self._moved)
        self.slider.sliderReleased.connect(self._let_go)
        self.slider.given_up.connect(self.given_up)
        self.show_threshold(None)

    def show_threshold(self, threshold: float | None, lowest: float = LEAST_SCORE, why: str = "") -> None:
        """The threshold as it is, and the lowest one that can be set; None where there is none, and why."""
        self.setEnabled(threshold is not None)
        self.slider.setToolTip(why or "Boxes that score less do not count. Keys: [ and ]")
        if threshold is not None:
            self._exact = threshold
            self.slider.setRange(round(STEPS * min(lowest, threshold)), round(STEPS * max(HIGHEST, threshold)))
        self.show_trial(threshold)
        self.show_effect(0, 0)

    def show_trial(self, threshold: float | None) -> None:
        """The threshold that is being tried."""
        self._shown = threshold
        self.value.setText(f"{threshold:.2f}" if threshold is not None else "–")
        if threshold is not None and not self.slider.isSliderDown():
            self.slider.setValue(round(STEPS * threshold))

    def show_effect(self, coming: int, going: int, photos: int = 1) -> None:
        """How many facings would come and go; nothing while nothing would."""
        text = " ".join(part for part in (f"+{coming}" if coming else "", f"−{going}" if going else "") if part)
        if text and photos > 1:
            text += f" in {photos} photos"
        self.effect.setText(text)
        self.effect.setVisible(bool(text))

    def score_at(self, place: int) -> float:
        """The score that a place of the slider means: the exact threshold where it stood, else whole hundredths."""
        return self._exact if place == round(STEPS * self._exact) else place / STEPS

    def _let_go(self) -> None:
        self.released.emit()
        # Where it was given up before, the slider goes back to what holds.
        self.show_trial(self._shown)

    def _moved(self, action: int) -> None:
        self.tried.emit(self.score_at(self.slider.sliderPosition()))
        if action != QAbstractSlider.SliderAction.SliderMove.value:
            self.stepped.emit()
