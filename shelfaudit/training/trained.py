"""What a training run left: its weights, what they know, and the photos they are judged by."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from shelfaudit.datasets.coco import load_coco
from shelfaudit.datasets.dataset import LabelledPhoto, fingerprint
from shelfaudit.errors import UserError
from shelfaudit.training.checkpoint import Weights, load_average
from shelfaudit.training.train import TrainingConfig, read_config

CONFIG = "config.toml"
CHECKPOINTS = ("best.npz", "last.npz")
"""The checkpoints in a run's folder, the one to be taken first."""

_TRAIN_FIRST = "Train first, or name a checkpoint (.npz)."


@dataclass(frozen=True)
class TrainedRun:
    """A run as it is converted.

    labels: names of the classes, by index. steps, minutes: how long the weights were trained.
    training: photos that it learned from, for calibration and features. validation: photos it is judged by, never
    trained on; `validation_file` says which.
    """

    config: TrainingConfig
    weights: Weights
    labels: tuple[str, ...]
    steps: int
    minutes: float
    training: Sequence[LabelledPhoto]
    validation: Sequence[LabelledPhoto]
    validation_file: Path

    def facts(self) -> dict[str, object]:
        """What a model's metadata says about how it was trained."""
        files = [file for file in (self.config.shelves, self.config.closeups) if file is not None]
        return {
            "minutes": round(self.minutes, 1),
            "steps": self.steps,
            "data": fingerprint(files),
            "validation": fingerprint([self.validation_file]),
            "config": plain(asdict(self.config)),
        }


def load_run(checkpoint: Path, config_file: Path | None = None, validation: Path | None = None) -> TrainedRun:
    """The run that a checkpoint belongs to.

    Args:
        checkpoint: an npz file, or a run's folder.
        config_file: the run's configuration; None: the `config.toml` beside the checkpoint.
        validation: label file of the photos to judge by; None: the one that the configuration names.

    Raises:
        UserError: one of them is missing or damaged, or cannot be told.
    """
    file = _checkpoint_file(checkpoint)
    config_file = config_file or file.with_name(CONFIG)
    if not config_file.exists():
        raise UserError(
            "Beside the checkpoint is no configuration of its run.",
            advice="Name it with --config FILE.toml.",
            file=file,
        )
    config = read_config(config_file)
    validation = validation or config.validation
    if validation is None:
        raise UserError(
            "The configuration names no validation photos, on which the threshold is chosen.",
            advice="Name a label file with --validation FILE.",
            file=config_file,
        )
    try:
        weights, progress = load_average(file)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UserError("This is no checkpoint, or it is damaged.", advice=_TRAIN_FIRST, file=file) from error
    data = load_coco(config.shelves)
    return TrainedRun(
        config=config,
        weights=weights,
        labels=("product",),
        steps=progress.step,
        minutes=progress.seconds / 60,
        training=data.photos,
        validation=load_coco(validation).photos,
        validation_file=validation,
    )


def plain(settings: Mapping[str, object]) -> dict[str, object]:
    """Settings as JSON takes them; paths by their last parts, because the rest is one machine's."""
    values: dict[str, object] = {}
    for name, value in settings.items():
        if isinstance(value, Path):
            values[name] = "/".join(value.parts[-2:])
        else:
            values[name] = plain(value) if isinstance(value, dict) else value
    return values


def _checkpoint_file(checkpoint: Path) -> Path:
    if checkpoint.is_dir():
        for name in CHECKPOINTS:
            if (checkpoint / name).exists():
                return checkpoint / name
        raise UserError("There is no checkpoint in this folder yet.", advice=_TRAIN_FIRST, file=checkpoint)
    if not checkpoint.exists():
        raise UserError("There is no such checkpoint.", advice=_TRAIN_FIRST, file=checkpoint)
    return checkpoint
