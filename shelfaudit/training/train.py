"""Training of the detector: `python -m shelfaudit.training.train CONFIG.toml`.

The run is budgeted in minutes (or steps): the learning rate follows the share of the budget that is used up, so that
a run ends well annealed on a fast and on a busy machine alike. It goes on from its last checkpoint when started again.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import keras

from shelfaudit.datasets.coco import load_coco
from shelfaudit.errors import UserError
from shelfaudit.training.augment import Variation
from shelfaudit.training.batches import Batch, SampleSource, prefetch
from shelfaudit.training.checkpoint import Progress, WeightAverage, load_checkpoint, save_checkpoint
from shelfaudit.training.losses import Tensor, detection_loss
from shelfaudit.training.network import NetworkSize, build_network, is_backbone, load_backbone

log = logging.getLogger(__name__)

CHECKPOINT = "last.npz"
METRICS = "metrics.jsonl"


@dataclass(frozen=True)
class ExportConfig:
    """How a run ships; see the fields of the same names in `detection.model_file.ModelInfo`.

    terms: under which terms the model may be used. about: what its card says of its data and limits, Markdown.
    """

    version: str = "0"
    nms_iou: float = 0.6
    target_side: float | None = None
    terms: str = ""
    about: str = ""


@dataclass(frozen=True)
class TrainingConfig:
    """One training run.

    Paths are relative to the working directory. The run ends after `minutes` of training, or after `steps` where
    that comes first. Rates are those at the end of the warm-up; the backbone moves by `backbone_rate` times the
    rate, because it is pretrained.
    """

    name: str
    run_dir: Path
    shelves: Path
    minutes: float
    closeups: Path | None = None
    backbone: Path | None = None
    steps: int | None = None
    validation: Path | None = None
    input_size: int = 416
    evaluation_size: int = 960
    batch_size: int = 8
    learning_rate: float = 1e-3
    final_rate: float = 0.01
    backbone_rate: float = 0.25
    warmup_steps: int = 200
    weight_decay: float = 0.02
    average_decay: float = 0.998
    closeup_share: float = 0.15
    checkpoint_minutes: float = 4.0
    evaluation_minutes: float = 12.0
    seed: int = 1
    variation: Variation = field(default_factory=Variation)
    network: NetworkSize = field(default_factory=NetworkSize)
    export: ExportConfig = field(default_factory=ExportConfig)


def read_config(file: Path) -> TrainingConfig:
    """The run described by a TOML file.

    Raises:
        UserError: the file is missing, no TOML, or names a setting that does not exist.
    """
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
        for name in ("run_dir", "shelves", "closeups", "backbone", "validation"):
            if name in values:
                values[name] = Path(values[name])
        variation = values.pop("variation", {})
        if "side_range" in variation:
            variation["side_range"] = tuple(variation["side_range"])
        return TrainingConfig(
            variation=Variation(**variation),
            network=NetworkSize(**values.pop("network", {})),
            export=ExportConfig(**values.pop("export", {})),
            **values,
        )
    except OSError as error:
        raise UserError(f"The configuration cannot be read ({error.strerror}).", file=file) from error
    except (TypeError, ValueError) as error:
        raise UserError(f"Not a training configuration: {error}.", file=file) from error


@keras.saving.register_keras_serializable("shelfaudit")
class LayerwiseAdamW(keras.optimizers.AdamW):  # type: ignore[misc]  # Keras has no types
    """AdamW whose pretrained variables move by a fraction of the learning rate."""

    def __init__(self, learning_rate: float, backbone_rate: float, **options: object) -> None:
        super().__init__(learning_rate=learning_rate, **options)
        self.backbone_rate = backbone_rate
        self.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self._rates: list[float] = []

    def build(self, variables: Sequence[keras.Variable]) -> None:
        if not self.built:
            self._rates = [self.backbone_rate if is_backbone(variable.path) else 1.0 for variable in variables]
        super().build(variables)

    def update_step(self, gradient: Tensor, variable: Tensor, learning_rate: Tensor) -> None:
        rate = self._rates[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * rate)


class DetectorTraining(keras.Model):  # type: ignore[misc]  # Keras has no types
    """The network with its loss; `train_on_batch` takes inputs and targets as `SampleSource.batch` gives them."""

    def __init__(self, network: keras.Model) -> None:
        super().__init__()
        self.network = network
        self.score_loss = keras.metrics.Mean(name="score_loss")
        self.box_loss = keras.metrics.Mean(name="box_loss")

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return self.network(inputs, training=training)

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        del x, sample_weight, training
        score_loss, box_loss = detection_loss(y, y_pred["logits"], y_pred["boxes"])
        self.score_loss.update_state(score_loss)
        self.box_loss.update_state(box_loss)
        return score_loss + box_loss


def learning_rate(config: TrainingConfig, step: int, fraction: float) -> float:
    """Linear warm-up by steps, then half a cosine over the run down to `final_rate` of the peak.

    Args:
        step: steps made so far.
        fraction: share of the run's budget that is used up, in [0, 1].
    """
    warmup = min(1.0, (step + 1) / config.warmup_steps)
    cosine = (1 + math.cos(math.pi * min(fraction, 1.0))) / 2
    return config.learning_rate * warmup * (config.final_rate + (1 - config.final_rate) * cosine)


class Run:
    """One training run in its folder: starts or resumes, trains until its time is up, keeps checkpoints and metrics."""

    def __init__(self, config: TrainingConfig) -> None:
        self.config = config
        keras.utils.set_random_seed(config.seed)
        self.network = build_network(config.input_size, 1, config.network)
        if config.backbone is not None:
            load_backbone(self.network, config.backbone)
        self.optimizer = LayerwiseAdamW(
            config.learning_rate, config.backbone_rate, weight_decay=config.weight_decay, global_clipnorm=10.0
        )
        self.model = DetectorTraining(self.network)
        self.model.compile(optimizer=self.optimizer, jit_compile=False)
        self.average = WeightAverage(self.network, config.average_decay)
        self.progress = Progress(0, 0.0)
        config.run_dir.mkdir(parents=True, exist_ok=True)
        if (config.run_dir / CHECKPOINT).exists():
            self.progress = load_checkpoint(config.run_dir / CHECKPOINT, self.network, self.optimizer, self.average)
            log.info("resumed at step %d", self.progress.step)

    @property
    def fraction(self) -> float:
        """Share of the budget that is used up; from 1 on the run is over."""
        used = self.progress.seconds / (self.config.minutes * 60)
        return used if self.config.steps is None else max(used, self.progress.step / self.config.steps)

    def train(self) -> None:
        """Train until the run's budget is used up."""
        config = self.config
        source = SampleSource(
            load_coco(config.shelves).photos,
            load_coco(config.closeups).photos if config.closeups else (),
            config.input_size,
            config.variation,
            config.closeup_share,
        )
        with prefetch(source, config.batch_size, config.seed, self.progress.step) as batches:
            started = time.monotonic() - self.progress.seconds
            last_save = last_evaluation = self.progress.seconds
            while self.fraction < 1:
                self._step(next(batches))
                self.progress = Progress(self.progress.step + 1, time.monotonic() - started)
                if self.progress.seconds - last_save > config.checkpoint_minutes * 60:
                    self.save()
                    last_save = self.progress.seconds
                if self.progress.seconds - last_evaluation > config.evaluation_minutes * 60:
                    self.evaluate()
                    last_evaluation = self.progress.seconds
        self.save()
        self.evaluate()

    def _step(self, batch: Batch) -> None:
        config, step = self.config, self.progress.step
        self.optimizer.learning_rate = learning_rate(config, step, self.fraction)
        losses = self.model.train_on_batch(*batch, return_dict=True)
        if step % 5 == 4:
            self.average.update(5)
        if step % 50 == 49:
            values = {name: round(float(value), 4) for name, value in losses.items()}
            self._record({"step": step + 1, "minutes": round(self.progress.seconds / 60, 2), **values})
            self.model.reset_metrics()

    def save(self) -> None:
        save_checkpoint(self.config.run_dir / CHECKPOINT, self.network, self.optimizer, self.average, self.progress)

    def evaluate(self) -> None:
        """Record the scores of the averaged weights on the validation photos."""
        if self.config.validation is None:
            return
        from shelfaudit.training.keras_network import evaluate_weights

        scores = evaluate_weights(self.average.values, self.config)
        minutes = round(self.progress.seconds / 60, 2)
        self._record({"step": self.progress.step, "minutes": minutes, "validation": scores})

    def _record(self, entry: dict[str, object]) -> None:
        log.info("%s", entry)
        with (self.config.run_dir / METRICS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train the detector.")
    parser.add_argument("config", type=Path)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    Run(read_config(options.config)).train()


if __name__ == "__main__":
    main()
