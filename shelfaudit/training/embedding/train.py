"""Training of the embedder: starts or goes on, keeps a checkpoint."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

import keras

from shelfaudit.training.batches import prefetch
from shelfaudit.training.checkpoint import Progress, WeightAverage, load_checkpoint, save_checkpoint
from shelfaudit.training.embedding.batches import PairBatches, Source
from shelfaudit.training.embedding.config import CropSource, EmbedderConfig
from shelfaudit.training.embedding.data import Shelf, drawn_shelves, shelf_of_pictures, shelves_of_photos
from shelfaudit.training.embedding.loss import ContrastiveLoss
from shelfaudit.training.embedding.network import build_embedder
from shelfaudit.training.optimizers import LayerwiseAdamW
from shelfaudit.training.schedule import learning_rate
from shelfaudit.training.transfer import load_start_weights

log = logging.getLogger(__name__)

AVERAGE_STEPS = 5

StepReport = Callable[[int, int, float], None]
"""Told after each step: steps made, steps in all, the loss."""


class EmbedderRun:
    """One training run. Making it reads the data and goes on from the run folder's checkpoint, if there is one.

    Raises:
        UserError: data or start weights cannot be used.
    """

    def __init__(self, config: EmbedderConfig) -> None:
        self.config = config
        self.checkpoint = config.run_dir / "last.npz"
        keras.utils.set_random_seed(config.seed)
        sources = [
            Source(load_shelves(source), source.share, source.together, source.variation, source.shared_names)
            for source in config.data
        ]
        self._batches = PairBatches(sources, config.pairs, config.input_size, config.seed)
        self.network = build_embedder(config.input_size, config.length, config.network)
        optimizer = LayerwiseAdamW(
            config.learning_rate, weight_decay=config.weight_decay, global_clipnorm=config.gradient_norm
        )
        optimizer.backbone_rate = config.backbone_rate
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self._optimizer = optimizer
        optimizer.build(self.network.trainable_variables)
        if config.start_weights is not None and not self.checkpoint.exists():
            load_start_weights(self.network, config.start_weights)
        self.average = WeightAverage(self.network, config.average_decay)
        self.progress = Progress()
        if self.checkpoint.exists():
            self.progress = load_checkpoint(self.checkpoint, self.network, optimizer, self.average)
            log.info("resumed at step %d", self.progress.step)
        # XLA is what JAX runs on; for TensorFlow on a processor it gains nothing.
        self.network.compile(
            optimizer=optimizer,
            loss={"vectors": ContrastiveLoss(config.temperature)},
            jit_compile=keras.backend.backend() == "jax",
        )

    def train(
        self, report: StepReport = lambda _step, _steps, _loss: None, cancelled: Callable[[], bool] = lambda: False
    ) -> bool:
        """Train to the last step, or until `cancelled` says so; the state is saved either way. Whether it finished."""
        config = self.config
        self.config.run_dir.mkdir(parents=True, exist_ok=True)
        started = time.monotonic() - self.progress.seconds
        with prefetch(self._batches.batch, self.progress.step, threads=1) as batches:
            while self.progress.step < config.steps and not cancelled():
                crops, numbers = next(batches)
                self._optimizer.learning_rate = learning_rate(config, self.progress.step, self.fraction)
                loss = float(self.network.train_on_batch(crops.astype("float32"), numbers, return_dict=True)["loss"])
                step = self.progress.step + 1
                self.progress = replace(self.progress, step=step, seconds=time.monotonic() - started)
                if step % AVERAGE_STEPS == 0:
                    self.average.update(AVERAGE_STEPS)
                if step % config.checkpoint_steps == 0:
                    self.save()
                report(step, config.steps, loss)
        self.save()
        return self.progress.step >= config.steps

    @property
    def fraction(self) -> float:
        """Share of the steps that is made, in [0, 1]."""
        return min(1.0, self.progress.step / self.config.steps)

    def save(self) -> None:
        """Write the state to go on from. Raises UserError."""
        save_checkpoint(self.checkpoint, self.network, self._optimizer, self.average, self.progress, ("product",))


def load_shelves(source: CropSource) -> list[Shelf]:
    """The named crops of a source, as it says where they are."""
    if source.photos is not None:
        return shelves_of_photos(source.photos, source.photos.parent)
    if source.pictures is not None:
        return [shelf_of_pictures(source.pictures, source.leave_out)]
    return drawn_shelves(source.drawn, source.seed)
