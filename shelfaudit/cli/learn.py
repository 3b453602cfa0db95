"""`shelfaudit learn`: from corrected visits, with a way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shelfaudit import paths
from shelfaudit.cli import console
from shelfaudit.cli.console import ExitCode
from shelfaudit.cli.extras import require_extra
from shelfaudit.cli.options import DatabaseFile, Json
from shelfaudit.cli.rooms import database_file, open_detector, open_repository
from shelfaudit.errors import Cancelled, UserError

if TYPE_CHECKING:
    from shelfaudit.storage.repository import VisitRepository
    from shelfaudit.usecases.corrected_photos import CorrectedPhotos
    from shelfaudit.usecases.learn_detector import Learned, Trainer
    from shelfaudit.usecases.refresh_looks import Refresh

Document = dict[str, object]


def learn(
    database: DatabaseFile = None,
    gallery_only: Annotated[
        bool, typer.Option("--gallery-only", help="Describe products anew; do not train the detector.")
    ] = False,
    steps: Annotated[int, typer.Option(min=1, metavar="N", help="Steps of training.")] = 200,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another seed draws other samples.")] = 1,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="FILE.npz",
            help="The weights of the model in use.",
            show_default="those kept beside it",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be learned, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Learn from the corrected visits: refresh what is known of products, and train the detector further.

    Facings and reference pictures that another model described are described anew, so that names come back. With the
    extra `train` the detector in use is then trained on the reviewed photos; the new one is compared with it on a
    quarter of them, which is locked away and never trained on, and used only if it is better. Ctrl-C stops, the same
    command goes on.

    Example: `shelfaudit learn`

    What comes out: the scores of both side by side, here and with the photos in an HTML file; which model is in use,
    and the command that goes back. Exit code 3: some photos could not be read any more.
    """
    wishes = _Wishes(database, checkpoint, steps, seed, gallery_only)
    with console.json_answer(as_json) as answer, open_repository(database, must_exist=True) as repository:
        outcome = _plan(repository, wishes) if dry_run else _learn(repository, wishes)
        if as_json:
            answer(outcome.document)
        elif outcome.learned is not None:
            _print_scores(outcome.learned)
    if outcome.learned is not None:
        _say_what_is_used(outcome.learned)
    console.finish(outcome.code)


@dataclass(frozen=True)
class _Wishes:
    """What the command line asks for."""

    database: Path | None
    checkpoint: Path | None
    steps: int
    seed: int
    gallery_only: bool


@dataclass(frozen=True)
class _Outcome:
    """What came of it: the JSON object, and the two detectors, where it came to that."""

    document: Document
    code: ExitCode = ExitCode.DONE
    learned: Learned | None = None


def _plan(repository: VisitRepository, wishes: _Wishes) -> _Outcome:
    """Say what would be learned."""
    from shelfaudit.detection.library import resolve_model
    from shelfaudit.detection.model_file import read_model_info
    from shelfaudit.recognition.appearance import appearance_maker
    from shelfaudit.usecases.refresh_looks import count_stale

    stale = count_stale(repository, appearance_maker(read_model_info(resolve_model()).features_sha256))
    console.note(f"To be described anew: {stale.in_words()}.")
    document: Document = {"gallery": asdict(stale)}
    if wishes.gallery_only:
        return _Outcome(document)
    photos = _gather(repository, wishes, lambda: False)
    state = _hindrance(photos, wishes)
    return _Outcome(document | {"detector": {"state": state or "ready", **_photo_counts(photos)}})


def _learn(repository: VisitRepository, wishes: _Wishes) -> _Outcome:
    with console.stop_on_interrupt("this photo or step") as cancelled:
        refresh = _refresh(repository, cancelled)
        document: Document = {"gallery": _refresh_document(refresh)}
        if refresh.stopped:
            console.note("Stopped; what was described is kept. The same command goes on.")
            return _Outcome(document, ExitCode.STOPPED)
        if wishes.gallery_only:
            return _Outcome(document, _code(bool(refresh.failures)))
        photos = _gather(repository, wishes, cancelled)
        code = _code(bool(refresh.failures or photos.problems))
        if state := _hindrance(photos, wishes):
            return _Outcome(document | {"detector": {"state": state, **_photo_counts(photos)}}, code)
        learned = _train_and_compare(repository, photos, wishes, cancelled)
    return _Outcome(document | {"detector": _photo_counts(photos) | _learned_document(learned)}, code, learned)


def _code(failed: bool) -> ExitCode:
    return ExitCode.SOME_PHOTOS_FAILED if failed else ExitCode.DONE


def _refresh(repository: VisitRepository, cancelled: Callable[[], bool]) -> Refresh:
    from shelfaudit.usecases.describe import maker_of
    from shelfaudit.usecases.refresh_looks import count_stale, refresh_looks

    detector = open_detector(None)
    with console.progress_bar("Describing") as progress:
        refresh = refresh_looks(repository, detector, progress=progress, cancelled=cancelled)
    for failure in refresh.failures:
        console.warn(f"not described: {failure.message}")
    if refresh.facings or refresh.pictures:
        said = f"{refresh.facings:,} facings in {refresh.photos:,} photos, {refresh.pictures:,} reference pictures"
        console.note(f"Described anew: {said}.")
    elif not refresh.failures and not refresh.stopped:
        console.note("Everything is described by the model in use already.")
    if lost := count_stale(repository, maker_of(detector)).lost:
        console.warn(f"{lost} reference pictures are too old to be described anew: load their catalogue again.")
    return refresh


def _gather(repository: VisitRepository, wishes: _Wishes, cancelled: Callable[[], bool]) -> CorrectedPhotos:
    from shelfaudit.usecases.corrected_photos import corrected_photos

    with console.progress_bar("Corrected photos") as progress:
        photos = corrected_photos(repository, database_file(wishes.database), progress=progress, cancelled=cancelled)
    for problem in photos.problems:
        console.warn(f"left out: {problem.file}: {problem.message}")
    alike = f", {photos.alike} left out because a locked one looks like them" if photos.alike else ""
    console.note(f"Corrected photos: {photos.trained_on} to train on, {len(photos.locked)} locked{alike}.")
    return photos


def _hindrance(photos: CorrectedPhotos, wishes: _Wishes) -> str | None:
    """Why the detector cannot be trained, said to the person and in a word or two; None where it can."""
    from shelfaudit.detection.library import ModelLibrary
    from shelfaudit.usecases.learn_detector import model_to_learn_from

    if photos.lacking:
        console.note(f"Not enough yet to train the detector: {' and '.join(photos.lacking)}.")
        return "not enough"
    try:
        require_extra("train", "keras", "pydantic", "tomli_w", "tensorboard", "matplotlib", "pycocotools", "tensorflow")
    except UserError as error:
        console.note(f"The detector is not trained. {error.message}")
        return "no extra"
    try:
        model_to_learn_from(ModelLibrary(), wishes.checkpoint)
    except UserError as error:
        console.note(f"The detector is not trained. {error.message}")
        return "no weights"
    return None


def _train_and_compare(
    repository: VisitRepository, photos: CorrectedPhotos, wishes: _Wishes, cancelled: Callable[[], bool]
) -> Learned:
    from shelfaudit.detection.library import ModelLibrary
    from shelfaudit.usecases.learn_detector import learn_detector

    try:
        return learn_detector(
            repository,
            ModelLibrary(),
            photos,
            _trainer(wishes.steps),
            folder=paths.learning_dir(),
            bar=console.progress_bar,
            checkpoint=wishes.checkpoint,
            seed=wishes.seed,
            cancelled=cancelled,
        )
    except Cancelled:
        console.note("The model in use stays. To go on: the same command.")
        raise


def _trainer(steps: int) -> Trainer:
    """What trains, with a bar on stderr."""
    from shelfaudit.cli.convert import prepare_tensorflow
    from shelfaudit.cli.train import training_bar
    from shelfaudit.usecases.learning_run import LearningRun

    prepare_tensorflow()
    from shelfaudit.training.fine_tune import FineTuning, fine_tune

    def train(run: LearningRun, model: Path, checkpoint: Path, cancelled: Callable[[], bool]) -> bool:
        wanted = FineTuning(
            model=model,
            checkpoint=checkpoint,
            training=run.training,
            validation=run.validation,
            folder=run.folder,
            name=run.plan.name,
            version=run.plan.version,
            steps=steps,
            seed=run.plan.seed,
        )
        console.note(f"Training {run.plan.name}, from {run.plan.base}, in {run.folder}")
        with training_bar() as show:
            return fine_tune(wanted, show, cancelled, console.note) is not None

    return train


def _refresh_document(refresh: Refresh) -> Document:
    failures = [failure.message for failure in refresh.failures]
    counts: Document = {"facings": refresh.facings, "photos": refresh.photos, "pictures": refresh.pictures}
    return counts | {"failures": failures, "stopped": refresh.stopped}


def _photo_counts(photos: CorrectedPhotos) -> Document:
    return {
        "training": photos.trained_on,
        "locked": len(photos.locked),
        "alike": photos.alike,
        "left_out": [f"{problem.file}: {problem.message}" for problem in photos.problems],
        "lacking": photos.lacking,
    }


def _learned_document(learned: Learned) -> Document:
    return {
        "state": "better" if learned.switched else "not better",
        "model": str(learned.run.model),
        "report": str(learned.run.report),
        "in_use": learned.run.plan.name if learned.switched else learned.run.plan.base,
        "comparison": learned.comparison.to_json(),
    }


def _print_scores(learned: Learned) -> None:
    from rich.table import Table

    from shelfaudit.evaluation.report.side_by_side import score_rows

    photos = learned.comparison.old.photos
    table = Table(f"on {len(photos)} locked photos, {sum(photo.true for photo in photos):,} facings")
    for name in (learned.run.plan.base, learned.run.plan.name):
        table.add_column(name, justify="right")
    for row in score_rows(learned.comparison):
        table.add_row(*row)
    console.print_table(table)


def _say_what_is_used(learned: Learned) -> None:
    plan = learned.run.plan
    console.note(f"Side by side: {learned.run.report}")
    if learned.switched:
        console.note(f"The new model is better, and in use: {plan.name}")
        console.note(f"To go back: shelfaudit models use {plan.base}")
        return
    console.note(f"The new model is not better; {plan.base} stays in use.")
    for objection in learned.comparison.verdict.objections:
        console.note(objection)
    console.note(f"To use it nevertheless: shelfaudit models add {learned.run.model}")
