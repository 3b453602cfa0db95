"""`shelfaudit evaluate`: how good a model is on labelled photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shelfaudit.cli import console
from shelfaudit.cli.console import ExitCode
from shelfaudit.cli.dataset_inputs import open_labels
from shelfaudit.cli.extras import require_extra
from shelfaudit.cli.options import Json, ModelFile
from shelfaudit.cli.rooms import check_outputs, model_files, open_detector
from shelfaudit.errors import Cancelled

if TYPE_CHECKING:
    from shelfaudit.datasets.dataset import Dataset
    from shelfaudit.evaluation.results import EvaluationResult
    from shelfaudit.evaluation.watch import Checkpoint


def evaluate(
    dataset: Annotated[
        Path,
        typer.Argument(readable=False, metavar="DATASET.json", help="Labelled photos: COCO.", show_default=False),
    ],
    photos: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="DIR",
            help="The folder that the photos' names are relative to.",
            show_default="the folder of the data set",
        ),
    ] = None,
    model: ModelFile = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html", help="Write a report with curves and the worst photos there.", show_default=False
        ),
    ] = None,
    worst: Annotated[int, typer.Option(metavar="N", min=0, help="Photos drawn in the report.")] = 12,
    any_label: Annotated[bool, typer.Option("--any-label", help="Judge boxes whatever their label.")] = False,
    one_pass: Annotated[bool, typer.Option("--one-pass", help="Each whole photo as one input only.")] = False,
    min_score: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="S", help="Boxes scored lower are not looked at.")
    ] = 0.02,
    limit: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Judge N photos only, spread over the data set.", show_default=False),
    ] = None,
    watch: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="RUN_FOLDER",
            help="Score each new checkpoint of a training run instead of a model file.",
            show_default=False,
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="With --watch: the checkpoint that is there, then end.")] = False,
    as_json: Json = False,
) -> None:
    """Score a model on labelled photos, through the application's own detection.

    Only the labelled region of a photo is judged (the whole photo where the data set names none); areas to ignore
    excuse what lies in them. Labels are matched by name; a model or data set with one label of its own name is judged
    whatever the label. Photos that cannot be read are named, the rest goes on.

    Example: `shelfaudit evaluate labels.json --photos photos --report evaluation.html`

    Beside a training: `shelfaudit evaluate --watch runs/shelf-photo labels.json`

    What comes out: AP, AP50, AP75, AR300, recall, by size and by label; precision, recall and the error of counts at
    the model's counting threshold; calibration; time a photo; 95 % intervals. With `--json` all of it and each photo's
    counts as one object. With `--watch` a line a checkpoint, here and in the run's `evaluations.jsonl`, until the run
    is over. Scores over all boxes of the photo, never only the best 100.
    """
    require_extra("train", "pycocotools", *(["matplotlib"] if report is not None else []))
    if watch is not None:
        if as_json or report is not None or model is not None:
            raise typer.BadParameter("--watch scores checkpoints; --model, --report and --json are for a model file.")
        _watch(watch, _open_dataset(dataset, photos, limit), dataset, once=once)
        return
    if once:
        raise typer.BadParameter("--once is for --watch.")
    with console.json_answer(as_json) as answer:
        labelled = _open_dataset(dataset, photos, limit)
        check_outputs(report, inputs=[dataset, *model_files(model), *(photo.file for photo in labelled.photos)])
        result = _evaluate(labelled, dataset, model, any_label=any_label, one_pass=one_pass, min_score=min_score)
        for failure in result.evaluation.failures:
            console.warn(f"not read: {failure.error.message}")
        if as_json:
            answer(result.to_json())
        else:
            print_result(result)
        if report is not None:
            from shelfaudit.evaluation.report.html import write_report

            with console.progress_bar("Report") as progress:
                write_report(result, report, worst=worst, progress=progress)
            console.note(f"Report: {report}")
    if result.evaluation.stopped:
        console.note(f"Stopped: the numbers are of the {len(result.photos)} photos judged by then.")
        console.finish(ExitCode.STOPPED)
    console.finish(ExitCode.SOME_PHOTOS_FAILED if result.evaluation.failures else ExitCode.DONE)


def print_result(result: EvaluationResult) -> None:
    """The scores as a table on stdout."""
    from rich.table import Table

    scores, intervals, count, at = result.scores, result.intervals, result.count, result.at_threshold
    table = Table(title=f"{result.model.name} {result.model.version}".strip(), title_justify="left")
    table.add_column("on " + result.dataset.name)
    table.add_column("", justify="right")
    table.add_column("95 % interval")
    boxes = sum(len(photo.boxes) for photo in result.evaluation.photos)
    table.add_row("photos, products", f"{len(result.photos):,}, {boxes:,}", "")
    table.add_row("AP", f"{scores.ap:.3f}", _between(intervals.ap))
    table.add_row("AP50", f"{scores.ap50:.3f}", _between(intervals.ap50))
    table.add_row("AP75", f"{scores.ap75:.3f}", "")
    table.add_row("AR300", f"{scores.ar300:.3f}", "")
    table.add_row("recall, IoU .50:.95 (.50)", f"{scores.recall:.3f} ({scores.recall50:.3f})", "")
    table.add_section()
    table.add_row("counting threshold", f"{at.threshold:.2f}", "")
    precision = "–" if at.precision is None else f"{at.precision:.1%}"
    table.add_row("precision, recall (IoU .50)", f"{precision}, {at.recall:.1%}", "")
    error = intervals.count_error
    between = "" if error is None else f"{error[0]:.1%} – {error[1]:.1%}"
    table.add_row("count error", f"{count.relative or 0:.1%}", between)
    table.add_row("MAE, RMSE, bias a photo", f"{count.mae:.2f}, {count.rmse:.2f}, {count.bias:+.2f}", "")
    table.add_row("calibration error", f"{result.calibration.error or 0:.3f}", "")
    table.add_section()
    latency = result.latency
    table.add_row("decode, detect (median ms)", f"{latency.decode.median:.0f}, {latency.detect.median:.0f}", "")
    console.print_table(table)
    groups = [(group, "size") for group in result.by_size]
    if len(result.by_label) > 1:
        groups += [(group, "label") for group in sorted(result.by_label, key=lambda group: -group.boxes)]
    table = Table("", "")
    for name in ("products", "AP", "AP50", "recall"):
        table.add_column(name, justify="right")
    for group, kind in groups:
        numbers = ("–" if value is None else f"{value:.3f}" for value in (group.ap, group.ap50, group.recall))
        table.add_row(kind, group.name, f"{group.boxes:,}", *numbers)
    console.print_table(table)
    if result.evaluation.labels.note:
        console.note(result.evaluation.labels.note)


def _open_dataset(file: Path, photos: Path | None, limit: int | None) -> Dataset:
    from shelfaudit.evaluation.selection import spread, with_photos_in

    dataset = open_labels(file)
    if photos is not None:
        dataset = with_photos_in(dataset, file.parent, photos)
    return dataset if limit is None else spread(dataset, limit)


def _evaluate(
    dataset: Dataset, file: Path, model: Path | None, *, any_label: bool, one_pass: bool, min_score: float
) -> EvaluationResult:
    from shelfaudit.evaluation.evaluate import evaluate_detector
    from shelfaudit.evaluation.results import summarise

    detector = open_detector(model, one_pass=one_pass)
    with console.stop_on_interrupt() as cancelled:
        with console.progress_bar("Evaluating") as progress:
            evaluation = evaluate_detector(
                detector,
                dataset,
                class_agnostic=any_label,
                min_score=min_score,
                progress=progress,
                cancelled=cancelled,
            )
        if evaluation.stopped and not evaluation.photos:
            raise Cancelled
        return summarise(evaluation, detector.info, file)


def _watch(folder: Path, dataset: Dataset, file: Path, *, once: bool) -> None:
    from shelfaudit.evaluation.watch import EVALUATIONS, watch_run

    require_extra("train", "keras", "tensorflow")
    console.note(f"Watching {folder}; scores go to {folder / EVALUATIONS}. Ctrl-C stops.")
    with console.stop_on_interrupt() as cancelled, console.progress_bar("Evaluating") as progress:
        scored = watch_run(folder, _open_checkpoint, dataset, file, once=once, progress=progress, cancelled=cancelled)
        for checkpoint, result in scored:
            scores, (threshold, error) = result.scores, result.best_threshold
            console.print_line(
                f"step {checkpoint.step:,} ({checkpoint.minutes:.0f} min): AP {scores.ap:.3f}, AP50 {scores.ap50:.3f}, "
                f"AP75 {scores.ap75:.3f}, count error {error:.1%} at {threshold:.2f}"
            )
        stopped = cancelled()
    console.finish(ExitCode.STOPPED if stopped else ExitCode.DONE)


def _open_checkpoint(file: Path) -> Checkpoint:
    from shelfaudit.training.checkpoint_detector import open_checkpoint

    return open_checkpoint(file)


def _between(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.3f} – {interval[1]:.3f}"
