"""A better detector from corrected photos, with a way back: trained further, compared, used only when it is better."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from shelfaudit import settings
from shelfaudit.datasets.coco import load_coco
from shelfaudit.datasets.dataset import Dataset
from shelfaudit.detection.detector import load_detector
from shelfaudit.detection.library import InstalledModel, ModelLibrary
from shelfaudit.errors import Cancelled, ModelError, UserError
from shelfaudit.evaluation.better import Comparison, compare_models
from shelfaudit.evaluation.evaluate import evaluate_detector
from shelfaudit.evaluation.report.side_by_side import write_side_by_side
from shelfaudit.evaluation.results import EvaluationResult, summarise
from shelfaudit.tflite.content import read_model_bytes
from shelfaudit.usecases.corrected_photos import CorrectedPhotos, LearningStore
from shelfaudit.usecases.learning_run import LearningRun, new_run, unfinished_run
from shelfaudit.usecases.ports import CancelCheck, Progress, never

Bar = Callable[[str], AbstractContextManager[Progress]]
"""Shows the progress of one stage under its title."""


Trainer = Callable[[LearningRun, Path, Path, CancelCheck], bool]
"""Trains the detector of a model file further from its checkpoint (`training.fine_tune`): makes `run.model` and
`run.weights`. False where it was stopped; called again for the same run, it goes on."""


@dataclass(frozen=True)
class Learned:
    """How an attempt ended. switched: whether the new model is the one in use now."""

    run: LearningRun
    comparison: Comparison
    switched: bool


def model_to_learn_from(library: ModelLibrary, checkpoint: Path | None = None) -> tuple[InstalledModel, Path]:
    """The model in use and its weights. checkpoint: the weights, where they are not known.

    Raises:
        ModelError: the model in use is gone.
        UserError: its weights are not there.
    """
    file = library.in_use()
    model = next(model for model in library.models() if model.file == file)
    weights = checkpoint if checkpoint is not None else library.checkpoint(model)
    if weights is None:
        raise UserError(
            f"The weights of {model.name!r}, from which training would go on, are not here: a .tflite file cannot be "
            "trained.",
            advice="Name them with --checkpoint FILE.npz, or use a model that has them.",
        )
    return model, weights


def learn_detector(
    repository: LearningStore,
    library: ModelLibrary,
    photos: CorrectedPhotos,
    train: Trainer,
    *,
    folder: Path,
    bar: Bar,
    checkpoint: Path | None = None,
    seed: int = 1,
    today: dt.date | None = None,
    cancelled: CancelCheck = never,
) -> Learned:
    """Train the detector in use further, compare the two on the locked photos, and use the better one.

    An attempt that was interrupted is gone on with, on the photos it began with. photos: enough of them
    (`CorrectedPhotos.lacking`). folder: where attempts are kept.

    Raises:
        Cancelled: `cancelled` became true; what was trained is kept for the next call.
        UserError: the model in use has no weights, or something cannot be read or written.
    """
    base, weights = model_to_learn_from(library, checkpoint)
    run = unfinished_run(folder, base, seed)
    if run is None:
        # Before the first step of training: what is trained on is never locked, whatever happens.
        repository.save_learning_purposes(photos.purposes)
        day = today or dt.datetime.now().astimezone().date()
        run = new_run(folder, base, photos, seed, day, lambda name: library.find(name) is not None)
    if not run.model.exists() and not train(run, base.file, weights, cancelled):
        raise Cancelled
    comparison = compare_on_locked(run, base.file, bar, cancelled)
    with bar("Drawing both side by side") as progress:
        write_side_by_side(comparison, run.report, progress=progress)
    if comparison.verdict.better:
        _use(library, run)
    run.decide({**comparison.to_json(), "switched": comparison.verdict.better})
    return Learned(run, comparison, comparison.verdict.better)


def compare_on_locked(run: LearningRun, old: Path, bar: Bar, cancelled: CancelCheck = never) -> Comparison:
    """The model it started from and the new one on the locked photos that can still be read.

    Raises:
        Cancelled: `cancelled` became true.
        UserError: too few locked photos can be read.
    """
    locked = load_coco(run.locked)

    def judge(model: Path, photos: Dataset, title: str) -> EvaluationResult:
        detector = load_detector(model)
        with bar(title) as progress:
            evaluation = evaluate_detector(detector, photos, progress=progress, cancelled=cancelled)
        if evaluation.stopped:
            raise Cancelled
        if len(evaluation.photos) < settings.current().locked_photos:
            raise UserError(
                f"Only {len(evaluation.photos)} of {len(locked.photos)} locked photos can be read.",
                advice="Put the photos back and give the same command again: what was trained is kept.",
                file=run.locked,
            )
        return summarise(evaluation, detector.info, run.locked)

    before = judge(old, locked, "Judging the model in use")
    readable = Dataset(locked.labels, tuple(before.evaluation.photos))
    return compare_models(before, judge(run.model, readable, "Judging the new model"))


def _use(library: ModelLibrary, run: LearningRun) -> None:
    """Install the new model, with its weights for the next time, and use it."""
    try:
        library.install(read_model_bytes(run.model), run.plan.name)
    except ModelError:
        # Installed by an attempt that was interrupted right after.
        if library.find(run.plan.name) is None:
            raise
    if run.weights.exists():
        library.keep_checkpoint(run.plan.name, run.weights)
    library.use(run.plan.name)
