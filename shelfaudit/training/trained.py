"""What a training run left: its weights, what they know, and the photos they are judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.errors import UserError
from shelfaudit.training.checkpoint import Weights, load_average, load_labels
from shelfaudit.training.config import TrainingConfig, read_config
from shelfaudit.training.data import SourcePhotos, load_data

CONFIG = "config.toml"
CHECKPOINTS = ("best.npz", "last.npz")
"""The checkpoints in a run's folder, the one to be taken first."""

_TRAIN_FIRST = "Train first, or name a checkpoint (.npz)."


@dataclass(frozen=True)
class TrainedRun:
    """A run as it is converted.

    labels: names of the classes, by index. steps, minutes: how long the weights were trained.
    training: photos that it learned from, for calibration and features. validation: photos it is judged by, never
    trained on. fingerprints: of the label files, by their names. validation_name: of the validation photos, for people.
    """

    config: TrainingConfig
    weights: Weights
    labels: tuple[str, ...]
    steps: int
    minutes: float
    training: Sequence[LabelledPhoto]
    validation: Sequence[LabelledPhoto]
    fingerprints: Mapping[str, str]
    validation_name: str

    def facts(self) -> dict[str, object]:
        """What a model's metadata says about how it was trained."""
        return {
            "minutes": round(self.minutes, 1),
            "steps": self.steps,
            "data": dict(self.fingerprints),
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
    if validation is not None:
        config = replace(config, validation=validation)
    if config.validation is None and not config.validation_share:
        raise UserError(
            "The configuration names no validation photos, on which the threshold is chosen.",
            advice="Name a label file with --validation FILE.",
            file=config_file,
        )
    weights, progress = load_average(file)
    data = load_data(config)
    labels = load_labels(file)
    if labels != data.labels:
        raise UserError(
            f"The checkpoint tells {', '.join(labels)} apart, its data {', '.join(data.labels)}.",
            advice="Name the configuration it was trained with.",
            file=file,
        )
    return TrainedRun(
        config=config,
        weights=weights,
        labels=labels,
        steps=progress.step,
        minutes=progress.seconds / 60,
        training=_whole_photos(data.training),
        validation=data.validation,
        fingerprints={_last_parts(Path(name)): value for name, value in data.fingerprints.items()},
        validation_name=_validation_name(config),
    )


def _whole_photos(parts: Sequence[SourcePhotos]) -> list[LabelledPhoto]:
    """The training photos of whole shelves, those that crops are taken from; of other runs all, each once."""
    shelves = [part for part in parts if part.source.sampling == "crops"]
    return list({photo.file: photo for part in shelves or parts for photo in part.photos}.values())


def _validation_name(config: TrainingConfig) -> str:
    if config.validation is not None:
        return _last_parts(config.validation)
    files = " and ".join(dict.fromkeys(_last_parts(source.file) for source in config.data if source.file is not None))
    return f"{config.validation_share:.0%} of {files}"


def _last_parts(file: Path) -> str:
    """A path by its last parts, because the rest is one machine's."""
    return "/".join(file.parts[-2:])


def plain(settings: Mapping[str, object]) -> dict[str, object]:
    """Settings as JSON takes them; paths by their last parts."""
    return {name: _plain(value) for name, value in settings.items()}


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return _last_parts(value)
    if isinstance(value, Mapping):
        return plain(value)
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value


def _checkpoint_file(checkpoint: Path) -> Path:
    if checkpoint.is_dir():
        for name in CHECKPOINTS:
            if (checkpoint / name).exists():
                return checkpoint / name
        raise UserError("There is no checkpoint in this folder yet.", advice=_TRAIN_FIRST, file=checkpoint)
    if not checkpoint.exists():
        raise UserError("There is no such checkpoint.", advice=_TRAIN_FIRST, file=checkpoint)
    return checkpoint
