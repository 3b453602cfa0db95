"""A training run in its folder: starts or goes on, trains until its budget is used up, keeps checkpoints and history.

The run is budgeted in steps, in minutes, or both: the learning rate follows the share of the budget that is used up, so
that a run budgeted in minutes ends well annealed on a fast and on a busy machine alike.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import keras

from shelfaudit.errors import Cancelled
from shelfaudit.training.batches import Batch, SampleSource, prefetch, random_of_step
from shelfaudit.training.checkpoint import Progress, WeightAverage, load_checkpoint, save_checkpoint
from shelfaudit.training.config import TrainingConfig
from shelfaudit.training.data import Report, SourcePhotos, load_data
from shelfaudit.training.devices import choose_devices
from shelfaudit.training.early_stopping import is_stale, take_in
from shelfaudit.training.history import History
from shelfaudit.training.keras_network import Validator
from shelfaudit.training.learner import Learner, Losses
from shelfaudit.training.pictures import found_beside_labels, sample_sheet
from shelfaudit.training.run_folder import RunFolder
from shelfaudit.training.schedule import evaluation_is_due, learning_rate, used_fraction
from shelfaudit.training.targets import target_maker
from shelfaudit.training.transfer import load_start_weights

log = logging.getLogger(__name__)

AVERAGE_STEPS = 5
"""The average takes in the weights every so many steps: copying them costs time."""

VALIDATION_BATCHES = 4
PICTURES = 4

ProgressReport = Callable[[float, Progress, Losses], None]
"""Told after each step: the share of the budget that is used up, how far the run is, and the step's losses."""


@dataclass(frozen=True)
class RunResult:
    """How a call of `Run.train` ended.

    finished: the budget is used up, or the run stopped early because validation did not become better
    (`stopped_early`). Else it was asked to stop and can go on. scores: of the last evaluation, if there was one.
    """

    progress: Progress
    finished: bool
    stopped_early: bool
    scores: Mapping[str, float] | None


class Run:
    """One training run. Making it reads the data and goes on from the folder's last checkpoint, if there is one.

    Raises:
        UserError: data, start weights or the folder cannot be used, or the folder is another configuration's.
    """

    def __init__(self, config: TrainingConfig, report: Report = lambda _done, _total: None) -> None:
        self.config = config
        self.folder = RunFolder(config.run_dir)
        self.data = load_data(config, report)
        keras.utils.set_random_seed(config.seed)
        devices = choose_devices(config.devices, config.batch_size)
        self._learner = Learner(config, len(self.data.labels), devices)
        self.network, self.optimizer = self._learner.network, self._learner.optimizer
        self.folder.open(config, self.data.describe(), keras.backend.backend())
        goes_on = self.folder.last.exists()
        if config.start_weights is not None and not goes_on:
            load_start_weights(self.network, config.start_weights)
        self.average = WeightAverage(self.network, config.average_decay)
        self.progress = Progress()
        if goes_on:
            self.progress = load_checkpoint(self.folder.last, self.network, self.optimizer, self.average)
            log.info("resumed at step %d", self.progress.step)
        self._validator = Validator(config, self.data.labels, self.data.validation)

    @property
    def fraction(self) -> float:
        """Share of the budget that is used up; at 1 the run is over."""
        return used_fraction(self.config, self.progress.step, self.progress.seconds)

    def train(
        self,
        report: ProgressReport = lambda _fraction, _progress, _losses: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> RunResult:
        """Train until the budget is used up, validation does not become better any more, or `cancelled` says so (it is
        asked after each step). However it ends, the state is saved to go on from."""
        config = self.config
        source = self._source(self.data.training)
        scores: Mapping[str, float] | None = None
        stopped = False
        saved = self.progress.seconds

        def batch_of(step: int) -> Batch:
            return source.batch(config.batch_size, random_of_step(config.seed, step))

        with (
            self._keeping_history() as history,
            prefetch(batch_of, self.progress.step) as batches,
            self._clock() as seconds,
        ):
            if self.progress.step == 0:
                samples = source.samples(PICTURES, random_of_step(config.seed, 0))
                history.picture("samples", sample_sheet(samples), self.progress)
            while True:
                if self.data.validation and evaluation_is_due(config, self.progress):
                    try:
                        scores = self._evaluate(history, cancelled)
                    except Cancelled:
                        stopped = True
                        break
                    self._spend(seconds())
                if self.fraction >= 1 or self._is_stale or (stopped := cancelled()):
                    break
                losses = self._step(next(batches), history)
                self._spend(seconds())
                report(self.fraction, self.progress, losses)
                if self.progress.seconds - saved > config.checkpoint_minutes * 60:
                    self.save()
                    saved = self.progress.seconds
            self.save()
        stopped_early = not stopped and self._is_stale
        if not stopped:
            self.folder.finish({**dataclasses.asdict(self.progress), "stopped_early": stopped_early})
        return RunResult(self.progress, not stopped, stopped_early, scores)

    @contextmanager
    def _keeping_history(self) -> Iterator[History]:
        history = History(self.folder, self.config.name, self.progress.step)
        try:
            yield history
        finally:
            history.close()

    @contextmanager
    def _clock(self) -> Iterator[Callable[[], float]]:
        """Seconds of training over all starts of the run."""
        started = time.monotonic() - self.progress.seconds
        yield lambda: time.monotonic() - started

    def _spend(self, seconds: float) -> None:
        self.progress = dataclasses.replace(self.progress, seconds=seconds)

    @property
    def _is_stale(self) -> bool:
        return is_stale(self.progress, self.config.early_stopping)

    def _source(self, parts: tuple[SourcePhotos, ...]) -> SampleSource:
        config = self.config
        targets = target_maker(config.network, config.input_size)
        return SampleSource(parts, config.input_size, targets, config.variation, config.cache_megabytes)

    def _step(self, batch: Batch, history: History) -> Losses:
        before = self.progress
        rate = learning_rate(self.config, before.step, self.fraction)
        losses = self._learner.step(batch, rate)
        if (before.step + 1) % AVERAGE_STEPS == 0:
            self.average.update(AVERAGE_STEPS)
        sums = {name: before.losses.get(name, 0.0) + value for name, value in losses.items()}
        self.progress = dataclasses.replace(before, step=before.step + 1, losses=sums, summed=before.summed + 1)
        if self.progress.step % self.config.log_steps == 0:
            means = {name: total / self.progress.summed for name, total in sums.items()}
            self.progress = dataclasses.replace(self.progress, losses={}, summed=0)
            history.losses(means, rate, self.progress)
        return losses

    def save(self) -> None:
        """Write the state to go on from. Raises UserError."""
        save_checkpoint(self.folder.last, self.network, self.optimizer, self.average, self.progress, self.data.labels)

    def evaluate(self, cancelled: Callable[[], bool] = lambda: False) -> Mapping[str, float]:
        """Scores of the averaged weights on the validation photos (AP, AP50, AP75, AR300, and the best counting
        threshold with its count error), and the loss of the current weights.

        Raises:
            Cancelled: `cancelled` said so.
        """
        scores = self._validator.scores(self.average.values, cancelled)
        return {**scores, "loss": self._validation_loss()}

    def _evaluate(self, history: History, cancelled: Callable[[], bool]) -> Mapping[str, float]:
        scores = self.evaluate(cancelled)
        self.progress, best = take_in(scores, self.progress, self.config.early_stopping)
        if best:
            save_checkpoint(
                self.folder.best, self.network, self.optimizer, self.average, self.progress, self.data.labels
            )
        history.scores(scores, self.progress)
        for number, photo in enumerate(self.data.validation[:PICTURES]):
            found = self._validator.find(photo, scores["threshold"])
            history.picture(f"validation/{number}", found_beside_labels(photo, found), self.progress)
        return scores

    def _validation_loss(self) -> float:
        """Mean loss of samples of the validation photos, the same ones every time."""
        source = self._source((SourcePhotos(self.config.data[0], self.data.validation),))
        random = random_of_step(self.config.seed, 0)
        losses = [
            self._learner.loss(source.batch(self.config.batch_size, random))["loss"] for _ in range(VALIDATION_BATCHES)
        ]
        return sum(losses) / len(losses)
