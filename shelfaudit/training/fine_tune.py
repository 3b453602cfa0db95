"""Training a detector a little further, on photos that an auditor corrected.

The model itself says how it was trained: the same settings, a lower rate and a few hundred steps. The layers that the
features come from are frozen and their projection is kept, so that the new detector describes a box as the old one
did: what is known of products stays comparable, there and back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shelfaudit.datasets.dataset import LabelledPhoto
from shelfaudit.detection.model_file import ModelInfo, parse_metadata, read_metadata
from shelfaudit.detection.preprocess import letterbox
from shelfaudit.detection.tflite import TfliteNetwork
from shelfaudit.errors import UserError
from shelfaudit.training.checkpoint import load_average, load_labels, save_average, set_weights
from shelfaudit.training.config import TrainingConfig, make_config
from shelfaudit.training.convert import Precision, feature_maps
from shelfaudit.training.export import THREADS, ConversionWishes, Say, convert_run
from shelfaudit.training.features import FROZEN_GROUPS, Projection
from shelfaudit.training.network import build_network
from shelfaudit.training.train import ProgressReport, Run
from shelfaudit.training.trained import CHECKPOINTS, load_run

RATE = 0.25
"""The learning rate, as a part of the one the model was trained with."""

WARMUP_STEPS = 20
EVALUATIONS = 2
CACHE_MEGABYTES = 2000
PROJECTION_PHOTOS = 3

MOST_RESIDUAL = 0.25
"""Part of the features' spread that the checkpoint's raw features may leave unexplained. They leave .01 of a model of
float16 and .08 of one of int8."""


@dataclass(frozen=True)
class FineTuning:
    """What is to be trained.

    model: the file it starts from. checkpoint: its weights. training, validation: label files (COCO); on the photos of
    the second one the counting threshold is chosen. folder: for the run and the files. name, version: of the result.
    """

    model: Path
    checkpoint: Path
    training: Path
    validation: Path
    folder: Path
    name: str
    version: str
    steps: int
    seed: int


def fine_tune(
    wanted: FineTuning,
    report: ProgressReport = lambda _fraction, _progress, _losses: None,
    cancelled: Callable[[], bool] = lambda: False,
    say: Say = lambda _line: None,
) -> Path | None:
    """Train, or go on training, and make the model file `NAME.tflite` with its weights `NAME.npz` beside it.

    Returns the model's file; None where it was stopped: the same call goes on.

    Raises:
        UserError: the model does not say how it was trained, or the checkpoint is not its own.
    """
    run_config = fine_tuning_config(wanted)
    info = _info(wanted.model)
    result = Run(run_config).train(report, cancelled)
    if not result.finished:
        return None
    run = load_run(run_config.run_dir)
    projection = kept_projection(wanted, run_config, run.training)
    wishes = ConversionWishes(
        precisions=(Precision(info.precision or Precision.FLOAT16),),
        input_sizes=(info.input_size,),
        name=wanted.name,
        one_pass=info.target_side is None,
    )
    (made,) = convert_run(run, wishes, wanted.folder, say, projection)
    best = next(file for name in CHECKPOINTS if (file := run_config.run_dir / name).exists())
    save_average(best, made.info.file.with_suffix(".npz"))
    return made.info.file


def fine_tuning_config(wanted: FineTuning) -> TrainingConfig:
    """The run: the settings that the model was trained with, and what is different now.

    Raises:
        UserError: the model does not say how it was trained, or tells several labels apart.
    """
    metadata, info = read_metadata(wanted.model), _info(wanted.model)
    training = metadata.get("training")
    before: Any = training.get("config") if isinstance(training, dict) else None
    if not isinstance(before, dict):
        raise UserError(
            "This model does not say how it was trained, so that it cannot be trained further.",
            advice="Use one of shelfaudit's own: shelfaudit models use shelf-photo",
            file=wanted.model,
        )
    if len(info.labels) > 1:
        raise UserError(
            "This model tells several labels apart; corrected photos say only where products are.", file=wanted.model
        )
    network: dict[str, Any] = dict(before.get("network") or {})
    return make_config(
        {
            **before,
            "name": wanted.name,
            "run_dir": wanted.folder / "run",
            "data": [{"file": wanted.training}],
            "validation": wanted.validation,
            "validation_share": 0.0,
            "start_weights": wanted.checkpoint,
            "steps": wanted.steps,
            "minutes": None,
            "seed": wanted.seed,
            "evaluation_size": info.input_size,
            "learning_rate": RATE * float(before["learning_rate"]),
            "warmup_steps": WARMUP_STEPS,
            "evaluations": EVALUATIONS,
            "early_stopping": {},
            "devices": 1,
            "cache_megabytes": CACHE_MEGABYTES,
            "network": {**network, "frozen_groups": max(FROZEN_GROUPS, int(network.get("frozen_groups", 0)))},
            "export": {
                "version": wanted.version,
                "nms_iou": info.nms_iou,
                "target_side": info.target_side,
                "terms": str(metadata.get("terms") or ""),
                "about": _about(info, str(metadata.get("about") or "")),
                "features_of": info.features_sha256,
            },
        }
    )


def kept_projection(wanted: FineTuning, config: TrainingConfig, photos: Sequence[LabelledPhoto]) -> Projection:
    """The projection by which the model makes its features of the raw ones, found by least squares.

    Raises:
        UserError: there is none: the checkpoint is of another backbone.
    """
    network = TfliteNetwork(wanted.model, THREADS)
    plain = build_network(network.input_size, len(load_labels(wanted.checkpoint)), config.network, batch=1)
    set_weights(plain, load_average(wanted.checkpoint)[0])
    raw_of = feature_maps(plain, config.network, THREADS)
    raw, features = [], []
    for photo in photos[:PROJECTION_PHOTOS]:
        image, _ = letterbox(photo.read(), network.input_size)
        features.append(network.run(image)["features"])
        raw.append(raw_of(image))
    wide = np.concatenate([each.reshape(-1, each.shape[-1]) for each in raw]).astype(np.float64)
    known = np.concatenate([each.reshape(-1, each.shape[-1]) for each in features]).astype(np.float64)
    if len(wide) != len(known):
        raise _foreign(wanted)
    design = np.hstack([wide, np.ones((len(wide), 1))])
    solution, *_ = np.linalg.lstsq(design, known, rcond=None)
    residual = np.linalg.norm(design @ solution - known) / np.linalg.norm(known - known.mean(axis=0))
    if residual > MOST_RESIDUAL:
        raise _foreign(wanted)
    return Projection(solution[:-1].astype(np.float32), solution[-1].astype(np.float32))


def _info(model: Path) -> ModelInfo:
    return parse_metadata(read_metadata(model), model)


def _foreign(wanted: FineTuning) -> UserError:
    return UserError(
        f"These are not the weights of the model {wanted.model.name}: their features differ.",
        advice="Name the checkpoint that the model was converted from.",
        file=wanted.checkpoint,
    )


def _about(info: ModelInfo, before: str) -> str:
    return (
        f"Trained further from {info.name} {info.version} on corrected photos of this computer's visits "
        f"(`shelfaudit learn`); it keeps that model's features.\n\n{before}"
    )
