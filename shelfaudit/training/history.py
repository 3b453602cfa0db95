"""What a run tells while it goes on: lines of its history, TensorBoard's events, the plot."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from shelfaudit.detection.preprocess import PixelArray
from shelfaudit.training.checkpoint import Progress
from shelfaudit.training.event_log import EventLog
from shelfaudit.training.plot import plot_history
from shelfaudit.training.run_folder import RunFolder

log = logging.getLogger(__name__)


class History:
    """Writes into a run's folder.

    Args:
        title: of the plot.
        first_step: where the run goes on; what was written about later steps is forgotten.
    """

    def __init__(self, folder: RunFolder, title: str, first_step: int) -> None:
        self._folder = folder
        self._title = title
        folder.forget_after(first_step)
        self._events = EventLog(folder.tensorboard, first_step)

    def losses(self, means: Mapping[str, float], learning_rate: float, progress: Progress) -> None:
        """The mean losses since the last line, and the rate of the last step."""
        self._line(
            {**{name: round(value, 4) for name, value in means.items()}, "learning_rate": learning_rate}, progress
        )
        self._events.scalars({f"training/{name}": value for name, value in means.items()}, progress.step)
        self._events.scalars({"learning_rate": learning_rate}, progress.step)

    def scores(self, scores: Mapping[str, float], progress: Progress) -> None:
        """An evaluation."""
        self._line({"validation": {name: round(value, 4) for name, value in scores.items()}}, progress)
        self._events.scalars({f"validation/{name}": value for name, value in scores.items()}, progress.step)
        self.plot()

    def picture(self, name: str, pixels: PixelArray, progress: Progress) -> None:
        """A picture for TensorBoard, uint8 (H, W, 3) RGB."""
        self._events.picture(name, pixels, progress.step)

    def plot(self) -> None:
        """Draw the plot anew."""
        plot_history(self._folder.history(), self._title, self._folder.plot)

    def close(self) -> None:
        """Draw the plot and finish the event file."""
        self.plot()
        self._events.close()

    def _line(self, values: Mapping[str, object], progress: Progress) -> None:
        entry = {"step": progress.step, "minutes": round(progress.seconds / 60, 2), **values}
        log.info("%s", entry)
        self._folder.record(entry)
